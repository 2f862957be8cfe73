import { matchesLabelSelector } from '../../kube/selectors.ts';
import type { Pod, PodSpec } from '../../kube/types.ts';
import type { Rejection } from './filters.ts';
import type { NodeInfo } from './node-info.ts';

type PodAffinity = NonNullable<NonNullable<PodSpec['affinity']>['podAffinity']>;
export type Term = NonNullable<PodAffinity['requiredDuringSchedulingIgnoredDuringExecution']>[number];

/** Labels of a namespace, for terms that select namespaces. */
export type NamespaceLabels = (namespace: string) => Record<string, string> | undefined;

export const requiredAffinity = (pod: Pod): readonly Term[] =>
  pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
export const requiredAntiAffinity = (pod: Pod): readonly Term[] =>
  pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];

/** Whether a term of `owner`'s selects `other`, wherever that runs. */
export function termSelects(term: Term, owner: Pod, other: Pod, labelsOf: NamespaceLabels): boolean {
  const { namespaces = [], namespaceSelector } = term;
  const namespace = other.metadata.namespace!;
  const own = namespaces.length === 0 && !namespaceSelector && namespace === owner.metadata.namespace;
  const named = namespaces.includes(namespace) || (namespaceSelector && matchesLabelSelector(labelsOf(namespace), namespaceSelector));
  if (!own && !named) return false;
  const labels = owner.metadata.labels ?? {};
  const kept = (keys: readonly string[] | undefined, operator: 'In' | 'NotIn') =>
    (keys ?? []).flatMap((key) => (labels[key] === undefined ? [] : [{ key, operator, values: [labels[key]] }]));
  const extra = [...kept(term.matchLabelKeys, 'In'), ...kept(term.mismatchLabelKeys, 'NotIn')];
  if (!matchesLabelSelector(other.metadata.labels, term.labelSelector)) return false;
  return extra.length === 0 || matchesLabelSelector(other.metadata.labels, { matchExpressions: extra });
}

export const domainOf = (info: NodeInfo, key: string): string | undefined => info.node.metadata.labels?.[key];

/** A filter by required pod (anti-)affinity; undefined where neither the pod nor any placed one has such terms. */
export function affinityFilter(
  pod: Pod,
  nodes: Iterable<NodeInfo>,
  withAntiAffinity: Iterable<{ pod: Pod; info: NodeInfo }>,
  labelsOf: NamespaceLabels,
): ((info: NodeInfo) => Rejection | undefined) | undefined {
  const repelled = new Set<string>();
  for (const { pod: other, info } of withAntiAffinity) {
    for (const term of requiredAntiAffinity(other)) {
      const domain = domainOf(info, term.topologyKey);
      if (domain !== undefined && termSelects(term, other, pod, labelsOf)) repelled.add(`${term.topologyKey}=${domain}`);
    }
  }
  const wanted = requiredAffinity(pod);
  const shunned = requiredAntiAffinity(pod);
  if (wanted.length + shunned.length + repelled.size === 0) return undefined;
  const all = [...nodes];
  const together = wanted.map((term) => domainsWith(term, pod, all, labelsOf));
  const apart = shunned.map((term) => domainsWith(term, pod, all, labelsOf));
  // The first pod of a group that wants to be with its own kind may go anywhere.
  const first = together.every((domains) => domains.size === 0) && wanted.every((term) => termSelects(term, pod, pod, labelsOf));
  return (info) => {
    const missing = wanted.some((term, i) => {
      const domain = domainOf(info, term.topologyKey);
      return domain === undefined || (!first && !together[i]!.has(domain));
    });
    if (missing) return { reasons: ["node(s) didn't match pod affinity rules"], helpless: true };
    if (shunned.some((term, i) => apart[i]!.has(domainOf(info, term.topologyKey) ?? ''))) {
      return { reasons: ["node(s) didn't match pod anti-affinity rules"], helpless: false };
    }
    for (const [key, value] of Object.entries(info.node.metadata.labels ?? {})) {
      if (repelled.has(`${key}=${value}`))
        return { reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"], helpless: false };
    }
    return undefined;
  };
}

function domainsWith(term: Term, pod: Pod, nodes: readonly NodeInfo[], labelsOf: NamespaceLabels): Set<string> {
  const domains = new Set<string>();
  for (const info of nodes) {
    const domain = domainOf(info, term.topologyKey);
    if (domain === undefined || domains.has(domain)) continue;
    for (const { pod: other } of info.pods.values()) {
      if (!termSelects(term, pod, other, labelsOf)) continue;
      domains.add(domain);
      break;
    }
  }
  return domains;
}

/** Sum of weights of the preferred terms, by domain; undefined where the pod has none. */
export function affinityPreference(
  pod: Pod,
  nodes: Iterable<NodeInfo>,
  labelsOf: NamespaceLabels,
): ((info: NodeInfo) => number) | undefined {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  const terms = [
    ...(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((t) => ({ term: t.podAffinityTerm, weight: t.weight })),
    ...(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((t) => ({
      term: t.podAffinityTerm,
      weight: -t.weight,
    })),
  ];
  if (terms.length === 0) return undefined;
  const scores = new Map<string, number>();
  for (const info of nodes) {
    for (const { term, weight } of terms) {
      const domain = domainOf(info, term.topologyKey);
      if (domain === undefined) continue;
      for (const { pod: other } of info.pods.values()) {
        if (!termSelects(term, pod, other, labelsOf)) continue;
        const key = `${term.topologyKey}=${domain}`;
        scores.set(key, (scores.get(key) ?? 0) + weight);
      }
    }
  }
  const keys = [...new Set(terms.map(({ term }) => term.topologyKey))];
  return (info) => keys.reduce((sum, key) => sum + (scores.get(`${key}=${domainOf(info, key)}`) ?? 0), 0);
}
