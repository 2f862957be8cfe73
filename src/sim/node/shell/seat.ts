import { sleep, type Clock } from '../../../base/clock.ts';
import type { Answer, ConnectResult, Network, Origin } from '../../net/network.ts';
import type { ProgramIo } from '../image.ts';

/** Where a network program sits: a pod's or a node's network namespace. */
export interface Seat {
  network: Network;
  origin: Origin;
  clock: Clock;
  /** Address of the namespace, as a program sees its own. */
  address: string;
}

/** A program that talks to the network; the same one serves pods and nodes. */
export type NetworkProgram = (io: ProgramIo, seat: Seat) => Promise<number>;

/** Lets the connection's own time pass, so that `time` and timeouts feel right. */
export const spend = (seat: Seat, ms: number, signal: AbortSignal): Promise<void> => sleep(seat.clock, ms, signal);

/** What comes back over a connection: at once, or of a server that speaks TLS in its own time. */
export const answerTo = (
  { response, answer }: ConnectResult,
  sent: { headers?: readonly string[]; body?: string },
  signal: AbortSignal,
): Promise<Answer> | Answer | undefined => {
  if (!answer) return response;
  const headers = (sent.headers ?? []).map((line) => [line.split(':')[0]!.trim().toLowerCase(), line.replace(/^[^:]*:\s*/, '')]);
  return answer({ headers: Object.fromEntries(headers) as Record<string, string>, body: sent.body ?? '', signal });
};

export interface ParsedFlags {
  flags: Map<string, string | true>;
  /** Every value of the flags that were given more than once, as of `-H`. */
  all: Map<string, string[]>;
  rest: string[];
}

/**
 * Reads flags as getopt does: `-m2`, `-m 2`, `-sS`, `--max-time 2`, `--max-time=2`. `withValue` names those that
 * take a value, `alias` maps long names to short ones.
 */
export function readFlags(argv: readonly string[], withValue: string, alias: Readonly<Record<string, string>> = {}): ParsedFlags {
  const flags = new Map<string, string | true>();
  const all = new Map<string, string[]>();
  const take = (flag: string, value: string) => {
    flags.set(flag, value);
    all.set(flag, [...(all.get(flag) ?? []), value]);
  };
  const rest: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--') {
      rest.push(...argv.slice(i + 1));
      break;
    }
    if (word.startsWith('--')) {
      const [name, inline] = word.slice(2).split(/=(.*)/s) as [string, string | undefined];
      const flag = alias[name] ?? name;
      const takes = flag.length === 1 && withValue.includes(flag);
      if (takes) take(flag, inline ?? argv[++i] ?? '');
      else flags.set(flag, inline ?? true);
    } else if (word.startsWith('-') && word.length > 1) {
      for (let j = 1; j < word.length; j++) {
        const flag = word[j]!;
        if (!withValue.includes(flag)) flags.set(flag, true);
        else {
          take(flag, word.slice(j + 1) || (argv[++i] ?? ''));
          break;
        }
      }
    } else rest.push(word);
  }
  return { flags, all, rest };
}
