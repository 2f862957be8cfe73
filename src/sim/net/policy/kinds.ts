import type { Resource } from '../../../kube/resources.ts';

const kind = (group: string, version: string, plural: string, kind: string, namespaced: boolean): Resource => ({
  group,
  version,
  plural,
  kind,
  namespaced,
});
const calico = (plural: string, name: string, namespaced = false) => kind('crd.projectcalico.org', 'v1', plural, name, namespaced);
const cilium = (plural: string, name: string, namespaced = false) => kind('cilium.io', 'v2', plural, name, namespaced);

export const ciliumNetworkPolicies = cilium('ciliumnetworkpolicies', 'CiliumNetworkPolicy', true);
export const ciliumClusterwideNetworkPolicies = cilium('ciliumclusterwidenetworkpolicies', 'CiliumClusterwideNetworkPolicy');

/** Every kind that decides on packets. Staged ones are never enforced. */
export const policyKinds: readonly Resource[] = [
  kind('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy', true),
  calico('networkpolicies', 'NetworkPolicy', true),
  calico('globalnetworkpolicies', 'GlobalNetworkPolicy'),
  calico('tiers', 'Tier'),
  calico('networksets', 'NetworkSet', true),
  calico('globalnetworksets', 'GlobalNetworkSet'),
  calico('hostendpoints', 'HostEndpoint'),
  ciliumNetworkPolicies,
  ciliumClusterwideNetworkPolicies,
  cilium('ciliumcidrgroups', 'CiliumCIDRGroup'),
];
