import type { Pod } from '../../kube/types.ts';
import { roomRejection, type Rejection } from './filters.ts';
import type { NodeInfo } from './node-info.ts';
import { affinityFilter, requiredAntiAffinity, type NamespaceLabels } from './pod-affinity.ts';
import { hostPorts, podRequests } from './resources.ts';
import { spreadFilter } from './topology-spread.ts';

/** Placed pods with required anti-affinity. */
export type Repelling = Iterable<{ pod: Pod; info: NodeInfo }>;

/** Whether a node has room for a pod beside what is placed there, and beside whom. */
export type PodFilter = (info: NodeInfo) => Rejection | undefined;

export function podFilter(pod: Pod, all: readonly NodeInfo[], repelling: Repelling, labelsOf: NamespaceLabels): PodFilter {
  const requests = podRequests(pod.spec);
  const ports = hostPorts(pod);
  const spread = spreadFilter(pod, all);
  const affinity = affinityFilter(pod, all, repelling, labelsOf);
  return (info) => roomRejection(info, requests, ports) ?? spread?.(info) ?? affinity?.(info);
}

/** The same question for a node as it would be: `trial` stands in for the node of its name. */
export function trialRejection(pod: Pod, trial: NodeInfo, all: readonly NodeInfo[], repelling: Repelling, labelsOf: NamespaceLabels) {
  const others = all.map((info) => (info.name === trial.name ? trial : info));
  const elsewhere = [...repelling].filter(({ info }) => info.name !== trial.name);
  const here = [...trial.pods.values()]
    .filter((placed) => requiredAntiAffinity(placed.pod).length > 0)
    .map((placed) => ({ pod: placed.pod, info: trial }));
  return podFilter(pod, others, [...elsewhere, ...here], labelsOf)(trial);
}
