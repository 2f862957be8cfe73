import type { Cancel } from '../../../base/clock.ts';
import { FileTree } from '../file-tree.ts';
import type { FileStat, NodeFiles } from '../machine.ts';
import { ConfigError } from './environment.ts';
import type { VolumeFile } from './volume-content.ts';

interface Source {
  version: () => string;
  files: () => readonly VolumeFile[];
}

/** A volume whose files follow objects of the API: looked up when they are read, so that what nobody reads costs nothing. */
export class LiveFiles implements NodeFiles {
  readonly #source: Source;
  readonly #now: () => number;
  #tree: FileTree;
  #version: string;

  constructor(now: () => number, source: Source) {
    this.#now = now;
    this.#source = source;
    this.#version = source.version();
    this.#tree = this.#made();
  }

  /** As it is now, and stays: what a subPath mount shows. */
  frozen(): FileTree {
    this.#refresh();
    return this.#made();
  }

  read(path: string): string {
    return this.#current().read(path);
  }

  exists(path: string): boolean {
    return this.#current().exists(path);
  }

  stat(path: string): FileStat {
    return this.#current().stat(path);
  }

  list(path: string): FileStat[] {
    return this.#current().list(path);
  }

  write(path: string, text: string, options?: { mode?: number; size?: number }): void {
    this.#current().write(path, text, options);
  }

  append(path: string, text: string): void {
    this.#current().append(path, text);
  }

  rename(from: string, to: string): void {
    this.#current().rename(from, to);
  }

  remove(path: string, options?: { recursive?: boolean }): void {
    this.#current().remove(path, options);
  }

  mkdir(path: string, options?: { mode?: number }): void {
    this.#current().mkdir(path, options);
  }

  watch(folder: string, listener: (path: string) => void): Cancel {
    return this.#tree.watch(folder, listener);
  }

  #current(): FileTree {
    this.#refresh();
    return this.#tree;
  }

  #refresh(): void {
    const version = this.#source.version();
    if (version === this.#version) return;
    this.#version = version;
    this.#tree = this.#made(this.#tree);
  }

  /** Where an object has gone, its last content stays. */
  #made(before?: FileTree): FileTree {
    const tree = new FileTree(this.#now);
    try {
      for (const { path, text, mode, size } of this.#source.files()) {
        const options = { mode, ...(size !== undefined && { size }) };
        if (typeof text === 'string') tree.write(`/${path}`, text, options);
        else tree.provide(`/${path}`, text, options);
      }
    } catch (error) {
      if (before && error instanceof ConfigError) return before;
      throw error;
    }
    return tree;
  }
}
