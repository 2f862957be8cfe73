import { systemClock, type Cancel, type Clock } from './clock.ts';

interface Timer {
  due: number;
  order: number;
  run: () => void;
}

/**
 * A clock that can be paused, sped up and stepped. It starts paused at `start`;
 * `advance` runs it as a discrete event simulation, `play` ties it to real time.
 */
export class VariableClock implements Clock {
  #timers: Timer[] = [];
  #order = 0;
  #speed = 0;
  #simulated: number;
  #real: number;
  #cancelWake: Cancel | undefined;
  readonly #source: Clock;

  constructor(start: number, source: Clock = systemClock) {
    this.#simulated = start;
    this.#source = source;
    this.#real = source.now();
  }

  /** Whole milliseconds, as Date.now(); timers keep the fractions of theirs. */
  now(): number {
    return Math.floor(this.#exact());
  }

  /** Simulated milliseconds per real one; 0 while paused. */
  get speed(): number {
    return this.#speed;
  }

  after(ms: number, run: () => void): Cancel {
    const timer: Timer = { due: this.#exact() + Math.max(0, ms), order: this.#order++, run };
    this.#insert(timer);
    if (this.#timers[0] === timer) this.#arm();
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index !== -1) this.#timers.splice(index, 1);
    };
  }

  /** Lets time pass by itself, `speed` times as fast as real time. */
  play(speed = 1): void {
    this.#settle();
    this.#speed = speed;
    this.#arm();
  }

  pause(): void {
    this.#settle();
    this.#speed = 0;
    this.#arm();
  }

  /** Jumps `ms` ahead, running every timer on the way at its own moment, and letting promises settle after each. */
  async advance(ms: number, signal?: AbortSignal): Promise<void> {
    const speed = this.#speed;
    this.pause();
    const end = this.#simulated + ms;
    await settled();
    for (let next = this.#timers[0]; next && next.due <= end; next = this.#timers[0]) {
      signal?.throwIfAborted();
      this.#timers.shift();
      this.#simulated = Math.max(this.#simulated, next.due);
      next.run();
      await settled();
    }
    this.#simulated = end;
    if (speed > 0) this.play(speed);
  }

  #exact(): number {
    return this.#speed === 0 ? this.#simulated : this.#simulated + (this.#source.now() - this.#real) * this.#speed;
  }

  #settle(): void {
    this.#simulated = this.#exact();
    this.#real = this.#source.now();
  }

  #insert(timer: Timer): void {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#timers[middle]!;
      if (other.due < timer.due || (other.due === timer.due && other.order < timer.order)) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
  }

  #arm(): void {
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    const next = this.#timers[0];
    if (this.#speed === 0 || !next) return;
    const wait = Math.max(0, (next.due - this.#exact()) / this.#speed);
    this.#cancelWake = this.#source.after(wait, () => this.#fire());
  }

  #fire(): void {
    const now = this.#exact();
    for (let next = this.#timers[0]; next && next.due <= now; next = this.#timers[0]) {
      this.#timers.shift();
      next.run();
      if (this.#speed === 0) break;
    }
    this.#arm();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
