import { contains } from '../../model/address.ts';
import type { Leg, Step, Verdict } from '../../model/flow.ts';
import { describeOrigin, type CalicoHostEndpoint, type CalicoPolicy } from '../../model/policies.ts';
import { matches, type LabelReader } from '../../selector/selector.ts';
import { combined, type World } from './entity.ts';
import { objectLabels, podLabels } from './labels.ts';
import { ruleMatches } from './rule.ts';
import { orderedTiers, type OrderedTier } from './tiers.ts';

type Decision = Omit<Step, 'at'>;

/** Ports on which a host endpoint without a policy still answers (Felix's FailsafeInboundHostPorts and …Outbound…). */
const failsafe: Readonly<Record<Leg['direction'], readonly string[]>> = {
  ingress: ['tcp/22', 'udp/68', 'tcp/179', 'tcp/2379', 'tcp/2380', 'tcp/5473', 'tcp/6443', 'tcp/6666', 'tcp/6667'],
  egress: ['udp/53', 'udp/67', 'tcp/179', 'tcp/2379', 'tcp/2380', 'tcp/5473', 'tcp/6443', 'tcp/6666', 'tcp/6667'],
};

/** Calico's verdicts over a fixed set of policies. */
export function calicoEvaluator(world: World): (leg: Leg) => Decision {
  const tiers = orderedTiers(world.policies);
  const chosen = new Map<object, readonly OrderedTier[]>();

  /** The tiers with only the policies that select an endpoint. */
  function tiersOf(endpoint: object, labels: LabelReader): readonly OrderedTier[] {
    const known = chosen.get(endpoint);
    if (known) return known;
    const found = tiers
      .map((tier) => ({ ...tier, policies: tier.policies.filter((policy) => appliesTo(policy, labels)) }))
      .filter((tier) => tier.policies.length > 0);
    chosen.set(endpoint, found);
    return found;
  }

  return (leg) => {
    const { subject } = leg;
    if (subject.kind === 'node') return host(leg, subject.node);
    if (leg.direction === 'ingress' && leg.peer.kind === 'node' && leg.peer.node.name === subject.pod.node) {
      return { verdict: 'allow', why: "the pod's own node is never policed" };
    }
    const decided = decide(world, tiersOf(subject.pod, podLabels(world.cluster, subject.pod)), leg);
    return decided ?? { verdict: 'allow', why: "no policy decides; the namespace's profile allows" };
  };

  function host(leg: Leg, node: { readonly name: string; readonly hostname?: string; readonly address: Leg['peer']['address'] }): Decision {
    const endpoint = world.policies.calico.hostEndpoints.find(
      (h) => h.expectedIPs.some((ip) => contains(ip, node.address)) || h.node === node.name || h.node === node.hostname,
    );
    if (!endpoint) return { verdict: 'allow', why: 'the node has no host endpoint' };
    const policies = tiersOf(endpoint, objectLabels(world.cluster, endpoint.labels, undefined));
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
}

/**
 * What does not pass a host endpoint of one interface: packets between the node and its own pods, and those to remote pods,
 * which leave through the tunnel's device (Felix lets the encapsulated ones pass).
 */
const bypasses = ({ interfaceName }: CalicoHostEndpoint, { peer, direction }: Leg, node: string): boolean =>
  interfaceName !== '*' && peer.kind === 'pod' && (peer.pod.node === node || direction === 'egress');

function appliesTo(policy: CalicoPolicy, labels: LabelReader): boolean {
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
