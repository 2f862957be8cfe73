import { systemClock, type Cancel } from '../base/clock.ts';

/** Runs something soon after it was asked for, however often it was asked, and at most once in `betweenMs`. */
export class Paced {
  #run: () => void;
  #betweenMs: number;
  #last = 0;
  #waiting: Cancel | undefined;
  #stopped = false;

  constructor(betweenMs: number, run: () => void) {
    this.#betweenMs = betweenMs;
    this.#run = run;
  }

  ask(): void {
    if (this.#waiting || this.#stopped) return;
    // A few milliseconds at least: changes come in groups.
    const wait = Math.max(5, this.#last + this.#betweenMs - systemClock.now());
    this.#waiting = systemClock.after(wait, () => {
      this.#waiting = undefined;
      this.#last = systemClock.now();
      this.#run();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting?.();
  }
}
