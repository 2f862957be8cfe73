import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { isNotFound, StatusError } from '../../../src/kube/status.ts';
import { iptablesSave } from '../../../src/sim/net/device-text.ts';
import { iptables, links, routes } from '../../../src/sim/net/devices.ts';
import { ciliumEndpoints, ciliumNodeConfigs } from '../../../src/sim/net/cilium/resources.ts';
import { Lab } from './assembled.ts';

const migrationLabel = 'io.cilium.migration/cilium-default';
const isOwned = (owners: readonly { kind: string }[] | undefined) => owners?.some(({ kind }) => kind === 'DaemonSet' || kind === 'Node');

const netd = (lab: Lab, node: string) =>
  lab.assembly.nodes
    .machine(node)!
    .files.list('/etc/cni/net.d')
    .map(({ path }) => path.slice('/etc/cni/net.d/'.length));

/** `kubectl drain --ignore-daemonsets`: refused evictions are tried again after 5 s. How often one was refused. */
async function drain(lab: Lab, node: string): Promise<number> {
  const { api } = lab;
  api.modify(r.nodes, undefined, node, ({ spec }) => void (spec!.unschedulable = true));
  let refused = 0;
  let next = 0;
  const rest = () => api.list(r.pods).filter((pod) => pod.spec?.nodeName === node && !isOwned(pod.metadata.ownerReferences));
  await lab.until(
    'drain',
    () => {
      const left = rest();
      if (lab.clock.now() < next) return left.length === 0;
      next = lab.clock.now() + 5000;
      for (const { metadata } of left) {
        if (metadata.deletionTimestamp) continue;
        try {
          api.evict(metadata.namespace!, metadata.name);
        } catch (error) {
          if (error instanceof StatusError && error.code === 429) refused++;
          else if (!isNotFound(error)) throw error;
        }
      }
      return left.length === 0;
    },
    60_000,
  );
  return refused;
}

const ready = (lab: Lab, node: string, label: string, notUid = '') =>
  lab
    .pods('kube-system', label)
    .some(
      ({ spec, metadata, status }) =>
        spec?.nodeName === node && metadata.uid !== notUid && status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True'),
    );

const prepared = async (): Promise<Lab> => {
  const lab = await Lab.create('calico');
  lab.resetProbes();
  lab.setMethod('kubernetes-internal-ip');
  await lab.until('calico-node', () => lab.rolledOut('calico-node'), 120_000);
  await lab.pass(5000);
  expect(Object.values(lab.lost()), 'pinning Calico’s address beforehand loses nothing').toEqual([0, 0, 0]);
  return lab;
};

test('Cilium installed over an autodetecting Calico costs each client about 12 probes a URL, and the cure about as many', async () => {
  const lab = await Lab.create('calico');
  await lab.pass(5000);
  lab.resetProbes();
  await lab.installCilium();
  await lab.until('cilium', () => lab.rolledOut('cilium'), 60_000);
  await lab.pass(30_000);
  for (const lost of Object.values(lab.lost())) expect(lost / 2).toBeGreaterThanOrEqual(9);
  for (const lost of Object.values(lab.lost())) expect(lost / 2).toBeLessThanOrEqual(18);
  expect(lab.rolledOut('calico-node')).toBe(true);
  lab.resetProbes();
  await lab.pass(10_000);
  expect(Object.values(lab.lost())).toEqual([0, 0, 0]);

  lab.setMethod('kubernetes-internal-ip');
  await lab.until('calico-node', () => lab.rolledOut('calico-node'), 120_000);
  await lab.pass(5000);
  for (const lost of Object.values(lab.lost())) expect(lost / 2).toBeGreaterThanOrEqual(4);
  for (const lost of Object.values(lab.lost())) expect(lost / 2).toBeLessThanOrEqual(18);
  lab.resetProbes();
  await lab.pass(10_000);
  expect(Object.values(lab.lost())).toEqual([0, 0, 0]);
  expect(lab.failures).toEqual([]);
  await lab.assembly.stop();
});

test('a whole migration, node by node, goes as recorded', { timeout: 60_000 }, async () => {
  const lab = await prepared();
  const { api } = lab;
  lab.resetProbes();
  await lab.installCilium();
  await lab.until('cilium', () => lab.rolledOut('cilium'), 60_000);
  await lab.pass(10_000);
  expect(Object.values(lab.lost()), 'installing with the address fixed loses nothing').toEqual([0, 0, 0]);
  expect(api.list(ciliumEndpoints)).toEqual([]);
  api.create(ciliumNodeConfigs, {
    metadata: { name: 'cilium-default', namespace: 'kube-system' },
    spec: {
      nodeSelector: { matchLabels: { [migrationLabel]: 'true' } },
      defaults: {
        'write-cni-conf-when-ready': '/host/etc/cni/net.d/05-cilium.conflist',
        'custom-cni-conf': 'false',
        'cni-chaining-mode': 'none',
        'cni-exclusive': 'true',
      },
    },
  });

  for (const node of ['mig-worker', 'mig-worker2', 'mig-control-plane']) {
    lab.resetProbes();
    const refused = await drain(lab, node);
    // Both web replicas stand on the second worker by then: its budget holds one of them back.
    if (node === 'mig-worker2') expect(refused).toBeGreaterThan(0);
    api.modify(r.nodes, undefined, node, ({ metadata }) => void (metadata.labels![migrationLabel] = 'true'));
    await lab.pass(2000);
    expect(netd(lab, node), 'the label alone changes nothing').toEqual(['10-calico.conflist', 'calico-kubeconfig']);

    const agent = lab.pod('kube-system', 'k8s-app=cilium', node);
    const client = lab.pod('shop', 'app=client', node);
    api.delete(r.pods, 'kube-system', agent.metadata.name);
    const agentMs = await lab.until('agent', () => ready(lab, node, 'k8s-app=cilium', agent.metadata.uid), 30_000);
    expect(agentMs).toBeGreaterThan(9000);
    expect(agentMs).toBeLessThan(16_000);
    expect(netd(lab, node)).toEqual(['05-cilium.conflist', '10-calico.conflist.cilium_bak', 'calico-kubeconfig']);
    expect(lab.pod('shop', 'app=client', node).status?.podIP).toBe(client.status?.podIP);
    expect(Object.values(lab.lost()), 'cordon, drain, label and the agent’s restart lose nothing').toEqual([0, 0, 0]);

    void lab.assembly.nodes.machine(node)!.restart();
    let bothFiles = false;
    const backMs = await lab.until(
      'client on Cilium',
      () => {
        const files = netd(lab, node);
        bothFiles ||= files.includes('05-cilium.conflist') && files.includes('10-calico.conflist');
        const { metadata, status } = lab.pod('shop', 'app=client', node);
        const [container] = status?.containerStatuses ?? [];
        return (
          metadata.uid === client.metadata.uid &&
          container?.restartCount === 1 &&
          container.ready &&
          status?.podIP?.startsWith('10.245.') === true
        );
      },
      60_000,
    );
    expect(backMs).toBeGreaterThan(12_000);
    expect(backMs).toBeLessThan(32_000);
    expect(bothFiles, 'install-cni has written Calico’s file again before the agent came').toBe(true);
    await lab.until('agent', () => lab.rolledOut('cilium') && lab.rolledOut('calico-node'), 60_000);
    expect(netd(lab, node)).toEqual(['05-cilium.conflist', '10-calico.conflist.cilium_bak', 'calico-kubeconfig']);
    api.modify(r.nodes, undefined, node, ({ spec }) => void delete spec!.unschedulable);
    await lab.pass(5000);
    lab.resetProbes();
    await lab.pass(5000);
    expect(Object.values(lab.lost()), `both CNIs reach each other after ${node}`).toEqual([0, 0, 0]);
  }

  const ofPods = api.list(r.pods).filter((pod) => !pod.spec?.hostNetwork);
  for (const pod of ofPods) expect(pod.status?.podIP).toMatch(/^10\.245\./);
  expect(
    api
      .list(ciliumEndpoints)
      .map(({ metadata }) => metadata.name)
      .sort(),
  ).toEqual(ofPods.map(({ metadata }) => metadata.name).sort());

  lab.resetProbes();
  // In the manifest's order: the kinds go before the programs that use them.
  for (const { metadata } of api.list(r.customResourceDefinitions))
    if (metadata.name.endsWith('projectcalico.org')) api.delete(r.customResourceDefinitions, undefined, metadata.name);
  await lab.pass(1000);
  api.delete(r.daemonSets, 'kube-system', 'calico-node');
  api.delete(r.deployments, 'kube-system', 'calico-kube-controllers');
  await lab.pass(15_000);
  expect(Object.values(lab.lost())).toEqual([0, 0, 0]);
  for (const machine of lab.assembly.nodes.machines) {
    expect(links.find(machine, 'vxlan.calico')).toBeDefined();
    expect(routes.of(machine).filter(({ dev, type }) => dev === 'vxlan.calico' || type === 'blackhole')).toHaveLength(3);
    const rules = iptablesSave(iptables.of(machine), 'nft').filter((line) => line.includes('cali'));
    expect(rules.length).toBeGreaterThanOrEqual(119 + 16);
    expect(rules.length).toBeLessThanOrEqual(119 + 16 * 8);
  }
  const worker = lab.assembly.nodes.machine('mig-worker')!;
  void worker.restart();
  await lab.pass(30_000);
  expect(links.find(worker, 'vxlan.calico'), 'a reboot clears what Calico left in the kernel').toBeUndefined();
  expect(iptablesSave(iptables.of(worker), 'nft').filter((line) => line.includes('cali'))).toEqual([]);
  expect(worker.files.exists('/etc/cni/net.d/calico-kubeconfig')).toBe(true);
  expect(lab.failures).toEqual([]);
  await lab.assembly.stop();
});
