import type { Cancel } from '../../base/clock.ts';
import type { Resource } from '../../kube/resources.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { ApiClient } from '../api/client.ts';

/** Values under which an object is to be found; none keeps it out of that index. */
export type Indexer<T> = (object: T) => readonly string[];

type Buckets<T, Index extends string> = Record<Index, Map<string, Map<string, T>>>;

/**
 * The objects of one resource, found by index values without reading all of them: what keeps a reconcile's cost at the
 * size of what it owns, however large the cluster. Kept current by a watch.
 */
export class ObjectCache<T extends KubeObject, Index extends string> {
  readonly #buckets: Buckets<T, Index>;
  readonly #indexers: [Index, Indexer<T>][];
  readonly #cancel: Cancel;

  constructor(api: ApiClient, resource: Resource<T>, indexers: Record<Index, Indexer<T>>) {
    this.#indexers = Object.entries(indexers) as [Index, Indexer<T>][];
    this.#buckets = Object.fromEntries(this.#indexers.map(([name]) => [name, new Map()])) as unknown as Buckets<T, Index>;
    const known = new Map<string, T>();
    this.#cancel = api.watch(resource, ({ type, object }) => {
      const { uid } = object.metadata;
      const before = known.get(uid);
      if (before) this.#remove(before);
      if (type === 'DELETED') {
        known.delete(uid);
      } else {
        known.set(uid, object);
        this.#insert(object);
      }
    });
  }

  /** In the order of their last change within the index value. */
  *by(index: Index, value: string): Generator<T> {
    const bucket = this.#buckets[index].get(value);
    if (bucket) yield* bucket.values();
  }

  count(index: Index, value: string): number {
    return this.#buckets[index].get(value)?.size ?? 0;
  }

  close(): void {
    this.#cancel();
  }

  #insert(object: T): void {
    for (const [name, indexer] of this.#indexers) {
      for (const value of indexer(object)) {
        let bucket = this.#buckets[name].get(value);
        if (!bucket) this.#buckets[name].set(value, (bucket = new Map()));
        bucket.set(object.metadata.uid, object);
      }
    }
  }

  #remove(object: T): void {
    for (const [name, indexer] of this.#indexers) {
      for (const value of indexer(object)) {
        const bucket = this.#buckets[name].get(value);
        bucket?.delete(object.metadata.uid);
        if (bucket?.size === 0) this.#buckets[name].delete(value);
      }
    }
  }
}
