import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { KindlabError } from '../../../base/errors.ts';
import { createEvaluator } from '../../../netpol/evaluate/evaluate.ts';
import { parseSettings } from '../../../netpol/evaluate/settings.ts';
import type { Flow, Step } from '../../../netpol/model/flow.ts';
import { describeOrigin } from '../../../netpol/model/policies.ts';
import { colours, print, printJson, type CliContext } from '../../context.ts';
import { paint } from '../../paint.ts';
import { clusterAt, policiesAt, type NetpolOptions } from './inputs.ts';
import { html } from './report/html.ts';
import { page } from './report/page.ts';
import { traceList } from './report/trace.ts';

/** `80`, `53/udp`, `8/icmp`. Throws KindlabError `bad-port`. */
export function parsePort(text: string): { port: number; protocol: string } {
  const match = /^(\d{1,5})(?:\/(tcp|udp|sctp|icmp))?$/i.exec(text);
  if (!match || Number(match[1]) > 65_535) {
    throw new KindlabError({
      code: 'bad-port',
      message: `${JSON.stringify(text)} is no port`,
      fix: '80, 53/udp, 5000/sctp, or 8/icmp (the type)',
    });
  }
  return { port: Number(match[1]), protocol: (match[2] ?? 'tcp').toLowerCase() };
}

/** Whether one flow is allowed, and what decided it at each place; 1 where it is denied, 2 where some policies were left out. */
export async function explain(cli: CliContext, from: string, to: string, port: string, options: NetpolOptions): Promise<number> {
  const cluster = await clusterAt(cli, options.cluster, options.engine);
  const { policies, complete } = await policiesAt(cli, options.policies);
  const flow: Flow = { from, to, ...parsePort(port) };
  const { verdict, trace } = createEvaluator(cluster, policies, parseSettings(options.settings)).evaluate(flow);
  if (options.html !== undefined) {
    const title = `${from} → ${to} ${flow.protocol}/${flow.port}`;
    await writeFile(
      resolve(cli.cwd, options.html),
      page(
        title,
        html`<h1>${title}</h1>
          ${traceList('Verdict', { verdict, trace })}`,
      ),
    );
  }
  if (options.json) printJson(cli, { flow, verdict, trace });
  else {
    const colour = colours(cli);
    print(cli, `${paint(verdict, verdict === 'allow' ? 'green' : 'red', colour)}  ${from} → ${to} ${flow.protocol}/${flow.port}`);
    if (trace.length === 0) print(cli, '  nothing on the way is policed');
    for (const step of trace) print(cli, stepText(step, colour));
  }
  if (!complete) return 2;
  return verdict === 'allow' ? 0 : 1;
}

export const stepText = ({ verdict, at, why, by }: Step, colour: boolean): string =>
  [
    `  ${paint(verdict, verdict === 'allow' ? 'green' : 'red', colour)}  ${at}`,
    `         ${why}`,
    ...(by ? [`         ${describeOrigin(by)} (${by.file}, document ${by.document})`] : []),
  ].join('\n');
