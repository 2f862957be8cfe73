import type { ContainerContext } from '../image.ts';
import { plain } from '../images/plain.ts';
import { isProgram, isRunnable, runCommand, runProgram } from '../images/commands.ts';
import type { ContainerKind } from './container-runner.ts';
import type { ContainerProcess } from './container-process.ts';
import { expand } from './environment.ts';
import type { KubeletContext } from './context.ts';

type Program = (context: ContainerContext) => void | Promise<void>;

/** How long a program takes that is only known to end: an init container, a Job's. */
const shortRunMs = 300;
const jobRunMs = 2000;

/** What a container's process does: its image's behaviour, or the command that the manifest names. */
export function programOf(process: ContainerProcess, kind: ContainerKind, kubelet: KubeletContext): Program {
  const { behaviour, context } = process;
  const { command = [], args = [] } = context.container;
  const { entrypoint = [], args: ownArgs = [] } = behaviour;
  const words = command.length > 0 ? [...command, ...args] : [...entrypoint, ...(args.length > 0 ? args : ownArgs)];
  const argv = words.map((word) => expand(word, context.env));
  const mayRun = behaviour === plain || behaviour.runsCommands === true;
  // An agent's own command line (`cilium-agent`) is what `start` stands for, even where exec finds a program of that name.
  if (mayRun && isProgram(argv, behaviour)) return () => runProgram(argv, process, kubelet.run);
  if (mayRun && isRunnable(command.length > 0 ? argv : behaviour === plain ? [] : argv))
    return () => runCommand(argv, process, kubelet.run);
  const start: Program = (started) => behaviour.start?.(started);
  if (kind === 'init') return ending(start, shortRunMs);
  if (behaviour === plain && isJob(context)) return ending(start, jobRunMs);
  return start;
}

const isJob = (context: ContainerContext): boolean => context.pod().metadata.ownerReferences?.some(({ kind }) => kind === 'Job') ?? false;

const ending =
  (start: Program, ms: number): Program =>
  async (context) => {
    await start(context);
    const cancel = context.clock.after(ms, () => context.exit(0));
    context.signal.addEventListener('abort', cancel, { once: true });
  };
