// The policy library's figures, as a report: node bench/netpol.ts. Each run is a process of its own, so that its memory is its own.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compare } from '../src/netpol/compare/compare.ts';
import { defaultSettings } from '../src/netpol/evaluate/settings.ts';
import type { Cluster, Engine } from '../src/netpol/model/cluster.ts';
import { translate } from '../src/netpol/translate/translate.ts';
import { clusterOf, explainOnce, orderedSet, setsOf } from './netpol-sets.ts';

const on = (cluster: Cluster, cni: Engine): Cluster => ({
  ...cluster,
  nodes: new Map([...cluster.nodes].map(([name, node]) => [name, { ...node, cni }])),
});

async function compared(policies: number, cluster: Cluster, how: string): Promise<() => Promise<string>> {
  const { calico, cilium } = setsOf(policies, how === 'wrong');
  return async () => {
    const { size, verdict } = await compare(
      { cluster: on(cluster, 'calico'), policies: calico, settings: defaultSettings },
      { cluster: on(cluster, 'cilium'), policies: cilium, settings: { ...defaultSettings, sctp: true } },
      { endpoints: how === 'any' ? 'any' : 'present' },
    );
    return `${verdict}, ${size.kinds + size.futureKinds} kinds, ${(size.pairs / 1e6).toFixed(1)}M pairs`;
  };
}

/** What each row does after reading, which is not part of its time; the text says what came out. */
const works: Record<string, (policies: number, cluster: Cluster, how: string) => Promise<() => Promise<string>>> = {
  compare: compared,
  translate: async (policies, cluster, how) => {
    const set = how === 'ordered' ? orderedSet(policies) : setsOf(policies).calico;
    return async () => {
      const { objects, report } = translate(set, cluster, { sctp: true });
      return `${objects.length} objects, ${report.filter((rule) => rule.outcome === 'exact').length} of ${report.length} rules exact`;
    };
  },
  explain: async (policies, cluster) => {
    const { calico } = setsOf(policies);
    return async () => explainOnce(on(cluster, 'calico'), calico).verdict;
  },
};

const goals: Record<string, string> = { compare: '≤ 10 s, ≤ 1 GB', translate: '≤ 2 s', explain: '≤ 50 ms' };
const repetitions = 3;
const median = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]!;

const [command, policies, pods, how = ''] = process.argv.slice(2);
if (command !== undefined) {
  const count = Number(policies);
  const work = await works[command]!(count, clusterOf(Math.ceil(count / 10), Number(pods)), how);
  const begun = performance.now();
  const said = await work();
  const ms = performance.now() - begun;
  process.stdout.write(JSON.stringify({ ms, said, peak: process.resourceUsage().maxRSS / 1024 }));
} else {
  process.stdout.write(`median of ${repetitions}; goals are for 1,000 policies × 10,000 pods, memory with reading\n`);
  const rows = [
    ...[250, 1000, 2500, 5000].map((count) => ['translate', count, 'plain'] as const),
    ...[250, 1000, 2500, 5000].map((count) => ['translate', count, 'ordered'] as const),
    ['explain', 1000, ''] as const,
    ...[250, 500, 1000, 2500, 5000].map((count) => ['compare', count, 'present'] as const),
    ['compare', 1000, 'wrong'] as const,
    ['compare', 1000, 'any'] as const,
  ];
  for (const [name, count, kind] of rows) {
    const runs = Array.from({ length: repetitions }, () => {
      const { stdout, status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), name, String(count), '10000', kind], {
        stdio: ['ignore', 'pipe', 'inherit'],
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`${name} of ${count} policies ended with ${status}`);
      return JSON.parse(stdout) as { ms: number; said: string; peak: number };
    });
    const ms = median(runs.map((run) => run.ms));
    const time = ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(1)} s`;
    const goal = count === 1000 ? `  (${goals[name]})` : '';
    process.stdout.write(
      `${name.padEnd(9)} ${kind.padEnd(8)} ${String(count).padStart(5)} × 10000  ${time.padStart(7)} ${median(runs.map((run) => run.peak))
        .toFixed(0)
        .padStart(5)} MB  ${runs[0]!.said}${goal}\n`,
    );
  }
}
