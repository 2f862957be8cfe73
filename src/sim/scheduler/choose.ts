import type { Pod, PodDisruptionBudget } from '../../kube/types.ts';
import { podFilter, trialRejection } from './filter-pod.ts';
import type { Rejection } from './filters.ts';
import { pinnedNode } from './node-affinity.ts';
import { verdictOf, type NodeList } from './node-list.ts';
import type { NodeInfo } from './node-info.ts';
import { affinityPreference, type NamespaceLabels } from './pod-affinity.ts';
import { preempt, priorityOf, type Preemption } from './preemption.ts';
import { podRequests } from './resources.ts';
import { scoresOf, siblingsOn, type Candidate } from './scores.ts';
import { spreadCount } from './topology-spread.ts';
import type { PodClaims } from './volumes.ts';

/** The cluster as the scheduler knows it. */
export interface Snapshot {
  nodes: NodeList;
  /** Placed pods with required anti-affinity, by uid. */
  repelling: ReadonlyMap<string, { pod: Pod; info: NodeInfo }>;
  /** Pods that wait for a node to be cleared for them, by its name. */
  nominated: ReadonlyMap<string, ReadonlyMap<string, Pod>>;
  /** Where the next search begins, so that large clusters fill evenly. */
  nextStart: number;
  namespaceLabels: NamespaceLabels;
  budgets: () => readonly PodDisruptionBudget[];
}

/** `preemption`: what is to go so that the pod fits there. */
export type Choice = { node: string } | { node: undefined; message: string; preemption?: Preemption };

/** Enough nodes are looked at when so many do (numFeasibleNodesToFind). */
const enough = (nodes: number): number => (nodes < 100 ? nodes : Math.max(100, Math.floor((nodes * Math.max(5, 50 - nodes / 125)) / 100)));

const unhelpful = 'Preemption is not helpful for scheduling';

/** One scheduling cycle: filter, score, and at random among the best; or why there is none. */
export function choose(snapshot: Snapshot, pod: Pod, random: () => number, claims?: PodClaims): Choice {
  const { nodes, repelling, nominated, namespaceLabels } = snapshot;
  const total = nodes.size;
  if (total === 0) return { node: undefined, message: 'no nodes available to schedule pods' };
  if (claims?.refusal) {
    const none = `0/${total} nodes are available:`;
    return { node: undefined, message: `${none} ${claims.refusal}. preemption: ${none} ${total} ${unhelpful}.` };
  }
  const pinned = pinnedNode(pod.spec);
  const all = nodes.all();
  const only = pinned === undefined ? undefined : nodes.get(pinned);
  const candidates = pinned === undefined ? all : only ? [only] : [];
  const verdicts = only ? [verdictOf(pod, only.node)] : pinned === undefined ? nodes.verdicts(pod) : [];
  const filter = podFilter(pod, all, repelling.values(), namespaceLabels);
  /** Nominated pods that are worth no less count as if they were there. */
  const beside = (info: NodeInfo): Rejection | undefined => {
    const others = nominated.size > 0 ? [...(nominated.get(info.name)?.values() ?? [])] : [];
    const guests = others.filter((other) => other.metadata.uid !== pod.metadata.uid && priorityOf(other) >= priorityOf(pod));
    if (guests.length === 0) return undefined;
    const trial = info.copy();
    for (const guest of guests) trial.add(guest);
    return trialRejection(pod, trial, all, repelling.values(), namespaceLabels);
  };
  const rejections: { info: NodeInfo; rejection: Rejection }[] = [];
  const feasible: Candidate[] = [];
  const wanted = enough(candidates.length);
  const start = candidates.length > 0 ? snapshot.nextStart % candidates.length : 0;
  let looked = 0;
  for (; looked < candidates.length && feasible.length < wanted; looked++) {
    const index = (start + looked) % candidates.length;
    const info = candidates[index]!;
    const verdict = verdicts[index]!;
    const rejection = verdict.rejection ?? claims?.filter?.(info) ?? filter(info) ?? beside(info);
    if (rejection) rejections.push({ info, rejection });
    else feasible.push({ info, verdict });
  }
  snapshot.nextStart = start + looked;
  if (feasible.length === 0) return unfit(snapshot, pod, random, rejections);
  if (feasible.length === 1) return { node: feasible[0]!.info.name };
  const cleared = pod.status?.nominatedNodeName;
  if (cleared && feasible.some(({ info }) => info.name === cleared)) return { node: cleared };
  const siblings = siblingsOn(pod);
  const scores = scoresOf(feasible, {
    requests: podRequests(pod.spec),
    crowd: spreadCount(pod, all) ?? siblings,
    affinity: affinityPreference(pod, all, namespaceLabels),
  });
  const best = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const ties = feasible.filter((_, i) => scores[i]! > best - 1e-9);
  return { node: ties[Math.floor(random() * ties.length)]!.info.name };
}

/** FitError's text, and what preemption finds or has to say. */
function unfit(
  snapshot: Snapshot,
  pod: Pod,
  random: () => number,
  rejections: readonly { info: NodeInfo; rejection: Rejection }[],
): Choice {
  const total = snapshot.nodes.size;
  const absent = Array.from({ length: total - rejections.length });
  const found = histogram([
    ...rejections.flatMap(({ rejection }) => rejection.reasons),
    ...absent.map(() => "node(s) didn't satisfy plugin(s) [NodeAffinity]"),
  ]);
  const none = `0/${total} nodes are available:`;
  const message = (preemption: string) => ({ node: undefined, message: `${none} ${found}.${preemption && ` preemption: ${preemption}`}` });
  if (pod.spec?.preemptionPolicy === 'Never') return message('not eligible due to preemptionPolicy=Never.');
  if (clearing(snapshot, pod)) return message('not eligible due to a terminating pod on the nominated node.');
  const { best, reasons } = preempt({
    pod,
    potential: rejections.filter(({ rejection }) => !rejection.helpless).map(({ info }) => info),
    all: snapshot.nodes.all(),
    repelling: [...snapshot.repelling.values()],
    namespaceLabels: snapshot.namespaceLabels,
    budgets: snapshot.budgets(),
    random,
  });
  if (best) return { ...message(''), preemption: best };
  const helpless = rejections.filter(({ rejection }) => rejection.helpless);
  return message(`${none} ${histogram([...reasons, ...helpless.map(() => unhelpful), ...absent.map(() => unhelpful)])}.`);
}

/** Whether pods that were preempted for this one are still going. */
const clearing = ({ nodes }: Snapshot, pod: Pod): boolean =>
  [...(nodes.get(pod.status?.nominatedNodeName ?? '')?.pods.values() ?? [])].some(
    ({ pod: other }) =>
      other.metadata.deletionTimestamp &&
      priorityOf(other) < priorityOf(pod) &&
      other.status?.conditions?.some((c) => c.type === 'DisruptionTarget' && c.status === 'True' && c.reason === 'PreemptionByScheduler'),
  );

function histogram(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
