import type { Clock } from '../../base/clock.ts';

/** Up to this size an object is looked at after every change. */
const small = 100;
/** Milliseconds between two looks, for each thing that a look takes into account. */
const msEach = 0.1;

/**
 * Spaces out the looks at large sets, so that what a set of n pods costs while they come up grows with n, not with n²:
 * a thousand pods are looked at ten times a second.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #last = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds to wait before looking at `key`, which takes `size` things into account; 0 means now, and counts. */
  wait(key: string, size: number): number {
    if (size <= small) {
      this.#last.delete(key);
      return 0;
    }
    const now = this.#clock.now();
    const wait = (this.#last.get(key) ?? -Infinity) + size * msEach - now;
    if (wait > 0) return wait;
    this.#last.set(key, now);
    return 0;
  }
}
