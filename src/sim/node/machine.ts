import type { Cancel } from '../../base/clock.ts';

export interface FileStat {
  path: string;
  directory: boolean;
  /** Permission bits, as 0o600. */
  mode: number;
  size: number;
  /** Milliseconds. */
  modified: number;
  owner: Owner;
  /** It lies in memory. */
  tmpfs?: boolean;
}

/** Numbers of a user and a group; root's are 0. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface WriteOptions {
  mode?: number;
  /** Lets a file weigh more than its text, as a binary does. */
  size?: number;
  /** Of a file that is new; root by default. */
  owner?: Owner;
}

/** A node's small file system. Paths are absolute. Errors are NodeJS-like, with code ENOENT, EEXIST, ENOTDIR, EISDIR. */
export interface NodeFiles {
  read(path: string): string;
  exists(path: string): boolean;
  stat(path: string): FileStat;
  /** Entries of a folder, sorted by name. */
  list(path: string): FileStat[];
  /** Makes the folders above it. */
  write(path: string, text: string, options?: WriteOptions): void;
  append(path: string, text: string): void;
  rename(from: string, to: string): void;
  remove(path: string, options?: { recursive?: boolean }): void;
  mkdir(path: string, options?: WriteOptions): void;
  /** Of a file or a folder; what is not given stays. */
  chmod(path: string, to: { mode?: number; owner?: Owner }): void;
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
