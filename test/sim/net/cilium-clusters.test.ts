import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { links } from '../../../src/sim/net/devices.ts';
import { ciliumEndpoints, ciliumNodes } from '../../../src/sim/net/cilium/resources.ts';
import { Lab } from './assembled.ts';

test.each(['cilium', 'netkit'] as const)('a cluster on %s gives its pods devices of its kind and carries 1450 bytes', async (cni) => {
  const lab = await Lab.create(cni);
  const [client, other] = [lab.pod('shop', 'app=client', 'mig-worker'), lab.pod('shop', 'app=client', 'mig-worker2')];
  const sandbox = lab.assembly.nodes.sandboxTable.byUid(client.metadata.uid)!;
  expect(sandbox).toMatchObject({ cni, device: expect.stringMatching(/^lxc[0-9a-f]{12}$/) });
  const kind = cni === 'netkit' ? 'netkit' : 'veth';
  expect(links.find(lab.assembly.nodes.machine('mig-worker')!, sandbox.device)).toMatchObject({ kind, mtu: 1500 });
  expect(lab.api.list(r.daemonSets).some(({ metadata }) => metadata.name === 'kube-proxy')).toBe(cni === 'cilium');
  const from = { podUid: client.metadata.uid };
  const ping = (size: number) =>
    lab.assembly.network.connect({ from, host: other.status!.podIP!, port: 0, protocol: 'ICMP', size }).outcome;
  expect([ping(1450), ping(1451)]).toEqual(['connected', 'too-big']);
  lab.resetProbes();
  await lab.pass(5000);
  expect(Object.values(lab.lost())).toEqual([0, 0, 0]);
  await lab.assembly.stop();
});

test('a pod’s identity follows its labels, a deleted CiliumNode comes again, and deleted kinds stop no pod', async () => {
  const lab = await Lab.create('cilium');
  const { api } = lab;
  const pod = lab.pod('shop', 'app=client', 'mig-worker');
  const identity = () => api.get(ciliumEndpoints, 'shop', pod.metadata.name)?.status?.identity;
  const before = identity()!;
  api.modify(r.pods, 'shop', pod.metadata.name, ({ metadata }) => void (metadata.labels!['team'] = 'red'));
  await lab.pass(1000);
  expect(identity()?.id).not.toBe(before.id);
  expect(identity()?.labels).toContain('k8s:team=red');

  const podCidrs = api.get(ciliumNodes, undefined, 'mig-worker')!.spec.ipam;
  api.delete(ciliumNodes, undefined, 'mig-worker');
  await lab.pass(1000);
  expect(api.get(ciliumNodes, undefined, 'mig-worker')?.spec.ipam).toEqual(podCidrs);

  for (const { metadata } of api.list(r.customResourceDefinitions))
    if (metadata.name.endsWith('cilium.io')) api.delete(r.customResourceDefinitions, undefined, metadata.name);
  await lab.pass(3000);
  const [web] = lab.pods('shop', 'app=web');
  api.delete(r.pods, 'shop', web!.metadata.name);
  await lab.pass(20_000);
  expect(api.get(r.pods, 'shop', web!.metadata.name)).toBeUndefined();
  await lab.assembly.stop();
});
