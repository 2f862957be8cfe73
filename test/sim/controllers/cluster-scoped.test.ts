import { describe, expect, test } from 'vitest';
import { rfc3339Micro } from '../../../src/base/clock.ts';
import * as r from '../../../src/kube/resources.ts';
import { harness, type Harness } from './harness.ts';
import { deployment } from './objects.ts';

describe('garbage collection', () => {
  async function withWeb(): Promise<Harness> {
    const h = await harness();
    h.addNode('w1');
    h.api.create(r.deployments, deployment('web', 2));
    await h.clock.advance(2000);
    return h;
  }
  const counts = (h: Harness) => [h.api.list(r.deployments).length, h.api.list(r.replicaSets).length, h.pods().length];

  test('in the background the owner goes at once, and what it owned follows', async () => {
    await using h = await withWeb();
    h.api.delete(r.deployments, 'default', 'web', { propagationPolicy: 'Background' });
    expect(counts(h)).toEqual([0, 1, 2]);
    await h.clock.advance(10_000);
    expect(counts(h)).toEqual([0, 0, 0]);
  });

  test('in the foreground the owner waits for its dependents', async () => {
    await using h = await withWeb();
    h.api.delete(r.deployments, 'default', 'web', { propagationPolicy: 'Foreground' });
    await h.clock.advance(500);
    expect(counts(h)).toEqual([1, 1, 2]);
    await h.clock.advance(10_000);
    expect(counts(h)).toEqual([0, 0, 0]);
    expect(h.failures).toEqual([]);
  });

  test('orphaned dependents stay, without their owner', async () => {
    await using h = await withWeb();
    h.api.delete(r.deployments, 'default', 'web', { propagationPolicy: 'Orphan' });
    await h.clock.advance(5000);
    expect(counts(h)).toEqual([0, 1, 2]);
    expect(h.api.list(r.replicaSets)[0]!.metadata.ownerReferences).toBeUndefined();
  });

  test('an object that still has another owner stays and forgets the one that is gone', async () => {
    await using h = await harness();
    const owners = ['a', 'b'].map((name) => h.api.create(r.configMaps, { metadata: { name, namespace: 'default' } }));
    const ownerReferences = owners.map(({ metadata }) => ({ apiVersion: 'v1', kind: 'ConfigMap', name: metadata.name, uid: metadata.uid }));
    h.api.create(r.configMaps, { metadata: { name: 'child', namespace: 'default', ownerReferences } });
    h.api.delete(r.configMaps, 'default', 'a');
    await h.clock.advance(10);
    expect(h.api.get(r.configMaps, 'default', 'child')!.metadata.ownerReferences).toMatchObject([{ name: 'b' }]);
    h.api.delete(r.configMaps, 'default', 'b');
    await h.clock.advance(10);
    expect(h.api.get(r.configMaps, 'default', 'child')).toBeUndefined();
  });
});

test('a namespace that is deleted is emptied, says what it waits for, and goes', async () => {
  await using h = await harness();
  h.addNode('w1');
  h.api.create(r.namespaces, { metadata: { name: 'shop' } });
  await h.clock.advance(10);
  expect(h.api.get(r.serviceAccounts, 'shop', 'default')).toBeDefined();
  expect(h.api.get(r.configMaps, 'shop', 'kube-root-ca.crt')!.data).toEqual({ 'ca.crt': 'pem' });
  h.api.create(r.deployments, { ...deployment('web', 2), metadata: { name: 'web', namespace: 'shop' } });
  h.api.create(r.configMaps, { metadata: { name: 'held', namespace: 'shop', finalizers: ['example.com/hold'] } });
  await h.clock.advance(2000);
  h.api.delete(r.namespaces, undefined, 'shop');
  await h.clock.advance(6000);
  expect(h.pods('shop')).toEqual([]);
  const conditions = h.api.get(r.namespaces, undefined, 'shop')!.status!.conditions!;
  expect(conditions.map((c) => [c.type, c.status, c.message])).toEqual([
    ['NamespaceDeletionDiscoveryFailure', 'False', 'All resources successfully discovered'],
    ['NamespaceDeletionGroupVersionParsingFailure', 'False', 'All legacy kube types successfully parsed'],
    ['NamespaceDeletionContentFailure', 'False', 'All content successfully deleted, may be waiting on finalization'],
    ['NamespaceContentRemaining', 'True', 'Some resources are remaining: configmaps. has 1 resource instances'],
    [
      'NamespaceFinalizersRemaining',
      'True',
      'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    ],
  ]);
  h.api.modify(r.configMaps, 'shop', 'held', (copy) => void delete copy.metadata.finalizers);
  await h.clock.advance(3000);
  expect(h.api.get(r.namespaces, undefined, 'shop')).toBeUndefined();
  expect(h.failures).toEqual([]);
});

describe('nodes', () => {
  const renew = (h: Harness, name: string) => {
    const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime: rfc3339Micro(h.clock.now()) };
    if (h.api.get(r.leases, 'kube-node-lease', name)) h.api.modify(r.leases, 'kube-node-lease', name, (lease) => void (lease.spec = spec));
    else h.api.create(r.leases, { metadata: { name, namespace: 'kube-node-lease' }, spec });
  };

  test('each gets a podCIDR of its own', async () => {
    await using h = await harness();
    for (const name of ['w1', 'w2']) h.addNode(name);
    await h.clock.advance(10);
    expect(h.api.list(r.nodes).map((node) => node.spec!.podCIDR)).toEqual(['192.168.0.0/24', '192.168.1.0/24']);
  });

  test('one that falls silent becomes Unknown, is tainted, and loses its pods after their tolerationSeconds', async () => {
    await using h = await harness();
    h.addNode('w1');
    renew(h, 'w1');
    const seconds = (key: string) => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 });
    const tolerations = [seconds('unreachable'), seconds('not-ready')];
    h.api.create(r.deployments, deployment('web', 1, {}, { containers: [{ name: 'c', image: 'nginx' }], tolerations }));
    for (let i = 0; i < 5; i++) {
      await h.clock.advance(10_000);
      renew(h, 'w1');
    }
    const ready = () => h.api.get(r.nodes, undefined, 'w1')!.status!.conditions!.find((c) => c.type === 'Ready')!;
    await h.clock.advance(49_000);
    expect(ready().status).toBe('True');
    await h.clock.advance(2000);
    expect(ready()).toMatchObject({ status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' });
    expect(h.api.get(r.nodes, undefined, 'w1')!.spec!.taints!.map((t) => `${t.key}:${t.effect}`)).toEqual([
      'node.kubernetes.io/unreachable:NoSchedule',
      'node.kubernetes.io/unreachable:NoExecute',
    ]);
    expect(h.pods()[0]!.status!.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'False' }));
    expect(h.events()).toContain('NodeNotReady: Node w1 status is now: NodeNotReady');
    const before = h.pods()[0]!;
    await h.clock.advance(35_000);
    expect(h.events()).toContain(`TaintManagerEviction: Marking for deletion Pod default/${before.metadata.name}`);
    expect(h.api.get(r.pods, 'default', before.metadata.name)?.metadata.uid).not.toBe(before.metadata.uid);
  });

  test('pods of a node that was deleted are gone after the quarantine', async () => {
    await using h = await harness({ hollow: true });
    h.addNode('w1');
    h.api.create(r.deployments, deployment('web', 1));
    await h.clock.advance(2000);
    const [before] = h.pods();
    h.api.delete(r.nodes, undefined, 'w1');
    await h.clock.advance(39_000);
    expect(h.api.get(r.pods, 'default', before!.metadata.name)).toBeDefined();
    await h.clock.advance(2000);
    expect(h.api.get(r.pods, 'default', before!.metadata.name)).toBeUndefined();
  });
});
