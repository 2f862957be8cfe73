import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import type { Origin } from '../../../src/sim/net/network.ts';
import { links } from '../../../src/sim/net/devices.ts';
import { Rig } from './rig.ts';

/**
 * Who the server saw, measured on Calico alone and on Cilium alone (facts/recorded/policy: calico.json, cilium.json).
 * a/cli1 is on w1; a/cli2, and a/srv2 with node port 30081, are on w2. `tunnel` is vxlan.calico or cilium_host.
 */
const measured: readonly [from: string, to: string, port: number, calico: string, cilium: string][] = [
  ['a/cli1', 'a/srv2', 80, 'own', 'own'],
  ['a/cli2', 'a/srv2', 80, 'own', 'own'],
  ['a/cli1', 'svc-srv2', 81, 'own', 'own'],
  ['a/srv2', 'svc-srv2', 81, 'w2', '169.254.42.1'],
  ['a/cli1', 'w1', 7777, 'own', 'own'],
  ['a/cli1', 'w2', 7777, 'w1', 'w1'],
  ['a/cli1', 'cp', 7777, 'w1', 'w1'],
  ['a/cli1', '203.0.113.7', 80, 'w1', 'w1'],
  ['a/cli1', 'w1', 30081, 'tunnel w1', 'tunnel w1'],
  ['a/cli1', 'w2', 30081, 'w2', 'tunnel w2'],
  ['a/cli2', 'w1', 30081, 'tunnel w1', 'tunnel w1'],
  ['w1', 'a/srv2', 80, 'tunnel w1', 'tunnel w1'],
  ['w2', 'a/srv2', 80, 'w2', 'tunnel w2'],
  ['cp', 'a/srv2', 80, 'tunnel cp', 'tunnel cp'],
  ['cp', 'svc-srv2', 81, 'tunnel cp', 'tunnel cp'],
  ['w2', 'svc-srv2', 81, 'w2', 'tunnel w2'],
  ['w2', 'w1', 7777, 'w2', 'w2'],
  ['w2', 'w1', 30081, 'tunnel w1', 'tunnel w1'],
  ['w1', 'w2', 30081, 'w2', 'tunnel w2'],
  ['w2', 'w2', 30081, 'w2', 'tunnel w2'],
  ['cp', 'w2', 30081, 'w2', 'tunnel w2'],
  ['w2', '203.0.113.7', 80, 'w2', 'w2'],
  ['out', 'a/srv2', 80, 'out', 'out'],
  ['out', 'w1', 30081, 'tunnel w1', 'tunnel w1'],
  ['out', 'w2', 30081, 'w2', 'tunnel w2'],
];

const nodes: Record<string, string> = { cp: '172.17.0.4', w1: '172.17.0.3', w2: '172.17.0.2' };
const outside = '172.17.0.8';

const cluster = async (cni: 'calico' | 'cilium') => {
  const rig = new Rig(Object.keys(nodes));
  if (cni === 'calico') await rig.installCalico();
  else await rig.installCilium();
  const plugin = cni === 'calico' ? 'calico' : 'cilium-cni';
  const pods = new Map([
    ['a/cli1', rig.pod('a', 'cli1', 'w1', plugin)],
    ['a/cli2', rig.pod('a', 'cli2', 'w2', plugin)],
    ['a/srv2', rig.pod('a', 'srv2', 'w2', plugin)],
  ]);
  const server = pods.get('a/srv2')!;
  rig.api.create(r.services, {
    metadata: { name: 'srv2', namespace: 'a' },
    spec: { type: 'NodePort', clusterIP: '10.96.7.7', ports: [{ port: 81, targetPort: 8080, nodePort: 30081 }] },
  });
  rig.api.create(r.endpointSlices, {
    metadata: { name: 'srv2-x', namespace: 'a', labels: { 'kubernetes.io/service-name': 'srv2' } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: [{ addresses: [rig.ip(server)], conditions: { ready: true } }],
  });
  for (const node of Object.keys(nodes)) rig.listeners.set(`node:${node} 7777/TCP`, {});
  for (const address of ['203.0.113.7', outside]) rig.outside.set(address, () => ({}));
  await rig.pass(1000);

  const device = cni === 'calico' ? 'vxlan.calico' : 'cilium_host';
  const tunnelOf = (node: string) => links.find(rig.machine(node), device)!.addresses[0]!.split('/')[0]!;
  const origin = (name: string): Origin => {
    const pod = pods.get(name);
    if (pod) return { podUid: pod.metadata.uid };
    return name === 'out' ? { outside } : { node: name };
  };
  const addressOf = (name: string): string => {
    if (name === 'svc-srv2') return '10.96.7.7';
    if (name === 'out') return outside;
    const pod = pods.get(name);
    return pod ? rig.ip(pod) : (nodes[name] ?? name);
  };
  /** The symbol of the table as the address that it stands for. */
  const sourceOf = (symbol: string, from: string): string => {
    if (symbol === 'own') return addressOf(from);
    return symbol.startsWith('tunnel ') ? tunnelOf(symbol.slice('tunnel '.length)) : addressOf(symbol);
  };
  return { rig, origin, addressOf, sourceOf };
};

test.each(['calico', 'cilium'] as const)('on %s every server sees the address that was measured', async (cni) => {
  const { rig, origin, addressOf, sourceOf } = await cluster(cni);
  const rows = measured.map(([from, to, port, calico, cilium]) => {
    const { outcome, source, reason } = rig.network.connect({ from: origin(from), host: addressOf(to), port });
    const expected = sourceOf(cni === 'calico' ? calico : cilium, from);
    return {
      seen: `${from} -> ${to}:${port} ${outcome === 'connected' ? source : reason}`,
      expected: `${from} -> ${to}:${port} ${expected}`,
    };
  });
  expect(rows.map(({ seen }) => seen)).toEqual(rows.map(({ expected }) => expected));
});
