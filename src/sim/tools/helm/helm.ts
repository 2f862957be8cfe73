import type { ProgramIo } from '../../node/image.ts';
import { ChartError, layerValues, mergeValues, type Values } from '../charts/chart.ts';
import { optional, parseDuration, parseFlags, text, toggle, type Flags, type FlagSpec } from '../flags.ts';
import { ToolError, type Tool, type ToolContext } from '../tool.ts';
import { installRelease, renderRelease, uninstallRelease, upgradeRelease, type ReleaseRequest } from './actions.ts';
import { toYaml } from './manifest.ts';
import { describeRelease, print, printHistory, printList } from './print.ts';
import { ReleaseStorage, type HelmRelease } from './release.ts';
import { repo, search } from './repo.ts';
import { findChart } from './repositories.ts';
import { userValues, valueFlags } from './values.ts';

const common: Record<string, FlagSpec> = {
  namespace: text('n'),
  'kube-context': text(),
  kubeconfig: text(),
  debug: toggle(),
};
const chartFlags = { version: text(), repo: text(), devel: toggle() };
const runFlags = {
  ...chartFlags,
  ...valueFlags,
  'create-namespace': toggle(),
  'dry-run': optional(),
  wait: optional(),
  timeout: text(),
  description: text(),
  output: text('o'),
  'force-conflicts': toggle(),
  'server-side': optional(),
};

type Run = (io: ProgramIo, context: ToolContext, argv: readonly string[]) => Promise<void> | void;

const namespaceOf = (flags: Flags) => flags.value('namespace') ?? 'default';

async function requestOf(io: ProgramIo, context: ToolContext, flags: Flags, name: string, reference: string): Promise<ReleaseRequest> {
  const wait = flags.value('wait');
  const description = flags.value('description');
  return {
    name,
    namespace: namespaceOf(flags),
    source: findChart(context, reference, { version: flags.value('version'), repo: flags.value('repo') }),
    values: await userValues(io, flags),
    createNamespace: flags.on('create-namespace'),
    forceConflicts: flags.on('force-conflicts'),
    dryRun: ![undefined, 'none', 'false'].includes(flags.value('dry-run')),
    ...(wait !== undefined &&
      !['false', 'hookOnly'].includes(wait) && { waitMs: parseDuration(flags.value('timeout') ?? '5m0s', 'timeout') }),
    ...(description !== undefined && { description }),
    signal: io.signal,
  };
}

/** Runs an action and puts Helm's prefix before what it complains of. */
async function failing<T>(prefix: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof ToolError || error instanceof ChartError) throw new ToolError(`${prefix}: ${error.message}`);
    throw error;
  }
}

function report(io: ProgramIo, release: HelmRelease, flags: Flags, lead = ''): void {
  if (print(io, release, flags.value('output'))) return;
  const manifest = flags.value('dry-run') === undefined ? '' : `HOOKS:\nMANIFEST:\n${release.manifest}\n`;
  const [head, notes] = describeRelease(release).split(/^(?=NOTES:$)/m);
  io.stdout(`${lead}${head}${manifest}${notes ?? ''}`);
}

const install: Run = async (io, context, argv) => {
  const flags = parseFlags(argv, { ...common, ...runFlags, 'generate-name': toggle('g') });
  await failing('INSTALLATION FAILED', async () => {
    const [name, reference] = namedChart(context, flags);
    const release = await installRelease(context, await requestOf(io, context, flags, name, reference));
    report(io, release, flags);
  });
};

function namedChart(context: ToolContext, flags: Flags): [string, string] {
  const [first, second, third] = flags.args;
  if (!first) throw new ToolError('"helm install" requires at least 1 argument\n\nUsage:  helm install [NAME] [CHART] [flags]');
  if (third) throw new ToolError(`expected at most two arguments, unexpected arguments: ${flags.args.slice(2).join(', ')}`);
  if (flags.on('generate-name')) {
    if (second) throw new ToolError('cannot set --generate-name and also specify a name');
    return [`${first.split('/').at(-1)}-${Math.floor(context.clock.now() / 1000)}`, first];
  }
  if (!second) throw new ToolError('must either provide a name or specify --generate-name');
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(first) || first.length > 53) {
    throw new ToolError(
      `release name "${first}": invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53`,
    );
  }
  return [first, second];
}

const upgrade: Run = async (io, context, argv) => {
  const reuse = { 'reuse-values': toggle(), 'reset-values': toggle(), 'reset-then-reuse-values': toggle() };
  const flags = parseFlags(argv, { ...common, ...runFlags, ...reuse, install: toggle('i') });
  const [name, reference] = flags.args;
  if (!name || !reference) throw new ToolError('"helm upgrade" requires 2 arguments\n\nUsage:  helm upgrade [RELEASE] [CHART] [flags]');
  const storage = new ReleaseStorage(context);
  if (flags.on('install') && !storage.latest(namespaceOf(flags), name)) {
    if (!flags.value('output')) io.stdout(`Release "${name}" does not exist. Installing it now.\n`);
    const release = await failing('INSTALLATION FAILED', async () =>
      installRelease(context, await requestOf(io, context, flags, name, reference)),
    );
    return report(io, release, flags);
  }
  const release = await failing('UPGRADE FAILED', async () => {
    const request = await requestOf(io, context, flags, name, reference);
    request.values = keptValues(storage.deployed(request.namespace, name), request, flags);
    return upgradeRelease(context, request);
  });
  const dry = flags.value('dry-run') !== undefined;
  report(io, release, flags, dry ? '' : `Release "${name}" has been upgraded. Happy Helming!\n`);
};

/** What an upgrade starts from: the old revision's values where asked for, or where nothing new is given. */
function keptValues(current: HelmRelease | undefined, request: ReleaseRequest, flags: Flags): Values {
  if (!current || flags.on('reset-values')) return request.values;
  const nothingNew = Object.keys(request.values).length === 0;
  if (flags.on('reset-then-reuse-values')) return layerValues(current.config, request.values);
  if (flags.on('reuse-values')) {
    // Old defaults come along as well: that is what sets it apart from --reset-then-reuse-values.
    const changedDefaults = difference(current.chart.values, request.source.chart.defaults(request.source.version));
    return layerValues(layerValues(changedDefaults, current.config), request.values);
  }
  return nothingNew ? current.config : request.values;
}

/** What `before` says otherwise than `now`. */
function difference(before: Values, now: Values): Values {
  const found: Values = {};
  for (const [key, value] of Object.entries(before)) {
    if (JSON.stringify(value) !== JSON.stringify(now[key])) found[key] = value;
  }
  return found;
}

const template: Run = async (io, context, argv) => {
  const flags = parseFlags(argv, {
    ...common,
    ...runFlags,
    'generate-name': toggle('g'),
    'include-crds': toggle(),
    'kube-version': text(),
  });
  const [first, second] = flags.args;
  if (!first) throw new ToolError('"helm template" requires at least 1 argument\n\nUsage:  helm template [NAME] [CHART] [flags]');
  const request = await requestOf(io, context, flags, second ? first : 'release-name', second ?? first);
  io.stdout(renderRelease(context, request).manifest);
};

const show: Run = (io, context, argv) => {
  const [what, ...rest] = argv;
  const flags = parseFlags(rest, { ...common, ...chartFlags });
  const { chart, version } = findChart(context, flags.args[0] ?? '', { version: flags.value('version'), repo: flags.value('repo') });
  const metadata = {
    apiVersion: 'v2',
    appVersion: version,
    description: chart.description,
    name: chart.name,
    type: 'application',
    version,
  };
  if (what === 'values') io.stdout(toYaml(chart.defaults(version)));
  else if (what === 'chart') io.stdout(toYaml(metadata));
  else throw new ToolError(`unknown command "${what ?? ''}" for "helm show"`);
};

const list: Run = (io, context, argv) => {
  const flags = parseFlags(argv, {
    ...common,
    'all-namespaces': toggle('A'),
    all: toggle('a'),
    output: text('o'),
    short: toggle('q'),
    filter: text('f'),
  });
  const revisions = new ReleaseStorage(context).revisions(flags.on('all-namespaces') ? undefined : namespaceOf(flags));
  const pattern = new RegExp(flags.value('filter') ?? '');
  const latest = revisions
    .filter((release, index) => revisions[index + 1]?.name !== release.name || revisions[index + 1]?.namespace !== release.namespace)
    .filter((release) => pattern.test(release.name) && release.info.status !== 'uninstalled');
  if (flags.on('short')) io.stdout(latest.map(({ name }) => `${name}\n`).join(''));
  else printList(io, latest, flags.value('output'));
};

/** The release that `helm status`, `get` and `history` are asked for. */
function found(context: ToolContext, flags: Flags): HelmRelease[] {
  const [name] = flags.args;
  if (!name) throw new ToolError('this command needs 1 argument: release name');
  const revisions = new ReleaseStorage(context).revisions(namespaceOf(flags), name);
  const wanted = flags.value('revision');
  const chosen = wanted ? revisions.filter(({ version }) => version === Number(wanted)) : revisions;
  if (chosen.length === 0) throw new ToolError('release: not found');
  return chosen;
}

const releaseFlags = { ...common, revision: text(), output: text('o'), all: toggle('a'), max: text() };

const status: Run = (io, context, argv) => {
  const flags = parseFlags(argv, releaseFlags);
  const release = found(context, flags).at(-1)!;
  if (!print(io, release, flags.value('output'))) io.stdout(describeRelease(release));
};

const history: Run = (io, context, argv) => {
  const flags = parseFlags(argv, releaseFlags);
  printHistory(io, found(context, flags), flags.value('output'));
};

const get: Run = (io, context, argv) => {
  const [what = '', ...rest] = argv;
  const flags = parseFlags(rest, releaseFlags);
  const parts = ['values', 'manifest', 'notes', 'metadata', 'all'];
  if (!parts.includes(what)) throw new ToolError(`unknown command "${what}" for "helm get"`);
  const release = found(context, flags).at(-1)!;
  const computed = mergeValues(release.chart.values, release.config);
  const values = flags.on('all') ? computed : release.config;
  if (what === 'values' && !print(io, values, flags.value('output'))) {
    const header = flags.on('all') ? 'COMPUTED VALUES:' : 'USER-SUPPLIED VALUES:';
    io.stdout(`${header}\n${Object.keys(values).length === 0 ? 'null\n' : toYaml(values)}`);
  }
  if (what === 'manifest') io.stdout(`${release.manifest}\n`);
  if (what === 'notes') io.stdout(`NOTES:\n${release.info.notes}\n`);
  if (what === 'metadata')
    io.stdout(toYaml({ ...release.chart.metadata, namespace: release.namespace, revision: release.version, status: release.info.status }));
  if (what === 'all') {
    io.stdout(
      `${describeRelease(release).split(/^NOTES:$/m)[0]}USER-SUPPLIED VALUES:\n${toYaml(release.config)}\nCOMPUTED VALUES:\n${toYaml(computed)}\nHOOKS:\nMANIFEST:\n${release.manifest}\nNOTES:\n${release.info.notes}\n`,
    );
  }
};

const rollback: Run = async (io, context, argv) => {
  const flags = parseFlags(argv, { ...common, wait: optional(), timeout: text(), 'force-conflicts': toggle() });
  const [name = '', revision] = flags.args;
  const revisions = new ReleaseStorage(context).revisions(namespaceOf(flags), name);
  const latest = revisions.at(-1);
  if (!latest) throw new ToolError('release: not found');
  const wanted = Number(revision ?? latest.version - 1) || latest.version - 1;
  const old = revisions.find(({ version }) => version === wanted);
  if (!old) throw new ToolError(`release has no ${wanted} version`);
  await failing('ROLLBACK FAILED', () =>
    upgradeRelease(context, {
      name,
      namespace: namespaceOf(flags),
      source: {
        chart: findChart(context, `oci://quay.io/cilium/charts/${old.chart.metadata.name}`, {}).chart,
        version: old.chart.metadata.version,
      },
      values: old.config,
      forceConflicts: flags.on('force-conflicts'),
      description: `Rollback to ${wanted}`,
      ...(flags.value('wait') && { waitMs: parseDuration(flags.value('timeout') ?? '5m0s', 'timeout') }),
      signal: io.signal,
    }),
  );
  io.stdout('Rollback was a success! Happy Helming!\n');
};

const uninstall: Run = (io, context, argv) => {
  const flags = parseFlags(argv, {
    ...common,
    'keep-history': toggle(),
    wait: optional(),
    timeout: text(),
    cascade: text(),
    'ignore-not-found': toggle(),
  });
  if (flags.args.length === 0)
    throw new ToolError('"helm uninstall" requires at least 1 argument\n\nUsage:  helm uninstall RELEASE_NAME [...] [flags]');
  for (const name of flags.args) {
    if (flags.on('ignore-not-found') && !new ReleaseStorage(context).latest(namespaceOf(flags), name)) continue;
    uninstallRelease(context, { name, namespace: namespaceOf(flags), keepHistory: flags.on('keep-history') });
    io.stdout(`release "${name}" uninstalled\n`);
  }
};

/** The release of Helm whose words are spoken here. */
const helmVersion = 'v4.0.1';

const version: Run = (io, _context, argv) => {
  const flags = parseFlags(argv, { ...common, short: toggle(), template: text() });
  io.stdout(
    flags.on('short')
      ? `${helmVersion}\n`
      : `version.BuildInfo{Version:"${helmVersion}", GitCommit:"", GitTreeState:"simulated", GoVersion:"", KubeClientVersion:"v1.34"}\n`,
  );
};

const help: Run = (io) => {
  io.stdout(
    `The Kubernetes package manager, as the simulated cluster's shell brings it.\n\nUsage:\n  helm [command]\n\nAvailable Commands:\n${Object.keys(
      commands,
    )
      .filter((name) => name !== 'ls')
      .map((name) => `  ${name}\n`)
      .join('')}`,
  );
};

const commands: Record<string, Run> = {
  get,
  help,
  history,
  install,
  list,
  ls: list,
  repo: (io, context, argv) => repo(io, context, argv, common),
  rollback,
  search: (io, context, argv) => search(io, context, argv, common),
  show,
  status,
  template,
  uninstall,
  upgrade,
  version,
};
const aliases: Record<string, string> = { delete: 'uninstall', del: 'uninstall', un: 'uninstall', hist: 'history', inspect: 'show' };

/** Global flags may stand before the command. */
function command(argv: readonly string[]): [string, string[]] {
  const flags = parseFlags(argv, { ...common, help: toggle('h') }, { stopAtArgument: true });
  const [name = 'help'] = flags.args;
  return [name, [...flags.given.map((flag) => `--${flag.name}=${flag.value}`), ...flags.rest]];
}

export const helm: Tool = async (io, context) => {
  const [name, argv] = command(io.argv);
  if (argv.includes('--help') || argv.includes('-h') || argv.includes('--help=true')) return (void help(io, context, []), 0);
  const run = commands[aliases[name] ?? name];
  if (!run) throw new ToolError(`unknown command "${name}" for "helm"\nRun 'helm --help' for usage.`);
  await run(io, context, argv);
  return 0;
};
