import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import type { Pod } from '../../../src/kube/types.ts';
import { harness, type Harness } from '../controllers/harness.ts';

const high = { group: 'scheduling.k8s.io', version: 'v1', plural: 'priorityclasses', kind: 'PriorityClass', namespaced: false };

function pod(h: Harness, name: string, cpu: string, spec: Partial<Pod['spec'] & object> = {}, labels: Record<string, string> = {}): Pod {
  return h.api.create(r.pods, {
    metadata: { name, namespace: 'default', labels },
    spec: { containers: [{ name: 'c', image: 'nginx', resources: { requests: { cpu } } }], ...spec },
  });
}

async function full(): Promise<Harness> {
  const h = await harness();
  h.api.create(high, { metadata: { name: 'high' }, value: 1000 });
  h.addNode('w1', { cpu: '1' });
  h.addNode('w2', { cpu: '1' });
  return h;
}

const get = (h: Harness, name: string) => h.api.get(r.pods, 'default', name);

test('a pod of higher priority has a lesser one go, is nominated to its node, and takes its place', async () => {
  await using h = await full();
  pod(h, 'a', '900m');
  pod(h, 'b', '900m', { priorityClassName: 'high' });
  await h.clock.advance(1500);
  const node = get(h, 'a')!.spec!.nodeName;
  const preemptor = pod(h, 'c', '900m', { priorityClassName: 'high' });
  await h.clock.advance(10);
  expect(get(h, 'c')!.status!.nominatedNodeName).toBe(node);
  expect(get(h, 'a')!.metadata.deletionTimestamp).toBeDefined();
  expect(get(h, 'a')!.status!.conditions!.find((c) => c.type === 'DisruptionTarget')).toMatchObject({
    status: 'True',
    reason: 'PreemptionByScheduler',
    message: 'default-scheduler: preempting to accommodate a higher priority pod',
  });
  expect(h.events()).toContain(`Preempted: Preempted by pod ${preemptor.metadata.uid} on node ${node}`);
  expect(h.events()).toContain('FailedScheduling: 0/2 nodes are available: 2 Insufficient cpu.');
  await h.clock.advance(5000);
  expect(get(h, 'a')).toBeUndefined();
  expect(get(h, 'c')!.spec!.nodeName).toBe(node);
  expect(get(h, 'b')!.metadata.deletionTimestamp).toBeUndefined();
});

test('the room that is being cleared is not given to a lesser pod', async () => {
  await using h = await full();
  pod(h, 'a', '900m');
  pod(h, 'b', '900m', { priorityClassName: 'high' });
  await h.clock.advance(1500);
  pod(h, 'c', '900m', { priorityClassName: 'high' });
  pod(h, 'lesser', '500m');
  await h.clock.advance(30_000);
  expect(get(h, 'c')!.spec!.nodeName).toBeDefined();
  expect(get(h, 'lesser')!.spec!.nodeName).toBeUndefined();
});

test('of two nodes, the one whose pods no disruption budget protects loses them', async () => {
  await using h = await full();
  h.api.create(r.podDisruptionBudgets, {
    metadata: { name: 'guard', namespace: 'default' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'guarded' } } },
  });
  pod(h, 'guarded', '900m', {}, { app: 'guarded' });
  pod(h, 'free', '900m', {}, { app: 'free' });
  await h.clock.advance(3000);
  pod(h, 'c', '900m', { priorityClassName: 'high' });
  await h.clock.advance(5000);
  expect(get(h, 'free')).toBeUndefined();
  expect(get(h, 'guarded')).toBeDefined();
});

test('a pod that must not preempt says so', async () => {
  await using h = await full();
  pod(h, 'a', '900m');
  pod(h, 'b', '900m');
  await h.clock.advance(1500);
  pod(h, 'c', '900m', { priorityClassName: 'high', preemptionPolicy: 'Never' });
  await h.clock.advance(10);
  expect(get(h, 'c')!.status!.conditions!.find((c) => c.type === 'PodScheduled')!.message).toBe(
    '0/2 nodes are available: 2 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.',
  );
});

test('of pods that wait, the one of higher priority is looked at first, though it came later', async () => {
  await using h = await harness();
  h.api.create(high, { metadata: { name: 'high' }, value: 1000 });
  pod(h, 'low', '600m');
  pod(h, 'high', '600m', { priorityClassName: 'high', preemptionPolicy: 'Never' });
  await h.clock.advance(60_000);
  h.addNode('w1', { cpu: '1' });
  await h.clock.advance(60_000);
  expect(get(h, 'high')!.spec!.nodeName).toBe('w1');
  expect(get(h, 'low')!.spec!.nodeName).toBeUndefined();
});

test('a pod with scheduling gates waits until they are gone', async () => {
  await using h = await full();
  pod(h, 'gated', '100m', { schedulingGates: [{ name: 'example.com/quota' }] });
  await h.clock.advance(1000);
  expect(get(h, 'gated')!.spec!.nodeName).toBeUndefined();
  h.api.modify(r.pods, 'default', 'gated', (copy) => void delete copy.spec!.schedulingGates);
  await h.clock.advance(10);
  expect(get(h, 'gated')!.spec!.nodeName).toBeDefined();
});
