import { posix } from 'node:path';
import type { FsStat, IFileSystem } from 'just-bash';
import type { NodeFiles } from '../machine.ts';

const decoder = new TextDecoder();
const textOf = (content: string | Uint8Array): string => (typeof content === 'string' ? content : decoder.decode(content));

/** A simulated file system as just-bash wants to see one. Links do not exist here. */
export const shellFiles = (files: NodeFiles): IFileSystem => {
  const noLinks = () => Promise.reject(Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM' }));
  const stat = async (path: string): Promise<FsStat> => {
    const { directory, mode, size, modified } = files.stat(path);
    return { isFile: !directory, isDirectory: directory, isSymbolicLink: false, mode, size, mtime: new Date(modified) };
  };
  const copy = (from: string, to: string, recursive: boolean): void => {
    if (!files.stat(from).directory) return files.write(to, files.read(from), { mode: files.stat(from).mode });
    if (!recursive) throw Object.assign(new Error(`EISDIR: illegal operation on a directory, cp '${from}'`), { code: 'EISDIR' });
    files.mkdir(to);
    for (const entry of files.list(from)) copy(entry.path, posix.join(to, posix.basename(entry.path)), true);
  };
  return {
    readFile: async (path) => files.read(path),
    readFileBuffer: async (path) => new TextEncoder().encode(files.read(path)),
    writeFile: async (path, content) => files.write(path, textOf(content)),
    appendFile: async (path, content) => files.append(path, textOf(content)),
    exists: async (path) => files.exists(path),
    stat,
    lstat: stat,
    mkdir: async (path) => files.mkdir(path),
    readdir: async (path) => files.list(path).map((entry) => posix.basename(entry.path)),
    rm: async (path, options) => {
      if (options?.force && !files.exists(path)) return;
      files.remove(path, { recursive: options?.recursive ?? false });
    },
    cp: async (from, to, options) => copy(from, to, options?.recursive ?? false),
    mv: async (from, to) => files.rename(from, to),
    resolvePath: (base, path) => posix.resolve(base, path),
    // For globs: just-bash walks folders by readdir where this is empty.
    getAllPaths: () => [],
    chmod: async (path, mode) => {
      if (!files.stat(path).directory) files.write(path, files.read(path), { mode });
    },
    symlink: noLinks,
    link: noLinks,
    readlink: noLinks,
    realpath: async (path) => posix.normalize(path),
    utimes: async () => undefined,
  };
};
