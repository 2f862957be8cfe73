/** Runs one piece of work after the other. A failure is told to who asked for that piece, and does not hold up the next. */
export class Queue {
  #last: Promise<void> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#last.then(work);
    this.#last = next.then(
      () => {},
      () => {},
    );
    return next;
  }

  /** Resolves when all that was asked for so far has ended. */
  get idle(): Promise<void> {
    return this.#last;
  }
}
