import { KindlabError } from '../../../base/errors.ts';
import { describeOrigin } from '../../../netpol/model/policies.ts';
import { readCases } from '../../../netpol/verify/read-cases.ts';
import { verify as holdAgainst, type Deviation } from '../../../netpol/verify/verify.ts';
import { colours, print, printJson, type CliContext } from '../../context.ts';
import { paint } from '../../paint.ts';
import { clusterAt, readText } from './inputs.ts';

export interface VerifyOptions {
  cluster: string;
  json?: boolean;
}

/** Holds the evaluator against measured verdicts: lists each deviation; 1 where there is one. */
export async function verify(cli: CliContext, files: readonly string[], options: VerifyOptions): Promise<number> {
  const cluster = await clusterAt(cli, options.cluster);
  const results = [];
  for (const file of files) results.push({ file, ...holdAgainst(readCases(file, await readText(cli, file)), cluster) });
  const total = results.reduce((sum, r) => sum + r.total, 0);
  const agree = results.reduce((sum, r) => sum + r.agree, 0);
  if (total === 0) throw new KindlabError({ code: 'no-cases', message: 'the files hold no verdicts' });
  if (options.json) printJson(cli, { agree, total, files: results });
  else {
    for (const { file, deviations, problems } of results) {
      for (const problem of problems) print(cli, paint(`not applied: ${problem}`, 'dim', colours(cli)));
      for (const deviation of deviations) print(cli, `${file}: ${deviationText(deviation)}`);
    }
    print(cli, `${agree} of ${total} verdicts agree`);
  }
  return agree === total ? 0 : 1;
}

function deviationText({ case: name, settings, flow, measured, evaluated, trace, error }: Deviation): string {
  const head = `${name}${settings === '' ? '' : ` [${settings}]`}: ${flow}: measured ${measured}, evaluated ${evaluated}`;
  const why =
    error === undefined ? trace.map(({ at, why, by }) => `    ${at}: ${why}${by ? ` (${describeOrigin(by)})` : ''}`) : [`    ${error}`];
  return [head, ...why].join('\n');
}
