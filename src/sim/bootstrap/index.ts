import type { ApiClient } from '../api/client.ts';
import { renderCilium } from '../tools/charts/cilium.ts';
import { createAll } from './apply.ts';
import { calico } from './calico.ts';
import { kubernetesService, namespaces, priorityClasses, rbac } from './control-plane.ts';
import { coreDns } from './core-dns.ts';
import { kubeadmConfig, storage, type ClusterFacts } from './kubeadm.ts';
import { kubeProxy } from './kube-proxy.ts';
import type { Manifest } from './objects.ts';

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

/** A CNI as its own installation leaves it. */
export function installCni(api: ApiClient, cni: 'calico' | 'cilium' | 'netkit' | 'none', facts: ClusterFacts): void {
  if (cni === 'calico') createAll(api, calico(facts));
  if (cni === 'cilium' || cni === 'netkit')
    createAll(api, renderCilium(ciliumValues(cni, facts), { namespace: 'kube-system' }) as Manifest[]);
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
