import { mergeValues } from '../charts/chart.ts';
import { parseFlags, text, toggle, type Flags } from '../flags.ts';
import { ToolError, type ToolContext } from '../tool.ts';
import { chartFlags, common, namespaceOf, type Run } from './command.ts';
import { toYaml } from './manifest.ts';
import { describeRelease, print, printHistory, printList } from './print.ts';
import { ReleaseStorage, type HelmRelease } from './release.ts';
import { findChart } from './repositories.ts';

export const show: Run = (io, context, argv) => {
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

export const list: Run = (io, context, argv) => {
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

export const status: Run = (io, context, argv) => {
  const flags = parseFlags(argv, releaseFlags);
  const release = found(context, flags).at(-1)!;
  if (!print(io, release, flags.value('output'))) io.stdout(describeRelease(release));
};

export const history: Run = (io, context, argv) => {
  const flags = parseFlags(argv, releaseFlags);
  printHistory(io, found(context, flags), flags.value('output'));
};

export const get: Run = (io, context, argv) => {
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
