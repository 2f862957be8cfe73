import type { DaemonSet, Node, Pod, PodSpec, PodTemplateSpec } from '../../kube/types.ts';
import { matchesNode, pinnedNode } from '../scheduler/node-affinity.ts';
import { untoleratedTaint, type Toleration } from '../scheduler/taints.ts';

export const hashLabel = 'controller-revision-hash';
const generationLabel = 'pod-template-generation';

/** What AddOrUpdateDaemonPodTolerations adds. */
const tolerationsOf = (spec: PodSpec): Toleration[] => {
  const made: Toleration[] = [
    ['not-ready', 'NoExecute'],
    ['unreachable', 'NoExecute'],
    ['disk-pressure', 'NoSchedule'],
    ['memory-pressure', 'NoSchedule'],
    ['pid-pressure', 'NoSchedule'],
    ['unschedulable', 'NoSchedule'],
    ...(spec.hostNetwork ? [['network-unavailable', 'NoSchedule']] : []),
  ].map(([name, effect]) => ({ key: `node.kubernetes.io/${name}`, operator: 'Exists', effect: effect! }));
  const same = (a: Toleration, b: Toleration) => a.key === b.key && a.effect === b.effect && a.operator === b.operator && !a.value;
  return [...(spec.tolerations ?? []), ...made.filter((toleration) => !spec.tolerations?.some((own) => same(own, toleration)))];
};

const templateGeneration = (set: DaemonSet): string | undefined => set.metadata.annotations?.['deprecated.daemonset.template.generation'];

/** The template of a DaemonSet's pods before one is pinned to a node. */
export function daemonTemplate(set: DaemonSet, hash: string): PodTemplateSpec {
  const template = structuredClone(set.spec!.template);
  const generation = templateGeneration(set);
  template.spec!.tolerations = tolerationsOf(template.spec!);
  template.metadata = {
    ...template.metadata,
    labels: { ...template.metadata?.labels, ...(generation && { [generationLabel]: generation }), [hashLabel]: hash },
  };
  return template;
}

/** Pins the pod: every term of its required node affinity is replaced by the node's name. */
export function pinTo(spec: PodSpec, node: string): PodSpec {
  const nodeAffinity = {
    ...spec.affinity?.nodeAffinity,
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }],
    },
  };
  return { ...spec, affinity: { ...spec.affinity, nodeAffinity } };
}

export const nodeOf = (pod: Pod): string | undefined => pod.spec?.nodeName || pinnedNode(pod.spec);

export const isUpdated = (pod: Pod, set: DaemonSet, hash: string): boolean => {
  const labels = pod.metadata.labels ?? {};
  const generation = templateGeneration(set);
  return labels[hashLabel] === hash || (generation !== undefined && labels[generationLabel] === generation);
};

/** Whether a node is to have a pod of the set, and whether one that is there may stay. */
export function placement(set: DaemonSet, node: Node): { wanted: boolean; mayStay: boolean } {
  const spec = set.spec!.template.spec!;
  const elsewhere = spec.nodeName !== undefined && spec.nodeName !== '' && spec.nodeName !== node.metadata.name;
  if (elsewhere || !matchesNode(spec, node)) return { wanted: false, mayStay: false };
  const tolerations = tolerationsOf(spec);
  const wanted = !untoleratedTaint(node.spec?.taints, tolerations, ['NoSchedule', 'NoExecute']);
  return { wanted, mayStay: wanted || !untoleratedTaint(node.spec?.taints, tolerations, ['NoExecute']) };
}

/** The oldest scheduled pod first. */
export const byAge = (a: Pod, b: Pod): number =>
  Number(Boolean(b.spec?.nodeName)) - Number(Boolean(a.spec?.nodeName)) ||
  Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp);
