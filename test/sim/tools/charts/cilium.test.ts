import { describe, expect, test } from 'vitest';
import type { DaemonSet, Deployment, Draft } from '../../../../src/kube/types.ts';
import type { Values } from '../../../../src/sim/tools/charts/chart.ts';
import { renderCilium } from '../../../../src/sim/tools/charts/cilium.ts';

const render = (values: Values = {}, version = '1.18.14') => renderCilium(values, { namespace: 'kube-system', version });
const find = <T extends Draft = Draft>(objects: Draft[], kind: string, name: string) =>
  objects.find((object) => object.kind === kind && object.metadata?.name === name) as T | undefined;
const config = (values: Values = {}) => find(render(values), 'ConfigMap', 'cilium-config')!['data'] as Record<string, string>;

/** facts/migration.md §1 */
const migration: Values = {
  operator: { unmanagedPodWatcher: { restart: false } },
  routingMode: 'tunnel',
  tunnelProtocol: 'vxlan',
  tunnelPort: 8473,
  cni: { customConf: true, uninstall: false },
  ipam: { mode: 'cluster-pool', operator: { clusterPoolIPv4PodCIDRList: ['10.245.0.0/16'] } },
  policyEnforcementMode: 'never',
  bpf: { hostLegacyRouting: true },
};

describe('cilium-config', () => {
  test("carries the migration's settings under the agent's names", () => {
    expect(config(migration)).toMatchObject({
      'custom-cni-conf': 'true',
      'cluster-pool-ipv4-cidr': '10.245.0.0/16',
      'cluster-pool-ipv4-mask-size': '24',
      'enable-host-legacy-routing': 'true',
      'enable-policy': 'never',
      ipam: 'cluster-pool',
      'routing-mode': 'tunnel',
      'tunnel-port': '8473',
      'tunnel-protocol': 'vxlan',
      'unmanaged-pod-watcher-interval': '0',
    });
  });

  test('names no CNI configuration to write while that is somebody else’s', () => {
    expect(config(migration)['write-cni-conf-when-ready']).toBeUndefined();
    expect(config()['write-cni-conf-when-ready']).toBe('/host/etc/cni/net.d/05-cilium.conflist');
  });

  test('leaves out what is not set, and takes extraConfig as it stands', () => {
    expect(config()).not.toHaveProperty('tunnel-port');
    expect(config({ ipam: { mode: 'kubernetes' } })).not.toHaveProperty('cluster-pool-ipv4-cidr');
    expect(config({ extraConfig: { 'debug-verbose': 'flow' } })['debug-verbose']).toBe('flow');
  });

  test('the datapath of netkit is a value', () => {
    expect(config({ bpf: { datapathMode: 'netkit' } })['datapath-mode']).toBe('netkit');
  });
});

describe('workloads', () => {
  test('agents run on every node in its own network, whatever its taints', () => {
    const spec = find<DaemonSet>(render(), 'DaemonSet', 'cilium')!.spec!.template.spec!;
    expect(spec).toMatchObject({ hostNetwork: true, tolerations: [{ operator: 'Exists' }], serviceAccountName: 'cilium' });
    expect(spec.containers.map(({ name }) => name)).toEqual(['cilium-agent']);
    expect(spec.initContainers?.[0]?.command).toEqual(['cilium-dbg', 'build-config']);
  });

  test('the operator does not tolerate a cordon, and keeps apart from its like', () => {
    const { spec } = find<Deployment>(render(), 'Deployment', 'cilium-operator')!;
    const keys = spec!.template.spec!.tolerations!.map(({ key }) => key);
    expect(keys).not.toContain('node.kubernetes.io/unschedulable');
    expect(keys).not.toContain(undefined);
    expect(spec!.replicas).toBe(2);
    expect(spec!.template.spec!.affinity?.podAntiAffinity).toBeDefined();
  });

  test('Envoy and Hubble Relay are there as the values say', () => {
    expect(find(render(), 'DaemonSet', 'cilium-envoy')).toBeDefined();
    expect(find(render({ envoy: { enabled: false } }), 'DaemonSet', 'cilium-envoy')).toBeUndefined();
    expect(find(render(), 'Deployment', 'hubble-relay')).toBeUndefined();
    expect(find(render({ hubble: { relay: { enabled: true } } }), 'Deployment', 'hubble-relay')).toBeDefined();
  });

  test('images are those of the version, or the ones given', () => {
    const image = (objects: Draft[]) => find<DaemonSet>(objects, 'DaemonSet', 'cilium')!.spec!.template.spec!.containers[0]!.image;
    expect(image(render({}, '1.20.2'))).toBe('quay.io/cilium/cilium:v1.20.2');
    expect(image(render({ image: { override: 'local/cilium:dev' } }))).toBe('local/cilium:dev');
  });
});

describe('validation', () => {
  test('unknown values are taken, wrong types and choices are not', () => {
    expect(() => render({ somethingElse: { at: 'all' } })).not.toThrow();
    expect(() => render({ cni: { customConf: 'true' } })).toThrow("- at '/cni/customConf': got string, want boolean");
    expect(() => render({ tunnelProtocol: 'ipip' })).toThrow('tunnelProtocol is "ipip", expected one of vxlan, geneve');
    expect(() => render({ kubeProxyReplacement: 'strict' })).toThrow('kubeProxyReplacement');
    expect(() => render({ kubeProxyReplacement: true })).not.toThrow();
  });
});
