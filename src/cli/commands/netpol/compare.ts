import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { compare as compareSets, type Comparison, type Difference, type Side } from '../../../netpol/compare/compare.ts';
import { colours, print, printJson, type CliContext } from '../../context.ts';
import { paint } from '../../paint.ts';
import { stepText } from './explain.ts';
import { describeProbes, probe, type Probe } from './probe.ts';
import { comparisonPage } from './report/comparison-page.ts';
import { twoSides, type TwoSidesOptions } from './two-sides.ts';

/** Whether two sets mean the same: 0 where it is proven, 1 on any difference, 2 where it could not be decided or not all was read. */
export async function compare(cli: CliContext, paths: readonly string[], options: TwoSidesOptions): Promise<number> {
  const { a, b, complete, provenance } = await twoSides(cli, paths, options);
  const result = await compareSets(a, b, { endpoints: options.endpoints ?? 'any', signal: cli.signal });
  if (options.html !== undefined) await writeFile(resolve(cli.cwd, options.html), comparisonPage(result, { a, b, provenance }));
  const probed = options.probe === undefined ? undefined : await probe(cli, resolve(cli.cwd, options.probe), probesOf(result, a));
  if (options.json) printJson(cli, { ...result, complete, ...(probed && { probed }) });
  else {
    printComparison(cli, result);
    if (probed) print(cli, '\nOn the running cluster, held against the first set:');
    for (const line of probed ? describeProbes(probed) : []) print(cli, line);
  }
  if (result.verdict === 'different') return 1;
  return complete && result.verdict === 'equivalent' ? 0 : 2;
}

/** The shown differences that can be tried: TCP between present pods. */
const probesOf = ({ present }: Comparison, { cluster }: Side): Probe[] =>
  present.differences.flatMap(({ flow: { from, to, protocol, port }, a }) =>
    protocol === 'tcp' && port > 0 && cluster.pods.has(from) && cluster.pods.has(to) && from !== to
      ? [{ from, to, port, expected: a.verdict }]
      : [],
  );

function printComparison(cli: CliContext, { verdict, present, future, undecided, quantified, assumptions, size }: Comparison): void {
  const colour = colours(cli);
  const tone = { equivalent: 'green', different: 'red', undecided: 'yellow' } as const;
  print(cli, paint(verdict, tone[verdict], colour));
  const count = (differences: readonly Difference[]) =>
    differences.length === 0 ? paint('equivalent', 'green', colour) : paint(`${differences.length} causes of difference`, 'red', colour);
  print(cli, `present endpoints: ${count(present.differences)}`);
  if (future) print(cli, `endpoints that may come: ${count(future.differences)}`);
  for (const text of undecided) print(cli, `${paint('not decided', 'yellow', colour)}: ${text}`);
  [...present.differences, ...(future?.differences ?? [])].forEach((difference, i) => {
    const { flow, a, b, services, pairs, examples, pods } = difference;
    print(
      cli,
      `\n${i + 1}. ${difference.future ? 'may come' : 'present'}: ${flow.from} → ${flow.to} ${flow.protocol}/${flow.port}: first ${a.verdict}, second ${b.verdict}`,
    );
    print(cli, `   ${pairs} pairs of ${difference.future ? 'kinds of ends' : 'ends'} differ so, on ${services}`);
    if (examples.length > 1) print(cli, paint(`   also ${examples.slice(1).join(', ')}`, 'dim', colour));
    for (const pod of pods) print(cli, `   ${pod}`);
    for (const [name, { trace }] of [
      ['first', a],
      ['second', b],
    ] as const) {
      print(cli, `  ${name}:`);
      for (const step of trace) print(cli, stepText(step, colour));
    }
  });
  print(
    cli,
    `\nDecided for ${size.pods} pods of ${size.kinds} kinds${future ? ` and ${size.futureKinds} kinds that may come` : ''}, ${size.addresses} kinds of outside addresses, ${size.services} kinds of services: ${size.pairs} pairs.`,
  );
  print(cli, 'Over:');
  for (const text of quantified) print(cli, `  ${text}`);
  print(cli, 'Assumed:');
  for (const text of assumptions) print(cli, `  ${text}`);
}
