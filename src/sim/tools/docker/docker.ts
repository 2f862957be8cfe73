import type { Machine } from '../../node/machine.ts';
import { parseFlags, text, toggle } from '../flags.ts';
import { ToolError, type Tool } from '../tool.ts';
import { containerId, daemon, machine, type Run } from './containers.ts';
import { inspect, ps } from './listing.ts';

const exec: Run = async (io, context, argv) => {
  const flags = parseFlags(
    argv,
    {
      interactive: toggle('i'),
      tty: toggle('t'),
      detach: toggle('d'),
      env: text('e'),
      user: text('u'),
      workdir: text('w'),
      privileged: toggle(),
    },
    { stopAtArgument: true },
  );
  const [name] = flags.args;
  if (!name || flags.rest.length === 0) {
    throw new ToolError(
      "docker: 'docker exec' requires at least 2 arguments\n\nUsage:  docker exec [OPTIONS] CONTAINER COMMAND [ARG...]\n\nSee 'docker exec --help' for more information",
    );
  }
  const target = machine(context, name);
  if (!target.running) throw daemon(`container ${containerId(target.name)} is not running`);
  const env = Object.fromEntries(
    flags
      .all('env')
      .map((pair) =>
        pair.includes('=') ? [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] : [pair, io.env?.[pair] ?? ''],
      ),
  );
  return context.nodeExec(target.name, {
    argv: flags.rest,
    stdin: flags.on('interactive') ? io.stdin : undefined,
    stdout: io.stdout,
    stderr: io.stderr,
    signal: io.signal,
    tty: flags.on('tty') && (io.tty ?? false),
    cwd: flags.value('workdir') ?? '/',
    env,
  });
};

/** `restart`, `stop`, `start`: each container in turn, its name printed when done. */
const each =
  (action: (target: Machine, signal: AbortSignal) => Promise<void>): Run =>
  async (io, context, argv) => {
    const flags = parseFlags(argv, { time: text('t'), timeout: text(), signal: text('s') });
    if (flags.args.length === 0) throw new ToolError(`docker: 'docker ${io.argv[0]}' requires at least 1 argument`);
    let failed = false;
    for (const name of flags.args) {
      try {
        await action(machine(context, name), io.signal);
        io.stdout(`${name}\n`);
      } catch (error) {
        if (!(error instanceof ToolError)) throw error;
        io.stderr(`${error.message}\n`);
        failed = true;
      }
    }
    return failed ? 1 : 0;
  };

const logs: Run = (io, context, argv) => {
  const flags = parseFlags(argv, { follow: toggle('f'), tail: text('n'), timestamps: toggle('t') });
  const target = machine(context, flags.args[0] ?? '');
  const lines = ['INFO: starting init', `Welcome to Debian GNU/Linux 12 (bookworm)!`, `Set hostname to <${target.name}>.`];
  io.stdout(`${lines.join('\n')}\n`);
  return 0;
};

const commands: Record<string, Run> = {
  exec,
  inspect,
  logs,
  ps,
  restart: each((target, signal) => target.restart(signal)),
  start: each(async (target) => (target.running ? undefined : target.start())),
  stop: each(async (target) => (target.running ? target.stop() : undefined)),
};

/** `docker` as far as a Kind cluster's nodes are concerned. */
export const docker: Tool = async (io, context) => {
  const [first = '', ...rest] = io.argv;
  const [name, argv] = first === 'container' ? [rest[0] === 'ls' ? 'ps' : (rest[0] ?? ''), rest.slice(1)] : [first, rest];
  const run = commands[name];
  if (!run) {
    const known = `In the simulated cluster's shell docker knows the nodes only: ${Object.keys(commands).join(', ')}.`;
    throw new ToolError(name ? `docker: unknown command: docker ${name}\n\n${known}` : `Usage:  docker COMMAND\n\n${known}`);
  }
  return run(io, context, argv);
};
