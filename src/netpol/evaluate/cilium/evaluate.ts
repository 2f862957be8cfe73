import type { Cluster } from '../../model/cluster.ts';
import type { Leg, Step } from '../../model/flow.ts';
import type { CiliumEntry, CiliumRule, Origin, PolicySet } from '../../model/policies.ts';
import { namespaceKey } from '../../read/cilium-selector.ts';
import type { CiliumSettings } from '../settings.ts';
import { clusterPolicies } from './cluster-policies.ts';
import { entryMatches, type Context } from './entry.ts';
import { fromKubernetes } from './from-kubernetes.ts';
import { identityOf, nodeLabels, podIdentity, selected, type Identity } from './identity.ts';

type Decision = Omit<Step, 'at'>;
type Selected = CiliumRule & { readonly origin: Origin };

export interface CiliumEvaluator {
  readonly context: Context;
  decide(leg: Leg): Decision;
  /** The rules that select a subject. */
  rulesOf(subject: Leg['subject']): readonly Selected[];
}

/** Cilium's verdicts over a fixed set of policies. */
export function ciliumEvaluator(cluster: Cluster, policies: PolicySet, settings: CiliumSettings): CiliumEvaluator {
  const enforced = [...policies.cilium.policies.filter((p) => p.invalid === undefined), ...policies.kubernetes.map(fromKubernetes)];
  const rules: Selected[] = enforced.flatMap((policy) => policy.rules.map((rule) => ({ ...rule, origin: policy.origin })));
  const rulesIn = byNamespace(rules);
  const context: Context = { cluster, policies, portsByName: portsByName(cluster) };
  const chosen = new Map<object, Selected[]>();
  const clusterwide = clusterPolicies(cluster, policies);

  function rulesOf(subject: Leg['subject']): Selected[] {
    const endpoint = subject.kind === 'pod' ? subject.pod : subject.node;
    const known = chosen.get(endpoint);
    if (known) return known;
    const identity: Identity = subject.kind === 'pod' ? podIdentity(cluster, subject.pod) : nodeLabels(subject.node.labels);
    const kind = subject.kind === 'pod' ? 'endpoints' : 'node';
    const found = rulesIn(subject.kind === 'pod' ? subject.pod.namespace : undefined).filter(
      (rule) => rule.subject.kind === kind && selected(identity, rule.subject.selector),
    );
    chosen.set(endpoint, found);
    return found;
  }

  function decide(leg: Leg): Decision {
    const { subject, direction } = leg;
    if (subject.kind === 'node' && !settings.hostFirewall) return { verdict: 'allow', why: 'the host firewall is off' };
    if (subject.kind === 'pod' && leg.protocol === 'sctp' && !settings.sctp) {
      return { verdict: 'deny', why: 'SCTP is not enabled (sctp.enabled): pods cannot use it, even without any policy' };
    }
    if (settings.enforcement === 'never') return { verdict: 'allow', why: 'policyEnforcementMode is never' };
    const mine = rulesOf(subject);
    const identity = identityOf(cluster, settings, leg);
    const hit = (section: 'ingress' | 'egress' | 'ingressDeny' | 'egressDeny') =>
      mine.flatMap((rule) => rule[section]).find((entry) => entryMatches(context, entry, leg, identity));
    const byAdmin = clusterwide(context, 'Admin', leg, identity);
    if (byAdmin) return byAdmin;
    const denied = hit(`${direction}Deny`);
    if (denied) return { verdict: 'deny', why: 'an explicit deny beats every allow', by: denied.origin, match: matchOf(denied) };
    const denier = mine.find((rule) => rule.defaultDeny[direction]);
    const always = subject.kind === 'pod' && settings.enforcement === 'always';
    const match = denier || always ? ({ match: 'L3-Only' } as const) : {};
    if (subject.kind === 'pod' && direction === 'ingress' && identity.labels.has('host') && !settings.localhostByPolicy) {
      return { verdict: 'allow', why: "the pod's own node is allowed (allow-localhost)", ...match };
    }
    const byBaseline = denier ? undefined : clusterwide(context, 'Baseline', leg, identity);
    if (byBaseline) return byBaseline;
    if (!denier && !always) return { verdict: 'allow', why: `no policy puts ${direction} in default deny` };
    const allowed = hit(direction);
    if (allowed) return { verdict: 'allow', why: 'allowed', by: allowed.origin, match: matchOf(allowed) };
    if (!denier) return { verdict: 'deny', why: 'policyEnforcementMode is always, and nothing allows it', match: 'none' };
    return {
      verdict: 'deny',
      why: `nothing allows it, and the policy puts ${direction} in default deny`,
      by: denier.origin,
      match: 'none',
    };
  }

  return { context, decide, rulesOf };
}

/** The rules that can concern one namespace, in their order: most sets have many namespaces and few rules in each. */
function byNamespace(rules: readonly Selected[]): (namespace: string | undefined) => readonly Selected[] {
  const namespaceOf = ({ subject }: Selected) =>
    subject.selector.find((r) => r.key === namespaceKey && r.operator === 'In' && r.values.length === 1)?.values[0];
  const confined = rules.map((rule) => [namespaceOf(rule), rule] as const);
  const known = new Map<string | undefined, readonly Selected[]>();
  return (namespace) => {
    const found = known.get(namespace) ?? confined.flatMap(([own, rule]) => (own === undefined || own === namespace ? [rule] : []));
    known.set(namespace, found);
    return found;
  };
}

/** An entry that names peers, ports or both; the entity all is no peer of its own in the map. */
function matchOf({ peers, ports, icmps }: CiliumEntry): NonNullable<Step['match']> {
  const l3 = peers !== undefined && !peers.every((peer) => peer.kind === 'entity' && peer.entity === 'all');
  if (ports === undefined && icmps === undefined) return l3 ? 'L3-Only' : 'all';
  return l3 ? 'L3-L4' : 'L4-Only';
}

function portsByName(cluster: Cluster): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  for (const pod of cluster.pods.values()) {
    for (const { name, port } of pod.namedPorts) found.set(name, (found.get(name) ?? new Set()).add(port));
  }
  return found;
}
