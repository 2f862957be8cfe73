import { matchesLabelSelector } from '../../kube/selectors.ts';
import type { Pod, PodDisruptionBudget } from '../../kube/types.ts';
import { trialRejection, type Repelling } from './filter-pod.ts';
import type { NodeInfo } from './node-info.ts';
import type { NamespaceLabels } from './pod-affinity.ts';

/** A node, and the pods that have to go from it. */
export interface Preemption {
  node: string;
  victims: Pod[];
  /** Victims whose budget does not allow it. */
  violations: number;
}

export interface PreemptionInput {
  pod: Pod;
  /** Nodes where it may help. */
  potential: readonly NodeInfo[];
  all: readonly NodeInfo[];
  repelling: Repelling;
  namespaceLabels: NamespaceLabels;
  budgets: readonly PodDisruptionBudget[];
  random: () => number;
}

export const priorityOf = (pod: Pod): number => pod.spec?.priority ?? 0;

const startOf = (pod: Pod): number => Date.parse(pod.status?.startTime ?? pod.metadata.creationTimestamp);

/** Higher priority first, then those that run longest (MoreImportantPod). */
const byImportance = (a: Pod, b: Pod): number => priorityOf(b) - priorityOf(a) || startOf(a) - startOf(b);

/** GetOffsetAndNumCandidates: a tenth of the nodes, and a hundred at least. */
const enough = (nodes: number): number => Math.min(nodes, Math.max(100, Math.floor(nodes / 10)));

/** DefaultPreemption: the node whose pods are the least loss; or, for each node that does not help, why. */
export function preempt(input: PreemptionInput): { best: Preemption | undefined; reasons: string[] } {
  const { potential, random } = input;
  const found: Preemption[] = [];
  const reasons: string[] = [];
  const wanted = enough(potential.length);
  const offset = Math.floor(random() * potential.length);
  for (let i = 0; i < potential.length; i++) {
    const tried = victimsOn(input, potential[(offset + i) % potential.length]!);
    if (Array.isArray(tried)) reasons.push(...tried);
    else found.push(tried);
    if (found.length >= wanted && found.some(({ violations }) => violations === 0)) break;
  }
  return { best: leastLoss(found), reasons };
}

/** All pods of lower priority go; then as many as can, the most important first, stay. */
function victimsOn(input: PreemptionInput, info: NodeInfo): Preemption | string[] {
  const { pod, all, repelling, namespaceLabels, budgets } = input;
  const trial = info.copy();
  const lower = [...info.pods.values()].map((placed) => placed.pod).filter((other) => priorityOf(other) < priorityOf(pod));
  if (lower.length === 0) return ['No preemption victims found for incoming pod'];
  const rejection = () => trialRejection(pod, trial, all, repelling, namespaceLabels);
  for (const other of lower) trial.remove(other);
  const without = rejection();
  if (without) return without.reasons;
  const { violating, others } = byBudget(lower.sort(byImportance), budgets);
  const victims: Pod[] = [];
  let violations = 0;
  for (const other of [...violating, ...others]) {
    trial.add(other);
    if (!rejection()) continue;
    trial.remove(other);
    victims.push(other);
    if (violating.includes(other)) violations++;
  }
  return { node: info.name, victims: victims.sort(byImportance), violations };
}

function byBudget(pods: readonly Pod[], budgets: readonly PodDisruptionBudget[]): { violating: Pod[]; others: Pod[] } {
  const left = budgets.map((budget) => budget.status?.disruptionsAllowed ?? 0);
  const violating: Pod[] = [];
  const others: Pod[] = [];
  for (const pod of pods) {
    let violates = false;
    for (const [i, { metadata, spec, status }] of budgets.entries()) {
      const { labels = {}, namespace, name } = pod.metadata;
      if (metadata.namespace !== namespace || Object.keys(labels).length === 0 || status?.disruptedPods?.[name]) continue;
      const { matchLabels = {}, matchExpressions = [] } = spec?.selector ?? {};
      if (Object.keys(matchLabels).length + matchExpressions.length === 0 || !matchesLabelSelector(labels, spec?.selector)) continue;
      left[i]!--;
      violates ||= left[i]! < 0;
    }
    (violates ? violating : others).push(pod);
  }
  return { violating, others };
}

/** pickOneNodeForPreemption: each measure decides among what the one before left; the last among equals is the first. */
function leastLoss(found: readonly Preemption[]): Preemption | undefined {
  const measures: ((one: Preemption) => number)[] = [
    ({ violations }) => violations,
    ({ victims }) => priorityOf(victims[0]!),
    ({ victims }) => victims.reduce((sum, pod) => sum + priorityOf(pod) + 2 ** 31, 0),
    ({ victims }) => victims.length,
    ({ victims }) => {
      const highest = priorityOf(victims[0]!);
      return -Math.min(...victims.filter((pod) => priorityOf(pod) === highest).map(startOf));
    },
  ];
  let left = [...found];
  for (const measure of measures) {
    if (left.length <= 1) break;
    const least = Math.min(...left.map(measure));
    left = left.filter((one) => measure(one) === least);
  }
  return left[0];
}
