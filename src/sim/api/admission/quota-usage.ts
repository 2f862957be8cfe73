import { parseQuantity, type Quantity } from '../../../kube/quantity.ts';
import type { KubeObject, Pod, Service } from '../../../kube/types.ts';
import { qosClassOf } from '../strategies/pod-qos.ts';
import { add, podAmounts, type Amounts } from './amounts.ts';

/** What an object uses of quotas, as pkg/quota/v1 counts it. */
export interface Quota extends KubeObject {
  spec?: { hard?: Record<string, string>; scopes?: string[]; scopeSelector?: { matchExpressions?: Scope[] } };
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}
interface Scope {
  scopeName: string;
  operator: string;
  values?: string[];
}

const one: Quantity = { nanos: 1_000_000_000n, format: 'DecimalSI' };

/** Kinds that are also counted by their bare name. */
const bare = new Set(['services', 'replicationcontrollers', 'resourcequotas', 'secrets', 'configmaps', 'persistentvolumeclaims']);

const known = new WeakMap<KubeObject, Amounts>();

/** `table` as the store names it: `/pods`, `apps/deployments`. */
export function usageOf(table: string, object: KubeObject): Amounts {
  let usage = known.get(object);
  // What is not stored yet may still change.
  if (!usage || !Object.isFrozen(object)) known.set(object, (usage = count(table, object)));
  return usage;
}

function count(table: string, object: KubeObject): Amounts {
  const [group = '', plural = ''] = table.split('/');
  const usage: Amounts = new Map([[`count/${plural}${group && `.${group}`}`, one]]);
  if (group !== '') return usage;
  if (bare.has(plural)) usage.set(plural, one);
  if (plural === 'pods') countPod(usage, object);
  if (plural === 'services') countService(usage, object);
  if (plural === 'persistentvolumeclaims') countClaim(usage, object);
  return usage;
}

function countPod(usage: Amounts, { spec, status }: Pod): void {
  if (!spec || status?.phase === 'Succeeded' || status?.phase === 'Failed') return;
  usage.set('pods', one);
  for (const [name, amount] of podAmounts(spec, 'requests')) {
    const plain = ['cpu', 'memory', 'ephemeral-storage'].includes(name) || name.startsWith('hugepages-');
    if (plain) usage.set(name, amount);
    if (plain || name.includes('/')) usage.set(`requests.${name}`, amount);
  }
  for (const [name, amount] of podAmounts(spec, 'limits')) {
    if (['cpu', 'memory', 'ephemeral-storage'].includes(name)) usage.set(`limits.${name}`, amount);
  }
}

function countService(usage: Amounts, { spec }: Service): void {
  const ports = BigInt(spec?.ports?.length ?? 0);
  const nodePorts = { ...one, nanos: one.nanos * ports };
  const zero = { ...one, nanos: 0n };
  const balanced = spec?.type === 'LoadBalancer';
  const allocated = spec?.allocateLoadBalancerNodePorts === false ? (spec.ports ?? []).filter((port) => port.nodePort).length : undefined;
  usage.set('services.loadbalancers', balanced ? one : zero);
  const given = allocated === undefined ? nodePorts : { ...one, nanos: one.nanos * BigInt(allocated) };
  usage.set('services.nodeports', spec?.type === 'NodePort' ? nodePorts : balanced ? given : zero);
}

function countClaim(usage: Amounts, claim: KubeObject): void {
  const spec = claim['spec'] as { storageClassName?: string; resources?: { requests?: Record<string, string> } } | undefined;
  const storage = spec?.resources?.requests?.['storage'];
  const amount = storage === undefined ? undefined : parseQuantity(storage);
  if (amount) usage.set('requests.storage', amount);
  if (!spec?.storageClassName) return;
  const prefix = `${spec.storageClassName}.storageclass.storage.k8s.io/`;
  usage.set(`${prefix}persistentvolumeclaims`, one);
  if (amount) usage.set(`${prefix}requests.storage`, amount);
}

/** Whether a quota's scopes take the object in; only pods are in a scope, and claims by their class of attributes. */
export function inScope(quota: Quota, table: string, object: KubeObject): boolean {
  const scopes: Scope[] = [
    ...(quota.spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })),
    ...(quota.spec?.scopeSelector?.matchExpressions ?? []),
  ];
  return scopes.length === 0 || (table === '/pods' && scopes.every((scope) => matches(scope, object as Pod)));
}

function matches({ scopeName, operator, values = [] }: Scope, { spec }: Pod): boolean {
  if (!spec) return false;
  const terminating = spec['activeDeadlineSeconds'] !== undefined;
  const bestEffort = qosClassOf(spec) === 'BestEffort';
  const name = spec.priorityClassName ?? '';
  switch (scopeName) {
    case 'Terminating':
      return terminating;
    case 'NotTerminating':
      return !terminating;
    case 'BestEffort':
      return bestEffort;
    case 'NotBestEffort':
      return !bestEffort;
    case 'PriorityClass':
      if (operator === 'In') return values.includes(name);
      if (operator === 'NotIn') return !values.includes(name);
      return operator === 'Exists' ? name !== '' : name === '';
    case 'CrossNamespacePodAffinity':
      return /"namespace(s|Selector)":/.test(JSON.stringify(spec['affinity'] ?? {}));
    default:
      return false;
  }
}

/** The tables that a quota's names are about. */
export function tablesOf(names: readonly string[]): string[] {
  const tables = names.map((name) => {
    if (name.startsWith('count/')) {
      const [plural = '', ...group] = name.slice('count/'.length).split('.');
      return `${group.join('.')}/${plural}`;
    }
    if (name.startsWith('services')) return '/services';
    if (name.includes('storageclass.storage.k8s.io/') || name === 'requests.storage') return '/persistentvolumeclaims';
    return bare.has(name) ? `/${name}` : '/pods';
  });
  return [...new Set(tables)];
}

const zero: Quantity = { nanos: 0n, format: 'DecimalSI' };

export const masked = (amounts: Amounts, names: readonly string[]): Amounts =>
  new Map([...amounts].filter(([name]) => names.includes(name)));

/** What a quota's namespace uses of what the quota limits; `list` gives the namespace's objects in a table. */
export function usedOf(quota: Quota, list: (table: string) => readonly KubeObject[]): Amounts {
  const names = Object.keys(quota.spec?.hard ?? {});
  let used: Amounts = new Map(names.map((name) => [name, zero]));
  for (const table of tablesOf(names)) {
    for (const object of list(table)) {
      if (inScope(quota, table, object)) used = add(used, masked(usageOf(table, object), names));
    }
  }
  return used;
}
