import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pods } from '../../../src/kube/resources.ts';
import { startSimulatedCluster } from '../../../src/sim/start.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'installed-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('`cilium install` without values makes a cluster without a CNI complete, with the addresses of its nodes', async () => {
  await using cluster = await startSimulatedCluster({ name: 'bare', workers: 1, cni: 'none', folder });
  let stdout = '';
  const run = (argv: string[]) =>
    cluster.tool('cilium', {
      argv,
      stdout: (text) => void (stdout += text),
      stderr: (text) => void (stdout += text),
      signal: new AbortController().signal,
    });
  expect(await run(['install'])).toBe(0);
  await cluster.clock.advance(60_000);
  expect(await run(['status', '--wait'])).toBe(0);
  expect(stdout).toContain('Cluster Pods:          2/2 managed by Cilium');
  const dns = cluster.api.list(pods, { namespace: 'kube-system', labelSelector: 'k8s-app=kube-dns' });
  expect(dns.map((pod) => pod.status?.podIP)).toEqual([expect.stringMatching(/^192\.168\./), expect.stringMatching(/^192\.168\./)]);
});
