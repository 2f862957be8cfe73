import type { Slots } from './machine.ts';

/** JSON values by name, with a call after each change. */
export class StoredSlots implements Slots {
  #values: Record<string, unknown>;
  readonly #changed: () => void;

  constructor(values: Record<string, unknown>, changed: () => void) {
    this.#values = { ...values };
    this.#changed = changed;
  }

  get<T>(name: string): T | undefined {
    return this.#values[name] as T | undefined;
  }

  set<T>(name: string, value: T | undefined): void {
    if (this.#values[name] === value) return;
    if (value === undefined) delete this.#values[name];
    else this.#values[name] = value;
    this.#changed();
  }

  clear(): void {
    this.load({});
    this.#changed();
  }

  load(values: Record<string, unknown>): void {
    this.#values = { ...values };
  }

  toJSON(): Record<string, unknown> {
    return { ...this.#values };
  }
}
