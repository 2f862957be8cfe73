import { lintPolicies, type Finding } from '../../../netpol/lint/lint.ts';
import { describeOrigin } from '../../../netpol/model/policies.ts';
import { describeProblem } from '../../../netpol/read/problem.ts';
import { readPolicies } from '../../../netpol/read/read.ts';
import { colours, print, printJson, type CliContext } from '../../context.ts';
import { paint } from '../../paint.ts';
import { clusterIfNamed, sourcesAt, type ClusterOptions } from './inputs.ts';

export interface LintOptions extends ClusterOptions {
  json?: boolean;
}

/** Finds what policies mean otherwise than they seem to on Cilium; 1 for any finding or any object that does not read, but for notes. */
export async function lint(cli: CliContext, paths: readonly string[], options: LintOptions): Promise<number> {
  const cluster = await clusterIfNamed(cli, options);
  const { policies, problems } = readPolicies(await sourcesAt(cli, paths, options));
  const findings = lintPolicies(policies, cluster);
  if (options.json) printJson(cli, { findings, problems });
  else {
    for (const problem of problems) print(cli, `${paint('unreadable', 'red', colours(cli))}  ${describeProblem(problem)}`);
    for (const finding of findings) print(cli, findingText(finding, colours(cli)));
    print(cli, `${findings.length} findings, ${problems.length} objects left out`);
  }
  return problems.length > 0 || findings.some((finding) => finding.effect !== 'note') ? 1 : 0;
}

const tones = { 'fail-open': 'red', 'cuts-off': 'yellow', note: 'dim' } as const;

const findingText = ({ effect, trap, origin, message, fix }: Finding, colour: boolean): string =>
  `${paint(effect, tones[effect], colour)}  ${describeOrigin(origin)}: ${message} (trap ${trap})\n    ${fix}`;
