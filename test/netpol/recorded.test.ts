import { describe, expect, test } from 'vitest';
import { readCluster } from '../../src/netpol/read/cluster.ts';
import { readCases } from '../../src/netpol/verify/read-cases.ts';
import { verify } from '../../src/netpol/verify/verify.ts';
import { readRecording as read, recordings, whyNoRecordings } from './recordings.ts';

/**
 * Measured against policy.md's own rule: with allow-localhost=policy the local host got past a policy that opens SCTP 5000 only,
 * while knp-default-deny and nodeport-allow-world of the same settings held it. No rule gives both; policy.md's is kept.
 */
const knownDeviations: Record<string, string[]> = {
  'calico.json': [],
  'cilium.json': ['sctp-5000: node-w1 → a/srv icmp/8', 'sctp-5000: node-w1 → a/srv tcp/80'],
  'mixed.json': [],
};

describe.skipIf(!recordings)(`verdicts measured on a real cluster${whyNoRecordings}`, () => {
  test.each(Object.entries(knownDeviations))('%s: the evaluator says what was measured, but for the listed deviations', (file, known) => {
    const { deviations, total } = verify(readCases(file, read(file)), readCluster('cluster.yaml', read('cluster.yaml')));
    expect(total).toBeGreaterThan(300);
    expect(deviations.map((d) => `${d.case}: ${d.flow}`)).toEqual(known);
  });
});
