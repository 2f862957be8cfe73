import type { ProgramIo } from '../../node/image.ts';
import { table } from '../table.ts';
import { toYaml } from './manifest.ts';
import type { HelmRelease } from './release.ts';

/** `Mon Nov 23 17:16:51 2026`, as Go's time.ANSIC. */
const ansic = (iso: string) => {
  const [weekday, day, month, year, clock] = new Date(iso).toUTCString().replace(',', '').split(' ');
  return `${weekday} ${month} ${day!.replace(/^0/, ' ')} ${clock} ${year}`;
};

/** `2026-11-23 17:16:51.123 +0000 UTC`, as Go prints a time. */
const goTime = (iso: string) => `${iso.replace('T', ' ').replace('Z', '')} +0000 UTC`;

export function describeRelease(release: HelmRelease): string {
  const { info } = release;
  const lines = [
    `NAME: ${release.name}`,
    `LAST DEPLOYED: ${ansic(info.last_deployed)}`,
    `NAMESPACE: ${release.namespace}`,
    `STATUS: ${info.status}`,
    `REVISION: ${release.version}`,
    `DESCRIPTION: ${info.description}`,
    'TEST SUITE: None',
  ];
  return `${lines.join('\n')}\n${info.notes ? `NOTES:\n${info.notes}\n` : ''}`;
}

/** What stands in a line of `helm list`. */
const summary = (release: HelmRelease) => ({
  name: release.name,
  namespace: release.namespace,
  revision: String(release.version),
  updated: goTime(release.info.last_deployed),
  status: release.info.status,
  chart: `${release.chart.metadata.name}-${release.chart.metadata.version}`,
  app_version: release.chart.metadata.appVersion,
});

export function printList(io: ProgramIo, releases: readonly HelmRelease[], output: string | undefined): void {
  const list = releases.map(summary);
  if (print(io, list, output)) return;
  const header = ['NAME', 'NAMESPACE', 'REVISION', 'UPDATED', 'STATUS', 'CHART', 'APP VERSION'];
  io.stdout(table([header, ...list.map((one) => Object.values(one))], '\t', true));
}

export function printHistory(io: ProgramIo, releases: readonly HelmRelease[], output: string | undefined): void {
  const list = releases.map((release) => ({
    revision: release.version,
    updated: output ? release.info.last_deployed : ansic(release.info.last_deployed),
    status: release.info.status,
    chart: summary(release).chart,
    app_version: release.chart.metadata.appVersion,
    description: release.info.description,
  }));
  if (print(io, list, output)) return;
  const header = ['REVISION', 'UPDATED', 'STATUS', 'CHART', 'APP VERSION', 'DESCRIPTION'];
  io.stdout(table([header, ...list.map((one) => Object.values(one).map(String))], '\t', true));
}

/** Prints JSON or YAML where that is asked for, and tells whether it did. */
export function print(io: ProgramIo, value: unknown, output: string | undefined): boolean {
  if (output === 'json') io.stdout(`${JSON.stringify(value)}\n`);
  else if (output === 'yaml') io.stdout(toYaml(value));
  else return false;
  return true;
}
