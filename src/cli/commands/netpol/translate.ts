import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { KindlabError } from '../../../base/errors.ts';
import { describeOrigin } from '../../../netpol/model/policies.ts';
import { describeProblem } from '../../../netpol/read/problem.ts';
import { readPolicies } from '../../../netpol/read/read.ts';
import { translate, type RuleReport, type Translation, type WrittenObject } from '../../../netpol/translate/translate.ts';
import { toYaml } from '../../../netpol/translate/yaml.ts';
import { colours, print, printJson, type CliContext } from '../../context.ts';
import { paint } from '../../paint.ts';
import { clusterIfNamed, sourcesAt, type ClusterOptions } from './inputs.ts';

export interface TranslateCommandOptions extends ClusterOptions {
  ciliumVersion: string;
  sctp?: boolean;
  out?: string;
  report?: string;
  allow?: 'approximated';
  json?: boolean;
}

/** Writes Cilium's policies to stdout or a folder, and the report on stderr or, with --out, on stdout; 1 where anything is not exact, 2 where something did not read. */
export async function translateCommand(cli: CliContext, paths: readonly string[], options: TranslateCommandOptions): Promise<number> {
  const cluster = await clusterIfNamed(cli, options);
  const sources = await sourcesAt(cli, paths, options);
  if (sources.length === 0)
    throw new KindlabError({ code: 'usage', message: 'nothing to translate', fix: 'kindlab netpol translate PATH…, or --context NAME' });
  const { policies, problems } = readPolicies(sources);
  const translation = translate(policies, cluster, {
    ciliumVersion: options.ciliumVersion,
    sctp: options.sctp ?? false,
  });
  for (const problem of problems) cli.stderr.write(`kindlab: left out: ${describeProblem(problem)}\n`);
  if (options.out !== undefined) await writeFolder(resolve(cli.cwd, options.out), translation.objects, cli.signal);
  if (options.report !== undefined) {
    const { report, general } = translation;
    await writeFile(resolve(cli.cwd, options.report), `${JSON.stringify({ report, general, problems }, undefined, 2)}\n`);
  }
  if (options.json) printJson(cli, { ...translation, problems });
  else if (options.out === undefined) {
    print(cli, toYaml(translation.objects));
    cli.stderr.write(`${reportText(translation, colours(cli, cli.stderr))}\n`);
  } else print(cli, reportText(translation, colours(cli)));
  if (problems.length > 0) return 2;
  const accepted: readonly string[] = ['exact', 'dropped', ...(options.allow ? [options.allow] : [])];
  const good = translation.report.every(({ outcome }) => accepted.includes(outcome));
  return good && (translation.general.length === 0 || options.allow !== undefined) ? 0 : 1;
}

const fileName = ({ kind, metadata: { name, namespace } }: WrittenObject): string =>
  `${[kind.toLowerCase(), namespace, name].filter((part) => part !== undefined).join('-')}.yaml`;

async function writeFolder(folder: string, objects: readonly WrittenObject[], signal: AbortSignal): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const object of objects) await writeFile(join(folder, fileName(object)), toYaml([object]), { signal });
}

const tones = { exact: 'green', approximated: 'yellow', 'not-expressible': 'red', dropped: 'dim' } as const;

function ruleText({ source, outcome, how, notes, carriedBy }: RuleReport, colour: boolean): string[] {
  const where = carriedBy.map(
    ({ object, path }) => `${object.namespace === undefined ? '' : `${object.namespace}/`}${object.name} ${path}`,
  );
  const places = where.length > 3 ? [...where.slice(0, 3), `and ${where.length - 3} more`] : where;
  return [
    `${paint(outcome.padEnd(15), tones[outcome], colour)}  ${describeOrigin(source)}: ${how}${places.length > 0 ? ` → ${places.join(', ')}` : ''}`,
    ...notes.flatMap(({ why, differs, fix }) => [`    why: ${why}`, `    differs: ${differs}`, `    do: ${fix}`]),
  ];
}

function reportText({ report, general, objects }: Translation, colour: boolean): string {
  const count = (outcome: RuleReport['outcome']) => report.filter((rule) => rule.outcome === outcome).length;
  return [
    ...report.flatMap((rule) => ruleText(rule, colour)),
    ...general.flatMap(({ why, differs, fix }) => [
      `${paint('whatever the rules', 'yellow', colour)}  ${why}`,
      `    differs: ${differs}`,
      `    do: ${fix}`,
    ]),
    `${report.length} rules: ${(['exact', 'approximated', 'not-expressible', 'dropped'] as const).map((outcome) => `${count(outcome)} ${outcome}`).join(', ')}; ${objects.length} objects`,
  ].join('\n');
}
