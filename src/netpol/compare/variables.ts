import type { Cluster, Pod } from '../model/cluster.ts';
import type { CiliumSelector } from '../model/policies.ts';
import { and, type Selector } from '../selector/selector.ts';
import { counts } from '../evaluate/cilium/identity.ts';
import { namespaceKey, namespaceLabels } from '../read/cilium-selector.ts';

/**
 * What both engines can ask of a pod, under names of our own, so that one policy's labels are the other's:
 * `ns`, `sa`, `label:KEY`, `nsl:KEY` (its namespace's labels), `sal:KEY` (its service account's), `=TEXT` (a constant).
 */
export type Variable = string;

const never = '=';

export function calicoVariable(key: string): Variable {
  if (key === 'projectcalico.org/orchestrator') return '=k8s';
  if (key === 'projectcalico.org/serviceaccount' || key === 'pcsa.projectcalico.org/name') return 'sa';
  if (key === 'projectcalico.org/namespace' || key === 'pcns.projectcalico.org/name') return 'ns';
  if (key.startsWith('pcsa.')) return `sal:${key.slice(5)}`;
  return key.startsWith('pcns.') ? `nsl:${key.slice(5)}` : `label:${key}`;
}

export function ciliumVariable(source: string, key: string): Variable {
  if (source !== 'any' && source !== 'k8s') return never;
  if (key === namespaceKey) return 'ns';
  if (key === 'io.cilium.k8s.policy.serviceaccount') return 'sa';
  if (key === 'io.cilium.k8s.policy.cluster') return '=default';
  if (!counts(key)) return never;
  return key.startsWith(`${namespaceLabels}.`) ? `nsl:${key.slice(namespaceLabels.length + 1)}` : `label:${key}`;
}

/** A Calico selector over variables. */
export function overVariables(selector: Selector): Selector {
  switch (selector.op) {
    case 'all':
      return selector;
    case 'global':
      return { op: 'not', operand: { op: 'has', key: 'ns' } };
    case 'not':
      return { op: 'not', operand: overVariables(selector.operand) };
    case 'and':
    case 'or':
      return { op: selector.op, operands: selector.operands.map(overVariables) };
    default:
      return { ...selector, key: calicoVariable(selector.key) };
  }
}

/** A Cilium selector over variables. */
export function ciliumOverVariables(selector: CiliumSelector): Selector {
  return and(
    { op: 'all' },
    ...selector.map(({ source, key, operator, values }): Selector => {
      const variable = ciliumVariable(source, key);
      if (operator === 'Exists') return { op: 'has', key: variable };
      if (operator === 'DoesNotExist') return { op: 'not', operand: { op: 'has', key: variable } };
      return { op: operator === 'In' ? 'in' : 'not in', key: variable, values };
    }),
  );
}

/** A pod's value of a variable. */
export function valueOf({ namespaces, serviceAccounts }: Cluster, pod: Pod, variable: Variable): string | undefined {
  if (variable === 'ns') return pod.namespace;
  if (variable === 'sa') return pod.serviceAccount;
  if (variable.startsWith('=')) return variable.slice(1) || undefined;
  const colon = variable.indexOf(':');
  const key = variable.slice(colon + 1);
  const of = variable.slice(0, colon);
  if (of === 'nsl') return namespaces.get(pod.namespace)?.[key] ?? (key === 'kubernetes.io/metadata.name' ? pod.namespace : undefined);
  return of === 'sal' ? serviceAccounts.get(`${pod.namespace}/${pod.serviceAccount}`)?.[key] : pod.labels[key];
}

export type Atom = Extract<Selector, { key: string }>;

export function* atomsOf(selector: Selector): Generator<Atom> {
  if ('operand' in selector) yield* atomsOf(selector.operand);
  else if ('operands' in selector) for (const operand of selector.operands) yield* atomsOf(operand);
  else if ('key' in selector) yield selector;
}
