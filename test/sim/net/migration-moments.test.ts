import { describe, expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import type { Pod } from '../../../src/kube/types.ts';
import { briefAddress, iptablesSave, routeLine } from '../../../src/sim/net/device-text.ts';
import { ipsets, iptables, links, routes } from '../../../src/sim/net/devices.ts';
import { ciliumEndpoints, ciliumIdentities, ciliumNodeConfigs } from '../../../src/sim/net/cilium/resources.ts';
import { Rig, type RunningContainer } from './rig.ts';

const safe = { IP_AUTODETECTION_METHOD: 'kubernetes-internal-ip' };
const netd = (rig: Rig, node: string) =>
  rig
    .machine(node)
    .files.list('/etc/cni/net.d')
    .map(({ path }) => path.slice('/etc/cni/net.d/'.length));
const annotations = (rig: Rig, node: string) => rig.api.get(r.nodes, undefined, node)!.metadata.annotations ?? {};
const condition = (rig: Rig, node: string) =>
  rig.api.get(r.nodes, undefined, node)!.status!.conditions!.find(({ type }) => type === 'NetworkUnavailable');

const nodeConfig = (rig: Rig) =>
  rig.api.create(ciliumNodeConfigs, {
    metadata: { name: 'cilium-default', namespace: 'kube-system' },
    spec: {
      nodeSelector: { matchLabels: { 'io.cilium.migration/cilium-default': 'true' } },
      defaults: {
        'write-cni-conf-when-ready': '/host/etc/cni/net.d/05-cilium.conflist',
        'custom-cni-conf': 'false',
        'cni-chaining-mode': 'none',
        'cni-exclusive': 'true',
      },
    },
  });
const label = (rig: Rig, node: string) =>
  rig.api.modify(r.nodes, undefined, node, ({ metadata }) => void (metadata.labels!['io.cilium.migration/cilium-default'] = 'true'));

/** One probe every 0.9 s, as a client whose requests time out; how many were lost. */
async function probe(rig: Rig, client: Pod, server: Pod, ms: number): Promise<{ lost: number; firstAt?: number; lastAt?: number }> {
  const seen: { lost: number; firstAt?: number; lastAt?: number } = { lost: 0 };
  for (let t = 0; t < ms; t += 900) {
    if (rig.from(client, rig.ip(server)).outcome !== 'connected') {
      seen.lost++;
      seen.firstAt ??= t;
      seen.lastAt = t;
    }
    await rig.pass(900);
  }
  return seen;
}

describe('Calico alone', () => {
  test('gives each node a /26, a tunnel address and a configuration of 579 bytes', async () => {
    const rig = new Rig();
    await rig.installCalico();
    const file = rig.machine('mig-worker').files.stat('/etc/cni/net.d/10-calico.conflist');
    expect([file.size, file.mode & 0o777]).toEqual([579, 0o600]);
    expect(netd(rig, 'mig-worker')).toEqual(['10-calico.conflist', 'calico-kubeconfig']);
    expect(annotations(rig, 'mig-worker')).toMatchObject({
      'projectcalico.org/IPv4Address': '172.17.0.3/16',
      'projectcalico.org/Interfaces': '[{"name":"eth0","addresses":["172.17.0.3"]}]',
    });
    expect(condition(rig, 'mig-worker')).toMatchObject({ status: 'False', reason: 'CalicoIsUp' });
    const blocks = rig.api.list(rig.api.resource('crd.projectcalico.org', 'blockaffinities')!);
    expect(blocks.map(({ metadata }) => metadata.name).sort()[0]).toMatch(/^mig-control-plane-192-168-\d+-\d+-26$/);
    expect(blocks).toHaveLength(3);
  });

  test('shows pods’ devices and routes as ip does', async () => {
    const rig = new Rig();
    await rig.installCalico();
    const pod = rig.pod('shop', 'client', 'mig-worker', 'calico');
    const machine = rig.machine('mig-worker');
    const device = rig.sandboxes.get(pod.metadata.uid)!.device;
    expect(device).toMatch(/^cali[0-9a-f]{11}$/);
    expect(links.of(machine).map(briefAddress)).toContain(`${device}@if2 UP`);
    const lines = routes.of(machine).map(routeLine);
    expect(lines).toContain(`${rig.ip(pod)} dev ${device} scope link metric 1024`);
    expect(lines.filter((line) => /^192\.168\.\d+\.\d+\/26 via \S+ dev vxlan\.calico onlink mtu 1450$/.test(line))).toHaveLength(2);
    expect(lines.filter((line) => /^blackhole 192\.168\.\d+\.\d+\/26 proto 80$/.test(line))).toHaveLength(1);
    expect(lines[0]).toBe('default via 172.17.0.1 dev eth0');
  });
});

describe('Cilium installed beside Calico', () => {
  test('leaves the CNI folder alone, reports CiliumIsUp, routes its own addresses, and loses nothing where Calico’s address is fixed', async () => {
    const rig = new Rig();
    await rig.installCalico(safe);
    const [client, server] = [rig.pod('shop', 'client', 'mig-worker', 'calico'), rig.pod('shop', 'web', 'mig-worker2', 'calico')];
    await rig.pass(1000);
    const agents = await rig.installCilium();
    expect(await probe(rig, client, server, 20_000)).toEqual({ lost: 0 });
    expect(agents.map((agent) => agent.healthy)).toEqual([true, true, true]);
    expect(netd(rig, 'mig-worker')).toEqual(['10-calico.conflist', 'calico-kubeconfig']);
    expect(condition(rig, 'mig-worker')).toMatchObject({ status: 'False', reason: 'CiliumIsUp' });
    expect(annotations(rig, 'mig-worker')['projectcalico.org/IPv4Address']).toBe('172.17.0.3/16');
    const names = links.of(rig.machine('mig-worker')).map(briefAddress).join('\n');
    expect(names).toMatch(
      /cilium_net@cilium_host UP\ncilium_host@cilium_net UP {13}10\.245\.\d+\.\d+\/32\ncilium_vxlan {5}UNKNOWN\nlxc_health@/,
    );
    const lines = routes.of(rig.machine('mig-worker')).map(routeLine);
    expect(lines.filter((line) => /^10\.245\.\d+\.0\/24 via \S+ dev cilium_host proto kernel src \S+ mtu 1400$/.test(line))).toHaveLength(
      2,
    );
    const crds = rig.api.list(r.customResourceDefinitions).filter(({ metadata }) => metadata.name.endsWith('.cilium.io'));
    expect(crds).toHaveLength(10);
  });

  test('makes Calico take cilium_host where it looks for itself: 12 to 16 s without cross-node traffic, then VXLAN in VXLAN', async () => {
    const rig = new Rig();
    const calico = await rig.installCalico();
    const [client, server] = [rig.pod('shop', 'client', 'mig-worker', 'calico'), rig.pod('shop', 'web', 'mig-worker2', 'calico')];
    const near = rig.pod('shop', 'near', 'mig-worker', 'calico');
    await rig.pass(1000);
    await rig.installCilium();
    const { lost } = await probe(rig, client, server, 30_000);
    expect(lost).toBeGreaterThanOrEqual(9);
    expect(lost).toBeLessThanOrEqual(16);
    expect(annotations(rig, 'mig-worker')['projectcalico.org/IPv4Address']).toMatch(/^10\.245\.\d+\.\d+\/32$/);
    expect(links.find(rig.machine('mig-worker'), 'vxlan.calico')?.vxlan).toMatchObject({ dev: 'cilium_host', dstport: 4789, id: 4096 });
    expect(calico.every((agent) => agent.healthy)).toBe(true);
    expect(rig.from(client, rig.ip(near)).outcome).toBe('connected');
    const ping = (size: number) => rig.from(client, rig.ip(server), 0, { protocol: 'ICMP', size }).outcome;
    expect([ping(1350), ping(1351)]).toEqual(['connected', 'too-big']);

    // The cure: the agents come again, one node after the other, with the method set.
    const cure = probe(rig, client, server, 30_000);
    for (const agent of calico) {
      agent.stop();
      rig.run('quay.io/calico/node:v3.32.1', 'calico-node', agent.pod.spec!.nodeName!, safe);
      await rig.pass(4000);
    }
    expect((await cure).lost).toBeGreaterThan(0);
    expect(annotations(rig, 'mig-worker')['projectcalico.org/IPv4Address']).toBe('172.17.0.3/16');
    expect(await probe(rig, client, server, 5000)).toEqual({ lost: 0 });
  });

  test('cannot share Calico’s UDP port: the agent says so and ends', async () => {
    const rig = new Rig();
    await rig.installCalico(safe);
    const agents = await rig.installCilium({ 'tunnel-port': '4789' });
    expect(agents.map((agent) => agent.exitCode)).toEqual([1, 1, 1]);
    expect(agents[0]!.logs.join('\n')).toContain('address already in use (UDP port 4789 belongs to vxlan.calico)');
  });
});

describe('a node of the migration', () => {
  const prepared = async () => {
    const rig = new Rig();
    await rig.installCalico(safe);
    const client = rig.pod('shop', 'client', 'mig-worker', 'calico');
    const web = rig.pod('shop', 'web', 'mig-worker2', 'calico');
    const agents = await rig.installCilium();
    nodeConfig(rig);
    return { rig, client, web, agent: agents[1]! };
  };
  const recreate = async (rig: Rig, agent: RunningContainer) => {
    agent.stop();
    const next = rig.agent('mig-worker');
    await rig.pass(11_000);
    return next;
  };

  test('with the label alone nothing changes', async () => {
    const { rig } = await prepared();
    label(rig, 'mig-worker');
    await rig.pass(10_000);
    expect(netd(rig, 'mig-worker')).toEqual(['10-calico.conflist', 'calico-kubeconfig']);
  });

  test('with the agent recreated Cilium’s file comes and Calico’s moves aside; pods keep their address and lose nothing', async () => {
    const { rig, client, web, agent } = await prepared();
    label(rig, 'mig-worker');
    const lost = probe(rig, client, web, 12_000);
    await recreate(rig, agent);
    expect(netd(rig, 'mig-worker')).toEqual(['05-cilium.conflist', '10-calico.conflist.cilium_bak', 'calico-kubeconfig']);
    expect(rig.machine('mig-worker').files.stat('/etc/cni/net.d/05-cilium.conflist')).toMatchObject({ size: 191, mode: 0o600 });
    expect(netd(rig, 'mig-worker2')).toEqual(['10-calico.conflist', 'calico-kubeconfig']);
    expect(await lost).toEqual({ lost: 0 });
  });

  test('without the label a recreated agent changes nothing', async () => {
    const { rig, agent } = await prepared();
    await recreate(rig, agent);
    expect(netd(rig, 'mig-worker')).toEqual(['10-calico.conflist', 'calico-kubeconfig']);
  });

  test('a reboot clears the kernel; install-cni writes Calico’s file again until the agent is back and moves it aside', async () => {
    const { rig, client, web, agent } = await prepared();
    label(rig, 'mig-worker');
    const second = await recreate(rig, agent);
    second.stop();
    rig.detach(client, 'calico');
    const restarted = rig.machine('mig-worker').restart();
    await rig.pass(2000);
    await restarted;
    expect(links.of(rig.machine('mig-worker')).map(({ name }) => name)).toEqual(['lo', 'eth0']);
    rig.run('quay.io/calico/cni:v3.32.1', 'install-cni', 'mig-worker');
    expect(netd(rig, 'mig-worker')).toEqual([
      '05-cilium.conflist',
      '10-calico.conflist',
      '10-calico.conflist.cilium_bak',
      'calico-kubeconfig',
    ]);
    expect(() => rig.attach(client, 'cilium-cni')).toThrow(/unable to connect to Cilium agent/);
    rig.run('quay.io/calico/node:v3.32.1', 'calico-node', 'mig-worker', safe);
    rig.agent('mig-worker');
    await rig.pass(11_000);
    expect(netd(rig, 'mig-worker')).toEqual(['05-cilium.conflist', '10-calico.conflist.cilium_bak', 'calico-kubeconfig']);
    rig.attach(client, 'cilium-cni');
    expect(rig.ip(client)).toMatch(/^10\.245\.\d+\.\d+$/);
    expect(rig.from(client, rig.ip(web)).outcome).toBe('connected');
    expect(rig.from(web, rig.ip(client)).outcome).toBe('connected');
    const endpoint = rig.api.get(ciliumEndpoints, 'shop', 'client');
    expect(endpoint?.status?.networking?.addressing).toEqual([{ ipv4: rig.ip(client) }]);
    expect(rig.api.get(ciliumIdentities, undefined, String(endpoint?.status?.identity?.id))?.['security-labels']).toMatchObject({
      'k8s:io.kubernetes.pod.namespace': 'shop',
    });
  });

  test('Calico deleted leaves its device, routes, rules, sets, binaries, credentials and annotations', async () => {
    const rig = new Rig();
    const calico = await rig.installCalico(safe);
    rig.pod('shop', 'client', 'mig-worker', 'calico');
    await rig.pass(1000);
    for (const agent of calico) agent.stop();
    await rig.pass(60_000);
    const machine = rig.machine('mig-worker');
    expect(links.find(machine, 'vxlan.calico')?.addresses).toHaveLength(1);
    expect(routes.of(machine).filter((route) => route.dev === 'vxlan.calico' || route.type === 'blackhole')).toHaveLength(3);
    expect(iptablesSave(iptables.of(machine), 'nft').filter((line) => line.includes('cali')).length).toBe(119 + 16 + 12);
    expect(iptablesSave(iptables.of(machine), 'legacy')).toEqual([]);
    expect(ipsets.of(machine).map(({ name }) => name)).toContain('cali40masq-ipam-pools');
    for (const path of ['/opt/cni/bin/calico', '/opt/cni/bin/calico-ipam', '/etc/cni/net.d/calico-kubeconfig'])
      expect(machine.files.exists(path)).toBe(true);
    expect(annotations(rig, 'mig-worker')['projectcalico.org/IPv4Address']).toBe('172.17.0.3/16');
    rig.api.delete(r.serviceAccounts, 'kube-system', 'calico-cni-plugin');
    expect(() => rig.pod('shop', 'late', 'mig-worker', 'calico')).toThrow('connection is unauthorized: Unauthorized');
  });
});
