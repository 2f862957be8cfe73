import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { compare } from '../../../netpol/compare/compare.ts';
import { matchProvenance, type CarriedRule } from '../../../netpol/compare/carried.ts';
import { describeOrigin } from '../../../netpol/model/policies.ts';
import { colours, print, printJson, type CliContext } from '../../context.ts';
import { paint } from '../../paint.ts';
import { comparisonPage } from './report/comparison-page.ts';
import { twoSides, type TwoSidesOptions } from './two-sides.ts';

const tones = { covered: 'green', implicit: 'yellow', uncovered: 'red', idle: 'dim' } as const;

/** Each rule of the first set with what carries it in the second; 1 where a rule is uncovered or one of the second accounts for nothing, 2 where not all was read. */
export async function coverage(cli: CliContext, paths: readonly string[], options: TwoSidesOptions): Promise<number> {
  const { a, b, complete, provenance } = await twoSides(cli, paths, options);
  const result = await compare(a, b, { endpoints: options.endpoints ?? 'present', signal: cli.signal });
  const { rules, unaccounted } = matchProvenance(result.coverage, provenance);
  if (options.html !== undefined) await writeFile(resolve(cli.cwd, options.html), comparisonPage(result, { a, b, provenance }));
  if (options.json) printJson(cli, { rules, unaccounted, complete });
  else {
    for (const rule of rules) printRule(cli, rule);
    for (const rule of unaccounted)
      print(cli, `${paint('unaccounted', 'red', colours(cli))}  ${describeOrigin(rule)}: no rule of the first set accounts for it`);
    const count = (state: CarriedRule['state']) => rules.filter((rule) => rule.state === state).length;
    print(
      cli,
      `${rules.length} rules: ${count('covered')} covered, ${count('implicit')} implicit, ${count('uncovered')} uncovered, ${count('idle')} that decide nothing; ${unaccounted.length} of the second set unaccounted for`,
    );
  }
  if (rules.some((rule) => rule.state === 'uncovered') || unaccounted.length > 0) return 1;
  return complete ? 0 : 2;
}

function printRule(cli: CliContext, { rule, state, declared, carriedBy, against }: CarriedRule): void {
  print(cli, `${paint(state, tones[state], colours(cli))}  ${describeOrigin(rule)}`);
  for (const target of declared) print(cli, `    says it carries it: ${describeOrigin(target)}`);
  for (const target of carriedBy) print(cli, `    decides the same flows: ${describeOrigin(target)}`);
  for (const text of against) print(cli, `    otherwise there: ${text}`);
}
