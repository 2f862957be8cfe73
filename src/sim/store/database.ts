import { chmodSync, existsSync, renameSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { KindlabError, messageOf } from '../../base/errors.ts';

/** One version of one object. */
export interface Row {
  revision: number;
  resource: string;
  key: string;
  value: string;
}

export interface SnapshotRow {
  name: string;
  revision: number;
  /** The cluster's time, milliseconds. */
  at: number;
}

const layout = `
CREATE TABLE IF NOT EXISTS rows (revision INTEGER PRIMARY KEY, resource TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS past (revision INTEGER PRIMARY KEY, until INTEGER NOT NULL, resource TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS snapshots (name TEXT PRIMARY KEY, revision INTEGER NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
`;

/**
 * The store's file. `rows` is the present: memory has the keys, so that a write is an append and a removal by number,
 * without an index. `past` has the versions that a snapshot still shows, each with the revision that replaced it: a
 * snapshot is a revision number.
 * synchronous=NORMAL in WAL mode: a commit survives the end of the process at any moment (kill -9),
 * and a power failure leaves a consistent file that may lack the last commits.
 */
export class Database {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** `now` dates the copy of a corrupt file that is moved aside. Throws KindlabError `store-corrupt`. */
  static open<T>(path: string, now: number, load: (database: Database) => T): { database: Database; loaded: T } {
    let db: DatabaseSync | undefined;
    try {
      db = new DatabaseSync(path);
      if (path !== ':memory:') chmodSync(path, 0o600);
      db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000; PRAGMA wal_autocheckpoint = 4000;');
      db.exec(layout);
      const database = new Database(db);
      return { database, loaded: load(database) };
    } catch (error) {
      if (db?.isOpen) db.close();
      if (!isCorrupt(error) || !existsSync(path)) throw error;
      const aside = `${path}.corrupt-${new Date(now).toISOString().replace(/[:.]/g, '-')}`;
      for (const ending of ['', '-wal', '-shm']) if (existsSync(path + ending)) renameSync(path + ending, aside + ending);
      throw new KindlabError({
        code: 'store-corrupt',
        message: `The cluster's database ${path} cannot be read (${messageOf(error)}). It was moved aside to ${aside}.`,
        fix: 'Start again: the cluster is rebuilt from its description.',
        cause: error,
      });
    }
  }

  transaction(work: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  insert(row: Row): void {
    this.#prepare('INSERT INTO rows VALUES (?, ?, ?, ?)').run(row.revision, row.resource, row.key, row.value);
  }

  removeRow(revision: number): void {
    this.#prepare('DELETE FROM rows WHERE revision = ?').run(revision);
  }

  /** Keeps a version that a snapshot shows when `until` replaces it. */
  retire(revision: number, until: number): void {
    this.#prepare('INSERT INTO past SELECT revision, ?, resource, key, value FROM rows WHERE revision = ?').run(until, revision);
    this.removeRow(revision);
  }

  /** The present. */
  rows(): Row[] {
    return this.#prepare('SELECT revision, resource, key, value FROM rows').all() as unknown as Row[];
  }

  /** What was there at a snapshot's revision and is not, or not so, any more. */
  rowsReplacedSince(revision: number): Row[] {
    return this.#prepare('SELECT revision, resource, key, value FROM past WHERE revision <= ?1 AND until > ?1 ORDER BY revision').all(
      revision,
    ) as unknown as Row[];
  }

  setting(name: string): string | undefined {
    return this.#prepare('SELECT value FROM settings WHERE name = ?').get(name)?.['value'] as string | undefined;
  }

  setSetting(name: string, value: string): void {
    this.#prepare('INSERT OR REPLACE INTO settings VALUES (?, ?)').run(name, value);
  }

  snapshots(): SnapshotRow[] {
    return this.#prepare('SELECT name, revision, at FROM snapshots ORDER BY revision, name').all() as unknown as SnapshotRow[];
  }

  putSnapshot(row: SnapshotRow): void {
    this.#prepare('INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)').run(row.name, row.revision, row.at);
  }

  removeSnapshot(name: string): void {
    this.#prepare('DELETE FROM snapshots WHERE name = ?').run(name);
  }

  /** Removes versions that no snapshot shows. */
  compact(): void {
    this.#db.exec(
      'DELETE FROM past WHERE NOT EXISTS (SELECT 1 FROM snapshots AS s WHERE s.revision >= past.revision AND s.revision < past.until)',
    );
  }

  count(): number {
    return this.#prepare('SELECT (SELECT count(*) FROM rows) + (SELECT count(*) FROM past) AS n').get()!['n'] as number;
  }

  close(): void {
    this.#db.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB, or a row that is no JSON. */
function isCorrupt(error: unknown): boolean {
  if (error instanceof SyntaxError) return true;
  const code = (error as { errcode?: number }).errcode;
  return code !== undefined && [11, 26].includes(code & 0xff);
}
