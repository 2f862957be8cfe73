import type { LabelSelector } from '../../../kube/types.ts';
import type {
  CiliumEntry,
  CiliumPeer,
  CiliumPolicy,
  CiliumRequirement,
  CiliumSelector,
  KubernetesPeer,
  KubernetesPolicy,
  KubernetesRule,
} from '../../model/policies.ts';
import { namespaceKey, namespaceLabels } from '../../read/cilium-selector.ts';

export function requirements({ matchLabels = {}, matchExpressions = [] }: LabelSelector, prefix = ''): CiliumRequirement[] {
  const of = (key: string, operator: string, values: readonly string[]): CiliumRequirement => ({
    source: 'k8s',
    key: `${prefix}${key}`,
    operator: operator as CiliumRequirement['operator'],
    values,
  });
  return [
    ...Object.entries(matchLabels).map(([key, value]) => of(key, 'In', [value])),
    ...matchExpressions.map(({ key, operator, values }) => of(key, operator, values ?? [])),
  ];
}

const hasNamespace: CiliumRequirement = { source: 'k8s', key: namespaceKey, operator: 'Exists', values: [] };

/**
 * An empty namespaceSelector becomes "has a namespace"; any other becomes only what it says of the namespace's labels, so one
 * with nothing but negations matches world and remote nodes, too (trap 2, pkg/k8s/network_policy.go).
 */
function peerOf({ ipBlock, podSelector = {}, namespaceSelector }: KubernetesPeer, namespace: string): CiliumPeer {
  if (ipBlock) return { kind: 'cidr', ...ipBlock };
  const pods = requirements(podSelector);
  if (!namespaceSelector) return { kind: 'endpoints', selector: [...pods, { ...hasNamespace, operator: 'In', values: [namespace] }] };
  const namespaces = requirements(namespaceSelector, `${namespaceLabels}.`);
  return { kind: 'endpoints', selector: [...pods, ...(namespaces.length > 0 ? namespaces : [hasNamespace])] };
}

/** Pods of namespaces by label, each with a namespace: negations alone would match the world (trap 2). */
export const podSelectorOf = (peer: { readonly namespaceSelector: LabelSelector; readonly podSelector: LabelSelector }): CiliumSelector => [
  ...requirements(peer.podSelector),
  ...requirements(peer.namespaceSelector, `${namespaceLabels}.`),
  hasNamespace,
];

/** A NetworkPolicy's missing `from` is a true wildcard, where Cilium's own `{}` is nobody (policy.md, "Traps"). */
function entryOf({ peers, ports, origin }: KubernetesRule, namespace: string): CiliumEntry {
  return {
    origin,
    peers: peers?.map((peer) => peerOf(peer, namespace)) ?? [{ kind: 'entity', entity: 'all' }],
    ports: ports?.map(({ protocol, port }) => ({ protocol, port: port ?? { from: 0, to: 65_535 } })),
    icmps: undefined,
  };
}

/** A Kubernetes NetworkPolicy as Cilium enforces it. */
export function fromKubernetes(policy: KubernetesPolicy): CiliumPolicy {
  const { namespace, types } = policy;
  const selector = [...requirements(policy.podSelector), { ...hasNamespace, operator: 'In', values: [namespace] } as const];
  return {
    origin: policy.origin,
    namespace,
    rules: [
      {
        subject: { kind: 'endpoints', selector },
        defaultDeny: types,
        emptySections: [],
        ingress: types.ingress ? policy.ingress.map((rule) => entryOf(rule, namespace)) : [],
        egress: types.egress ? policy.egress.map((rule) => entryOf(rule, namespace)) : [],
        ingressDeny: [],
        egressDeny: [],
      },
    ],
  };
}
