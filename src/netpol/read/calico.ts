import type { CalicoHostEndpoint, CalicoNetworkSet, CalicoPolicy, CalicoTier, Origin } from '../model/policies.ts';
import { all } from '../selector/selector.ts';
import type { Document } from './documents.ts';
import type { Field } from './field.ts';
import { calicoRule } from './calico-rule.ts';

const policyFields = [
  'tier',
  'order',
  'ingress',
  'egress',
  'selector',
  'namespaceSelector',
  'serviceAccountSelector',
  'types',
  'doNotTrack',
  'preDNAT',
  'applyOnForward',
  'performanceHints',
  'stagedAction',
];

/** In crd.projectcalico.org/v1 the names of the default tier's policies carry its name (policy.md, "Evaluation"). */
const plainName = (name: string): string => name.replace(/^default\./, '');

const emptyAsAbsent = (field: Field) => field.optional((f) => (f.value === '' ? undefined : f.selector()));

/** NetworkPolicy, GlobalNetworkPolicy and their Staged forms. */
export function calicoPolicy({ field, origin }: Document): CalicoPolicy {
  const spec = field.get('spec').only(...policyFields);
  const global = origin.kind.endsWith('GlobalNetworkPolicy');
  const namespace = global ? undefined : (origin.namespace ?? 'default');
  const here: Origin = { ...origin, ...(namespace !== undefined && { namespace }) };
  const rules = (direction: 'ingress' | 'egress') => spec.get(direction).map((rule) => calicoRule(rule, here, namespace)) ?? [];
  const ingress = rules('ingress');
  const egress = rules('egress');
  const types = spec.get('types').map((type) => type.oneOf('Ingress', 'Egress'));
  const namespaceSelector = global ? emptyAsAbsent(spec.get('namespaceSelector')) : undefined;
  const serviceAccountSelector = emptyAsAbsent(spec.get('serviceAccountSelector'));
  const flag = (key: string) => spec.get(key).optional((f) => f.boolean()) ?? false;
  return {
    origin: here,
    name: plainName(origin.name),
    ...(namespace !== undefined && { namespace }),
    tier: spec.get('tier').optional((f) => f.string()) || 'default',
    order: spec.get('order').optional((f) => f.number()) ?? Infinity,
    selector: emptyAsAbsent(spec.get('selector')) ?? all,
    ...(namespaceSelector && { namespaceSelector }),
    ...(serviceAccountSelector && { serviceAccountSelector }),
    types: policyTypes(types, ingress.length > 0, egress.length > 0),
    ingress,
    egress,
    staged: origin.kind.startsWith('Staged'),
    applyOnForward: flag('applyOnForward'),
    preDNAT: flag('preDNAT'),
    doNotTrack: flag('doNotTrack'),
  };
}

/** Omitted types: ingress, unless there are only egress rules; both where there are both (policy.md, "Evaluation"). */
function policyTypes(types: readonly string[] | undefined, ingress: boolean, egress: boolean): CalicoPolicy['types'] {
  if (types === undefined || types.length === 0) return { ingress: ingress || !egress, egress };
  return { ingress: types.includes('Ingress'), egress: types.includes('Egress') };
}

/** Tier orders where the object gives none: the well-known ones, and otherwise last (policy.md, "Evaluation"). */
export const wellKnownTierOrder: Readonly<Record<string, number>> = { 'kube-admin': 1000, default: 1e6, 'kube-baseline': 1e7 };

export function calicoTier({ field, origin }: Document): CalicoTier {
  const spec = field.get('spec').only('order', 'defaultAction');
  return {
    name: origin.name,
    order: spec.get('order').optional((f) => f.number()) ?? wellKnownTierOrder[origin.name] ?? Infinity,
    defaultAction: spec.get('defaultAction').optional((f) => f.oneOf('Deny', 'Pass')) ?? 'Deny',
  };
}

/** NetworkSet and GlobalNetworkSet. */
export function calicoNetworkSet({ field, origin }: Document): CalicoNetworkSet {
  const spec = field.get('spec').only('nets', 'allowedEgressDomains');
  const namespace = origin.kind === 'NetworkSet' ? (origin.namespace ?? 'default') : undefined;
  return {
    origin,
    ...(namespace !== undefined && { namespace }),
    labels: field.get('metadata').get('labels').labels(),
    nets: spec.get('nets').map((net) => net.cidr()) ?? [],
  };
}

export function calicoHostEndpoint({ field, origin }: Document): CalicoHostEndpoint {
  const spec = field.get('spec').only('node', 'interfaceName', 'expectedIPs', 'profiles', 'ports');
  const interfaceName = spec.get('interfaceName').optional((f) => f.string());
  return {
    origin,
    labels: field.get('metadata').get('labels').labels(),
    node: spec.get('node').string(),
    ...(interfaceName !== undefined && { interfaceName }),
    expectedIPs: spec.get('expectedIPs').map((ip) => ip.cidr()) ?? [],
    profiles: spec.get('profiles').strings() ?? [],
  };
}

export function calicoPool({ field, origin }: Document) {
  const spec = field.get('spec');
  const modes = ['vxlanMode', 'ipipMode'].map((key) => spec.get(key).optional((f) => f.string()) ?? 'Never');
  const encapsulation = modes.includes('Always') ? 'always' : modes.includes('CrossSubnet') ? 'cross-subnet' : 'never';
  return {
    name: origin.name,
    cidr: spec.get('cidr').cidr(),
    encapsulation,
    natOutgoing: spec.get('natOutgoing').optional((f) => f.boolean()) ?? false,
    disabled: spec.get('disabled').optional((f) => f.boolean()) ?? false,
  } as const;
}
