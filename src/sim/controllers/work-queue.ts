import type { Cancel, Clock } from '../../base/clock.ts';

// client-go util/workqueue DefaultTypedControllerRateLimiter
const firstDelayMs = 5;
const longestDelayMs = 1_000_000;

/** Keys that wait for their turn, each once; keys that come back later; and how often each has failed. */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #ready = new Set<string>();
  readonly #running = new Set<string>();
  /** Keys that were added while they ran. */
  readonly #again = new Set<string>();
  readonly #later = new Map<string, Cancel>();
  readonly #failures = new Map<string, number>();
  readonly #onReady: () => void;

  constructor(clock: Clock, onReady: () => void) {
    this.#clock = clock;
    this.#onReady = onReady;
  }

  add(key: string): void {
    if (this.#running.has(key)) this.#again.add(key);
    else if (!this.#ready.has(key)) {
      this.#ready.add(key);
      this.#onReady();
    }
  }

  addAfter(key: string, ms: number): void {
    this.#later.get(key)?.();
    const cancel = this.#clock.after(ms, () => {
      this.#later.delete(key);
      this.add(key);
    });
    this.#later.set(key, cancel);
  }

  /** Takes the key that has waited longest; `done` must follow. */
  take(): string | undefined {
    const next = this.#ready.values().next();
    if (next.done) return undefined;
    this.#ready.delete(next.value);
    this.#running.add(next.value);
    return next.value;
  }

  done(key: string): void {
    this.#running.delete(key);
    if (this.#again.delete(key)) this.add(key);
  }

  succeeded(key: string): void {
    this.#failures.delete(key);
  }

  /** Comes back after an exponentially growing time; at once for the first failures where `atOnce` says so. */
  failed(key: string, atOnce: boolean): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    if (atOnce && failures < 3) this.add(key);
    else this.addAfter(key, Math.min(firstDelayMs * 2 ** failures, longestDelayMs));
  }

  clear(): void {
    for (const cancel of this.#later.values()) cancel();
    this.#later.clear();
    this.#ready.clear();
    this.#again.clear();
    this.#failures.clear();
  }
}
