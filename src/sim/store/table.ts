import type { Cancel } from '../../base/clock.ts';
import type { KubeObject } from '../../kube/types.ts';
import { TableIndex } from './table-index.ts';

/** One write, as it was committed to memory. */
export interface Change {
  revision: number;
  /** `group/plural`, as `/pods`. */
  resource: string;
  /** `namespace/name`, or `name` for cluster-scoped objects. */
  key: string;
  /** The object after the write; for a deletion its last state under the deletion's resourceVersion. */
  object: KubeObject;
  previous: KubeObject | undefined;
  deleted: boolean;
  /** Bytes that were made of this change for watchers, by format: each is made once for all of them. */
  encodings: Map<string, Uint8Array>;
}

/** Changes that a table remembers for watches that resume, up to twice as many before it forgets. */
const historyLimit = 1024;

/** The objects of one resource, in the order of their keys, and its latest changes. */
export class Table {
  readonly #objects = new Map<string, KubeObject>();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #indexes = new Map<string, TableIndex>();
  #keys: string[] = [];
  /** Keys that came since `#keys` was put in order; it is, when somebody asks. */
  #added: string[] = [];
  #removed = false;
  #history: Change[] = [];
  /** Changes up to this revision are forgotten. */
  floor: number;
  /** False where nobody resumes a watch: each change would keep its object's whole state in memory. */
  keepsHistory = true;

  constructor(floor: number) {
    this.floor = floor;
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  /** Keys in etcd's order; with a prefix, those that start with it. */
  keys(prefix = ''): readonly string[] {
    this.#order();
    if (prefix === '') return this.#keys;
    const start = lowerBound(this.#keys, prefix);
    // U+FFFF sorts after every character that a name can hold.
    return this.#keys.slice(start, lowerBound(this.#keys, `${prefix}\uffff`));
  }

  list(prefix = ''): KubeObject[] {
    return this.keys(prefix).map((key) => this.#objects.get(key)!);
  }

  /** Fills an empty table at loading. */
  load(entries: Iterable<readonly [string, KubeObject]>): void {
    for (const [key, object] of entries) this.#objects.set(key, object);
    this.#keys = [...this.#objects.keys()].toSorted(compareKeys);
  }

  record(change: Change): void {
    if (change.deleted) {
      this.#objects.delete(change.key);
      this.#removed = true;
    } else {
      if (!change.previous) this.#added.push(change.key);
      this.#objects.set(change.key, change.object);
    }
    for (const index of this.#indexes.values()) index.record(change);
    if (!this.keepsHistory) {
      this.floor = change.revision;
      return;
    }
    this.#history.push(change);
    // Trimmed in bulk: one splice for many writes.
    if (this.#history.length > historyLimit * 2) this.forget(this.#history[historyLimit]!.revision);
  }

  /** Drops history up to and including `revision`. */
  forget(revision: number): void {
    let count = 0;
    while (count < this.#history.length && this.#history[count]!.revision <= revision) count++;
    this.#history.splice(0, count);
    this.floor = Math.max(this.floor, revision);
  }

  /** What happened after `revision`, oldest first; undefined where that is no longer known. */
  since(revision: number): readonly Change[] | undefined {
    if (revision < this.floor) return undefined;
    let start = this.#history.length;
    while (start > 0 && this.#history[start - 1]!.revision > revision) start--;
    return this.#history.slice(start);
  }

  /** The table's objects as of an older revision; undefined where that is no longer known. */
  at(revision: number): Map<string, KubeObject> | undefined {
    const later = this.since(revision);
    if (!later) return undefined;
    const objects = new Map(this.#objects);
    for (const change of later.toReversed()) {
      if (change.previous) objects.set(change.key, change.previous);
      else objects.delete(change.key);
    }
    return new Map([...objects].toSorted(([a], [b]) => compareKeys(a, b)));
  }

  subscribe(listener: (change: Change) => void): Cancel {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Everybody who is to be told of a change. A copy: a listener may come or go while it is told. */
  listeners(change: Change): readonly ((change: Change) => void)[] {
    const listeners = [...this.#listeners];
    for (const index of this.#indexes.values()) listeners.push(...index.listeners(change));
    return listeners;
  }

  /** The index of that name, made of what there is when it is first asked for. */
  index(name: string, valueOf: (object: KubeObject) => string): TableIndex {
    let index = this.#indexes.get(name);
    if (!index) this.#indexes.set(name, (index = new TableIndex(valueOf, this.#objects)));
    return index;
  }

  #order(): void {
    if (this.#removed) this.#keys = this.#keys.filter((key) => this.#objects.has(key));
    this.#removed = false;
    if (this.#added.length === 0) return;
    const added = this.#added.filter((key) => this.#objects.has(key)).sort(compareKeys);
    this.#added = [];
    this.#keys = merged(this.#keys, added);
  }
}

/** Two ordered lists as one; a key that was removed and came again is in both, and once in the outcome. */
function merged(a: readonly string[], b: readonly string[]): string[] {
  const result: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const next = j >= b.length || (i < a.length && a[i]! <= b[j]!) ? a[i++]! : b[j++]!;
    if (next !== result.at(-1)) result.push(next);
  }
  return result;
}

const compareKeys = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function lowerBound(keys: readonly string[], key: string): number {
  const last = keys.length - 1;
  if (last < 0 || keys[last]! < key) return keys.length;
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
