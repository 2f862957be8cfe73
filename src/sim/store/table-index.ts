import type { Cancel } from '../../base/clock.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { Change } from './table.ts';

type Listener = (change: Change) => void;

const nobody: readonly Listener[] = [];

/**
 * Finds objects of a table by one of their values, and tells changes only to those who asked for that value, as the
 * real server's watch cache does with pods by node: what a thousand kubelets ask costs each of them its own pods.
 */
export class TableIndex {
  readonly #valueOf: (object: KubeObject) => string;
  readonly #buckets = new Map<string, Map<string, KubeObject>>();
  readonly #listeners = new Map<string, Set<Listener>>();

  constructor(valueOf: (object: KubeObject) => string, objects: ReadonlyMap<string, KubeObject>) {
    this.#valueOf = valueOf;
    for (const [key, object] of objects) this.#put(key, object);
  }

  /** In the order of their keys. */
  list(value: string): KubeObject[] {
    const found = [...(this.#buckets.get(value) ?? [])];
    return found.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  record({ key, object, previous, deleted }: Change): void {
    if (previous) {
      const value = this.#valueOf(previous);
      const bucket = this.#buckets.get(value);
      bucket?.delete(key);
      if (bucket?.size === 0) this.#buckets.delete(value);
    }
    if (!deleted) this.#put(key, object);
  }

  subscribe(value: string, listener: Listener): Cancel {
    let listeners = this.#listeners.get(value);
    if (!listeners) this.#listeners.set(value, (listeners = new Set()));
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(value) === listeners) this.#listeners.delete(value);
    };
  }

  /** Those who asked for what the object is now or was before. */
  listeners({ object, previous }: Change): readonly Listener[] {
    if (this.#listeners.size === 0) return nobody;
    const now = this.#valueOf(object);
    const before = previous ? this.#valueOf(previous) : now;
    const told = this.#listeners.get(now);
    if (before === now) return told ? [...told] : nobody;
    return [...new Set([...(told ?? []), ...(this.#listeners.get(before) ?? [])])];
  }

  #put(key: string, object: KubeObject): void {
    const value = this.#valueOf(object);
    let bucket = this.#buckets.get(value);
    if (!bucket) this.#buckets.set(value, (bucket = new Map()));
    bucket.set(key, object);
  }
}
