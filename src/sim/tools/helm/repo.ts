import { stringify } from 'yaml';
import type { ProgramIo } from '../../node/image.ts';
import { parseFlags, text, toggle, type Flags, type FlagSpec } from '../flags.ts';
import { table } from '../table.ts';
import { ToolError, type ToolContext } from '../tool.ts';
import { charts, chartsAt, repositories, saveRepositories } from './repositories.ts';

type Run = (io: ProgramIo, context: ToolContext, flags: Flags) => void;

const add: Run = (io, context, flags) => {
  const [name, url] = flags.args;
  if (!name || !url) throw new ToolError('"helm repo add" requires 2 arguments\n\nUsage:  helm repo add [NAME] [URL] [flags]');
  const list = repositories(context);
  const known = list.find((repository) => repository.name === name);
  if (known && !flags.on('force-update')) {
    if (known.url !== url) throw new ToolError(`repository name (${name}) already exists, please specify a different name`);
    return io.stdout(`"${name}" already exists with the same configuration, skipping\n`);
  }
  chartsAt(url);
  saveRepositories(context, [...list.filter((repository) => repository.name !== name), { name, url }]);
  io.stdout(`"${name}" has been added to your repositories\n`);
};

const list: Run = (io, context, flags) => {
  const known = repositories(context);
  if (flags.value('output') === 'json') return io.stdout(`${JSON.stringify(known)}\n`);
  if (flags.value('output') === 'yaml') return io.stdout(stringify(known));
  if (known.length === 0) throw new ToolError('no repositories to show');
  io.stdout(table([['NAME', 'URL'], ...known.map(({ name, url }) => [name, url])], '\t', true));
};

const update: Run = (io, context, flags) => {
  const known = repositories(context);
  if (known.length === 0) throw new ToolError('no repositories found. You must add one before updating');
  for (const name of flags.args) {
    if (!known.some((repository) => repository.name === name))
      throw new ToolError(`no repositories found matching '${name}'.  Nothing will be updated`);
  }
  io.stdout('Hang tight while we grab the latest from your chart repositories...\n');
  const chosen = known.filter(({ name }) => flags.args.length === 0 || flags.args.includes(name));
  for (const { name } of chosen) io.stdout(`...Successfully got an update from the "${name}" chart repository\n`);
  io.stdout('Update Complete. ⎈Happy Helming!⎈\n');
};

const remove: Run = (io, context, flags) => {
  for (const name of flags.args) {
    const known = repositories(context);
    if (!known.some((repository) => repository.name === name)) throw new ToolError(`no repo named "${name}" found`);
    saveRepositories(
      context,
      known.filter((repository) => repository.name !== name),
    );
    io.stdout(`"${name}" has been removed from your repositories\n`);
  }
};

const commands: Record<string, Run> = { add, list, ls: list, update, up: update, remove, rm: remove };

/** `helm repo …` */
export function repo(io: ProgramIo, context: ToolContext, argv: readonly string[], common: Record<string, FlagSpec>): void {
  const [name = '', ...rest] = argv;
  const run = commands[name];
  if (!run) throw new ToolError(`unknown command "${name}" for "helm repo"`);
  run(io, context, parseFlags(rest, { ...common, 'force-update': toggle(), output: text('o') }));
}

/** `helm search repo [KEYWORD]` */
export function search(io: ProgramIo, context: ToolContext, argv: readonly string[], common: Record<string, FlagSpec>): void {
  const [where, ...rest] = argv;
  if (where !== 'repo') throw new ToolError(`unknown command "${where ?? ''}" for "helm search"`);
  const flags = parseFlags(rest, { ...common, versions: toggle('l'), devel: toggle(), version: text(), output: text('o') });
  if (repositories(context).length === 0) throw new ToolError('no repositories configured');
  const keyword = flags.args[0] ?? '';
  const found = repositories(context).flatMap(({ name: repository, url }) =>
    charts
      .filter((chart) => chart.url.replace(/\/$/, '') === url.replace(/\/$/, ''))
      .flatMap((chart) => (flags.on('versions') ? chart.versions : chart.versions.slice(0, 1)).map((version) => ({ chart, version })))
      .map(({ chart, version }) => ({ name: `${repository}/${chart.name}`, version, app_version: version, description: chart.description }))
      .filter(({ name, description }) => `${name} ${description}`.toLowerCase().includes(keyword.toLowerCase())),
  );
  if (flags.value('output') === 'json') return io.stdout(`${JSON.stringify(found)}\n`);
  if (found.length === 0) return io.stdout('No results found\n');
  const rows = found.map((one) => [one.name, one.version, one.app_version, one.description]);
  io.stdout(table([['NAME', 'CHART VERSION', 'APP VERSION', 'DESCRIPTION'], ...rows], '\t', true));
}
