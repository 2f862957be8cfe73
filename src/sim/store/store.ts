import { systemClock, type Cancel, type Clock } from '../../base/clock.ts';
import { KindlabError, messageOf } from '../../base/errors.ts';
import { Emitter } from '../../base/events.ts';
import type { KubeObject } from '../../kube/types.ts';
import { Database, type SnapshotRow } from './database.ts';
import { deepFreeze, jsonOf } from './object.ts';
import { Table, type Change } from './table.ts';

/** A write that waits for the next commit; later writes of the same object replace it. */
interface Pending {
  revision: number;
  resource: string;
  key: string;
  object: KubeObject | undefined;
  /** Revision of the version that is in the database; 0 where there is none. */
  stored: number;
}

interface Waiter {
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * All objects of a cluster in memory under one revision counter, kept on disk by group commit: all writes of a turn
 * of the event loop are one transaction. Objects are frozen when they come in.
 */
export class Store {
  readonly #database: Database;
  readonly #tables = new Map<string, Table>();
  readonly #pending = new Map<string, Pending>();
  readonly #queue: Change[] = [];
  readonly #rewound = new Emitter<void>();
  /** History before the store was opened is not known. */
  readonly #openedAt: number;
  #waiters: Waiter[] = [];
  #snapshots: SnapshotRow[];
  #revision: number;
  #clock: Clock | undefined;
  #flushScheduled = false;
  #telling = false;
  #closed = false;

  private constructor(database: Database, tables: Map<string, Table>, revision: number) {
    this.#database = database;
    this.#tables = tables;
    this.#revision = revision;
    this.#openedAt = revision;
    this.#snapshots = database.snapshots();
  }

  /**
   * Opens or makes a store; `:memory:` (the default) keeps nothing. `wallClock` dates a corrupt file that is moved
   * aside, which is thrown as KindlabError `store-corrupt`.
   */
  static open(path = ':memory:', wallClock: Clock = systemClock): Store {
    const { database, loaded } = Database.open(path, wallClock.now(), loadTables);
    return new Store(database, loaded.tables, loaded.revision);
  }

  /** The revision of the last write; 0 in a new store. */
  get revision(): number {
    return this.#revision;
  }

  /** The cluster's time at the last commit, so that a resumed clock never runs backwards; undefined in a new store. */
  get lastTime(): number | undefined {
    const text = this.#database.setting('time');
    return text === undefined ? undefined : Number(text);
  }

  /** From now on every commit notes this clock's time. */
  keepTime(clock: Clock): void {
    this.#clock = clock;
  }

  get(resource: string, key: string): KubeObject | undefined {
    return this.#tables.get(resource)?.get(key);
  }

  /** In the order of keys; `namespace` limits it to one. */
  list(resource: string, namespace?: string): KubeObject[] {
    return this.table(resource).list(namespace === undefined ? '' : `${namespace}/`);
  }

  table(resource: string): Table {
    let table = this.#tables.get(resource);
    if (!table) this.#tables.set(resource, (table = new Table(this.#openedAt)));
    return table;
  }

  resources(): string[] {
    return [...this.#tables.keys()];
  }

  /** Takes the object over: sets its resourceVersion and freezes it. Its metadata must not be shared. */
  put(resource: string, key: string, object: KubeObject): KubeObject {
    const table = this.table(resource);
    const previous = table.get(key);
    const revision = ++this.#revision;
    object.metadata.resourceVersion = String(revision);
    deepFreeze(object);
    this.#record(table, { revision, resource, key, object, previous, deleted: false, encodings: new Map() });
    return object;
  }

  /** Removes an object and returns its last state. */
  delete(resource: string, key: string): KubeObject | undefined {
    const table = this.table(resource);
    const previous = table.get(key);
    if (!previous) return undefined;
    const revision = ++this.#revision;
    const object = deepFreeze({ ...previous, metadata: { ...previous.metadata, resourceVersion: String(revision) } });
    this.#record(table, { revision, resource, key, object, previous, deleted: true, encodings: new Map() });
    return object;
  }

  /** Told after each write, in order, before the writer goes on (or after the change being told, when a listener writes). */
  subscribe(resource: string, listener: (change: Change) => void): Cancel {
    return this.table(resource).subscribe(listener);
  }

  /** Told after a rewind: what was known of older revisions no longer holds. */
  onRewind(listener: () => void): Cancel {
    return this.#rewound.on(listener);
  }

  /** Resolves when all that was written up to now is on disk. */
  committed(): Promise<void> {
    if (this.#pending.size === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      this.#schedule();
    });
  }

  /** Commits at once. */
  flush(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    try {
      if (this.#pending.size > 0) this.#commit();
      for (const waiter of waiters) waiter.resolve();
    } catch (error) {
      const failure = new KindlabError({
        code: 'store-write-failed',
        message: `The cluster's database could not be written: ${messageOf(error)}`,
        fix: 'Check that the disk has room and can be written; the next write tries again.',
        cause: error,
      });
      for (const waiter of waiters) waiter.reject(failure);
      if (waiters.length === 0) throw failure;
    }
  }

  /** Names the present; a name that exists is moved. */
  snapshot(name: string): void {
    this.flush();
    const replaced = this.#snapshots.some((s) => s.name === name);
    this.#database.putSnapshot({ name, revision: this.#revision, at: Math.round(this.#clock?.now() ?? 0) });
    this.#snapshots = this.#database.snapshots();
    if (replaced) this.#database.compact();
  }

  snapshots(): readonly SnapshotRow[] {
    return this.#snapshots;
  }

  dropSnapshot(name: string): void {
    this.flush();
    this.#database.removeSnapshot(name);
    this.#snapshots = this.#database.snapshots();
    this.#database.compact();
  }

  /**
   * Goes back to a snapshot by ordinary writes of whatever differs, so that revisions only grow and listeners follow,
   * told when all is as it was; older history is forgotten and `onRewind` told. Throws KindlabError `no-such-snapshot`.
   */
  rewind(name: string): void {
    const snapshot = this.#snapshots.find((s) => s.name === name);
    if (!snapshot) {
      const known = this.#snapshots.map((s) => s.name).join(', ') || 'none';
      throw new KindlabError({ code: 'no-such-snapshot', message: `There is no snapshot "${name}" (known: ${known}).` });
    }
    this.flush();
    const replaced = this.#database.rowsReplacedSince(snapshot.revision);
    const kept = new Set(replaced.map(({ resource, key }) => `${resource}\0${key}`));
    this.#telling = true;
    try {
      for (const [resource, table] of this.#tables) {
        for (const key of table.keys().slice()) {
          const isLater = Number(table.get(key)!.metadata.resourceVersion) > snapshot.revision;
          if (isLater && !kept.has(`${resource}\0${key}`)) this.delete(resource, key);
        }
      }
      for (const { resource, key, value } of replaced) this.put(resource, key, JSON.parse(value) as KubeObject);
    } finally {
      this.#tell();
    }
    for (const table of this.#tables.values()) table.forget(this.#revision);
    this.flush();
    this.#rewound.emit();
  }

  /** A small text kept beside the objects: the seed, the port. */
  setting(name: string): string | undefined {
    return this.#database.setting(`user:${name}`);
  }

  setSetting(name: string, value: string): void {
    this.#database.setSetting(`user:${name}`, value);
  }

  /** Rows in the database: what compaction leaves. */
  get storedRows(): number {
    return this.#database.count();
  }

  close(): void {
    if (this.#closed) return;
    this.flush();
    if (this.#clock) this.#noteTime(this.#clock);
    this.#closed = true;
    this.#database.close();
  }

  #record(table: Table, change: Change): void {
    if (this.#closed) throw new Error('the store is closed');
    table.record(change);
    const id = `${change.resource}\0${change.key}`;
    const waiting = this.#pending.get(id);
    this.#pending.set(id, {
      revision: change.revision,
      resource: change.resource,
      key: change.key,
      object: change.deleted ? undefined : change.object,
      stored: waiting ? waiting.stored : Number(change.previous?.metadata.resourceVersion ?? 0),
    });
    this.#schedule();
    this.#queue.push(change);
    if (!this.#telling) this.#tell();
  }

  #tell(): void {
    this.#telling = true;
    for (let change = this.#queue.shift(); change; change = this.#queue.shift()) {
      for (const listener of this.table(change.resource).listeners(change)) {
        try {
          listener(change);
        } catch (error) {
          // A defect of the listener, not of the writer: it surfaces on its own.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    }
    this.#telling = false;
  }

  #schedule(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    setImmediate(() => {
      this.#flushScheduled = false;
      if (this.#closed) return;
      try {
        this.flush();
      } catch {
        // Nobody waits for these writes now. They stay pending, and the next `committed` tries again and tells.
      }
    });
  }

  #commit(): void {
    const newestSnapshot = this.#snapshots.at(-1)?.revision ?? 0;
    this.#database.transaction(() => {
      for (const { revision, resource, key, object, stored } of this.#pending.values()) {
        if (stored > newestSnapshot) this.#database.removeRow(stored);
        else if (stored > 0) this.#database.retire(stored, revision);
        if (object) this.#database.insert({ revision, resource, key, value: jsonOf(object) });
      }
      this.#database.setSetting('revision', String(this.#revision));
      if (this.#clock) this.#noteTime(this.#clock);
    });
    this.#pending.clear();
  }

  #noteTime(clock: Clock): void {
    this.#database.setSetting('time', String(Math.round(clock.now())));
  }
}

function loadTables(database: Database): { tables: Map<string, Table>; revision: number } {
  const revision = Number(database.setting('revision') ?? 0);
  const entries = new Map<string, [string, KubeObject][]>();
  for (const row of database.rows()) {
    let list = entries.get(row.resource);
    if (!list) entries.set(row.resource, (list = []));
    list.push([row.key, deepFreeze(JSON.parse(row.value) as KubeObject)]);
  }
  const tables = new Map<string, Table>();
  for (const [resource, list] of entries) {
    const table = new Table(revision);
    table.load(list);
    tables.set(resource, table);
  }
  return { tables, revision };
}
