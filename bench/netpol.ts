// The policy library's figures, as a report: node bench/netpol.ts. Each row is a process of its own, so that its memory is its own.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compare } from '../src/netpol/compare/compare.ts';
import { defaultSettings } from '../src/netpol/evaluate/settings.ts';
import type { Cluster, Engine } from '../src/netpol/model/cluster.ts';
import { clusterOf, setsOf } from './netpol-sets.ts';

const on = (cluster: Cluster, cni: Engine): Cluster => ({
  ...cluster,
  nodes: new Map([...cluster.nodes].map(([name, node]) => [name, { ...node, cni }])),
});

async function one(policies: number, pods: number, endpoints: 'present' | 'any', wrong: boolean): Promise<void> {
  const cluster = clusterOf(Math.ceil(policies / 10), pods);
  const { calico, cilium } = setsOf(policies, wrong);
  const before = process.cpuUsage();
  const begun = performance.now();
  const result = await compare(
    { cluster: on(cluster, 'calico'), policies: calico, settings: defaultSettings },
    { cluster: on(cluster, 'cilium'), policies: cilium, settings: { ...defaultSettings, sctp: true } },
    { endpoints },
  );
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(before);
  const cpu = (user + system) / 1e6;
  const { kinds, futureKinds, pairs } = result.size;
  const peak = process.resourceUsage().maxRSS / 1024;
  const kept = result.present.differences.length + (result.future?.differences.length ?? 0);
  process.stdout.write(
    `${String(policies).padStart(8)} × ${String(pods).padEnd(6)} ${endpoints.padEnd(8)} ${result.verdict.padEnd(11)} ${String(kept).padStart(5)} ${String(kinds + futureKinds).padStart(6)} ${(pairs / 1e6).toFixed(1).padStart(6)}M ${seconds.toFixed(1).padStart(7)} s ${cpu.toFixed(1).padStart(7)} s ${peak.toFixed(0).padStart(6)} MB\n`,
  );
}

const [policies, pods, endpoints, wrong] = process.argv.slice(2);
if (policies !== undefined) await one(Number(policies), Number(pods), endpoints as 'present' | 'any', wrong === 'wrong');
else {
  process.stdout.write(
    'policies × pods  ends     verdict     causes  kinds  pairs      time   of CPU    peak   (goal for 1,000 × 10,000: ≤ 10 s, ≤ 1 GB)\n',
  );
  const rows = [
    ['250', '10000', 'present'],
    ['500', '10000', 'present'],
    ['1000', '10000', 'present'],
    ['1000', '10000', 'present', 'wrong'],
    ['1000', '10000', 'any'],
    ['2500', '10000', 'present'],
    ['5000', '10000', 'present'],
  ];
  for (const row of rows) spawnSync(process.execPath, [fileURLToPath(import.meta.url), ...row], { stdio: 'inherit' });
}
