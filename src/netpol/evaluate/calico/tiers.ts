import type { CalicoPolicy, CalicoTier, PolicySet } from '../../model/policies.ts';
import { wellKnownTierOrder } from '../../read/calico.ts';
import { fromClusterPolicy } from './from-cluster-policy.ts';
import { fromKubernetes } from './from-kubernetes.ts';

export interface OrderedTier extends CalicoTier {
  readonly policies: readonly CalicoPolicy[];
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
/** Infinity − Infinity is no order. */
const byNumber = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

/** By order, then name; at the same name the global one first, then by namespace and kind (policy.md, "Evaluation", "Measured"). */
const byPrecedence = (a: CalicoPolicy, b: CalicoPolicy): number =>
  byNumber(a.order, b.order) ||
  byText(a.name, b.name) ||
  byText(a.namespace ?? '', b.namespace ?? '') ||
  byText(a.origin.kind, b.origin.kind);

/** What is enforced, in the order in which Calico asks: tiers by order, then name. Staged policies are not among them. */
export function orderedTiers({ calico, kubernetes, clusterwide }: PolicySet): OrderedTier[] {
  const enforced = [...calico.policies.filter((p) => !p.staged), ...kubernetes.map(fromKubernetes), ...clusterwide.map(fromClusterPolicy)];
  const tiers = new Map<string, CalicoTier>();
  const names = new Set(['default', ...enforced.map((p) => p.tier)]);
  for (const name of names)
    tiers.set(name, { name, order: wellKnownTierOrder[name] ?? Infinity, defaultAction: name.startsWith('kube-') ? 'Pass' : 'Deny' });
  for (const tier of calico.tiers) tiers.set(tier.name, tier);
  return [...tiers.values()]
    .sort((a, b) => byNumber(a.order, b.order) || byText(a.name, b.name))
    .map((tier) => ({ ...tier, policies: enforced.filter((p) => p.tier === tier.name).sort(byPrecedence) }));
}
