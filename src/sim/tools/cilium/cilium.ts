import type { ProgramIo } from '../../node/image.ts';
import { daemonSets } from '../../../kube/resources.ts';
import { ciliumVersion } from '../charts/cilium.ts';
import { parseDuration, parseFlags, text, toggle, type FlagSpec } from '../flags.ts';
import { ToolError, type Tool, type ToolContext } from '../tool.ts';
import { poll } from '../wait.ts';
import { config } from './config.ts';
import { install, uninstall, upgrade } from './install.ts';
import { collectStatus, formatStatus, isReady, type CiliumStatus } from './status.ts';

const common: Record<string, FlagSpec> = {
  namespace: text('n'),
  context: text(),
  kubeconfig: text(),
  'helm-release-name': text(),
  as: text(),
};

type Run = (io: ProgramIo, context: ToolContext, argv: readonly string[], common: Record<string, FlagSpec>) => Promise<void> | void;

const status: Run = async (io, context, argv) => {
  const flags = parseFlags(argv, {
    ...common,
    wait: toggle(),
    'wait-duration': text(),
    output: text('o'),
    'ignore-warnings': toggle(),
    interactive: toggle(),
    verbose: toggle(),
    'worker-count': text(),
  });
  const namespace = flags.value('namespace') ?? 'kube-system';
  const done = (found: CiliumStatus) => (flags.on('ignore-warnings') ? found.errors.length === 0 : isReady(found));
  let latest = collectStatus(context, namespace);
  const show = () => io.stdout(flags.value('output') === 'json' ? `${JSON.stringify(latest)}\n` : formatStatus(latest, io.tty ?? false));
  if (flags.on('wait')) {
    const timeoutMs = parseDuration(flags.value('wait-duration') ?? '5m0s', 'wait-duration');
    const ask = () => (done((latest = collectStatus(context, namespace))) ? undefined : latest);
    if (await poll(ask, { clock: context.clock, timeoutMs, intervalMs: 2000, signal: io.signal })) {
      show();
      throw new ToolError('Unable to determine status:  timeout while waiting for status to become successful: context deadline exceeded');
    }
  }
  show();
  if (latest.collectionErrors.length > 0) throw new ToolError(`status check failed: [${latest.collectionErrors.join(', ')}]`);
};

const version: Run = (io, context, argv) => {
  const flags = parseFlags(argv, { ...common, client: toggle() });
  io.stdout(`cilium-cli: v0.18.9 (simulated)\ncilium image (default): v${ciliumVersion}\n`);
  if (flags.on('client')) return;
  const image = context.api.get(daemonSets, flags.value('namespace') ?? 'kube-system', 'cilium')?.spec?.template.spec?.containers[0]?.image;
  io.stdout(
    image
      ? `cilium image (running): ${image.split(':').at(-1)!.replace(/^v/, '')}\n`
      : 'cilium image (running): unknown. Unable to obtain cilium version. Reason: release: not found\n',
  );
};

const help: Run = (io) =>
  io.stdout(
    `CLI to install, manage, & troubleshoot Cilium clusters, as the simulated cluster's shell brings it.\n\nAvailable Commands:\n${Object.keys(
      commands,
    )
      .map((name) => `  ${name}\n`)
      .join('')}`,
  );

const commands: Record<string, Run> = { config, help, install, status, uninstall, upgrade, version };

/** `cilium`, the command-line tool outside the cluster; `cilium-dbg` is the agent's own. */
export const cilium: Tool = async (io, context) => {
  const flags = parseFlags(io.argv, { ...common, help: toggle('h') }, { stopAtArgument: true });
  const [name = 'help'] = flags.args;
  const argv = [...flags.given.filter((flag) => flag.name !== 'help').map((flag) => `--${flag.name}=${flag.value}`), ...flags.rest];
  const run = flags.on('help') || argv.includes('--help') || argv.includes('-h') ? help : commands[name];
  if (!run) throw new ToolError(`unknown command "${name}" for "cilium"\nRun 'cilium --help' for usage.`);
  await run(io, context, argv, common);
  return 0;
};
