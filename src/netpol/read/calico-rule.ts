import type { CalicoEntity, CalicoRule, IcmpMatch, Origin } from '../model/policies.ts';
import type { Field } from './field.ts';
import { calicoPort } from './ports.ts';

const names: Readonly<Record<string, string>> = { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6', '132': 'sctp', '136': 'udplite' };

function protocol(field: Field): string {
  const { value } = field;
  const text = typeof value === 'number' ? String(field.integer(1, 255)) : field.string().toLowerCase();
  if (/^\d+$/.test(text)) return names[text] ?? text;
  return Object.values(names).includes(text) ? text : field.fail('TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite or a number from 1 to 255');
}

const icmp = (field: Field): IcmpMatch => {
  field.only('type', 'code');
  return { ...whole(field, 'type'), ...whole(field, 'code') };
};
const whole = (field: Field, key: 'type' | 'code') => (field.get(key).present ? { [key]: field.get(key).integer(0, 255) } : {});

function entity(field: Field, namespace: string | undefined): CalicoEntity {
  const known = [
    'nets',
    'notNets',
    'selector',
    'notSelector',
    'namespaceSelector',
    'ports',
    'notPorts',
    'serviceAccounts',
    'services',
    'domains',
  ];
  field.only(...known);
  const cidrs = (key: string) => field.get(key).map((item) => item.cidr());
  const selector = (key: string) => field.get(key).optional((f) => (f.value === '' ? undefined : f.selector()));
  const ports = (key: string) => field.get(key).map(calicoPort);
  const accounts = field.get('serviceAccounts').optional((f) => {
    f.only('names', 'selector');
    const byLabel = f.get('selector').optional((s) => s.selector());
    return { names: f.get('names').strings() ?? [], ...(byLabel && { selector: byLabel }) };
  });
  const services = field.get('services').optional((f) => ({
    name: f.only('name', 'namespace').get('name').string(),
    namespace: f.get('namespace').optional((n) => n.string()) ?? namespace ?? f.get('namespace').fail('the namespace of the service'),
  }));
  if (services !== undefined && field.get('ports').present) field.get('ports').fail('no ports beside services');
  const domains = field.get('domains').strings();
  const read = {
    nets: cidrs('nets'),
    notNets: cidrs('notNets'),
    selector: selector('selector'),
    notSelector: selector('notSelector'),
    namespaceSelector: selector('namespaceSelector'),
    ports: ports('ports'),
    notPorts: ports('notPorts'),
    serviceAccounts: accounts,
    services,
    domains,
  };
  return withoutEmpty(read);
}

/** An empty list says nothing in Calico's API: the field counts as absent. */
const withoutEmpty = (read: object): CalicoEntity =>
  Object.fromEntries(Object.entries(read).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)));

/** One rule of a Calico policy. `namespace` is the policy's own, if it has one. */
export function calicoRule(field: Field, origin: Origin, namespace: string | undefined): CalicoRule {
  field.only('action', 'protocol', 'notProtocol', 'icmp', 'notICMP', 'ipVersion', 'source', 'destination', 'http', 'metadata');
  const action = field.get('action');
  // crd.projectcalico.org/v1 keeps the same spelling; only long-gone objects write them in lower case.
  const rule = {
    origin: { ...origin, path: field.path },
    action: action.oneOf('Allow', 'Deny', 'Pass', 'Log'),
    source: entity(field.get('source'), namespace),
    destination: entity(field.get('destination'), namespace),
    http: field.get('http').present,
    protocol: field.get('protocol').optional(protocol),
    notProtocol: field.get('notProtocol').optional(protocol),
    icmp: field.get('icmp').optional(icmp),
    notIcmp: field.get('notICMP').optional(icmp),
    ipVersion: field.get('ipVersion').optional((f) => (f.value === 4 ? 4 : f.value === 6 ? 6 : f.fail('4 or 6'))),
  };
  const portsGiven = [rule.source, rule.destination].some((side) => side.ports ?? side.notPorts);
  if (portsGiven && !['tcp', 'udp', 'sctp'].includes(rule.protocol ?? '')) {
    field.get('protocol').fail('TCP, UDP or SCTP where a rule names ports');
  }
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined)) as unknown as CalicoRule;
}
