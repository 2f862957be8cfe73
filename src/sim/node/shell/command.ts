import type { Clock } from '../../../base/clock.ts';
import type { Network, Origin } from '../../net/network.ts';
import type { ContainerContext } from '../image.ts';
import type { NodeFiles } from '../machine.ts';
import type { Kubelet } from '../kubelet/kubelet.ts';

/** Where a command runs: a container's namespaces, or a node's own. */
export interface Host {
  hostname: string;
  origin: Origin;
  /** The namespace's own address. */
  address: string;
  files: NodeFiles;
  env: Record<string, string>;
  clock: Clock;
  network: Network;
  /** In a node's own shell, and in a hostNetwork pod. */
  kubelet: Kubelet;
  /** In a container's shell. */
  container?: ContainerContext;
}

export interface CommandIo {
  /** The command as it was written, with its path. */
  word: string;
  /** All of standard input. */
  stdin(): Promise<string>;
  /** The same for programs to which it is no text. */
  stdinBytes(): Promise<Uint8Array>;
  cwd: string;
  out: (text: string) => void;
  /** Output that is no text. */
  outBytes: (bytes: Uint8Array) => void;
  err: (text: string) => void;
  signal: AbortSignal;
}

/** A command of ours; its exit code. `args` are without the command's name. */
export type Command = (args: readonly string[], host: Host, io: CommandIo) => number | Promise<number>;
export type Commands = Readonly<Record<string, Command>>;

export interface Flags {
  words: string[];
  has(...names: string[]): boolean;
  value(...names: string[]): string | undefined;
  all(...names: string[]): string[];
}

/**
 * Reads flags as getopt does: `-M do`, `-s1400`. `valued` names those that take a
 * value.
 */
export function flagsOf(args: readonly string[], valued: readonly string[]): Flags {
  const found: [string, string][] = [];
  const words: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') {
      words.push(...args.slice(i + 1));
      break;
    }
    if (arg.startsWith('--')) {
      const [name = '', value] = arg.split(/=(.*)/s);
      found.push([name, value ?? (valued.includes(name) ? (args[++i] ?? '') : '')]);
    } else if (arg.startsWith('-') && arg.length > 1) {
      for (let at = 1; at < arg.length; at++) {
        const name = `-${arg[at]}`;
        const takes = valued.includes(name);
        found.push([name, takes ? arg.slice(at + 1) || (args[++i] ?? '') : '']);
        if (takes) break;
      }
    } else words.push(arg);
  }
  return {
    words,
    has: (...names) => found.some(([name]) => names.includes(name)),
    value: (...names) => found.findLast(([name]) => names.includes(name))?.[1],
    all: (...names) => found.filter(([name]) => names.includes(name)).map(([, value]) => value),
  };
}
