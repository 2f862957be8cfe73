import { matchesLabels } from '../../kube/selectors.ts';
import type { Node, PodSpec } from '../../kube/types.ts';

type NodeAffinity = NonNullable<NonNullable<PodSpec['affinity']>['nodeAffinity']>;
export type NodeSelectorTerm = NonNullable<NodeAffinity['requiredDuringSchedulingIgnoredDuringExecution']>['nodeSelectorTerms'][number];

const operators = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!', Gt: '>', Lt: '<' } as const;

type Requirement = NonNullable<NodeSelectorTerm['matchExpressions']>[number];

function holds(labels: Record<string, string> | undefined, { key, operator, values }: Requirement): boolean {
  const known = operators[operator as keyof typeof operators];
  return known !== undefined && matchesLabels(labels, [{ key, operator: known, values: values ?? [] }]);
}

/** A term with nothing in it matches no node. */
export function matchesTerm(node: Node, { matchExpressions = [], matchFields = [] }: NodeSelectorTerm): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const fields = { 'metadata.name': node.metadata.name };
  return matchExpressions.every((r) => holds(node.metadata.labels, r)) && matchFields.every((r) => holds(fields, r));
}

/** nodeSelector and the required node affinity. */
export function matchesNode(spec: PodSpec | undefined, node: Node): boolean {
  for (const [key, value] of Object.entries(spec?.nodeSelector ?? {})) if (node.metadata.labels?.[key] !== value) return false;
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || required.nodeSelectorTerms.some((term) => matchesTerm(node, term));
}

/** Sum of the weights of preferred terms that hold. */
export function nodePreference(spec: PodSpec | undefined, node: Node): number {
  let score = 0;
  for (const { weight, preference } of spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
    if (matchesTerm(node, preference)) score += weight;
  }
  return score;
}

/** The node that a required affinity by metadata.name pins a pod to, as the DaemonSet controller writes it. */
export function pinnedNode(spec: PodSpec | undefined): string | undefined {
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  if (terms.length !== 1) return undefined;
  const field = terms[0]!.matchFields?.find((r) => r.key === 'metadata.name' && r.operator === 'In' && r.values?.length === 1);
  return field?.values?.[0];
}
