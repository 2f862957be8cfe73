import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { harness, type Harness } from './harness.ts';

async function withClass(volumeBindingMode: 'WaitForFirstConsumer' | 'Immediate'): Promise<Harness> {
  const h = await harness();
  h.addNode('w1');
  h.addNode('w2');
  h.api.create(r.storageClasses, {
    metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'rancher.io/local-path',
    reclaimPolicy: 'Delete',
    volumeBindingMode,
  });
  return h;
}

const make = (h: Harness, name: string, spec: object = {}) =>
  h.api.create(r.persistentVolumeClaims, {
    metadata: { name, namespace: 'default' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  });
const claim = (h: Harness, name: string) => h.api.get(r.persistentVolumeClaims, 'default', name);
const pod = (h: Harness, name: string, claimName: string) =>
  h.api.create(r.pods, {
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'nginx' }], volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }] },
  });
const nodeOf = (h: Harness, name: string) => h.api.get(r.pods, 'default', name)!.spec!.nodeName;

test('a claim of the default class waits for its first pod, and is made on the node of that', async () => {
  await using h = await withClass('WaitForFirstConsumer');
  make(h, 'data');
  await h.clock.advance(5000);
  expect(claim(h, 'data')!.status!.phase).toBe('Pending');
  expect(h.events()).toContain('WaitForFirstConsumer: waiting for first consumer to be created before binding');
  pod(h, 'app', 'data');
  await h.clock.advance(10_000);
  expect(claim(h, 'data')!.status).toMatchObject({ phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] });
  const volume = h.api.get(r.persistentVolumes, undefined, claim(h, 'data')!.spec!.volumeName!)!;
  expect(volume.status!.phase).toBe('Bound');
  expect(volume.spec!.nodeAffinity!.required!.nodeSelectorTerms[0]!.matchExpressions![0]!.values).toEqual([nodeOf(h, 'app')]);
  expect(h.events()).toContain(`ProvisioningSucceeded: Successfully provisioned volume ${volume.metadata.name}`);
});

test('the next pod with the claim goes to the node of the volume, or waits for it', async () => {
  await using h = await withClass('WaitForFirstConsumer');
  make(h, 'data');
  pod(h, 'one', 'data');
  await h.clock.advance(10_000);
  const node = nodeOf(h, 'one')!;
  pod(h, 'two', 'data');
  await h.clock.advance(2000);
  expect(nodeOf(h, 'two')).toBe(node);
  h.api.modify(r.nodes, undefined, node, (copy) => void (copy.spec = { ...copy.spec, unschedulable: true }));
  await h.clock.advance(10);
  pod(h, 'three', 'data');
  await h.clock.advance(2000);
  expect(h.api.get(r.pods, 'default', 'three')!.status!.conditions!.find((c) => c.type === 'PodScheduled')!.message).toBe(
    "0/2 nodes are available: 1 node(s) didn't match PersistentVolume's node affinity, 1 node(s) were unschedulable. preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.",
  );
});

test('a pod whose claim is missing, or of a class that binds at once and has not, is told', async () => {
  await using h = await withClass('Immediate');
  pod(h, 'early', 'data');
  await h.clock.advance(10);
  const message = () => h.api.get(r.pods, 'default', 'early')!.status!.conditions!.find((c) => c.type === 'PodScheduled')!.message;
  expect(message()).toContain('0/2 nodes are available: persistentvolumeclaim "data" not found.');
  make(h, 'data');
  await h.clock.advance(1500);
  expect(message()).toContain('0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims.');
  await h.clock.advance(20_000);
  expect(nodeOf(h, 'early')).toBeDefined();
});

test('a volume that somebody made is bound by class, mode and size, the smallest that does', async () => {
  await using h = await harness();
  for (const [name, storage] of [
    ['large', '10Gi'],
    ['small', '2Gi'],
    ['tiny', '1Mi'],
  ] as const) {
    h.api.create(r.persistentVolumes, {
      metadata: { name },
      spec: {
        capacity: { storage },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: `/${name}` },
        storageClassName: 'manual',
        persistentVolumeReclaimPolicy: 'Retain',
      },
    });
  }
  make(h, 'data', { storageClassName: 'manual' });
  await h.clock.advance(100);
  expect(claim(h, 'data')!.spec!.volumeName).toBe('small');
  h.api.delete(r.persistentVolumeClaims, 'default', 'data');
  await h.clock.advance(100);
  expect(claim(h, 'data')).toBeUndefined();
  expect(h.api.get(r.persistentVolumes, undefined, 'small')!.status!.phase).toBe('Released');
  expect(h.api.get(r.persistentVolumes, undefined, 'large')!.status!.phase).toBe('Available');
});

test('a claim in use stays until its pod has gone; then its volume goes, too', async () => {
  await using h = await withClass('WaitForFirstConsumer');
  make(h, 'data');
  pod(h, 'app', 'data');
  await h.clock.advance(10_000);
  h.api.delete(r.persistentVolumeClaims, 'default', 'data');
  await h.clock.advance(1000);
  expect(claim(h, 'data')!.metadata.deletionTimestamp).toBeDefined();
  h.api.delete(r.pods, 'default', 'app');
  await h.clock.advance(5000);
  expect(claim(h, 'data')).toBeUndefined();
  expect(h.api.list(r.persistentVolumes)).toEqual([]);
});

test('a generic ephemeral volume has a claim of its own, which goes with the pod', async () => {
  await using h = await withClass('WaitForFirstConsumer');
  const volumeClaimTemplate = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
  h.api.create(r.pods, {
    metadata: { name: 'app', namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'nginx' }], volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate } }] },
  });
  await h.clock.advance(10_000);
  expect(nodeOf(h, 'app')).toBeDefined();
  expect(claim(h, 'app-scratch')!.status!.phase).toBe('Bound');
  h.api.delete(r.pods, 'default', 'app');
  await h.clock.advance(10_000);
  expect(claim(h, 'app-scratch')).toBeUndefined();
});
