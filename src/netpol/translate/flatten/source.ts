import { appliesTo } from '../../evaluate/calico/evaluate.ts';
import { objectLabels } from '../../evaluate/calico/labels.ts';
import { orderedTiers } from '../../evaluate/calico/tiers.ts';
import type { Direction } from '../../model/flow.ts';
import type { CalicoPolicy, CalicoRule, CalicoTier, KubernetesPolicy } from '../../model/policies.ts';
import { hostNote } from '../general.ts';
import { exactly, type Bounds, type Note } from '../region/bounds.ts';
import { TooManyBoxes, type Box } from '../region/box.ts';
import type { Disjuncts } from '../region/disjuncts.ts';
import { regionOf, subjectsOf } from '../region/rule.ts';
import { anyService } from '../region/service.ts';
import type { Setting } from '../region/setting.ts';

/** A rule with what it means in Cilium's terms. */
export interface SourceRule {
  readonly rule: CalicoRule;
  readonly policy: SourcePolicy;
  readonly direction: Direction;
  readonly region: Bounds<readonly Box[]>;
  readonly notes: Note[];
}

/** A policy with whom it selects. */
export interface SourcePolicy {
  readonly policy: CalicoPolicy;
  /** Where it was written as a Kubernetes NetworkPolicy. */
  readonly kubernetes?: KubernetesPolicy;
  readonly tier: CalicoTier;
  readonly subjects: Bounds<Disjuncts>;
  readonly notes: Note[];
  /** Why nothing of it is translated. */
  readonly refused?: string;
  readonly rules: SourceRule[];
}

/** Whether a Pass rule matches whatever the pods of its policy do. */
export const passesAll = ({ rule, direction, policy, region }: SourceRule): boolean =>
  rule.action === 'Pass' &&
  policy.subjects.lower === policy.subjects.upper &&
  [rule.protocol, rule.notProtocol, rule.icmp, rule.notIcmp, rule.ipVersion].every((said) => said === undefined) &&
  Object.keys(rule.source).length + Object.keys(rule.destination).length === 0 &&
  policy.policy.types[direction] &&
  region.lower.length > 0;

/** Whether a policy leaves what it does not decide to the next tier, by its tier or by its last word. */
export const isOpen = (policy: SourcePolicy, direction: Direction): boolean =>
  policy.tier.defaultAction === 'Pass' || policy.rules.some((rule) => rule.direction === direction && passesAll(rule));

export interface SourceTier extends CalicoTier {
  readonly policies: readonly SourcePolicy[];
}

const tooLarge = (error: TooManyBoxes): Note => ({
  why: `it would need too many rules: ${error.message}`,
  differs: 'all flows of the rule: they are denied',
  fix: 'split the policy, or give the pods a label that says what the selector does',
  inexpressible: true,
});

/** Runs what may grow too large; then notes it and takes the closed answer. */
export function guarded<T>(notes: Note[], closed: T, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof TooManyBoxes)) throw error;
    notes.push(tooLarge(error));
    return closed;
  }
}

function refusal(policy: CalicoPolicy, subjects: Bounds<Disjuncts>, notes: readonly Note[]): string | undefined {
  if (policy.preDNAT || policy.doNotTrack) return `${policy.preDNAT ? 'preDNAT' : 'doNotTrack'} has no counterpart in Cilium`;
  const unsaid = notes.find((note) => note.inexpressible);
  return unsaid && subjects.lower.length === 0 ? `the pods that it selects cannot be named: ${unsaid.why}` : undefined;
}

function sourcePolicy(setting: Setting, policy: CalicoPolicy, tier: CalicoTier): SourcePolicy {
  const notes: Note[] = [];
  const subjects = guarded(notes, exactly<Disjuncts>([]), () => subjectsOf(setting, policy, notes));
  const refused = refusal(policy, subjects, notes);
  for (const host of setting.policies.calico.hostEndpoints) {
    if (policy.namespace === undefined && appliesTo(policy, objectLabels(setting.cluster, host.labels, undefined)))
      notes.push(hostNote(host));
  }
  const kubernetes = setting.policies.kubernetes.find((candidate) => candidate.origin === policy.origin);
  const source: SourcePolicy = {
    policy,
    tier,
    subjects,
    notes,
    rules: [],
    ...(kubernetes && { kubernetes }),
    ...(refused !== undefined && { refused }),
  };
  for (const direction of ['ingress', 'egress'] as const) {
    for (const rule of policy[direction]) {
      const mine: Note[] = [];
      const everything = subjects.upper.map((subject): Box => ({ subject, peer: { kind: 'any' }, service: anyService }));
      const inert = rule.action === 'Log' || refused !== undefined || !policy.types[direction];
      const region = inert
        ? exactly<Box[]>([])
        : guarded<Bounds<Box[]>>(mine, { lower: [], upper: everything }, () =>
            regionOf(setting, rule, { subjects, namespace: policy.namespace }, direction, mine),
          );
      source.rules.push({ rule, policy: source, direction, region, notes: mine });
    }
  }
  return source;
}

/** Everything that Calico enforces, in its order. */
export const sourceTiers = (setting: Setting): SourceTier[] =>
  orderedTiers(setting.policies).map((tier) => ({ ...tier, policies: tier.policies.map((policy) => sourcePolicy(setting, policy, tier)) }));
