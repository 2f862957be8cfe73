import { examine, type Finding } from '../../cluster/doctor.ts';
import { cacheFolder, colours, print, printJson, stateFolder, type CliContext } from '../context.ts';
import { paint } from '../paint.ts';

/** 0 where the simulated backend can run, 1 where something that it needs is missing. */
export async function doctor(cli: CliContext, options: { json?: boolean }): Promise<number> {
  const findings = await examine({ env: cli.env, stateFolder: stateFolder(cli), cacheFolder: cacheFolder(cli), signal: cli.signal });
  const simulated = findings.every((f) => f.state !== 'missing');
  const real = findings.every((f) => f.state === 'ok');
  if (options.json) printJson(cli, { findings, simulated, kind: real });
  else {
    print(cli, findings.map((f) => line(f, colours(cli))).join('\n'));
    print(cli, `\nsimulated clusters: ${simulated ? 'yes' : 'no'}   real Kind: ${real ? 'yes' : 'not as it is'}`);
  }
  return simulated ? 0 : 1;
}

function line(finding: Finding, colour: boolean): string {
  const mark = { ok: paint('✓', 'green', colour), limited: paint('–', 'yellow', colour), missing: paint('✗', 'red', colour) }[
    finding.state
  ];
  return `${mark} ${finding.subject.padEnd(16)} ${finding.found}${finding.fix ? `\n    ${finding.fix}` : ''}`;
}
