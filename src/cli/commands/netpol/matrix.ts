import { createEvaluator } from '../../../netpol/evaluate/evaluate.ts';
import { parseSettings } from '../../../netpol/evaluate/settings.ts';
import { colours, print, printJson, type CliContext } from '../../context.ts';
import { paint } from '../../paint.ts';
import { parsePort } from './explain.ts';
import { clusterOf, policiesAt, type NetpolOptions } from './inputs.ts';

/** Who reaches whom on one port: a row for each source, a column for each destination; 2 where some policies were left out. */
export async function matrix(cli: CliContext, port: string, options: NetpolOptions): Promise<number> {
  const cluster = await clusterOf(cli, options);
  const { policies, complete } = await policiesAt(cli, options.policies, options);
  const evaluator = createEvaluator(cluster, policies, parseSettings(options.settings));
  const at = parsePort(port);
  const pods = [...cluster.pods.keys()];
  const nodes = [...cluster.nodes.keys()].map((name) => `node-${name}`);
  const outside = cluster.outside ? ['out'] : [];
  const to = [...pods, ...nodes, ...outside];
  const rows = [...pods, ...nodes, ...outside].map((from) => ({
    from,
    verdicts: to.map((destination) => evaluator.evaluate({ from, to: destination, ...at }).verdict),
  }));
  if (options.json) {
    printJson(cli, { ...at, flows: rows.flatMap(({ from, verdicts }) => verdicts.map((verdict, i) => ({ from, to: to[i], verdict }))) });
    return complete ? 0 : 2;
  }
  const width = Math.max(...to.map((name) => name.length));
  const colour = colours(cli);
  to.forEach((name, i) => print(cli, `${' '.repeat(width + 2)}${'│ '.repeat(i)}┌ ${name}`));
  for (const { from, verdicts } of rows) {
    const cells = verdicts.map((verdict) => (verdict === 'allow' ? paint('+', 'green', colour) : paint('·', 'red', colour)));
    print(cli, `${from.padEnd(width)}  ${cells.join(' ')}`);
  }
  print(cli, `\n+ allowed, · denied: ${at.protocol}/${at.port} from the row to the column`);
  return complete ? 0 : 2;
}
