import { contains } from '../../model/address.ts';
import type { ClusterNode } from '../../model/cluster.ts';
import type { Leg, Step, Verdict } from '../../model/flow.ts';
import { describeOrigin, type CalicoHostEndpoint, type CalicoPolicy } from '../../model/policies.ts';
import { matches, type LabelReader } from '../../selector/selector.ts';
import { combined, type World } from './entity.ts';
import { objectLabels, podLabels } from './labels.ts';
import { ruleMatches } from './rule.ts';
import { orderedTiers, type OrderedTier } from './tiers.ts';

type Decision = Omit<Step, 'at'>;

/** Ports on which a host endpoint without a policy still answers (Felix's FailsafeInboundHostPorts and …Outbound…). */
export const failsafe: Readonly<Record<Leg['direction'], readonly string[]>> = {
  ingress: ['tcp/22', 'udp/68', 'tcp/179', 'tcp/2379', 'tcp/2380', 'tcp/5473', 'tcp/6443', 'tcp/6666', 'tcp/6667'],
  egress: ['udp/53', 'udp/67', 'tcp/179', 'tcp/2379', 'tcp/2380', 'tcp/5473', 'tcp/6443', 'tcp/6666', 'tcp/6667'],
};

export interface CalicoEvaluator {
  decide(leg: Leg): Decision;
  /** What is enforced on a subject, in the order in which it is asked; undefined for a node that has no host endpoint. */
  tiersOf(subject: Leg['subject']): readonly OrderedTier[] | undefined;
}

/** Calico's verdicts over a fixed set of policies. */
export function calicoEvaluator(world: World): CalicoEvaluator {
  const tiersIn = tiersByNamespace(orderedTiers(world.policies));
  const chosen = new Map<object, readonly OrderedTier[]>();

  /** The tiers with only the policies that select an endpoint. */
  function chosenFor(endpoint: object, namespace: string | undefined, labels: LabelReader): readonly OrderedTier[] {
    const known = chosen.get(endpoint);
    if (known) return known;
    const found = tiersIn(namespace)
      .map((tier) => ({ ...tier, policies: tier.policies.filter((policy) => appliesTo(policy, labels)) }))
      .filter((tier) => tier.policies.length > 0);
    chosen.set(endpoint, found);
    return found;
  }

  function tiersOf(subject: Leg['subject']): readonly OrderedTier[] | undefined {
    if (subject.kind === 'pod') return chosenFor(subject.pod, subject.pod.namespace, podLabels(world.cluster, subject.pod));
    const endpoint = hostEndpointOf(subject.node);
    return endpoint && chosenFor(endpoint, undefined, objectLabels(world.cluster, endpoint.labels, undefined));
  }

  const hostEndpointOf = (node: ClusterNode): CalicoHostEndpoint | undefined =>
    world.policies.calico.hostEndpoints.find(
      (h) => h.expectedIPs.some((ip) => contains(ip, node.address)) || h.node === node.name || h.node === node.hostname,
    );

  function decideLeg(leg: Leg): Decision {
    const { subject } = leg;
    if (subject.kind === 'node') return host(leg, subject.node);
    if (leg.direction === 'ingress' && leg.peer.kind === 'node' && leg.peer.node.name === subject.pod.node) {
      return { verdict: 'allow', why: "the pod's own node is never policed" };
    }
    const decided = decide(world, tiersOf(subject)!, leg);
    return decided ?? { verdict: 'allow', why: "no policy decides; the namespace's profile allows" };
  }

  function host(leg: Leg, node: ClusterNode): Decision {
    const endpoint = hostEndpointOf(node);
    const policies = tiersOf({ kind: 'node', node });
    if (!endpoint || !policies) return { verdict: 'allow', why: 'the node has no host endpoint' };
    if (leg.forwarded) {
      const forward = policies.map((tier) => ({ ...tier, policies: tier.policies.filter((policy) => policy.applyOnForward) }));
      return decide(world, forward, leg) ?? { verdict: 'allow', why: 'no policy of the host endpoint decides on what it forwards' };
    }
    if (bypasses(endpoint, leg, node.name))
      return { verdict: 'allow', why: `local traffic does not pass ${endpoint.interfaceName ?? 'the interface'}` };
    if (failsafe[leg.direction].includes(`${leg.protocol}/${leg.port}`))
      return { verdict: 'allow', why: 'a failsafe port of the host endpoint' };
    const decided = decide(world, policies, leg);
    if (decided) return decided;
    if (endpoint.profiles.includes('projectcalico-default-allow')) return { verdict: 'allow', why: "the host endpoint's profile allows" };
    return { verdict: 'deny', why: 'a host endpoint without a policy drops all but the failsafe ports', by: endpoint.origin };
  }

  return { decide: decideLeg, tiersOf };
}

/** The tiers as they can concern one namespace: a namespaced policy selects nothing outside of its own. */
function tiersByNamespace(tiers: readonly OrderedTier[]): (namespace: string | undefined) => readonly OrderedTier[] {
  const known = new Map<string | undefined, readonly OrderedTier[]>();
  return (namespace) => {
    const found =
      known.get(namespace) ??
      tiers.map((tier) => ({ ...tier, policies: tier.policies.filter((p) => p.namespace === undefined || p.namespace === namespace) }));
    known.set(namespace, found);
    return found;
  };
}

/**
 * What does not pass a host endpoint of one interface: packets between the node and its own pods, and those to remote pods,
 * which leave through the tunnel's device (Felix lets the encapsulated ones pass).
 */
const bypasses = ({ interfaceName }: CalicoHostEndpoint, { peer, direction }: Leg, node: string): boolean =>
  interfaceName !== '*' && peer.kind === 'pod' && (peer.pod.node === node || direction === 'egress');

export function appliesTo(policy: CalicoPolicy, labels: LabelReader): boolean {
  const { selector, namespaceSelector, serviceAccountSelector, namespace } = policy;
  const whole = combined(
    {
      selector,
      ...(namespaceSelector && { namespaceSelector }),
      ...(serviceAccountSelector && { serviceAccounts: { names: [], selector: serviceAccountSelector } }),
    },
    namespace,
  );
  return matches(whole!, labels);
}

const verdicts: Readonly<Record<'Allow' | 'Deny', Verdict>> = { Allow: 'allow', Deny: 'deny' };

/** First match within a tier; Pass, or a tier that passes, goes on to the next; undefined where nothing decided. */
function decide(world: World, tiers: readonly OrderedTier[], leg: Leg): Decision | undefined {
  const { direction } = leg;
  for (const tier of tiers) {
    const applied = tier.policies.filter((policy) => policy.types[direction]);
    const last = applied.at(-1);
    if (!last) continue;
    const hit = firstMatch(world, applied, leg);
    if (hit === undefined && tier.defaultAction === 'Deny') {
      const policies = applied.map((p) => describeOrigin(p.origin)).join(', ');
      return { verdict: 'deny', why: `no rule matches, and tier ${tier.name} denies what it selects (${policies})`, by: last.origin };
    }
    if (hit === undefined || hit.action === 'Pass') continue;
    return { verdict: verdicts[hit.action], why: `${hit.action} in tier ${tier.name}`, by: hit.origin };
  }
  return undefined;
}

function firstMatch(world: World, policies: readonly CalicoPolicy[], leg: Leg) {
  for (const policy of policies) {
    for (const rule of policy[leg.direction]) {
      // Log does not end the evaluation.
      if (rule.action !== 'Log' && ruleMatches(world, rule, leg, policy.namespace)) return { action: rule.action, origin: rule.origin };
    }
  }
  return undefined;
}
