import { renderReport } from '../../grade/report.ts';
import { worst, type CheckReport } from '../../grade/verdict.ts';
import { colours, print, printJson, type CliContext } from '../context.ts';
import type { SessionOptions } from '../program.ts';
import { connectReady } from '../sessions.ts';
import type { SessionClient } from '../../lab/client.ts';

/** 0 passed, 1 not passed (or not yet), 2 could not be evaluated. */
const exitCodes = { pass: 0, pending: 1, fail: 1, unevaluable: 2 } as const;

export async function check(cli: CliContext, step: string | undefined, options: SessionOptions & { watch?: boolean }): Promise<number> {
  const client = await connectReady(cli, options.session);
  if (options.watch) return watch(cli, client, step, options);
  if (step === undefined && (await client.view()).current === undefined) return finished(cli, options);
  return reportChecks(cli, await client.check(step, cli.signal), options);
}

/** Prints reports of a step or a fault; the exit code. */
export function reportChecks(
  cli: CliContext,
  { step, reports }: { step: string; reports: CheckReport[] },
  options: SessionOptions,
): number {
  const verdict = worst(reports.map((r) => r.verdict.status));
  if (options.json) printJson(cli, { step, verdict, checks: reports });
  else print(cli, `${step}\n${renderReport(reports, { colour: colours(cli) })}`);
  return exitCodes[verdict];
}

function finished(cli: CliContext, options: SessionOptions): number {
  if (options.json) printJson(cli, { step: null, verdict: 'pass', checks: [] });
  else print(cli, 'every step has passed');
  return 0;
}

/** Looks again at every change that the session tells, until the step has passed. */
async function watch(cli: CliContext, client: SessionClient, wanted: string | undefined, options: SessionOptions): Promise<number> {
  const step = wanted ?? (await client.view()).current;
  if (step === undefined) return finished(cli, options);
  let last = '';
  for await (const event of client.events(cli.signal)) {
    if (event.type !== 'view') continue;
    const { view } = event;
    const passed = view.steps.find((s) => s.id === step)?.state === 'passed';
    const answer = view.current === step ? { step, reports: view.checks } : await client.check(step, cli.signal);
    const text = JSON.stringify(answer.reports.map((r) => [r.id, r.verdict]));
    if (text !== last && answer.reports.length > 0) {
      last = text;
      const code = reportChecks(cli, answer, options);
      if (code === 0) return 0;
    }
    if (passed && wanted === undefined) return 0;
  }
  return 1;
}
