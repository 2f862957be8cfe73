import { matchesLabelSelector } from '../../kube/selectors.ts';
import type { Pod, PodSpec } from '../../kube/types.ts';
import type { Rejection } from './filters.ts';
import { matchesNode } from './node-affinity.ts';
import type { NodeInfo } from './node-info.ts';
import { untoleratedTaint } from './taints.ts';

type Constraint = NonNullable<PodSpec['topologySpreadConstraints']>[number];

const message = "node(s) didn't match pod topology spread constraints";

/** Matching pods by domain, over the nodes that the constraint looks at. */
function countsOf(constraint: Constraint, pod: Pod, nodes: readonly NodeInfo[]): Map<string, number> {
  const counts = new Map<string, number>();
  const labels = pod.metadata.labels ?? {};
  const sameLabels = (constraint.matchLabelKeys ?? []).filter((key) => key in labels);
  for (const info of nodes) {
    const domain = info.node.metadata.labels?.[constraint.topologyKey];
    if (domain === undefined) continue;
    if (constraint.nodeAffinityPolicy !== 'Ignore' && !matchesNode(pod.spec, info.node)) continue;
    const tainted = untoleratedTaint(info.node.spec?.taints, pod.spec?.tolerations, ['NoSchedule', 'NoExecute']);
    if (constraint.nodeTaintsPolicy === 'Honor' && tainted) continue;
    let count = counts.get(domain) ?? 0;
    for (const { pod: other } of info.pods.values()) {
      if (other.metadata.namespace !== pod.metadata.namespace || other.metadata.deletionTimestamp) continue;
      if (!matchesLabelSelector(other.metadata.labels, constraint.labelSelector)) continue;
      if (sameLabels.every((key) => other.metadata.labels?.[key] === labels[key])) count++;
    }
    counts.set(domain, count);
  }
  return counts;
}

/** A filter by constraints that say DoNotSchedule; undefined where the pod has none. */
export function spreadFilter(pod: Pod, nodes: readonly NodeInfo[]): ((info: NodeInfo) => Rejection | undefined) | undefined {
  const hard = (pod.spec?.topologySpreadConstraints ?? []).filter((c) => c.whenUnsatisfiable === 'DoNotSchedule');
  if (hard.length === 0) return undefined;
  const states = hard.map((constraint) => {
    const counts = countsOf(constraint, pod, nodes);
    const least = counts.size < (constraint.minDomains ?? 1) ? 0 : Math.min(...counts.values());
    const self = matchesLabelSelector(pod.metadata.labels, constraint.labelSelector) ? 1 : 0;
    return { constraint, counts, least, self };
  });
  return (info) => {
    for (const { constraint, counts, least, self } of states) {
      const domain = info.node.metadata.labels?.[constraint.topologyKey];
      if (domain === undefined) return { reasons: [`${message} (missing required label)`], helpless: true };
      if ((counts.get(domain) ?? 0) + self - least > constraint.maxSkew) return { reasons: [message], helpless: false };
    }
    return undefined;
  };
}

/** Matching pods in a node's domains, for constraints that say ScheduleAnyway; undefined where the pod has none. */
export function spreadCount(pod: Pod, nodes: readonly NodeInfo[]): ((info: NodeInfo) => number) | undefined {
  const soft = (pod.spec?.topologySpreadConstraints ?? []).filter((c) => c.whenUnsatisfiable === 'ScheduleAnyway');
  if (soft.length === 0) return undefined;
  const states = soft.map((constraint) => ({ key: constraint.topologyKey, counts: countsOf(constraint, pod, nodes) }));
  return (info) => states.reduce((sum, { key, counts }) => sum + (counts.get(info.node.metadata.labels?.[key] ?? '') ?? 0), 0);
}
