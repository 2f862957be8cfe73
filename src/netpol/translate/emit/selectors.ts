import type { Labelled, Values } from '../region/labels.ts';

export interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values?: readonly string[];
}

/** An EndpointSelector as it is written. */
export interface WrittenSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly Requirement[];
}

const namespaceKey = 'k8s:io.kubernetes.pod.namespace';

const writtenKey = (key: string): string => {
  if (key === 'namespace') return namespaceKey;
  if (key === 'serviceaccount') return 'k8s:io.cilium.k8s.policy.serviceaccount';
  if (key.startsWith('namespace:')) return `k8s:io.cilium.k8s.namespace.labels.${key.slice(10)}`;
  return `k8s:${key.slice(4)}`;
};

/** What the API server takes as a label's value; no pod has another one. */
const possible = /^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$/;

/** The ways to say one label: two where both being without it and some values are meant, none where no pod could have it. */
function requirements(key: string, { absent, listed, values }: Values): Requirement[][] {
  const named = [...values].filter((value) => possible.test(value)).sort();
  if (listed === 'only') {
    const without: Requirement[][] = absent ? [[{ key, operator: 'DoesNotExist' }]] : [];
    return named.length === 0 ? without : [...without, [{ key, operator: 'In', values: named }]];
  }
  const but: Requirement[] = named.length === 0 ? [] : [{ key, operator: 'NotIn', values: named }];
  return [absent ? but : [{ key, operator: 'Exists' }, ...but]];
}

function written(list: readonly Requirement[]): WrittenSelector {
  const equal = list.filter((r) => r.operator === 'In' && r.values?.length === 1);
  const others = list.filter((r) => !equal.includes(r));
  return {
    ...(equal.length > 0 && { matchLabels: Object.fromEntries(equal.map((r) => [r.key, r.values![0]!])) }),
    ...(others.length > 0 && { matchExpressions: others }),
  };
}

/**
 * Selectors that together mean a conjunction. In the policy's own namespace a subject need not name it; everything else does,
 * since a selector of nothing but negations would match the world (trap 2).
 */
export function selectorsOf(labels: Labelled, own?: string): WrittenSelector[] {
  const sorted = [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
  const rest = sorted.filter(([key]) => key !== 'namespace');
  const namespace = labels.get('namespace') ?? { absent: false, listed: 'except', values: new Set<string>() };
  const inOwn = own !== undefined && namespace.listed === 'only' && namespace.values.size === 1 && namespace.values.has(own);
  const named = requirements(namespaceKey, namespace);
  const start: Requirement[][] = inOwn ? [[]] : named;
  const all = rest.reduce(
    (lists, [key, values]) => lists.flatMap((list) => requirements(writtenKey(key), values).map((more) => [...list, ...more])),
    start,
  );
  return all.map(written);
}
