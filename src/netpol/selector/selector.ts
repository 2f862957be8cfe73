import type { LabelSelector } from '../../kube/types.ts';

/** Calico's selector expressions; Kubernetes' label selectors become the same. */
export type Selector =
  | { readonly op: 'all' }
  /** Only of a namespaceSelector: what has no namespace. */
  | { readonly op: 'global' }
  | { readonly op: 'has'; readonly key: string }
  | { readonly op: 'in' | 'not in'; readonly key: string; readonly values: readonly string[] }
  | { readonly op: 'contains' | 'starts with' | 'ends with'; readonly key: string; readonly value: string }
  | { readonly op: 'not'; readonly operand: Selector }
  | { readonly op: 'and' | 'or'; readonly operands: readonly Selector[] };

export const all: Selector = { op: 'all' };
export const equal = (key: string, value: string): Selector => ({ op: 'in', key, values: [value] });
export const and = (...operands: readonly Selector[]): Selector => (operands.length === 1 ? operands[0]! : { op: 'and', operands });

/** The value of a label, or undefined. */
export type LabelReader = (key: string) => string | undefined;

/** An absent label matches `!=` and `not in`, and none of the positive operators (libcalico-go/lib/selector/parser/ast.go). */
export function matches(selector: Selector, label: LabelReader): boolean {
  switch (selector.op) {
    case 'all':
      return true;
    case 'global':
      return label('projectcalico.org/namespace') === undefined;
    case 'has':
      return label(selector.key) !== undefined;
    case 'in': {
      const value = label(selector.key);
      return value !== undefined && selector.values.includes(value);
    }
    case 'not in': {
      const value = label(selector.key);
      return value === undefined || !selector.values.includes(value);
    }
    case 'contains':
      return label(selector.key)?.includes(selector.value) ?? false;
    case 'starts with':
      return label(selector.key)?.startsWith(selector.value) ?? false;
    case 'ends with':
      return label(selector.key)?.endsWith(selector.value) ?? false;
    case 'not':
      return !matches(selector.operand, label);
    case 'and':
      return selector.operands.every((operand) => matches(operand, label));
    case 'or':
      return selector.operands.some((operand) => matches(operand, label));
  }
}

/** A Kubernetes label selector in Calico's terms, as libcalico-go converts it. */
export function fromLabelSelector(selector: LabelSelector): Selector {
  const operands: Selector[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => equal(key, value));
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const present: Selector = { op: 'has', key };
    if (operator === 'Exists') operands.push(present);
    else if (operator === 'DoesNotExist') operands.push({ op: 'not', operand: present });
    else operands.push({ op: operator === 'In' ? 'in' : 'not in', key, values });
  }
  return operands.length === 0 ? all : and(...operands);
}

/** The same expression with every key under a prefix, as Felix sees a namespace's (`pcns.`) or service account's (`pcsa.`) labels. */
export function withPrefix(selector: Selector, prefix: string): Selector {
  switch (selector.op) {
    case 'all':
    case 'global':
      return selector;
    case 'not':
      return { op: 'not', operand: withPrefix(selector.operand, prefix) };
    case 'and':
    case 'or':
      return { op: selector.op, operands: selector.operands.map((operand) => withPrefix(operand, prefix)) };
    default:
      return { ...selector, key: `${prefix}${selector.key}` };
  }
}
