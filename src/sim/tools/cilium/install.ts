import { daemonSets } from '../../../kube/resources.ts';
import type { ProgramIo } from '../../node/image.ts';
import { isTable, layerValues, mergeValues, valueAt, type Values } from '../charts/chart.ts';
import { ciliumChart, ciliumVersion } from '../charts/cilium.ts';
import { parseDuration, parseFlags, text, toggle, type Flags, type FlagSpec } from '../flags.ts';
import { installRelease, uninstallRelease, upgradeRelease, type ReleaseRequest } from '../helm/actions.ts';
import { toManifest, toYaml } from '../helm/manifest.ts';
import { ReleaseStorage } from '../helm/release.ts';
import { userValues, valueFlags } from '../helm/values.ts';
import { ToolError, type ToolContext } from '../tool.ts';

const installFlags: Record<string, FlagSpec> = {
  ...valueFlags,
  'helm-values': text(),
  'helm-set': text(),
  'helm-set-string': text(),
  version: text(),
  wait: toggle(),
  'wait-duration': text(),
  'dry-run': toggle(),
  'dry-run-helm-values': toggle(),
  'reuse-values': toggle(),
  'reset-values': toggle(),
  'list-versions': toggle(),
  repository: text(),
};

const release = 'cilium';

/** What the CLI finds out by itself about a Kind cluster. */
function detected(context: ToolContext): Values {
  return {
    cluster: { name: `kind-${context.cluster}` },
    ipam: { mode: 'kubernetes' },
    operator: { replicas: 1 },
    routingMode: 'tunnel',
    tunnelProtocol: 'vxlan',
  };
}

async function valuesOf(io: ProgramIo, flags: Flags): Promise<Values> {
  // --helm-set and --helm-values are the old names of --set and --values.
  for (const flag of flags.given) flag.name = flag.name.replace(/^helm-/, '');
  return userValues(io, flags);
}

function versionOf(flags: Flags): string {
  const wanted = flags.value('version')?.replace(/^v/, '') ?? ciliumVersion;
  if (!ciliumChart.versions.includes(wanted)) {
    throw new ToolError(`Unable to install Cilium: chart version ${wanted} not found; there are ${ciliumChart.versions.join(', ')}`);
  }
  return wanted;
}

const request = (flags: Flags, namespace: string, values: Values, signal: AbortSignal): ReleaseRequest => ({
  name: release,
  namespace,
  source: { chart: ciliumChart, version: versionOf(flags) },
  values,
  signal,
  ...(flags.on('wait') && { waitMs: parseDuration(flags.value('wait-duration') ?? '5m0s', 'wait-duration') }),
});

/** Prints instead of doing, where one of the dry-run flags asks for it. */
function dryRun(io: ProgramIo, flags: Flags, namespace: string, values: Values): boolean {
  if (flags.on('dry-run-helm-values')) io.stdout(toYaml(values));
  else if (flags.on('dry-run')) {
    const version = versionOf(flags);
    io.stdout(toManifest(ciliumChart.render(mergeValues(ciliumChart.defaults(version), values), { name: release, namespace, version })));
  } else return false;
  return true;
}

export async function install(
  io: ProgramIo,
  context: ToolContext,
  argv: readonly string[],
  common: Record<string, FlagSpec>,
): Promise<void> {
  const flags = parseFlags(argv, { ...common, ...installFlags });
  if (flags.on('list-versions'))
    return io.stdout(ciliumChart.versions.map((one) => `v${one}${one === ciliumVersion ? ' (default)' : ''}\n`).join(''));
  const namespace = flags.value('namespace') ?? 'kube-system';
  const own = await valuesOf(io, flags);
  const values = layerValues(detected(context), own);
  if (dryRun(io, flags, namespace, values)) return;
  io.stdout(`ℹ️  Using Cilium version ${versionOf(flags)}\n`);
  if (!valueAt(own, 'cluster.name')) io.stdout(`🔮 Auto-detected cluster name: kind-${context.cluster}\n`);
  if (context.api.get(daemonSets, 'kube-system', 'kube-proxy')) io.stdout('🔮 Auto-detected kube-proxy has been installed\n');
  await explained('Unable to install Cilium', () => installRelease(context, request(flags, namespace, values, io.signal)));
}

export async function upgrade(
  io: ProgramIo,
  context: ToolContext,
  argv: readonly string[],
  common: Record<string, FlagSpec>,
): Promise<void> {
  const flags = parseFlags(argv, { ...common, ...installFlags });
  const namespace = flags.value('namespace') ?? 'kube-system';
  const own = await valuesOf(io, flags);
  const current = new ReleaseStorage(context).deployed(namespace, release);
  const keep = flags.on('reuse-values') || (Object.keys(own).length === 0 && !flags.on('reset-values'));
  const values = keep && current && isTable(current.config) ? layerValues(current.config, own) : layerValues(detected(context), own);
  if (dryRun(io, flags, namespace, values)) return;
  io.stdout(`ℹ️  Using Cilium version ${versionOf(flags)}\n`);
  await explained('Unable to upgrade Cilium', () => upgradeRelease(context, request(flags, namespace, values, io.signal)));
}

export async function uninstall(
  io: ProgramIo,
  context: ToolContext,
  argv: readonly string[],
  common: Record<string, FlagSpec>,
): Promise<void> {
  const flags = parseFlags(argv, { ...common, wait: toggle(), timeout: text(), 'test-namespace': text() });
  io.stdout('🔥 Deleting pods in cilium-test namespace...\n⌛ Uninstalling Cilium\n');
  await explained('Unable to uninstall Cilium', async () =>
    uninstallRelease(context, { name: release, namespace: flags.value('namespace') ?? 'kube-system' }),
  );
  io.stdout('✅ Cilium was successfully uninstalled.\n');
}

async function explained<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ToolError) throw new ToolError(`${what}: ${error.message}`, error.exitCode);
    throw error;
  }
}
