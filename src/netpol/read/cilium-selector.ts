import type { CiliumRequirement, CiliumSelector } from '../model/policies.ts';
import type { Field } from './field.ts';
import { labelSelector } from './kubernetes.ts';

const namespaceKey = 'io.kubernetes.pod.namespace';
const namespaceLabels = 'io.cilium.k8s.namespace.labels';

/** `k8s:app` names the label's source; without one any source will do. */
function requirement(text: string, operator: CiliumRequirement['operator'], values: readonly string[]): CiliumRequirement {
  const colon = text.indexOf(':');
  const source = colon > 0 ? text.slice(0, colon) : 'any';
  return { source, key: colon > 0 ? text.slice(colon + 1) : text, operator, values };
}

/** A selector as it is written, nothing added. */
export function plainSelector(field: Field): CiliumRequirement[] {
  const { matchLabels = {}, matchExpressions = [] } = labelSelector(field);
  return [
    ...Object.entries(matchLabels).map(([key, value]) => requirement(key, 'In', [value])),
    ...matchExpressions.map(({ key, operator, values }) => requirement(key, operator as CiliumRequirement['operator'], values ?? [])),
  ];
}

const inNamespace = (namespace: string): CiliumRequirement => ({ source: 'k8s', key: namespaceKey, operator: 'In', values: [namespace] });

/** The subject of a namespaced policy never leaves its namespace, whatever it says. */
export function subjectSelector(field: Field, namespace: string | undefined): CiliumSelector {
  const written = plainSelector(field);
  return namespace === undefined ? written : [...written.filter((r) => r.key !== namespaceKey), inNamespace(namespace)];
}

/**
 * A peer's selector with the namespace that Cilium adds (pkg/k8s/apis/cilium.io/utils, getEndpointSelector; policy.md, "Traps"):
 * a namespaced policy means its own namespace unless the selector speaks of the namespace or its labels; a clusterwide one adds
 * "has a namespace" unless it speaks of the namespace by name. Any operator counts as speaking of it: this is what lets a lone
 * NotIn match world and nodes (trap 2).
 */
export function peerSelector(field: Field, namespace: string | undefined): CiliumSelector {
  const written = plainSelector(field);
  if (written.some((r) => r.source === 'reserved')) return written;
  if (written.some((r) => r.key === namespaceKey)) return written;
  if (namespace === undefined) return [...written, { source: 'k8s', key: namespaceKey, operator: 'Exists', values: [] }];
  return written.some((r) => r.key.startsWith(namespaceLabels)) ? written : [...written, inNamespace(namespace)];
}

export { namespaceKey, namespaceLabels, requirement };
