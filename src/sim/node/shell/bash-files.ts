import type { FileContent, FsStat, IFileSystem } from 'just-bash';
import { FileError, normalPath } from '../file-tree.ts';
import { bytesOfText, textOfBytes } from '../file-bytes.ts';
import type { FileStat, NodeFiles } from '../machine.ts';

const toStat = ({ directory, mode, size, modified }: FileStat): FsStat => ({
  isFile: !directory,
  isDirectory: directory,
  isSymbolicLink: false,
  mode,
  size,
  mtime: new Date(modified),
});

type Encoding = Parameters<IFileSystem['writeFile']>[2];

/** `binary` and `latin1` say that each character of a string is a byte. */
function bytesOf(content: FileContent, options: Encoding): Uint8Array {
  if (typeof content !== 'string') return content;
  const encoding = typeof options === 'object' ? options.encoding : options;
  return Buffer.from(content, encoding === 'binary' || encoding === 'latin1' ? 'latin1' : 'utf8');
}

/** NodeFiles as just-bash wants a file system. There are no links; a link that is made is a copy. */
export class BashFiles implements IFileSystem {
  readonly #files: NodeFiles;
  readonly #commands: ReadonlySet<string>;

  /** `commands` are found in /bin and /usr/bin. */
  constructor(files: NodeFiles, commands: ReadonlySet<string> = new Set()) {
    this.#files = files;
    this.#commands = commands;
  }

  async readFile(path: string): Promise<string> {
    return this.#files.read(path);
  }

  async readFileBuffer(path: string): Promise<Uint8Array> {
    return bytesOfText(this.#files.read(path));
  }

  async writeFile(path: string, content: FileContent, options?: Encoding): Promise<void> {
    const bytes = bytesOf(content, options);
    this.#files.write(path, textOfBytes(bytes), { size: bytes.length });
  }

  async appendFile(path: string, content: FileContent, options?: Encoding): Promise<void> {
    const before = this.#files.exists(path) ? bytesOfText(this.#files.read(path)) : new Uint8Array();
    await this.writeFile(path, Buffer.concat([before, bytesOf(content, options)]));
  }

  async exists(path: string): Promise<boolean> {
    return this.#files.exists(path) || this.#isCommand(path);
  }

  async stat(path: string): Promise<FsStat> {
    if (!this.#files.exists(path) && this.#isCommand(path))
      return { ...toStat(this.#files.stat('/')), isFile: true, isDirectory: false, mode: 0o755 };
    return toStat(this.#files.stat(path));
  }

  lstat = (path: string): Promise<FsStat> => this.stat(path);

  #isCommand(path: string): boolean {
    const [, name] = /^\/(?:usr\/)?bin\/([^/]+)$/.exec(path) ?? [];
    return name !== undefined && this.#commands.has(name);
  }

  async mkdir(path: string, options?: { recursive?: boolean }): Promise<void> {
    if (this.#files.exists(path)) {
      if (options?.recursive) return;
      throw new FileError('EEXIST', 'mkdir', path);
    }
    if (!options?.recursive && !this.#files.exists(normalPath(`${path}/..`))) throw new FileError('ENOENT', 'mkdir', path);
    this.#files.mkdir(path);
  }

  async readdir(path: string): Promise<string[]> {
    return this.#files.list(path).map((stat) => stat.path.slice(stat.path.lastIndexOf('/') + 1));
  }

  async rm(path: string, options?: { recursive?: boolean; force?: boolean }): Promise<void> {
    if (options?.force && !this.#files.exists(path)) return;
    this.#files.remove(path, { recursive: options?.recursive ?? false });
  }

  async cp(src: string, dest: string, options?: { recursive?: boolean }): Promise<void> {
    if (!this.#files.stat(src).directory) return this.#files.write(dest, this.#files.read(src), { mode: this.#files.stat(src).mode });
    if (!options?.recursive) throw new FileError('EISDIR', 'cp', src);
    this.#files.mkdir(dest);
    for (const name of await this.readdir(src)) await this.cp(`${src}/${name}`, `${dest}/${name}`, options);
  }

  async mv(src: string, dest: string): Promise<void> {
    this.#files.rename(src, dest);
  }

  resolvePath(base: string, path: string): string {
    return normalPath(path.startsWith('/') ? path : `${base}/${path}`);
  }

  getAllPaths(): string[] {
    const paths: string[] = [];
    const walk = (folder: string): void => {
      for (const { path, directory } of this.#files.list(folder)) {
        paths.push(path);
        if (directory) walk(path);
      }
    };
    walk('/');
    return paths;
  }

  async chmod(path: string, mode: number): Promise<void> {
    this.#files.chmod(path, { mode });
  }

  async symlink(target: string, linkPath: string): Promise<void> {
    await this.cp(this.resolvePath(normalPath(`${linkPath}/..`), target), linkPath, { recursive: true });
  }

  async link(existingPath: string, newPath: string): Promise<void> {
    await this.cp(existingPath, newPath);
  }

  async readlink(path: string): Promise<string> {
    throw new FileError('ENOENT', 'readlink', path);
  }

  async realpath(path: string): Promise<string> {
    return this.#files.stat(path).path;
  }

  async utimes(path: string): Promise<void> {
    this.#files.stat(path);
  }
}
