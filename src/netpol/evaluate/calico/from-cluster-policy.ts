import type { CalicoEntity, CalicoPolicy, CalicoRule, ClusterPolicy, ClusterPolicyPeer, ClusterPolicyRule } from '../../model/policies.ts';
import { and, equal, fromLabelSelector, type Selector } from '../../selector/selector.ts';

const pods = (selector: Selector): Selector => and(equal('projectcalico.org/orchestrator', 'k8s'), selector);

/** Whom Calico means; nodes and domains are not known to it there, and match nobody. */
function entity(peer: ClusterPolicyPeer): CalicoEntity | undefined {
  if (peer.kind === 'networks') return { nets: peer.cidrs };
  if (peer.kind !== 'pods') return undefined;
  return {
    selector: pods(fromLabelSelector(peer.podSelector)),
    namespaceSelector: fromLabelSelector(peer.namespaceSelector),
  };
}

/** One rule for each peer and port, in their order. */
function rules({ origin, action, peers, ports }: ClusterPolicyRule, direction: 'ingress' | 'egress'): CalicoRule[] {
  return peers.flatMap((peer) => {
    const other = entity(peer);
    if (!other) return [];
    return (ports ?? [undefined]).flatMap((port) => {
      const at: CalicoEntity = port?.port ? { ports: [port.port] } : {};
      // A port by name is of whatever transport the container gives it.
      const protocols = port === undefined ? [undefined] : port.protocol === undefined ? ['tcp', 'udp', 'sctp'] : [port.protocol];
      return protocols.map((protocol): CalicoRule => ({
        origin,
        action: action === 'Accept' ? 'Allow' : action,
        ...(protocol !== undefined && { protocol }),
        source: direction === 'ingress' ? other : {},
        destination: direction === 'ingress' ? at : { ...other, ...at },
        http: false,
      }));
    });
  });
}

/** A ClusterNetworkPolicy as Calico enforces it: in the tiers kube-admin and kube-baseline, by its priority. */
export function fromClusterPolicy(policy: ClusterPolicy): CalicoPolicy {
  const { origin, tier, priority, subject } = policy;
  return {
    origin,
    name: origin.name,
    tier: tier === 'Admin' ? 'kube-admin' : 'kube-baseline',
    order: priority,
    selector: pods(fromLabelSelector(subject.podSelector)),
    namespaceSelector: fromLabelSelector(subject.namespaceSelector),
    types: { ingress: policy.ingress.length > 0, egress: policy.egress.length > 0 },
    ingress: policy.ingress.flatMap((rule) => rules(rule, 'ingress')),
    egress: policy.egress.flatMap((rule) => rules(rule, 'egress')),
    staged: false,
    applyOnForward: false,
    preDNAT: false,
    doNotTrack: false,
  };
}
