import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { harness, type Harness } from '../controllers/harness.ts';
import { ascending, deployment } from '../controllers/objects.ts';

const pod = (h: Harness, name: string, spec: object = {}, labels: Record<string, string> = {}) =>
  h.api.create(r.pods, {
    metadata: { name, namespace: 'default', labels },
    spec: { containers: [{ name: 'c', image: 'nginx' }], ...spec },
  });

const nodeOf = (h: Harness, name: string) => h.api.get(r.pods, 'default', name)!.spec!.nodeName;

const scheduled = (h: Harness, name: string) =>
  h.api.get(r.pods, 'default', name)!.status!.conditions!.find((c) => c.type === 'PodScheduled')!;

const requesting = (cpu: string) => ({ containers: [{ name: 'c', image: 'nginx', resources: { requests: { cpu } } }] });

async function cluster(): Promise<Harness> {
  const h = await harness();
  h.addNode('cp', { taints: [{ key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' }] });
  h.addNode('w1', { labels: { disk: 'ssd' } });
  h.addNode('w2');
  return h;
}

test('a pod that fits nowhere is told why, in the words of kube-scheduler', async () => {
  await using h = await cluster();
  h.api.modify(r.nodes, undefined, 'w1', (node) => void (node.spec = { ...node.spec, unschedulable: true }));
  pod(h, 'p', requesting('100'));
  await h.clock.advance(10);
  const message =
    '0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint(s), 1 node(s) were unschedulable. ' +
    'preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.';
  expect(scheduled(h, 'p')).toMatchObject({ status: 'False', reason: 'Unschedulable', message });
  expect(h.events()).toContain(`FailedScheduling: ${message}`);
  const event = h.api.list(r.events).find((e) => e.reason === 'FailedScheduling')!;
  expect(event).toMatchObject({ type: 'Warning', action: 'Scheduling', reportingComponent: 'default-scheduler' });
});

test('a pod that waits is bound when its node is uncordoned', async () => {
  await using h = await harness();
  h.addNode('w1');
  h.api.modify(r.nodes, undefined, 'w1', (node) => void (node.spec = { unschedulable: true }));
  await h.clock.advance(10);
  pod(h, 'p');
  await h.clock.advance(5000);
  expect(nodeOf(h, 'p')).toBeUndefined();
  h.api.modify(r.nodes, undefined, 'w1', (node) => void (node.spec = { ...node.spec, unschedulable: false }));
  await h.clock.advance(10);
  expect(nodeOf(h, 'p')).toBe('w1');
  expect(scheduled(h, 'p').status).toBe('True');
});

test('a pod that waits for room is bound when another one leaves', async () => {
  await using h = await harness();
  h.addNode('w1', { cpu: '1' });
  pod(h, 'first', requesting('700m'));
  await h.clock.advance(1500);
  pod(h, 'second', requesting('700m'));
  await h.clock.advance(1500);
  expect(scheduled(h, 'second').message).toBe(
    '0/1 nodes are available: 1 Insufficient cpu. preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.',
  );
  h.api.delete(r.pods, 'default', 'first');
  await h.clock.advance(3000);
  expect(nodeOf(h, 'second')).toBe('w1');
});

test('nodeSelector, required and preferred node affinity', async () => {
  await using h = await cluster();
  pod(h, 'selected', { nodeSelector: { disk: 'ssd' } });
  const term = { matchExpressions: [{ key: 'disk', operator: 'DoesNotExist' }] };
  pod(h, 'required', { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } } });
  pod(h, 'preferring', {
    affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: term }] } },
  });
  pod(h, 'impossible', { nodeSelector: { disk: 'tape' }, tolerations: [{ operator: 'Exists' }] });
  await h.clock.advance(10);
  expect(['selected', 'required', 'preferring', 'impossible'].map((name) => nodeOf(h, name))).toEqual(['w1', 'w2', 'w2', undefined]);
  expect(scheduled(h, 'impossible').message).toContain("3 node(s) didn't match Pod's node affinity/selector.");
});

test('replicas are spread over the nodes without being asked to', async () => {
  await using h = await cluster();
  h.api.create(r.deployments, deployment('web', 4));
  await h.clock.advance(10);
  expect(
    h
      .pods()
      .map((p) => p.spec!.nodeName)
      .sort(ascending),
  ).toEqual(['w1', 'w1', 'w2', 'w2']);
});

test('required anti-affinity keeps replicas apart, and others away from them', async () => {
  await using h = await cluster();
  const term = { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname' };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  for (const name of ['a', 'b', 'c']) pod(h, name, { affinity }, { app: 'web' });
  await h.clock.advance(10);
  expect(['a', 'b'].map((name) => nodeOf(h, name)).sort(ascending)).toEqual(['w1', 'w2']);
  expect(scheduled(h, 'c').message).toContain("2 node(s) didn't match pod anti-affinity rules");
  pod(h, 'd', {}, { app: 'web' });
  await h.clock.advance(10);
  expect(scheduled(h, 'd').message).toContain("2 node(s) didn't satisfy existing pods anti-affinity rules");
});

test('required affinity goes where its company is; the first of a kind may go anywhere', async () => {
  await using h = await cluster();
  const affinity = (app: string) => ({
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app } }, topologyKey: 'kubernetes.io/hostname' }],
    },
  });
  pod(h, 'db', { nodeSelector: { disk: 'ssd' } }, { app: 'db' });
  await h.clock.advance(10);
  pod(h, 'near', { affinity: affinity('db') });
  pod(h, 'group', { affinity: affinity('group') }, { app: 'group' });
  pod(h, 'lonely', { affinity: affinity('nobody') });
  await h.clock.advance(10);
  expect(nodeOf(h, 'near')).toBe('w1');
  expect(nodeOf(h, 'group')).toMatch(/^w/);
  expect(scheduled(h, 'lonely').message).toContain("2 node(s) didn't match pod affinity rules");
});

test('topologySpreadConstraints that say DoNotSchedule hold', async () => {
  await using h = await cluster();
  const constraint = {
    maxSkew: 1,
    topologyKey: 'kubernetes.io/hostname',
    whenUnsatisfiable: 'DoNotSchedule',
    labelSelector: { matchLabels: { app: 'web' } },
    nodeTaintsPolicy: 'Honor',
  };
  for (const name of ['a', 'b', 'c', 'd']) pod(h, name, { topologySpreadConstraints: [constraint] }, { app: 'web' });
  await h.clock.advance(10);
  expect(['a', 'b', 'c', 'd'].map((name) => nodeOf(h, name)).sort(ascending)).toEqual(['w1', 'w1', 'w2', 'w2']);
});

test('host ports are given once a node', async () => {
  await using h = await harness();
  h.addNode('w1');
  const spec = { containers: [{ name: 'c', image: 'nginx', ports: [{ containerPort: 80, hostPort: 8080, protocol: 'TCP' }] }] };
  pod(h, 'a', spec);
  pod(h, 'b', spec);
  await h.clock.advance(10);
  expect(scheduled(h, 'b').message).toContain("1 node(s) didn't have free ports for the requested pod ports");
});
