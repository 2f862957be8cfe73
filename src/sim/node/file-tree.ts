import type { Cancel } from '../../base/clock.ts';
import type { FileStat, NodeFiles, Owner, WriteOptions } from './machine.ts';
import type { FileRecord } from './records.ts';

const texts = {
  ENOENT: 'no such file or directory',
  EEXIST: 'file already exists',
  ENOTDIR: 'not a directory',
  EISDIR: 'illegal operation on a directory',
  ENOTEMPTY: 'directory not empty',
  EROFS: 'read-only file system',
};

/** As Node.js throws them. */
export class FileError extends Error {
  readonly code: keyof typeof texts;
  constructor(code: keyof typeof texts, operation: string, path: string) {
    super(`${code}: ${texts[code]}, ${operation} '${path}'`);
    this.code = code;
  }
}

/** `/a/./b//c/..` is `/a/b`. */
export function normalPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
const isBelow = (path: string, folder: string): boolean => folder === '/' || path.startsWith(`${folder}/`);

/** A file system in memory that can be stored as JSON. */
export class FileTree implements NodeFiles {
  #entries = new Map<string, FileRecord>();
  #watchers = new Set<{ folder: string; listener: (path: string) => void }>();
  readonly #made = new Map<string, () => string>();
  readonly #now: () => number;
  readonly #changed: () => void;

  /** `changed` is called after each change, once for each path. */
  constructor(now: () => number, changed: () => void = () => {}) {
    this.#now = now;
    this.#changed = changed;
    this.#entries.set('/', [null, 0o755, now()]);
  }

  read(path: string): string {
    const text = this.#entry(path, 'open')[0];
    if (text === null) throw new FileError('EISDIR', 'read', path);
    return this.#made.get(normalPath(path))?.() ?? text;
  }

  /** A file whose text is made anew whenever it is read; such a file is not stored. */
  provide(path: string, text: () => string, options: WriteOptions = {}): void {
    this.write(path, '', options);
    this.#made.set(normalPath(path), text);
  }

  exists(path: string): boolean {
    return this.#entries.has(normalPath(path));
  }

  stat(path: string): FileStat {
    return toStat(normalPath(path), this.#entry(path, 'stat'));
  }

  list(path: string): FileStat[] {
    const folder = normalPath(path);
    if (this.#entry(folder, 'scandir')[0] !== null) throw new FileError('ENOTDIR', 'scandir', path);
    const found: FileStat[] = [];
    for (const [name, entry] of this.#entries) if (name !== '/' && parentOf(name) === folder) found.push(toStat(name, entry));
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  write(path: string, text: string, options: WriteOptions = {}): void {
    const name = normalPath(path);
    const before = this.#entries.get(name);
    if (before?.[0] === null) throw new FileError('EISDIR', 'open', path);
    this.#makeFolders(parentOf(name));
    const owner = before ? ownerOf(before) : options.owner;
    this.#entries.set(name, record(text, options.mode ?? before?.[1] ?? 0o644, this.#now(), options.size, owner));
    this.#tell(name);
  }

  append(path: string, text: string): void {
    this.write(path, this.exists(path) ? this.read(path) + text : text);
  }

  rename(from: string, to: string): void {
    const source = normalPath(from);
    const target = normalPath(to);
    const entry = this.#entry(source, 'rename');
    if (source === target) return;
    this.#makeFolders(parentOf(target));
    for (const [name, moved] of [...this.#entries]) {
      if (name !== source && !isBelow(name, source)) continue;
      this.#entries.delete(name);
      this.#entries.set(target + name.slice(source.length), moved);
    }
    this.#entries.set(target, entry);
    this.#tell(source);
    this.#tell(target);
  }

  remove(path: string, options: { recursive?: boolean } = {}): void {
    const name = normalPath(path);
    const entry = this.#entry(name, 'unlink');
    const below = entry[0] === null ? [...this.#entries.keys()].filter((other) => other !== name && isBelow(other, name)) : [];
    if (entry[0] === null && !options.recursive) throw new FileError(below.length > 0 ? 'ENOTEMPTY' : 'EISDIR', 'unlink', path);
    for (const gone of [...below, name]) {
      this.#entries.delete(gone);
      this.#tell(gone);
    }
  }

  mkdir(path: string, options: WriteOptions = {}): void {
    this.#makeFolders(normalPath(path), options);
  }

  chmod(path: string, { mode, owner }: { mode?: number; owner?: Owner }): void {
    const before = this.#entry(path, 'chmod');
    const [text, oldMode, modified, size] = before;
    this.#entries.set(normalPath(path), record(text, mode ?? oldMode, modified, size, owner ?? ownerOf(before)));
    this.#tell(normalPath(path));
  }

  watch(folder: string, listener: (path: string) => void): Cancel {
    const watcher = { folder: normalPath(folder), listener };
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  toJSON(): Record<string, FileRecord> {
    return Object.fromEntries(this.#entries);
  }

  /** Takes over a stored tree and tells the watchers what differs. */
  load(records: Record<string, FileRecord>): void {
    const before = this.#entries;
    this.#entries = new Map(Object.entries(records));
    const differs = (path: string) => JSON.stringify(before.get(path)) !== JSON.stringify(this.#entries.get(path));
    const paths = new Set([...before.keys(), ...this.#entries.keys()]);
    for (const path of paths) if (differs(path)) this.#notify(path);
  }

  #entry(path: string, operation: string): FileRecord {
    const entry = this.#entries.get(normalPath(path));
    if (!entry) throw new FileError('ENOENT', operation, path);
    return entry;
  }

  #makeFolders(path: string, { mode = 0o755, owner }: WriteOptions = {}): void {
    const entry = this.#entries.get(path);
    if (entry && entry[0] !== null) throw new FileError('ENOTDIR', 'mkdir', path);
    if (entry) return;
    this.#makeFolders(parentOf(path));
    this.#entries.set(path, record(null, mode, this.#now(), undefined, owner));
    this.#changed();
  }

  #tell(path: string): void {
    this.#changed();
    this.#notify(path);
  }

  #notify(path: string): void {
    for (const { folder, listener } of [...this.#watchers]) if (isBelow(path, folder)) listener(path);
  }
}

function toStat(path: string, entry: FileRecord): FileStat {
  const [text, mode, modified, size] = entry;
  const bytes = text === null ? 4096 : (size ?? Buffer.byteLength(text));
  return { path, directory: text === null, mode, modified, size: bytes, owner: ownerOf(entry) };
}

const ownerOf = ([, , , , uid = 0, gid = 0]: FileRecord): Owner => ({ uid, gid });

/** As short as it can be: most files belong to root and weigh what their text does. */
function record(text: string | null, mode: number, modified: number, size?: number | null, owner?: Owner): FileRecord {
  if (owner && (owner.uid !== 0 || owner.gid !== 0)) return [text, mode, modified, size ?? null, owner.uid, owner.gid];
  return size === undefined || size === null ? [text, mode, modified] : [text, mode, modified, size];
}
