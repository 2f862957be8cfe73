import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { KindlabError } from '../../../base/errors.ts';
import { createEvaluator } from '../../../netpol/evaluate/evaluate.ts';
import { parseSettings } from '../../../netpol/evaluate/settings.ts';
import { colours, print, printJson, type CliContext } from '../../context.ts';
import { paint } from '../../paint.ts';
import { parsePort } from './explain.ts';
import { clusterAt, policiesAt, type NetpolOptions } from './inputs.ts';
import { describeProbes, probe, type Probed } from './probe.ts';
import { html } from './report/html.ts';
import { endsOf, matrixTable } from './report/matrix-table.ts';
import { page } from './report/page.ts';

export interface MatrixOptions extends NetpolOptions {
  /** A kubeconfig: try the connections on that cluster. */
  probe?: string;
}

/**
 * Who reaches whom on one port: a row for each source, a column for each destination; with a probe, 1 where the dataplane says otherwise; 2 where
 * some policies were left out or a connection could not be tried.
 */
export async function matrix(cli: CliContext, port: string, options: MatrixOptions): Promise<number> {
  const cluster = await clusterAt(cli, options.cluster, options.engine);
  const { policies, complete } = await policiesAt(cli, options.policies);
  const evaluator = createEvaluator(cluster, policies, parseSettings(options.settings));
  const at = parsePort(port);
  const to = endsOf(cluster);
  const rows = to.map((from) => ({
    from,
    verdicts: to.map((destination) => evaluator.evaluate({ from, to: destination, ...at }).verdict),
  }));
  const flows = rows.flatMap(({ from, verdicts }) => verdicts.map((verdict, i) => ({ from, to: to[i]!, verdict })));
  if (options.html !== undefined) {
    const title = `Who reaches whom on ${at.protocol}/${at.port}`;
    await writeFile(
      resolve(cli.cwd, options.html),
      page(
        title,
        html`<h1>${title}</h1>
          ${matrixTable(cluster, at, evaluator)}`,
      ),
    );
  }
  if (options.probe !== undefined && at.protocol !== 'tcp')
    throw new KindlabError({
      code: 'probe',
      message: `only TCP can be probed, not ${at.protocol}`,
      fix: 'kindlab netpol matrix 80 --probe …',
    });
  const between = flows.filter(({ from, to }) => from !== to && [from, to].every((end) => cluster.pods.has(end)));
  const probed =
    options.probe === undefined
      ? undefined
      : await probe(
          cli,
          resolve(cli.cwd, options.probe),
          between.map(({ from, to, verdict }) => ({ from, to, port: at.port, expected: verdict })),
        );
  const code = exitCode(complete, probed);
  if (options.json) {
    printJson(cli, { ...at, flows, ...(probed && { probed }) });
    return code;
  }
  const width = Math.max(...to.map((name) => name.length));
  const colour = colours(cli);
  to.forEach((name, i) => print(cli, `${' '.repeat(width + 2)}${'│ '.repeat(i)}┌ ${name}`));
  for (const { from, verdicts } of rows) {
    const cells = verdicts.map((verdict) => (verdict === 'allow' ? paint('+', 'green', colour) : paint('·', 'red', colour)));
    print(cli, `${from.padEnd(width)}  ${cells.join(' ')}`);
  }
  print(cli, `\n+ allowed, · denied: ${at.protocol}/${at.port} from the row to the column`);
  for (const line of probed ? describeProbes(probed) : []) print(cli, line);
  return code;
}

function exitCode(complete: boolean, probed: readonly Probed[] = []): number {
  if (probed.some(({ seen, expected }) => seen !== 'unknown' && seen !== expected)) return 1;
  return complete && probed.every(({ seen }) => seen !== 'unknown') ? 0 : 2;
}
