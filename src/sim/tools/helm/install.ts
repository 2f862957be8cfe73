import type { ProgramIo } from '../../node/image.ts';
import { layerValues, type Values } from '../charts/chart.ts';
import { optional, parseDuration, parseFlags, text, toggle, type Flags } from '../flags.ts';
import { ToolError, type ToolContext } from '../tool.ts';
import { installRelease, renderRelease, uninstallRelease, upgradeRelease, type ReleaseRequest } from './actions.ts';
import { common, failing, namespaceOf, requestOf, runFlags, type Run } from './command.ts';
import { describeRelease, print } from './print.ts';
import { ReleaseStorage, type HelmRelease } from './release.ts';
import { charts } from './repositories.ts';

function report(io: ProgramIo, release: HelmRelease, flags: Flags, lead = ''): void {
  if (print(io, release, flags.value('output'))) return;
  const manifest = flags.value('dry-run') === undefined ? '' : `HOOKS:\nMANIFEST:\n${release.manifest}\n`;
  const [head, notes] = describeRelease(release).split(/^(?=NOTES:$)/m);
  io.stdout(`${lead}${head}${manifest}${notes ?? ''}`);
}

export const install: Run = async (io, context, argv) => {
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

export const upgrade: Run = async (io, context, argv) => {
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

export const template: Run = async (io, context, argv) => {
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

export const rollback: Run = async (io, context, argv) => {
  const flags = parseFlags(argv, { ...common, wait: optional(), timeout: text(), 'force-conflicts': toggle() });
  const [name = '', revision] = flags.args;
  const revisions = new ReleaseStorage(context).revisions(namespaceOf(flags), name);
  const latest = revisions.at(-1);
  if (!latest) throw new ToolError('release: not found');
  const wanted = Number(revision ?? latest.version - 1) || latest.version - 1;
  const old = revisions.find(({ version }) => version === wanted);
  if (!old) throw new ToolError(`release has no ${wanted} version`);
  const chart = charts.find(({ name: one }) => one === old.chart.metadata.name)!;
  await failing('ROLLBACK FAILED', () =>
    upgradeRelease(context, {
      name,
      namespace: namespaceOf(flags),
      source: { chart, version: old.chart.metadata.version },
      values: old.config,
      forceConflicts: flags.on('force-conflicts'),
      description: `Rollback to ${wanted}`,
      ...(flags.value('wait') && { waitMs: parseDuration(flags.value('timeout') ?? '5m0s', 'timeout') }),
      signal: io.signal,
    }),
  );
  io.stdout('Rollback was a success! Happy Helming!\n');
};

export const uninstall: Run = (io, context, argv) => {
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
