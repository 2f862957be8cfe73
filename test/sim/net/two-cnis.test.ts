import { expect, test } from 'vitest';
import { Rig } from './rig.ts';

/** w1 has pods on Calico, w2 on Cilium, both CNIs run on both: facts/recorded/policy/mixed.json, and migration.txt 5. */
const mixed = async () => {
  const rig = new Rig();
  await rig.installCalico({ IP_AUTODETECTION_METHOD: 'kubernetes-internal-ip' });
  await rig.installCilium();
  const calico = rig.pod('a', 'cli1', 'mig-worker', 'calico');
  const calico2 = rig.pod('a', 'srv', 'mig-worker', 'calico');
  const calico3 = rig.pod('a', 'far', 'mig-worker2', 'calico');
  const cilium = rig.pod('a', 'cli2', 'mig-worker2', 'cilium-cni');
  const cilium2 = rig.pod('a', 'srv2', 'mig-worker2', 'cilium-cni');
  const cilium3 = rig.pod('a', 'away', 'mig-control-plane', 'cilium-cni');
  await rig.pass(1000);
  return { rig, calico, calico2, calico3, cilium, cilium2, cilium3 };
};

const hostOf = (rig: Rig, node: string) =>
  rig.api.list(rig.api.resource('cilium.io', 'ciliumnodes')!).find((n) => n.metadata.name === node) as unknown as {
    spec: { addresses: { type: string; ip: string }[] };
  };
const ciliumHost = (rig: Rig, node: string) => hostOf(rig, node).spec.addresses.find((a) => a.type === 'CiliumInternalIP')!.ip;
const tunnel = (rig: Rig, node: string) =>
  rig.api.get({ group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false }, undefined, node)!.metadata.annotations![
    'projectcalico.org/IPv4VXLANTunnelAddr'
  ];

test('a Calico pod reaches a Cilium pod from its node’s cilium_host, with ttl 62 and an MTU of 1400', async () => {
  const { rig, calico, cilium2 } = await mixed();
  const result = rig.from(calico, rig.ip(cilium2));
  expect(result).toMatchObject({ outcome: 'connected', source: ciliumHost(rig, 'mig-worker'), ttl: 62 });
  const ping = (size: number) => rig.from(calico, rig.ip(cilium2), 0, { protocol: 'ICMP', size }).outcome;
  expect([ping(1400), ping(1428)]).toEqual(['connected', 'too-big']);
});

test('a Cilium pod reaches a Calico pod from its node’s vxlan.calico, with ttl 61 and an MTU of 1400', async () => {
  const { rig, calico, cilium } = await mixed();
  expect(rig.from(cilium, rig.ip(calico))).toMatchObject({ outcome: 'connected', source: tunnel(rig, 'mig-worker2'), ttl: 61 });
  const ping = (size: number) => rig.from(cilium, rig.ip(calico), 0, { protocol: 'ICMP', size }).outcome;
  expect([ping(1400), ping(1428)]).toEqual(['connected', 'too-big']);
});

test('within one CNI pods see each other’s own address; Cilium’s MTU is that of Calico’s device less its own tunnel', async () => {
  const { rig, calico, calico3, cilium, cilium3 } = await mixed();
  for (const [client, server, ttl, mtu] of [
    [calico, calico3, 62, 1450],
    [cilium, cilium3, 63, 1400],
  ] as const) {
    const ping = rig.from(client, rig.ip(server), 0, { protocol: 'ICMP', size: mtu });
    expect(ping).toMatchObject({ outcome: 'connected', source: rig.ip(client), ttl });
    expect(rig.from(client, rig.ip(server), 0, { protocol: 'ICMP', size: mtu + 1 }).outcome).toBe('too-big');
  }
});

test('nodes reach Cilium’s pods from cilium_host, with ttl 63, and Calico’s from their tunnel address', async () => {
  const { rig, calico, cilium } = await mixed();
  const node = (name: string, host: string) => rig.network.connect({ from: { node: name }, host, port: 80 });
  expect(node('mig-worker', rig.ip(cilium))).toMatchObject({ source: ciliumHost(rig, 'mig-worker'), ttl: 63, outcome: 'connected' });
  expect(node('mig-worker2', rig.ip(cilium))).toMatchObject({ source: ciliumHost(rig, 'mig-worker2'), outcome: 'connected' });
  expect(node('mig-worker2', rig.ip(calico))).toMatchObject({ source: tunnel(rig, 'mig-worker2'), outcome: 'connected' });
  expect(node('mig-worker', rig.ip(calico))).toMatchObject({ source: '172.17.0.3', outcome: 'connected' });
});

test('other nodes and the outside see a pod’s node, its own node sees the pod', async () => {
  const { rig, calico, cilium } = await mixed();
  rig.outside.set('203.0.113.7', () => ({}));
  for (const name of ['mig-worker', 'mig-worker2']) rig.listeners.set(`node:${name} 7777/TCP`, {});
  expect(rig.from(calico, '203.0.113.7')).toMatchObject({ outcome: 'connected', source: '172.17.0.3' });
  expect(rig.from(cilium, '203.0.113.7')).toMatchObject({ outcome: 'connected', source: '172.17.0.2' });
  expect(rig.from(calico, '172.17.0.3', 7777)).toMatchObject({ outcome: 'connected', source: rig.ip(calico) });
  expect(rig.from(calico, '172.17.0.2', 7777)).toMatchObject({ outcome: 'connected', source: '172.17.0.3' });
  expect(rig.from(cilium, '172.17.0.3', 7777)).toMatchObject({ outcome: 'connected', source: '172.17.0.2' });
  expect(rig.from(cilium, '172.17.0.2', 7777)).toMatchObject({ outcome: 'connected', source: rig.ip(cilium) });
});

test('what is not there is refused, lost or unreachable, each with its reason', async () => {
  const { rig, calico, calico2, cilium } = await mixed();
  expect(rig.from(calico, rig.ip(calico2), 9999).outcome).toBe('refused');
  expect(rig.from(cilium, '10.245.0.250').reason).toContain('no endpoint 10.245.0.250');
  expect(rig.from(cilium, '10.245.9.1').outcome).toBe('timeout');
  expect(rig.from(calico, '172.17.0.99')).toMatchObject({ outcome: 'unreachable' });
  expect(rig.from(calico, '198.51.100.1')).toMatchObject({ outcome: 'timeout' });
});
