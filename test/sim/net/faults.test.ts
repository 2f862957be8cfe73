import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { ciliumNodes } from '../../../src/sim/net/cilium/resources.ts';
import { ipamBlocks } from '../../../src/sim/net/calico/resources.ts';
import { Rig } from './rig.ts';

const pinned = { IP_AUTODETECTION_METHOD: 'kubernetes-internal-ip' };

test('the unmanaged pod watcher left on restarts kube-dns pods that are Calico’s, once in five minutes', async () => {
  const rig = new Rig();
  await rig.installCalico(pinned);
  const dns = rig.pod('kube-system', 'coredns-a', 'mig-worker', 'calico', { 'k8s-app': 'kube-dns' });
  await rig.installCilium({ 'unmanaged-pod-watcher-interval': '15' });
  await rig.pass(20_000);
  const deleted = (name: string) => {
    const pod = rig.api.get(r.pods, 'kube-system', name);
    return !pod || pod.metadata.deletionTimestamp !== undefined;
  };
  expect(deleted(dns.metadata.name)).toBe(true);
  const next = rig.pod('kube-system', 'coredns-b', 'mig-worker', 'calico', { 'k8s-app': 'kube-dns' });
  await rig.pass(120_000);
  expect(deleted(next.metadata.name)).toBe(false);
  await rig.pass(200_000);
  expect(deleted(next.metadata.name)).toBe(true);
});

test('a pool that is too small leaves a node without addresses, its agent waiting and the reason in the CiliumNode', async () => {
  const rig = new Rig();
  const agents = await rig.installCilium({ 'cluster-pool-ipv4-cidr': '10.245.0.0/23' });
  expect(agents.map(({ healthy }) => healthy).sort()).toEqual([false, true, true]);
  const waiting = rig.api.list(ciliumNodes).find(({ spec }) => !spec.ipam?.podCIDRs)!;
  expect(waiting.status?.ipam?.['operator-status']?.error).toBe('allocator full');
  // A pool may be appended to: the operator that is started anew gives the node its block.
  rig.api.modify(
    r.configMaps,
    'kube-system',
    'cilium-config',
    ({ data }) => void (data!['cluster-pool-ipv4-cidr'] = '10.245.0.0/23 10.246.0.0/16'),
  );
  rig.run('quay.io/cilium/operator-generic:v1.18.0', 'cilium-operator', 'mig-worker2');
  await rig.pass(12_000);
  expect(agents.every(({ healthy }) => healthy)).toBe(true);
  expect(rig.api.get(ciliumNodes, undefined, waiting.metadata.name)?.spec.ipam?.podCIDRs).toEqual(['10.246.0.0/24']);
});

test.each([
  ['v1.18.14', ['v2', 'v2alpha1']],
  ['v1.20.2', ['v2']],
])('an operator of %s serves CiliumNodeConfig as %j', async (version, served) => {
  const rig = new Rig();
  rig.api.create(r.configMaps, { metadata: { name: 'cilium-config', namespace: 'kube-system' }, data: {} });
  rig.run(`quay.io/cilium/operator-generic:${version}`, 'cilium-operator', 'mig-worker');
  await rig.pass(1000);
  const crd = rig.api.get(r.customResourceDefinitions, undefined, 'ciliumnodeconfigs.cilium.io');
  expect(crd?.spec.versions.filter((each) => each.served).map(({ name }) => name)).toEqual(served);
});

test('an agent without its ConfigMap says so and ends', async () => {
  const rig = new Rig();
  const agent = rig.agent('mig-worker');
  await rig.pass(1000);
  expect(agent.exitCode).toBe(1);
  expect(agent.logs.join('\n')).toContain('configmaps "cilium-config" not found');
});

test('a full block is followed by another, and deleted pods give their addresses back', async () => {
  const rig = new Rig();
  await rig.installCalico();
  const pods = Array.from({ length: 70 }, (_, i) => rig.pod('a', `p${i}`, 'mig-worker', 'calico'));
  expect(new Set(pods.map((pod) => rig.ip(pod))).size).toBe(70);
  const blocks = () => rig.api.list(ipamBlocks).filter(({ spec }) => spec.affinity === 'host:mig-worker');
  const free = () => blocks().reduce((sum, { spec }) => sum + spec.unallocated.length, 0);
  expect(blocks()).toHaveLength(2);
  // One address of the first block is the tunnel's.
  expect(free()).toBe(128 - 70 - 1);
  for (const pod of pods) rig.detach(pod, 'calico');
  expect(free()).toBe(128 - 1);
});
