import { Command, type CommanderError, InvalidArgumentError, Option } from 'commander';
import { KindlabError } from '../base/errors.ts';
import { addFaultCommands } from './fault-commands.ts';
import type { NetpolOptions } from './commands/netpol/inputs.ts';
import type { LintOptions } from './commands/netpol/lint.ts';
import type { MatrixOptions } from './commands/netpol/matrix.ts';
import type { TwoSidesOptions } from './commands/netpol/two-sides.ts';
import type { VerifyOptions } from './commands/netpol/verify.ts';
import type { CliContext } from './context.ts';

/** Options that a command of one session takes. */
export interface SessionOptions {
  session?: string;
  json?: boolean;
}

export interface UpOptions {
  backend: 'auto' | 'simulated' | 'kind';
  name?: string;
}

export interface ClusterCreateOptions {
  backend: 'simulated' | 'kind';
  cni: 'calico' | 'cilium' | 'netkit' | 'none';
  workers: number;
  seed?: number;
  paused?: boolean;
}

const wholeNumber =
  (most: number) =>
  (text: string): number => {
    if (!/^\d+$/.test(text) || Number(text) > most) throw new InvalidArgumentError(`a whole number from 0 to ${most}`);
    return Number(text);
  };

/**
 * The command line's shape. Each command's work is loaded when it is called, so that `--help` stays fast.
 * `done` gets the exit code.
 */
export function makeProgram(cli: CliContext, done: (code: number) => void): Command {
  const program = new Command('kindlab')
    .description('Kubernetes networking labs in your terminal, on a simulated cluster or on real Kind.\nWithout a command: the TUI.')
    .version('0.1.0')
    .exitOverride()
    .configureOutput({ writeOut: (text) => void cli.stdout.write(text), writeErr: () => undefined })
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .allowExcessArguments()
    .action(async (_options, command: Command) => {
      const [unknown] = command.args;
      if (unknown !== undefined)
        throw new KindlabError({ code: 'usage', message: `there is no command ${JSON.stringify(unknown)}`, fix: 'kindlab --help' });
      done(await (await import('./commands/tui.ts')).tui(cli));
    });

  const session = new Option('-s, --session <name>', 'which session, where there are several');
  const json = new Option('--json', 'machine-readable output');
  const add = (definition: string, summary: string) => program.command(definition).description(summary);

  add('labs', 'list the labs and how far you are')
    .addOption(json)
    .action(async (options: SessionOptions) => done(await (await import('./commands/labs.ts')).labs(cli, options)));

  add('up <lab>', 'start a lab, or find it again')
    .addOption(new Option('--backend <kind>', 'where the cluster runs').choices(['auto', 'simulated', 'kind']).default('auto'))
    .option('--name <name>', "the session's and cluster's name (default: the lab's own)")
    .action(async (lab: string, options: UpOptions) => done(await (await import('./commands/up.ts')).up(cli, lab, options)));

  add('status', 'sessions, and where the current one stands')
    .addOption(session)
    .addOption(json)
    .action(async (options: SessionOptions) => done(await (await import('./commands/status.ts')).status(cli, options)));

  add('check [step]', 'grade a step (default: the current one)')
    .addOption(session)
    .addOption(json)
    .option('-w, --watch', 'again at every change, until it passes')
    .action(async (step: string | undefined, options: SessionOptions & { watch?: boolean }) =>
      done(await (await import('./commands/check.ts')).check(cli, step, options)),
    );

  add('hint [step]', 'the next hint')
    .addOption(session)
    .addOption(json)
    .action(async (step: string | undefined, options: SessionOptions) =>
      done(await (await import('./commands/hint.ts')).hint(cli, step, options)),
    );

  add('solve [step]', "run the step's solution")
    .addOption(session)
    .action(async (step: string | undefined, options: SessionOptions) =>
      done(await (await import('./commands/solve.ts')).solve(cli, step, options)),
    );

  add('reset [step]', 'put the cluster back to the beginning of a step')
    .addOption(session)
    .action(async (step: string | undefined, options: SessionOptions) =>
      done(await (await import('./commands/reset.ts')).reset(cli, step, options)),
    );

  add('shell [command...]', 'your shell with KUBECONFIG set and the lab’s tools on PATH; or one command after --')
    .addOption(session)
    .passThroughOptions()
    .action(async (command: string[], options: SessionOptions) =>
      done(await (await import('./commands/shell.ts')).shell(cli, command, options)),
    );

  add('down [name]', 'end a session and remove its cluster')
    .option('--all', 'every session and cluster')
    .action(async (name: string | undefined, options: { all?: boolean }) =>
      done(await (await import('./commands/down.ts')).down(cli, name, options)),
    );

  add('doctor', 'what this machine can run')
    .addOption(json)
    .action(async (options: { json?: boolean }) => done(await (await import('./commands/doctor.ts')).doctor(cli, options)));

  add('play <lab>', 'run a lab unattended: every step must fail unsolved and pass solved')
    .addOption(new Option('--backend <kind>', 'where the cluster runs').choices(['auto', 'simulated', 'kind']).default('auto'))
    .option('--faults', 'also inject every fault at its first step: its checks must fail, and pass once it is taken out')
    .addOption(json)
    .action(async (lab: string, options: { backend: UpOptions['backend']; faults?: boolean; json?: boolean }) =>
      done(await (await import('./commands/play.ts')).play(cli, lab, options)),
    );

  addFaultCommands(program, { cli, done, session, json });

  const cluster = program.command('cluster').description('clusters without a lab');
  cluster
    .command('create <name>')
    .description('make a cluster')
    .addOption(new Option('--backend <kind>', 'where it runs').choices(['simulated', 'kind']).default('simulated'))
    .addOption(new Option('--cni <name>', 'its network').choices(['calico', 'cilium', 'netkit', 'none']).default('calico'))
    .option('--workers <n>', 'worker nodes', wholeNumber(10_000), 2)
    .option('--seed <n>', 'simulated: the same names, uids and addresses each time', wholeNumber(2 ** 32 - 1))
    .option('--paused', 'simulated: its clock stands still until `cluster clock` moves it')
    .action(async (name: string, options: ClusterCreateOptions) =>
      done(await (await import('./commands/cluster.ts')).createCluster(cli, name, options)),
    );
  cluster
    .command('list')
    .description('clusters and whether they run')
    .addOption(json)
    .action(async (options: { json?: boolean }) => done(await (await import('./commands/cluster.ts')).listClusters(cli, options)));
  cluster
    .command('delete <name>')
    .description('remove a cluster')
    .action(async (name: string) => done(await (await import('./commands/down.ts')).down(cli, name, {})));
  cluster
    .command('kubeconfig <name>')
    .description("print the path of a cluster's kubeconfig")
    .action(async (name: string) => done(await (await import('./commands/cluster.ts')).clusterKubeconfig(cli, name)));

  cluster
    .command('clock <name> [action] [value]')
    .description("a simulated cluster's time: show (the default), pause, resume, step DURATION (90s, 5m, 1h30m), speed FACTOR")
    .addOption(json)
    .action(async (name: string, action: string | undefined, value: string | undefined, options: { json?: boolean }) =>
      done(await (await import('./commands/cluster-clock.ts')).clusterClock(cli, { name, action, value, json: options.json ?? false })),
    );

  const netpol = program
    .command('netpol')
    .description('network policies of Kubernetes, Calico and Cilium: what they mean, and where they fail');
  const clusterFile = new Option('--cluster <file>', 'the cluster: nodes, pods, services, addresses').makeOptionMandatory();
  const asking = (command: Command): Command =>
    command
      .addOption(clusterFile)
      .option('-p, --policies <path...>', 'files, folders, or - for stdin', [])
      .addOption(new Option('--engine <cni>', 'the CNI of every node (default: what the cluster file says)').choices(['calico', 'cilium']))
      .option('--settings <list>', "Cilium's: nodes-mode, localhost=policy, sctp, hostfw, tunnel-port=N, enforcement=always|never")
      .addOption(json);
  netpol
    .command('verify <cases...>')
    .description('hold the evaluation against measured verdicts')
    .addOption(clusterFile)
    .addOption(json)
    .action(async (files: string[], options: VerifyOptions) =>
      done(await (await import('./commands/netpol/verify.ts')).verify(cli, files, options)),
    );
  asking(
    netpol
      .command('explain <from> <to> [port]')
      .description('whether a flow is allowed, and what decides it')
      .option('--html <file>', 'write it as one self-contained page'),
  ).action(async (from: string, to: string, port: string | undefined, options: NetpolOptions) =>
    done(await (await import('./commands/netpol/explain.ts')).explain(cli, from, to, port ?? '80', options)),
  );
  asking(
    netpol
      .command('matrix [port]')
      .description('who reaches whom')
      .option('--html <file>', 'write it as one self-contained page')
      .option('--probe <kubeconfig>', 'try the connections between pods on a running cluster, too'),
  ).action(async (port: string | undefined, options: MatrixOptions) =>
    done(await (await import('./commands/netpol/matrix.ts')).matrix(cli, port ?? '80', options)),
  );
  const holding = (definition: string, summary: string): Command =>
    netpol
      .command(definition)
      .description(summary)
      .requiredOption('--with <path...>', 'the second set: files, folders, or - for stdin')
      .addOption(clusterFile)
      .addOption(new Option('--engine <cni>', 'who enforces the first set (default: whose language it is)').choices(['calico', 'cilium']))
      .addOption(new Option('--with-engine <cni>', 'who enforces the second set').choices(['calico', 'cilium']))
      .option(
        '--settings <list>',
        "Cilium's, of both sets: nodes-mode, localhost=policy, sctp, hostfw, tunnel-port=N, enforcement=always|never",
      )
      .option('--with-settings <list>', 'of the second set, where they differ')
      .addOption(new Option('--endpoints <which>', 'present ones, or any that may come').choices(['present', 'any']))
      .option('--html <file>', 'write a report as one self-contained page')
      .option('--probe <kubeconfig>', 'try each shown difference between pods on a running cluster')
      .addOption(json);
  holding('compare <paths...>', 'whether two sets of policies mean the same, proven; each difference with a flow').action(
    async (paths: string[], options: TwoSidesOptions) =>
      done(await (await import('./commands/netpol/compare.ts')).compare(cli, paths, options)),
  );
  holding('coverage <paths...>', 'each rule of the first set, and what carries it in the second').action(
    async (paths: string[], options: TwoSidesOptions) =>
      done(await (await import('./commands/netpol/coverage.ts')).coverage(cli, paths, options)),
  );
  netpol
    .command('lint <paths...>')
    .description('find what policies mean otherwise than they seem to on Cilium')
    .option('--cluster <file>', 'the cluster, for what depends on addresses and ports')
    .addOption(json)
    .action(async (paths: string[], options: LintOptions) =>
      done(await (await import('./commands/netpol/lint.ts')).lint(cli, paths, options)),
    );

  // What the launcher and `up` start; not for people.
  program
    .command('host <name>', { hidden: true })
    .action(async (name: string) => done(await (await import('./commands/host.ts')).host(cli, name)));
  program.command('test', { hidden: true }).action(() => {
    throw new KindlabError({ code: 'launcher-only', message: '`test` is a command of the launcher ./kindlab', fix: './kindlab test' });
  });
  return program;
}

/** commander's complaint about the command line, in kindlab's form; undefined for --help and --version, which are no failures. */
export function usageError(error: CommanderError): KindlabError | undefined {
  if (error.exitCode === 0) return undefined;
  const message = error.message.replace(/^error: /, '');
  return new KindlabError({ code: 'usage', message, fix: 'kindlab --help', cause: error });
}
