import { systemClock, type Cancel } from '../base/clock.ts';

/** What runs may take a tenth of the time. */
const shareOfTime = 10;

/** Runs something soon after it was asked for, however often it was asked, and at most once in `betweenMs`. */
export class Paced {
  #run: () => void;
  #betweenMs: number;
  #last = 0;
  #rest = 0;
  #waiting: Cancel | undefined;
  #stopped = false;

  constructor(betweenMs: number, run: () => void) {
    this.#betweenMs = betweenMs;
    this.#run = run;
  }

  ask(): void {
    if (this.#waiting || this.#stopped) return;
    // A few milliseconds at least: changes come in groups.
    const wait = Math.max(5, this.#last + Math.max(this.#betweenMs, this.#rest) - systemClock.now());
    this.#waiting = systemClock.after(wait, () => {
      this.#waiting = undefined;
      const begun = systemClock.now();
      this.#run();
      this.#last = systemClock.now();
      this.#rest = (this.#last - begun) * shareOfTime;
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#waiting?.();
  }
}
