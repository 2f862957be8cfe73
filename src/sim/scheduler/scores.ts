import type { Pod } from '../../kube/types.ts';
import { controllerOf } from '../controllers/owners.ts';
import { nodePreference } from './node-affinity.ts';
import type { NodeInfo } from './node-info.ts';
import type { Amounts } from './resources.ts';
import { tolerates } from './taints.ts';

/** What a pod without requests is counted as (GetNonzeroRequests). */
const leastRequests = { cpu: 0.1, memory: 200 * 1024 * 1024 };

export interface ScoreInput {
  pod: Pod;
  requests: Amounts;
  /** Placed pods that the pod is to be spread from, on the node or in its domain. */
  crowd: (info: NodeInfo) => number;
  affinity: ((info: NodeInfo) => number) | undefined;
}

/** Replicas of the same controller on the node: what the scheduler's default constraints spread. */
export function siblingsOn(pod: Pod): (info: NodeInfo) => number {
  const uid = controllerOf(pod)?.uid;
  return (info) => (uid === undefined ? 0 : (info.replicas.get(uid) ?? 0));
}

/** Scores of nodes that do, with kube-scheduler's plugins and weights; the best is first to be chosen. */
export function scoresOf(nodes: readonly NodeInfo[], { pod, requests, crowd, affinity }: ScoreInput): number[] {
  const preference = normalized(nodes.map((info) => nodePreference(pod.spec, info.node)));
  const taints = normalized(nodes.map((info) => -softTaints(pod, info)));
  const spread = normalized(nodes.map((info) => -crowd(info)));
  const together = affinity ? normalized(nodes.map(affinity)) : undefined;
  return nodes.map(
    (info, i) =>
      3 * taints[i]! +
      2 * preference[i]! +
      2 * spread[i]! +
      2 * (together?.[i] ?? 0) +
      leastAllocated(info, requests) +
      balanced(info, requests),
  );
}

/** Onto 0 … 100; 0 for all where they are equal. */
function normalized(values: readonly number[]): number[] {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return values.map((value) => (most === least ? 0 : (100 * (value - least)) / (most - least)));
}

const softTaints = (pod: Pod, { node }: NodeInfo): number =>
  (node.spec?.taints ?? []).filter(
    (taint) => taint.effect === 'PreferNoSchedule' && !pod.spec?.tolerations?.some((t) => tolerates(t, taint)),
  ).length;

function usedShare(info: NodeInfo, requests: Amounts, name: 'cpu' | 'memory'): number {
  const allocatable = info.allocatable[name] ?? 0;
  if (allocatable === 0) return 1;
  return Math.min(1, ((info.requested[name] ?? 0) + Math.max(requests[name] ?? 0, leastRequests[name])) / allocatable);
}

const leastAllocated = (info: NodeInfo, requests: Amounts): number =>
  Math.floor(50 * (1 - usedShare(info, requests, 'cpu')) + 50 * (1 - usedShare(info, requests, 'memory')));

const balanced = (info: NodeInfo, requests: Amounts): number =>
  Math.floor(100 * (1 - Math.abs(usedShare(info, requests, 'cpu') - usedShare(info, requests, 'memory')) / 2));
