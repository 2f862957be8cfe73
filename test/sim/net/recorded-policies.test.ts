import { describe, expect, test } from 'vitest';
import type { RecordedCase } from '../../../src/netpol/verify/recording.ts';
import type { ConnectResult } from '../../../src/sim/net/network.ts';
import { missing, recordedCases, RecordedCluster } from './recorded-cluster.ts';

/** A refused connection was answered: the packet went past every policy. */
const measured = (verdict: string) => (verdict === 'deny' ? 'deny' : 'allow');
const seen = (outcome: string) => (outcome === 'timeout' ? 'deny' : outcome === 'connected' || outcome === 'refused' ? 'allow' : outcome);
/** A recorded flow tells no source port: any verdict that some source port has agrees. */
const sourcePorts = (policies: string) =>
  /source:\s+(not)?ports:/i.test(policies) ? [...policies.matchAll(/- (\d+)\n/g)].map(([, port]) => Number(port)) : [];

interface Deviation {
  flow: string;
  measured: string;
  seen: string;
}

async function deviations(cases: readonly RecordedCase[]): Promise<{ total: number; wrong: Deviation[] }> {
  const clusters = new Map<string, RecordedCluster>();
  const wrong: Deviation[] = [];
  let total = 0;
  for (const recorded of cases) {
    const enforcement = /^enforcement-(always|never)/.exec(recorded.case)?.[1];
    const key = `${recorded.settings} ${enforcement}`;
    let cluster = clusters.get(key);
    if (!cluster) clusters.set(key, (cluster = await RecordedCluster.create(recorded)));
    const remove = await cluster.apply(recorded);
    for (const verdict of recorded.verdicts) {
      total++;
      const agrees = ({ outcome }: ConnectResult) => seen(outcome) === measured(verdict[4]);
      const first = cluster.send(verdict);
      if (agrees(first) || sourcePorts(recorded.policies).some((port) => agrees(cluster.send(verdict, port)))) continue;
      const [from, to, protocol, port, expected] = verdict;
      wrong.push({
        flow: `${recorded.case}: ${from} → ${to} ${protocol}/${port}`,
        measured: expected,
        seen: `${first.outcome}: ${first.reason}`,
      });
    }
    await remove();
  }
  return { total, wrong };
}

/** As in test/netpol/recorded.test.ts: no rule gives both this and the other verdicts of the same settings. */
const knownDeviations: Record<string, string[]> = {
  'calico.json': [],
  'cilium.json': ['sctp-5000: node-w1 → a/srv icmp/8', 'sctp-5000: node-w1 → a/srv tcp/80'],
  'mixed.json': [],
};

describe.skipIf(missing !== undefined)(`policies enforced on packets, as measured${missing ? ` (skipped: ${missing})` : ''}`, () => {
  test.each(Object.entries(knownDeviations))('%s', async (file, known) => {
    const { total, wrong } = await deviations(recordedCases(file));
    expect(total).toBeGreaterThan(300);
    expect(wrong.map(({ flow }) => flow)).toEqual(known);
  });
});
