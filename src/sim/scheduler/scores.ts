import type { Pod } from '../../kube/types.ts';
import { controllerOf } from '../controllers/owners.ts';
import type { NodeInfo } from './node-info.ts';
import type { Verdict } from './node-list.ts';
import type { Amounts } from './resources.ts';

/** What a pod without requests is counted as (GetNonzeroRequests). */
const leastRequests = { cpu: 0.1, memory: 200 * 1024 * 1024 };

/** A node that does. */
export interface Candidate {
  info: NodeInfo;
  verdict: Verdict;
}

export interface ScoreInput {
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
export function scoresOf(candidates: readonly Candidate[], { requests, crowd, affinity }: ScoreInput): number[] {
  const preference = normalized(candidates.map(({ verdict }) => verdict.preference));
  const taints = normalized(candidates.map(({ verdict }) => -verdict.softTaints));
  const spread = normalized(candidates.map(({ info }) => -crowd(info)));
  const together = affinity && normalized(candidates.map(({ info }) => affinity(info)));
  return candidates.map(({ info }, i) => {
    const wished = 3 * taints[i]! + 2 * preference[i]! + 2 * spread[i]! + 2 * (together?.[i] ?? 0);
    return wished + leastAllocated(info, requests) + balanced(info, requests);
  });
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

function usedShare(info: NodeInfo, requests: Amounts, name: 'cpu' | 'memory'): number {
  const allocatable = info.allocatable[name] ?? 0;
  if (allocatable === 0) return 1;
  return Math.min(1, ((info.requested[name] ?? 0) + Math.max(requests[name] ?? 0, leastRequests[name])) / allocatable);
}

const leastAllocated = (info: NodeInfo, requests: Amounts): number =>
  Math.floor(50 * (1 - usedShare(info, requests, 'cpu')) + 50 * (1 - usedShare(info, requests, 'memory')));

const balanced = (info: NodeInfo, requests: Amounts): number =>
  Math.floor(100 * (1 - Math.abs(usedShare(info, requests, 'cpu') - usedShare(info, requests, 'memory')) / 2));
