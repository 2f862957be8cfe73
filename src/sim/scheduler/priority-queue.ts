/** Keys by priority; of one priority, the one that came first. */
export class PriorityQueue {
  readonly #priorities = new Map<string, number>();
  readonly #keys = new Map<number, Set<string>>();

  add(key: string, priority: number): void {
    const known = this.#priorities.get(key);
    if (known === priority) return;
    this.delete(key);
    this.#priorities.set(key, priority);
    let keys = this.#keys.get(priority);
    if (!keys) this.#keys.set(priority, (keys = new Set()));
    keys.add(key);
  }

  delete(key: string): void {
    const priority = this.#priorities.get(key);
    if (priority === undefined) return;
    this.#priorities.delete(key);
    const keys = this.#keys.get(priority)!;
    keys.delete(key);
    if (keys.size === 0) this.#keys.delete(priority);
  }

  take(): string | undefined {
    if (this.#keys.size === 0) return undefined;
    const highest = Math.max(...this.#keys.keys());
    const [key] = this.#keys.get(highest)!;
    this.delete(key!);
    return key;
  }
}
