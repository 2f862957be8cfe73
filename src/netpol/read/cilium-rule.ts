import type { CiliumEntry, CiliumPeer, CiliumRule, Origin } from '../model/policies.ts';
import type { Field } from './field.ts';
import { peerSelector, plainSelector, subjectSelector } from './cilium-selector.ts';
import { portOf } from './ports.ts';

/** The entities that the CRD's schema takes; the API server refuses others, `world-ipv4` among them (measured). */
const entities = [
  'all',
  'world',
  'cluster',
  'host',
  'init',
  'ingress',
  'unmanaged',
  'remote-node',
  'health',
  'none',
  'kube-apiserver',
] as const;

const icmpTypes: Readonly<Record<string, number>> = {
  EchoReply: 0,
  DestinationUnreachable: 3,
  Redirect: 5,
  Echo: 8,
  EchoRequest: 8,
  RouterAdvertisement: 9,
  RouterSelection: 10,
  TimeExceeded: 11,
  ParameterProblem: 12,
  Timestamp: 13,
  TimestampReply: 14,
  Photuris: 40,
  ExtendedEchoRequest: 42,
  ExtendedEchoReply: 43,
};
const icmp6Types: Readonly<Record<string, number>> = {
  DestinationUnreachable: 1,
  PacketTooBig: 2,
  TimeExceeded: 3,
  ParameterProblem: 4,
  EchoRequest: 128,
  EchoReply: 129,
  MulticastListenerQuery: 130,
  RouterSolicitation: 133,
  RouterAdvertisement: 134,
  NeighborSolicitation: 135,
  NeighborAdvertisement: 136,
};

/** A rule that the agent does not take (condition Valid=False): nothing of its policy is enforced (trap 5). */
export class InvalidRule extends Error {
  override readonly name = 'InvalidRule';
}

const cidrSet = (field: Field): CiliumPeer => {
  field.only('cidr', 'except', 'cidrGroupRef', 'cidrGroupSelector');
  const except = field.get('except').map((item) => item.cidr()) ?? [];
  if (field.get('cidrGroupRef').present) return { kind: 'cidr-group', name: field.get('cidrGroupRef').string(), except };
  if (field.get('cidrGroupSelector').present) {
    return { kind: 'cidr-group-selector', selector: plainSelector(field.get('cidrGroupSelector')), except };
  }
  return { kind: 'cidr', cidr: field.get('cidr').cidr(), except };
};

function service(field: Field, namespace: string | undefined): CiliumPeer {
  const byName = field.get('k8sService');
  if (byName.present) {
    const of = byName.get('namespace').optional((f) => f.string()) || namespace;
    return { kind: 'service', name: byName.get('serviceName').string(), namespace: of ?? byName.get('namespace').fail('a namespace') };
  }
  return { kind: 'unresolved', text: 'toServices by labels' };
}

const sections = {
  ingress: {
    endpoints: 'fromEndpoints',
    cidr: 'fromCIDR',
    cidrSet: 'fromCIDRSet',
    entities: 'fromEntities',
    others: ['fromGroups', 'fromNodes'],
  },
  egress: {
    endpoints: 'toEndpoints',
    cidr: 'toCIDR',
    cidrSet: 'toCIDRSet',
    entities: 'toEntities',
    others: ['toGroups', 'toNodes', 'toFQDNs'],
  },
} as const;

/** The peer sections of an entry; undefined where it has none. Two kinds of peers in one entry are invalid (trap 5). */
function peersOf(field: Field, direction: 'ingress' | 'egress', namespace: string | undefined): CiliumPeer[] | undefined {
  const keys = sections[direction];
  const read: (readonly [string, CiliumPeer[] | undefined])[] = [
    [keys.endpoints, field.get(keys.endpoints).map((f) => ({ kind: 'endpoints', selector: peerSelector(f, namespace) }))],
    [keys.cidr, field.get(keys.cidr).map((f) => ({ kind: 'cidr', cidr: f.cidr(), except: [] }))],
    [keys.cidrSet, field.get(keys.cidrSet).map(cidrSet)],
    [keys.entities, field.get(keys.entities).map((f) => ({ kind: 'entity', entity: f.oneOf(...entities) }))],
    ...keys.others.map((key) => [key, field.get(key).map((): CiliumPeer => ({ kind: 'unresolved', text: key }))] as const),
    ['toServices', direction === 'egress' ? field.get('toServices').map((f) => service(f, namespace)) : undefined],
  ];
  const used = read.filter(([, peers]) => peers !== undefined && peers.length > 0).map(([key]) => key);
  if (used.length > 1) throw new InvalidRule(`${field.path}: combining ${used.join(' and ')} in one entry is not supported`);
  const given = read.flatMap(([, peers]) => (peers === undefined ? [] : [peers]));
  return given.length === 0 ? undefined : given.flat();
}

function portsOf(field: Field): CiliumEntry['ports'] {
  const rules = field.get('toPorts').list();
  if (rules === undefined || rules.length === 0) return undefined;
  return rules.flatMap((rule) => {
    const ports = rule.get('ports').list() ?? [];
    if (ports.length > 40) throw new InvalidRule(`${rule.path}.ports: ${ports.length} ports, where at most 40 are taken`);
    if (ports.length === 0) return [{ protocol: 'any', port: { from: 0, to: 65_535 } }];
    return ports.map((item) => {
      const protocol = (
        item.get('protocol').optional((f) => f.oneOf('TCP', 'UDP', 'SCTP', 'ICMP', 'ICMPv6', 'ANY')) ?? 'ANY'
      ).toLowerCase();
      const port = portOf(item.get('port'), item.get('endPort'));
      // Port 0 means every port.
      return { protocol, port: 'from' in port && port.from === 0 ? { from: 0, to: 65_535 } : port };
    });
  });
}

function icmpsOf(field: Field): CiliumEntry['icmps'] {
  const fields = field
    .get('icmps')
    .list()
    ?.flatMap((item) => item.get('fields').list() ?? []);
  if (fields === undefined) return undefined;
  if (fields.length > 40) throw new InvalidRule(`${field.path}.icmps: ${fields.length} fields, where at most 40 are taken`);
  return fields.map((item) => {
    const family = item.get('family').optional((f) => f.oneOf('IPv4', 'IPv6')) === 'IPv6' ? 6 : 4;
    const type = item.get('type');
    if (typeof type.value === 'number') return { family, type: type.integer(0, 255) };
    const named = (family === 6 ? icmp6Types : icmpTypes)[type.string()] ?? (/^\d+$/.test(type.string()) ? Number(type.value) : undefined);
    return { family, type: named ?? type.fail('an ICMP type by number or name') };
  });
}

function entry(field: Field, direction: 'ingress' | 'egress', origin: Origin): CiliumEntry {
  const keys = sections[direction];
  const services = direction === 'egress' ? ['toServices'] : [];
  field.only(keys.endpoints, keys.cidr, keys.cidrSet, keys.entities, ...keys.others, ...services, 'toPorts', 'icmps', 'authentication');
  const peers = peersOf(field, direction, origin.namespace);
  const ports = portsOf(field);
  const icmps = icmpsOf(field);
  if (ports !== undefined && icmps !== undefined && icmps.length > 0)
    throw new InvalidRule(`${field.path}: icmps beside toPorts is not supported`);
  return { origin: { ...origin, path: field.path }, peers, ports, icmps };
}

/** One `spec`, or one of `specs`, of a CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy. Throws FieldError and InvalidRule. */
export function ciliumRule(field: Field, origin: Origin): CiliumRule {
  field.only(
    'endpointSelector',
    'nodeSelector',
    'ingress',
    'egress',
    'ingressDeny',
    'egressDeny',
    'enableDefaultDeny',
    'labels',
    'description',
    'log',
  );
  const byNode = field.get('nodeSelector').present;
  if (byNode === field.get('endpointSelector').present)
    throw new InvalidRule(`${field.path}: needs one of endpointSelector and nodeSelector`);
  if (byNode && origin.namespace !== undefined)
    throw new InvalidRule(`${field.path}.nodeSelector: only a clusterwide policy may select nodes`);
  const read = (section: string) =>
    field.get(section).map((item) => entry(item, section.startsWith('ingress') ? 'ingress' : 'egress', origin)) ?? [];
  const [ingress, egress, ingressDeny, egressDeny] = [read('ingress'), read('egress'), read('ingressDeny'), read('egressDeny')];
  const asked = (direction: 'ingress' | 'egress') =>
    field
      .get('enableDefaultDeny')
      .get(direction)
      .optional((f) => f.boolean());
  return {
    subject: byNode
      ? { kind: 'node', selector: plainSelector(field.get('nodeSelector')) }
      : { kind: 'endpoints', selector: subjectSelector(field.get('endpointSelector'), origin.namespace) },
    // Any rule section puts its direction in default deny; an empty list is none (trap 6).
    defaultDeny: {
      ingress: asked('ingress') ?? ingress.length + ingressDeny.length > 0,
      egress: asked('egress') ?? egress.length + egressDeny.length > 0,
    },
    emptySections: ['ingress', 'egress', 'ingressDeny', 'egressDeny'].filter((section) => field.get(section).list()?.length === 0),
    ingress,
    egress,
    ingressDeny,
    egressDeny,
  };
}
