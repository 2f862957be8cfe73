import type { ApiClient } from '../api/client.ts';
import type { Clock } from '../../base/clock.ts';
import { ciliumChart, ciliumVersion } from '../tools/charts/cilium.ts';
import { installRelease } from '../tools/helm/actions.ts';
import { createAll } from './apply.ts';
import { calico } from './calico.ts';
import { kubernetesService, namespaces, priorityClasses, rbac } from './control-plane.ts';
import { coreDns } from './core-dns.ts';
import { kubeadmConfig, storage, type ClusterFacts } from './kubeadm.ts';
import { kubeProxy } from './kube-proxy.ts';

export { asApplied, createAll, parseManifests } from './apply.ts';
export type { ClusterFacts } from './kubeadm.ts';

/** What `kind create cluster` leaves, before any CNI. `withProxy` false: as with kubeProxyMode "none". */
export function bootstrap(api: ApiClient, facts: ClusterFacts, withProxy: boolean): void {
  createAll(api, [
    ...namespaces(),
    ...priorityClasses(),
    ...rbac(),
    ...kubernetesService(facts.address),
    ...kubeadmConfig(facts),
    ...storage(),
    ...(withProxy ? kubeProxy(facts) : []),
    ...coreDns(),
  ]);
}

type Cni = 'calico' | 'cilium' | 'netkit' | 'none';

/** A CNI as its own installation leaves it: Calico by manifest, Cilium as a Helm release. */
export async function installCni(
  context: { api: ApiClient; clock: Clock },
  cni: Cni,
  facts: ClusterFacts,
  signal: AbortSignal,
): Promise<void> {
  if (cni === 'calico') createAll(context.api, calico(facts));
  if (cni !== 'cilium' && cni !== 'netkit') return;
  const source = { chart: ciliumChart, version: ciliumVersion };
  await installRelease(context, { name: 'cilium', namespace: 'kube-system', source, values: ciliumValues(cni, facts), signal });
}

const ciliumValues = (cni: 'cilium' | 'netkit', { name, podCidr }: ClusterFacts) => ({
  cluster: { name },
  ipam: { mode: 'cluster-pool', operator: { clusterPoolIPv4PodCIDRList: [podCidr] } },
  ...(cni === 'netkit' && {
    kubeProxyReplacement: 'true',
    k8sServiceHost: `${name}-control-plane`,
    k8sServicePort: '6443',
    bpf: { datapathMode: 'netkit', masquerade: true },
  }),
});
