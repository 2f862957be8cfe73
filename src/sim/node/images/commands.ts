import type { ContainerContext, ImageBehaviour } from '../image.ts';
import type { ContainerProcess } from '../kubelet/container-process.ts';
import type { RunInContainer } from '../kubelet/context.ts';

const shells = new Set(['sh', 'bash', 'ash', 'dash']);
/** Commands that a container's process is made of without a shell. */
const simple = new Set([
  'sleep',
  'true',
  'false',
  'echo',
  'tail',
  'cat',
  'ls',
  'env',
  'printenv',
  'date',
  'hostname',
  'nslookup',
  'wget',
  'curl',
  'ping',
  'nc',
  'touch',
  'seq',
  'id',
  'whoami',
  'hexdump',
  'stat',
]);

const nameOf = (word: string | undefined): string => word?.slice(word.lastIndexOf('/') + 1) ?? '';

/** Whether a container's command line is one that the simulation can run for what it says. */
export const isRunnable = (argv: readonly string[]): boolean => {
  const name = nameOf(argv[0]);
  return shells.has(name) || simple.has(name);
};

/** Whether it is one of the image's own programs. */
export const isProgram = (argv: readonly string[], { programs }: ImageBehaviour): boolean => programs?.[nameOf(argv[0])] !== undefined;

/** One of the image's own programs as the container's process: it sees SIGTERM, and ends as it sees fit. */
export async function runProgram(argv: readonly string[], process: ContainerProcess, run: RunInContainer): Promise<void> {
  process.ignoresTerm = true;
  const result = await run(argv, process.context, {
    signal: process.context.signal,
    onOutput: (text, stream) => text && process.write(text.replace(/\n$/, ''), stream),
  });
  process.context.exit(result.exitCode);
}

/** A shell that waits for somebody to attach: `kubectl run -it … -- sh`. */
export const isInteractive = (argv: readonly string[], { container }: ContainerContext): boolean =>
  container.stdin === true && (argv.length === 0 || (argv.length === 1 && shells.has(nameOf(argv[0]))));

/** Runs for ever, or for that many milliseconds; undefined where it needs a shell to tell. */
function waitOf(argv: readonly string[]): number | undefined {
  const name = nameOf(argv[0]);
  if (name === 'sleep') return duration(argv[1] ?? '0');
  if (name === 'tail' && argv.includes('-f')) return Infinity;
  // A shell that nobody can attach to reads the end of its input and is done.
  if (shells.has(name) && argv.length === 1) return 0;
  if (!shells.has(name) || !/^-\w*c$/.test(argv[1] ?? '')) return undefined;
  const script = (argv[2] ?? '').trim().replace(/^(exec|trap [^;]*;)\s+/, '');
  const plainSleep = /^sleep (\S+?);?$/.exec(script);
  if (plainSleep) return duration(plainSleep[1]!);
  if (/^(while (true|:)|until false); *do +sleep \S+ *; *done;?$/.test(script) || /^tail -f \/dev\/null$/.test(script)) return Infinity;
  return undefined;
}

function duration(text: string): number {
  if (text === 'infinity' || text === 'inf') return Infinity;
  const [, amount = '0', unit = 's'] = /^([\d.]+)([smhd]?)$/.exec(text) ?? [];
  return Math.round(Number(amount) * { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[unit || 's']!);
}

/** The command of a container's manifest as its process: what waits only costs a timer, the rest goes through the shell. */
export async function runCommand(argv: readonly string[], process: ContainerProcess, run: RunInContainer): Promise<void> {
  const { context } = process;
  if (isInteractive(argv, context)) return;
  const wait = waitOf(argv);
  // PID 1 has no default action for SIGTERM: a bare sleep is only ended by SIGKILL.
  if (wait !== undefined) process.ignoresTerm = !/\btrap\b/.test(argv.join(' '));
  if (wait === Infinity) return;
  if (wait !== undefined) return exitAfter(context, wait, 0);
  const code = exitOf(argv);
  if (code !== undefined) {
    if (code.output) context.log(code.output);
    return exitAfter(context, 20, code.code);
  }
  const result = await run(argv, context, {
    signal: context.signal,
    onOutput: (text, stream) => text && process.write(text.replace(/\n$/, ''), stream),
  });
  if (!context.signal.aborted) context.exit(result.exitCode);
}

/** Commands whose end is plain without a shell. */
function exitOf(argv: readonly string[]): { code: number; output?: string } | undefined {
  const name = nameOf(argv[0]);
  if (name === 'true') return { code: 0 };
  if (name === 'false') return { code: 1 };
  if (name === 'echo') return { code: 0, output: argv.slice(1).join(' ') };
  const script = shells.has(name) && argv[1] === '-c' ? /^exit (\d+)$/.exec((argv[2] ?? '').trim()) : null;
  return script ? { code: Number(script[1]) & 255 } : undefined;
}

function exitAfter(context: ContainerContext, ms: number, code: number): void {
  const cancel = context.clock.after(ms, () => context.exit(code));
  context.signal.addEventListener('abort', cancel, { once: true });
}
