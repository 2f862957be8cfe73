import type { Node, Pod } from '../../kube/types.ts';
import { matchesNode } from './node-affinity.ts';
import type { NodeInfo } from './node-info.ts';
import type { Amounts } from './resources.ts';
import { untoleratedTaint, tolerates } from './taints.ts';

/** Why a node does not do, in kube-scheduler's words. `helpless`: evicting pods from it would not help. */
export interface Rejection {
  reasons: string[];
  helpless: boolean;
}

const helpless = (reason: string): Rejection => ({ reasons: [reason], helpless: true });

const unschedulableTaint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** What depends on the pod's spec and the node alone: equal for all pods of a template. */
export function staticRejection(pod: Pod, node: Node): Rejection | undefined {
  const tolerations = pod.spec?.tolerations ?? [];
  if (node.spec?.unschedulable && !tolerations.some((toleration) => tolerates(toleration, unschedulableTaint))) {
    return helpless('node(s) were unschedulable');
  }
  if (pod.spec?.nodeName && pod.spec.nodeName !== node.metadata.name) return helpless("node(s) didn't match the requested node name");
  if (untoleratedTaint(node.spec?.taints, tolerations, ['NoSchedule', 'NoExecute'])) {
    return helpless('node(s) had untolerated taint(s)');
  }
  if (!matchesNode(pod.spec, node)) return helpless("node(s) didn't match Pod's node affinity/selector");
  return undefined;
}

/** Host ports and resources, against what is placed there now. */
export function roomRejection(info: NodeInfo, requests: Amounts, ports: readonly string[]): Rejection | undefined {
  if (ports.length > 0 && info.portTaken(ports)) {
    return { reasons: ["node(s) didn't have free ports for the requested pod ports"], helpless: false };
  }
  const reasons: string[] = [];
  let never = false;
  if (info.pods.size + 1 > (info.allocatable.pods ?? 110)) reasons.push('Too many pods');
  for (const name in requests) {
    const wanted = requests[name]!;
    const allocatable = info.allocatable[name] ?? 0;
    // Sums of cores in floating point: a millionth is no shortage.
    if (wanted === 0 || wanted + (info.requested[name] ?? 0) <= allocatable + 1e-6) continue;
    reasons.push(`Insufficient ${name}`);
    never ||= wanted > allocatable;
  }
  return reasons.length > 0 ? { reasons, helpless: never } : undefined;
}
