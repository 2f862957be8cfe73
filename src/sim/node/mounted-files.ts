import type { Cancel } from '../../base/clock.ts';
import { FileError, normalPath } from './file-tree.ts';
import type { FileStat, NodeFiles } from './machine.ts';

export interface Mount {
  /** Where it is seen: `/etc/config`. */
  at: string;
  files: NodeFiles;
  /** The folder (or file) of `files` that is seen there. */
  base: string;
  readOnly?: boolean;
}

const join = (base: string, rest: string): string => normalPath(`${base}/${rest}`);

/** A root file system with others mounted into it, as a container sees its volumes. */
export class MountedFiles implements NodeFiles {
  readonly #mounts: Mount[];

  constructor(root: NodeFiles, mounts: readonly Mount[]) {
    this.#mounts = [...mounts, { at: '/', files: root, base: '/' }].sort((a, b) => b.at.length - a.at.length);
    for (const { at } of mounts) if (!root.exists(at)) root.mkdir(at);
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
    const { files, inner } = this.#find(path);
    return { ...files.stat(inner), path: normalPath(path) };
  }

  list(path: string): FileStat[] {
    const { files, inner } = this.#find(path);
    const folder = normalPath(path);
    const prefix = folder === '/' ? '/' : `${folder}/`;
    return files.list(inner).map((stat) => this.stat(prefix + stat.path.slice(stat.path.lastIndexOf('/') + 1)));
  }

  write(path: string, text: string, options?: { mode?: number; size?: number }): void {
    const { files, inner } = this.#writable(path);
    files.write(inner, text, options);
  }

  append(path: string, text: string): void {
    const { files, inner } = this.#writable(path);
    files.append(inner, text);
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

  mkdir(path: string, options?: { mode?: number }): void {
    const { files, inner } = this.#writable(path);
    files.mkdir(inner, options);
  }

  watch(folder: string, listener: (path: string) => void): Cancel {
    const { files, inner, mount } = this.#find(folder);
    return files.watch(inner, (path) => listener(join(mount.at, path.slice(normalPath(mount.base).length))));
  }

  #find(path: string): { files: NodeFiles; inner: string; mount: Mount } {
    const name = normalPath(path);
    const mount = this.#mounts.find(({ at }) => at === '/' || name === at || name.startsWith(`${at}/`))!;
    return { files: mount.files, inner: join(mount.base, name.slice(mount.at === '/' ? 0 : mount.at.length)), mount };
  }

  #writable(path: string): { files: NodeFiles; inner: string } {
    const found = this.#find(path);
    if (found.mount.readOnly) throw new FileError('EROFS', 'open', path);
    return found;
  }
}
