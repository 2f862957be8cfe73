import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { byDeletionPreference } from '../../../src/sim/controllers/pod-ranking.ts';
import type { Pod } from '../../../src/kube/types.ts';
import { harness } from './harness.ts';
import { ascending, deployment } from './objects.ts';

test('a pod whose labels change is released and replaced; one that matches is adopted', async () => {
  await using h = await harness();
  h.addNode('w1');
  h.api.create(r.deployments, deployment('web', 1));
  await h.clock.advance(2000);
  const [pod] = h.pods();
  h.api.modify(r.pods, 'default', pod!.metadata.name, (copy) => void (copy.metadata.labels = { debug: 'yes' }));
  await h.clock.advance(2000);
  expect(h.api.get(r.pods, 'default', pod!.metadata.name)!.metadata.ownerReferences).toBeUndefined();
  expect(h.pods()).toHaveLength(2);
  h.api.modify(r.pods, 'default', pod!.metadata.name, (copy) => void (copy.metadata.labels = pod!.metadata.labels!));
  await h.clock.advance(3000);
  expect(h.pods()).toHaveLength(1);
});

test('scaling down takes pods that share a node with a sibling first', async () => {
  await using h = await harness();
  h.addNode('w1');
  h.api.create(r.deployments, deployment('web', 2));
  await h.clock.advance(2000);
  h.addNode('w2');
  h.api.modify(r.deployments, 'default', 'web', (copy) => void (copy.spec!.replicas = 3));
  await h.clock.advance(2000);
  h.api.modify(r.deployments, 'default', 'web', (copy) => void (copy.spec!.replicas = 2));
  await h.clock.advance(3000);
  expect(
    h
      .pods()
      .map((pod) => pod.spec!.nodeName)
      .sort(ascending),
  ).toEqual(['w1', 'w2']);
});

test('a pod without a node, pending, not ready, or cheap to delete goes first', () => {
  const pod = (uid: string, { node = 'n', phase = 'Running', ready = true, cost = '0' } = {}) =>
    ({
      metadata: {
        uid,
        name: uid,
        creationTimestamp: '2026-11-23T17:00:00Z',
        annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost },
      },
      spec: { nodeName: node },
      status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: '2026-11-23T17:00:00Z' }] },
    }) as unknown as Pod;
  const pods = [
    pod('kept'),
    pod('cheap', { cost: '-1' }),
    pod('unready', { ready: false }),
    pod('pending', { phase: 'Pending', ready: false }),
  ];
  const order = [...pods, pod('nowhere', { node: '', phase: 'Pending', ready: false })].sort(
    byDeletionPreference(new Map(), Date.parse('2026-11-23T18:00:00Z')),
  );
  expect(order.map((p) => p.metadata.uid)).toEqual(['nowhere', 'pending', 'unready', 'cheap', 'kept']);
});

test('a create that the API refuses shows as ReplicaFailure and as an event', async () => {
  await using h = await harness();
  h.addNode('w1');
  const original = h.api.create.bind(h.api);
  const { StatusError } = await import('../../../src/kube/status.ts');
  h.api.create = ((resource: { plural: string }, draft: never) => {
    if (resource.plural === 'pods') throw new StatusError(403, 'Forbidden', 'pods "x" is forbidden: exceeded quota');
    return original(resource as never, draft);
  }) as never;
  h.api.create(r.deployments, deployment('web', 1));
  await h.clock.advance(100);
  const [set] = h.api.list(r.replicaSets);
  expect(set!.status!.conditions).toMatchObject([{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate' }]);
  expect(h.events()).toContain('FailedCreate: Error creating: pods "x" is forbidden: exceeded quota');
});
