import type { Box } from '../region/box.ts';

/** Things with a box, found by the namespaces that their subjects are in: most policies never meet. */
export class ByNamespace<T> {
  readonly #named = new Map<string, T[]>();
  readonly #anywhere: T[] = [];
  readonly #all: T[] = [];

  add(box: Box, item: T): void {
    this.#all.push(item);
    const namespaces = box.subject.get('namespace');
    if (namespaces?.listed !== 'only') this.#anywhere.push(item);
    else for (const name of namespaces.values) (this.#named.get(name) ?? this.#named.set(name, []).get(name)!).push(item);
  }

  /** Everything that could meet a box, each once. */
  near(box: Box): Iterable<T> {
    const namespaces = box.subject.get('namespace');
    if (namespaces?.listed !== 'only') return this.#all;
    const lists = [...namespaces.values].map((name) => this.#named.get(name) ?? []);
    return lists.length === 1 ? [...lists[0]!, ...this.#anywhere] : new Set([...lists.flat(), ...this.#anywhere]);
  }
}
