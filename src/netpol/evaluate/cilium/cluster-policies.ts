import type { Cluster } from '../../model/cluster.ts';
import type { Leg, Step } from '../../model/flow.ts';
import type { CiliumEntry, CiliumPeer, ClusterPolicy, ClusterPolicyPeer, ClusterPolicyRule, PolicySet } from '../../model/policies.ts';
import { entryMatches, type Context } from './entry.ts';
import { podSelectorOf, requirements } from './from-kubernetes.ts';
import { nodeLabels, podIdentity, selected, type Identity } from './identity.ts';

type Decision = Omit<Step, 'at'>;

/** Nodes are matched apart: by their labels, which are no part of a node's identity unless Cilium is told so. */
function peersOf(peer: ClusterPolicyPeer): CiliumPeer[] {
  if (peer.kind === 'pods') return [{ kind: 'endpoints', selector: podSelectorOf(peer) }];
  if (peer.kind === 'networks') return peer.cidrs.map((cidr) => ({ kind: 'cidr', cidr, except: [] }));
  return [];
}

const entryOf = ({ origin, peers, ports }: ClusterPolicyRule): CiliumEntry => ({
  origin,
  peers: peers.flatMap(peersOf),
  ports: ports?.map(({ protocol = 'any', port }) => ({ protocol, port: port ?? { from: 0, to: 65_535 } })),
  icmps: undefined,
});

/** The same entry for a node that a rule selects by labels. */
const nodeEntry = (entry: CiliumEntry): CiliumEntry => ({
  ...entry,
  peers: ['host', 'remote-node'].map((entity) => ({ kind: 'entity', entity })),
});

function selectsNode({ peers }: ClusterPolicyRule, { peer }: Leg): boolean {
  return (
    peer.kind === 'node' &&
    peers.some((each) => each.kind === 'nodes' && selected(nodeLabels(peer.node.labels), requirements(each.selector)))
  );
}

/**
 * ClusterNetworkPolicy on Cilium 1.20 and later with k8sClusterNetworkPolicy.enabled: the Admin tier before everything else, the
 * Baseline tier where no other policy selects the pod; within a tier by priority, and the first rule that matches. Its
 * predecessors are unknown to Cilium.
 */
export function clusterPolicies(cluster: Cluster, { clusterwide }: PolicySet) {
  const ordered = clusterwide
    .filter((policy) => !policy.predecessor)
    .sort((a, b) => a.priority - b.priority || (a.origin.name < b.origin.name ? -1 : 1));
  const entries = new Map(ordered.flatMap((policy) => [...policy.ingress, ...policy.egress].map((rule) => [rule, entryOf(rule)] as const)));

  return (context: Context, tier: ClusterPolicy['tier'], leg: Leg, identity: Identity): Decision | undefined => {
    const { subject, direction } = leg;
    if (subject.kind !== 'pod' || ordered.length === 0) return undefined;
    const mine = podIdentity(cluster, subject.pod);
    for (const policy of ordered) {
      if (policy.tier !== tier || !selected(mine, podSelectorOf(policy.subject))) continue;
      for (const rule of policy[direction]) {
        const entry = entries.get(rule)!;
        const hit =
          entryMatches(context, entry, leg, identity) || (selectsNode(rule, leg) && entryMatches(context, nodeEntry(entry), leg, identity));
        if (!hit) continue;
        if (rule.action === 'Pass') return undefined;
        return { verdict: rule.action === 'Accept' ? 'allow' : 'deny', why: `${rule.action} in tier ${tier}`, by: rule.origin };
      }
    }
    return undefined;
  };
}
