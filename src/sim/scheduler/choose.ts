import type { Pod } from '../../kube/types.ts';
import { roomRejection, type Rejection } from './filters.ts';
import { pinnedNode } from './node-affinity.ts';
import { verdictOf, type NodeList } from './node-list.ts';
import type { NodeInfo } from './node-info.ts';
import { affinityFilter, affinityPreference, type NamespaceLabels } from './pod-affinity.ts';
import { hostPorts, podRequests } from './resources.ts';
import { scoresOf, siblingsOn, type Candidate } from './scores.ts';
import { spreadCount, spreadFilter } from './topology-spread.ts';

/** The cluster as the scheduler knows it. */
export interface Snapshot {
  nodes: NodeList;
  /** Placed pods with required anti-affinity, by uid. */
  repelling: ReadonlyMap<string, { pod: Pod; info: NodeInfo }>;
  /** Where the next search begins, so that large clusters fill evenly. */
  nextStart: number;
  namespaceLabels: NamespaceLabels;
}

export type Choice = { node: string } | { node: undefined; message: string };

/** Enough nodes are looked at when so many do (numFeasibleNodesToFind). */
const enough = (nodes: number): number => (nodes < 100 ? nodes : Math.max(100, Math.floor((nodes * Math.max(5, 50 - nodes / 125)) / 100)));

/** One scheduling cycle: filter, score, and at random among the best; or why there is none. */
export function choose(snapshot: Snapshot, pod: Pod, random: () => number): Choice {
  if (snapshot.nodes.size === 0) return { node: undefined, message: 'no nodes available to schedule pods' };
  const pinned = pinnedNode(pod.spec);
  const all = snapshot.nodes.all();
  const only = pinned === undefined ? undefined : snapshot.nodes.get(pinned);
  const candidates = pinned === undefined ? all : only ? [only] : [];
  const verdicts = only ? [verdictOf(pod, only.node)] : pinned === undefined ? snapshot.nodes.verdicts(pod) : [];
  const requests = podRequests(pod.spec);
  const ports = hostPorts(pod);
  const spread = spreadFilter(pod, all);
  const affinity = affinityFilter(pod, all, snapshot.repelling.values(), snapshot.namespaceLabels);
  const rejections: Rejection[] = [];
  const feasible: Candidate[] = [];
  const wanted = enough(candidates.length);
  const start = candidates.length > 0 ? snapshot.nextStart % candidates.length : 0;
  let looked = 0;
  for (; looked < candidates.length && feasible.length < wanted; looked++) {
    const index = (start + looked) % candidates.length;
    const info = candidates[index]!;
    const verdict = verdicts[index]!;
    const rejection = verdict.rejection ?? roomRejection(info, requests, ports) ?? spread?.(info) ?? affinity?.(info);
    if (rejection) rejections.push(rejection);
    else feasible.push({ info, verdict });
  }
  snapshot.nextStart = start + looked;
  if (feasible.length === 0) return { node: undefined, message: messageOf(rejections, snapshot.nodes.size) };
  if (feasible.length === 1) return { node: feasible[0]!.info.name };
  const siblings = siblingsOn(pod);
  const scores = scoresOf(feasible, {
    requests,
    crowd: spreadCount(pod, all) ?? siblings,
    affinity: affinityPreference(pod, all, snapshot.namespaceLabels),
  });
  const best = scores.reduce((most, score) => Math.max(most, score), -Infinity);
  const ties = feasible.filter((_, i) => scores[i]! > best - 1e-9);
  return { node: ties[Math.floor(random() * ties.length)]!.info.name };
}

/** FitError's text, with what preemption has to say. */
function messageOf(rejections: readonly Rejection[], total: number): string {
  const absent = total - rejections.length;
  const reasons = rejections.flatMap((rejection) => rejection.reasons);
  const found = histogram([...reasons, ...Array.from({ length: absent }, () => "node(s) didn't satisfy plugin(s) [NodeAffinity]")]);
  const preemption = histogram([
    ...rejections.map(({ helpless }) =>
      helpless ? 'Preemption is not helpful for scheduling' : 'No preemption victims found for incoming pod',
    ),
    ...Array.from({ length: absent }, () => 'Preemption is not helpful for scheduling'),
  ]);
  const none = `0/${total} nodes are available:`;
  return `${none} ${found}. preemption: ${none} ${preemption}.`;
}

function histogram(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}
