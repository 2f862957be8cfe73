import type { ClusterPolicy, ClusterPolicyPeer, ClusterPolicyRule, Origin } from '../model/policies.ts';
import type { Document } from './documents.ts';
import type { Field } from './field.ts';
import { labelSelector } from './kubernetes.ts';

type Ports = NonNullable<ClusterPolicyRule['ports']>;

function subject(field: Field): ClusterPolicy['subject'] {
  field.only('namespaces', 'pods');
  if (field.keys().length !== 1) return field.fail('one of namespaces and pods');
  if (field.get('namespaces').present) return { namespaceSelector: labelSelector(field.get('namespaces')), podSelector: {} };
  return pods(field.get('pods'));
}

function pods(field: Field): ClusterPolicy['subject'] {
  field.only('namespaceSelector', 'podSelector');
  return { namespaceSelector: labelSelector(field.get('namespaceSelector')), podSelector: labelSelector(field.get('podSelector')) };
}

function peer(field: Field, direction: 'ingress' | 'egress'): ClusterPolicyPeer {
  const known = direction === 'ingress' ? ['namespaces', 'pods'] : ['namespaces', 'pods', 'nodes', 'networks', 'domainNames'];
  field.only(...known);
  const [key, ...more] = field.keys();
  if (key === undefined || more.length > 0) return field.fail(`one of ${known.join(', ')}`);
  const value = field.get(key);
  if (key === 'networks') return { kind: 'networks', cidrs: value.map((item) => item.cidr()) ?? [] };
  if (key === 'nodes') return { kind: 'nodes', selector: labelSelector(value) };
  if (key === 'domainNames') return { kind: 'domains', names: value.strings() ?? [] };
  return { kind: 'pods', ...(key === 'pods' ? pods(value) : { namespaceSelector: labelSelector(value), podSelector: {} }) };
}

const between = (from: Field, to: Field) => ({ from: from.integer(1, 65_535), to: to.integer(1, 65_535) });

/** v1alpha2: `protocols: [{tcp: {destinationPort: {number: 80}}}]`. */
function spoken(field: Field): Ports[number] {
  field.only('tcp', 'udp', 'sctp', 'destinationNamedPort');
  const [key, ...more] = field.keys();
  if (key === undefined || more.length > 0) return field.fail('one of tcp, udp, sctp and destinationNamedPort');
  if (key === 'destinationNamedPort') return { port: { name: field.get(key).string() } };
  const port = field.get(key).only('destinationPort').get('destinationPort').only('number', 'range');
  if (!port.present) return { protocol: key };
  const range = port.get('range').only('start', 'end');
  const number = port.get('number');
  return { protocol: key, port: range.present ? between(range.get('start'), range.get('end')) : between(number, number) };
}

/** v1alpha1: `ports: [{portNumber: {protocol: TCP, port: 80}}]`. */
function numbered(field: Field): Ports[number] {
  field.only('portNumber', 'portRange', 'namedPort');
  const [key, ...more] = field.keys();
  if (key === undefined || more.length > 0) return field.fail('one of portNumber, portRange and namedPort');
  const value = field.get(key);
  if (key === 'namedPort') return { port: { name: value.string() } };
  const protocol = (value.get('protocol').optional((f) => f.oneOf('TCP', 'UDP', 'SCTP')) ?? 'TCP').toLowerCase();
  if (key === 'portRange') return { protocol, port: between(value.get('start'), value.get('end')) };
  return { protocol, port: between(value.get('port'), value.get('port')) };
}

function rule(field: Field, direction: 'ingress' | 'egress', origin: Origin, predecessor: boolean): ClusterPolicyRule {
  const side = direction === 'ingress' ? 'from' : 'to';
  const portsKey = predecessor ? 'ports' : 'protocols';
  field.only('name', 'action', side, portsKey);
  const action = predecessor ? field.get('action').oneOf('Allow', 'Deny', 'Pass') : field.get('action').oneOf('Accept', 'Deny', 'Pass');
  const list = field.get(side).list() ?? [];
  if (list.length === 0) field.get(side).fail('at least one peer');
  const ports = field.get(portsKey).map(predecessor ? numbered : spoken);
  return {
    origin: { ...origin, path: field.path },
    action: action === 'Allow' ? 'Accept' : action,
    peers: list.map((item) => peer(item, direction)),
    ...(ports && ports.length > 0 && { ports }),
  };
}

/** policy.networking.k8s.io: ClusterNetworkPolicy v1alpha2, AdminNetworkPolicy and BaselineAdminNetworkPolicy v1alpha1. */
export function clusterPolicy({ field, origin, apiVersion }: Document): ClusterPolicy {
  const predecessor = origin.kind !== 'ClusterNetworkPolicy';
  if (predecessor !== apiVersion.endsWith('v1alpha1'))
    field.get('apiVersion').fail(`policy.networking.k8s.io/${predecessor ? 'v1alpha1' : 'v1alpha2'}`);
  const spec = field.get('spec');
  spec.only(
    'subject',
    'ingress',
    'egress',
    ...(origin.kind === 'BaselineAdminNetworkPolicy' ? [] : ['priority']),
    ...(predecessor ? [] : ['tier']),
  );
  if (origin.kind === 'BaselineAdminNetworkPolicy' && origin.name !== 'default') field.get('metadata').get('name').fail('default');
  const rules = (direction: 'ingress' | 'egress'): ClusterPolicyRule[] => {
    const list = spec.get(direction).list() ?? [];
    const most = predecessor ? 100 : 25;
    if (list.length > most) spec.get(direction).fail(`at most ${most} rules`);
    return list.map((item) => rule(item, direction, origin, predecessor));
  };
  const baseline =
    origin.kind === 'BaselineAdminNetworkPolicy' || (!predecessor && spec.get('tier').oneOf('Admin', 'Baseline') === 'Baseline');
  return {
    origin,
    tier: baseline ? 'Baseline' : 'Admin',
    priority: origin.kind === 'BaselineAdminNetworkPolicy' ? 0 : spec.get('priority').integer(0, 1000),
    subject: subject(spec.get('subject')),
    ingress: rules('ingress'),
    egress: rules('egress'),
    predecessor,
  };
}
