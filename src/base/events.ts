import type { Cancel } from './clock.ts';

/** A typed event source: progress, changes. Listeners run in the order they came, in the emitter's turn. */
export class Emitter<Event> {
  #listeners = new Set<(event: Event) => void>();

  on(listener: (event: Event) => void): Cancel {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  emit(event: Event): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }
}
