import type { Cancel } from '../../base/clock.ts';

export interface FileStat {
  path: string;
  directory: boolean;
  /** Permission bits, as 0o600. */
  mode: number;
  size: number;
  /** Milliseconds. */
  modified: number;
}

/** A node's small file system. Paths are absolute. Errors are NodeJS-like, with code ENOENT, EEXIST, ENOTDIR, EISDIR. */
export interface NodeFiles {
  read(path: string): string;
  exists(path: string): boolean;
  stat(path: string): FileStat;
  /** Entries of a folder, sorted by name. */
  list(path: string): FileStat[];
  /** Makes the folders above it. `size` lets a file weigh more than its text, as a binary does. */
  write(path: string, text: string, options?: { mode?: number; size?: number }): void;
  append(path: string, text: string): void;
  rename(from: string, to: string): void;
  remove(path: string, options?: { recursive?: boolean }): void;
  mkdir(path: string, options?: { mode?: number }): void;
  /** Tells the path of every file that was written, renamed or removed below `folder`. */
  watch(folder: string, listener: (path: string) => void): Cancel;
}

/** JSON values by name; a value is replaced, never changed in place. */
export interface Slots {
  get<T>(name: string): T | undefined;
  set<T>(name: string, value: T | undefined): void;
}

/**
 * A simulated node's machine: what lives below Kubernetes. It is stored with the cluster (hidden resource
 * `machines.sim.kindlab.dev`), so that a snapshot, a rewind or a `kill -9` covers it too.
 */
export interface Machine {
  readonly name: string;
  /** InternalIP, as 172.18.0.3. */
  readonly address: string;
  readonly role: 'control-plane' | 'worker';
  readonly files: NodeFiles;
  /** Survives a reboot: what a program keeps on its disk beside files. */
  readonly disk: Slots;
  /** Gone at a reboot: devices, routes, iptables rules, BPF maps. `net/devices.ts` gives them their shapes. */
  readonly kernel: Slots;
  readonly bootId: string;
  /** False from the moment it goes down until it has booted. */
  readonly running: boolean;
  /** `docker restart`: kernel state and processes end, the disk stays; containers come back with SandboxChanged. Resolves when the kubelet runs again. */
  restart(signal?: AbortSignal): Promise<void>;
  /** `docker stop` and `docker start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
  on(listener: (event: 'stopped' | 'started') => void): Cancel;
}
