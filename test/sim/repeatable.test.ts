import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../src/sim/cluster.ts';
import { startSimulatedCluster } from '../../src/sim/start.ts';

const now = Date.UTC(2026, 10, 30, 12);
const started: SimulatedCluster[] = [];
afterEach(async () => {
  for (const cluster of started.splice(0)) await cluster[Symbol.asyncDispose]();
});

const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 6,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } },
  },
};

/** A cluster's life of a minute after it was handed over, object by object as a client reads them. */
async function run(seed: number): Promise<Map<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), 'kindlab-repeat-'));
  const cluster = await startSimulatedCluster({ name: 'twice', workers: 2, cni: 'calico', folder, seed, now, paused: true });
  started.push(cluster);
  await cluster.request('POST', '/apis/apps/v1/namespaces/default/deployments', { body: JSON.stringify(web) });
  await cluster.clock.advance(30_000);
  const pods = JSON.parse((await cluster.request('GET', '/api/v1/namespaces/default/pods')).body) as {
    items: { metadata: { name: string } }[];
  };
  await cluster.request('DELETE', `/api/v1/namespaces/default/pods/${pods.items[0]!.metadata.name}`);
  await cluster.clock.advance(30_000);
  const objects = new Map<string, unknown>();
  for (const path of [
    '/api/v1/nodes',
    '/api/v1/pods',
    '/api/v1/events',
    '/apis/apps/v1/replicasets',
    '/apis/discovery.k8s.io/v1/endpointslices',
    '/api/v1/services',
    '/apis/crd.projectcalico.org/v1/ipamblocks',
    '/apis/coordination.k8s.io/v1/leases',
  ]) {
    const { items } = JSON.parse((await cluster.request('GET', path)).body) as { items: { metadata: { name: string } }[] };
    for (const item of items) objects.set(`${path} ${item.metadata.name}`, item);
  }
  return objects;
}

it('is the same again with the same seed and a stepped clock: names, uids, addresses, times and the order of writes', async () => {
  const [first, second] = [await run(7), await run(7)];
  expect([...second.keys()]).toEqual([...first.keys()]);
  for (const [key, object] of first) expect(second.get(key), key).toEqual(object);
}, 60_000);

it('is another one with another seed', async () => {
  const [first, second] = [await run(7), await run(8)];
  expect([...second.keys()]).not.toEqual([...first.keys()]);
}, 60_000);
