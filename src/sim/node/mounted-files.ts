import type { Cancel } from '../../base/clock.ts';
import { FileError, normalPath } from './file-tree.ts';
import type { FileStat, NodeFiles, Owner, WriteOptions } from './machine.ts';

export interface Mount {
  /** Where it is seen: `/etc/config`. */
  at: string;
  files: NodeFiles;
  /** The folder (or file) of `files` that is seen there. */
  base: string;
  readOnly?: boolean;
  tmpfs?: boolean;
  /** Called before it is looked into. */
  refresh?: () => void;
}

const join = (base: string, rest: string): string => normalPath(`${base}/${rest}`);

export interface ViewOptions {
  readOnly?: boolean;
  /** Whom new files belong to. */
  user?: Owner;
}

const setgid = 0o2000;

/** A root file system with others mounted into it, as a container sees its volumes. */
export class MountedFiles implements NodeFiles {
  readonly #mounts: Mount[];
  readonly #user: Owner;

  constructor(root: NodeFiles, mounts: readonly Mount[], { readOnly = false, user = { uid: 0, gid: 0 } }: ViewOptions = {}) {
    this.#user = user;
    this.#mounts = [...mounts, { at: '/', files: root, base: '/', readOnly }].sort((a, b) => b.at.length - a.at.length);
    for (const { at, files, base } of mounts) {
      // A file is mounted over a file.
      if (root.exists(at)) continue;
      if (files.stat(base).directory) root.mkdir(at);
      else root.write(at, '');
    }
  }

  read(path: string): string {
    const { files, inner } = this.#find(path);
    return files.read(inner);
  }

  exists(path: string): boolean {
    const { files, inner } = this.#find(path);
    return files.exists(inner);
  }

  stat(path: string): FileStat {
    const { files, inner, mount } = this.#find(path);
    return { ...files.stat(inner), path: normalPath(path), ...(mount.tmpfs && { tmpfs: true }) };
  }

  list(path: string): FileStat[] {
    const { files, inner } = this.#find(path);
    const folder = normalPath(path);
    const prefix = folder === '/' ? '/' : `${folder}/`;
    return files.list(inner).map((stat) => this.stat(prefix + stat.path.slice(stat.path.lastIndexOf('/') + 1)));
  }

  write(path: string, text: string, options?: WriteOptions): void {
    const { files, inner } = this.#writable(path);
    files.write(inner, text, { owner: this.#ownerIn(path), ...options });
  }

  append(path: string, text: string): void {
    this.write(path, this.exists(path) ? this.read(path) + text : text);
  }

  rename(from: string, to: string): void {
    const source = this.#writable(from);
    const target = this.#writable(to);
    if (source.files === target.files) return source.files.rename(source.inner, target.inner);
    target.files.write(target.inner, source.files.read(source.inner));
    source.files.remove(source.inner);
  }

  remove(path: string, options?: { recursive?: boolean }): void {
    const { files, inner } = this.#writable(path);
    files.remove(inner, options);
  }

  mkdir(path: string, options?: WriteOptions): void {
    const { files, inner } = this.#writable(path);
    files.mkdir(inner, { owner: this.#ownerIn(path), ...options });
  }

  chmod(path: string, to: { mode?: number; owner?: Owner }): void {
    const { files, inner } = this.#writable(path);
    files.chmod(inner, to);
  }

  watch(folder: string, listener: (path: string) => void): Cancel {
    const { files, inner, mount } = this.#find(folder);
    return files.watch(inner, (path) => listener(join(mount.at, path.slice(normalPath(mount.base).length))));
  }

  #find(path: string): { files: NodeFiles; inner: string; mount: Mount } {
    const name = normalPath(path);
    const mount = this.#mounts.find(({ at }) => at === '/' || name === at || name.startsWith(`${at}/`))!;
    mount.refresh?.();
    return { files: mount.files, inner: join(mount.base, name.slice(mount.at === '/' ? 0 : mount.at.length)), mount };
  }

  /** The user's, but for the group where the folder hands on its own. */
  #ownerIn(path: string): Owner {
    const parent = normalPath(`${path}/..`);
    const folder = this.exists(parent) ? this.stat(parent) : undefined;
    return folder && (folder.mode & setgid) !== 0 ? { uid: this.#user.uid, gid: folder.owner.gid } : this.#user;
  }

  #writable(path: string): { files: NodeFiles; inner: string } {
    const found = this.#find(path);
    if (found.mount.readOnly) throw new FileError('EROFS', 'open', path);
    return found;
  }
}
