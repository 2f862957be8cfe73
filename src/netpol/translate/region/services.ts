import { backends, targetPort } from '../../evaluate/ends.ts';
import { counts } from '../../evaluate/cilium/identity.ts';
import type { Pod } from '../../model/cluster.ts';
import type { CalicoEntity, CalicoRule, PortMatch } from '../../model/policies.ts';
import type { Bounds, Note } from './bounds.ts';
import { exactly } from './bounds.ts';
import { labelsKey, only, type Labelled } from './labels.ts';
import { range, union } from './ranges.ts';
import { allTypes, anyService, isNumbered, meetService, noService, noneSpoken, withoutService, type Service } from './service.ts';
import type { Setting } from './setting.ts';

/** Services, and the pods that they are about where a port's number depends on the pod. */
export interface Spoken {
  readonly service: Service;
  readonly pods?: Labelled;
}

const protocolOf = (name: string, notes: Note[]): Bounds<Service> => {
  if (isNumbered(name)) return exactly({ ...noService, [name]: anyService[name] });
  notes.push({
    why: `protocol ${name} cannot be named in a Cilium rule`,
    differs: `flows of protocol ${name}: they are denied`,
    fix: 'allow the peer without ports if that is enough',
    inexpressible: true,
  });
  return { lower: noService, upper: { ...noService, other: true } };
};

const not = ({ lower, upper }: Bounds<Service>): Bounds<Service> => ({
  lower: withoutService(anyService, upper),
  upper: withoutService(anyService, lower),
});
const meetBounds = (a: Bounds<Service>, b: Bounds<Service>): Bounds<Service> => ({
  lower: meetService(a.lower, b.lower),
  upper: meetService(a.upper, b.upper),
});

function icmp({ icmp: match, notIcmp }: CalicoRule, notes: Note[]): Bounds<Service> {
  let found: Bounds<Service> = exactly(anyService);
  for (const [given, negative] of [[match, false] as const, [notIcmp, true] as const]) {
    if (!given) continue;
    const types = given.type === undefined ? allTypes : range(given.type, given.type);
    const upper = { ...noService, icmp: types, icmpv6: types };
    const withCode = given.code !== undefined;
    if (withCode)
      notes.push({
        why: 'Cilium matches ICMP by type, never by code',
        differs: `ICMP of type ${given.type ?? 'any'} and code ${given.code}: ${negative ? 'no code of that type is told apart' : 'it is denied'}`,
        fix: 'leave the code out if the type is enough',
        inexpressible: !negative,
      });
    const bounds = { lower: withCode ? noService : upper, upper };
    const all = exactly({ ...noService, icmp: allTypes, icmpv6: allTypes });
    found = meetBounds(found, negative ? meetBounds(all, not(bounds)) : bounds);
  }
  return found;
}

/** What a rule says of protocols, its ports apart. */
export function protocolsOf(rule: CalicoRule, notes: Note[]): Bounds<Service> {
  const { protocol, notProtocol } = rule;
  let found = icmp(rule, notes);
  if (protocol !== undefined) found = meetBounds(found, protocolOf(protocol, notes));
  if (notProtocol !== undefined) found = meetBounds(found, not(protocolOf(notProtocol, notes)));
  return found;
}

const numbers = (ports: readonly PortMatch[]): Service => {
  const ranges = union(...ports.flatMap((port) => ('from' in port ? [range(port.from, port.to)] : [])));
  return { ...noService, tcp: ranges, udp: ranges, sctp: ranges };
};

/** Exactly a pod's identity, so far as labels tell. */
const identity = (pod: Pod): Labelled =>
  new Map([
    ['namespace', only(pod.namespace)],
    ...Object.entries(pod.labels)
      .filter(([key]) => counts(key))
      .map(([key, value]) => [`pod:${key}`, only(value)] as const),
  ]);

/** How a note on named ports begins. */
export const namedPortsOnly = 'named ports';

/** A named port means a number for each destination: they are written as numbers, an entry each (trap 4). */
function named(setting: Setting, ports: readonly PortMatch[], protocol: string, notes: Note[]): Spoken[] {
  const wanted = new Set(ports.flatMap((port) => ('name' in port ? [port.name] : [])));
  if (wanted.size === 0) return [];
  notes.push({
    why: `${namedPortsOnly} ${[...wanted].join(', ')} became the numbers that today's pods give them`,
    differs: 'pods created later, whose labels or numbers are others',
    fix: setting.known ? 'write numbers in the policy, or translate again' : 'give the cluster by --cluster',
    ...(!setting.known && { inexpressible: true }),
  });
  const found = new Map<string, { labels: Labelled; numbers: Set<number>[] }>();
  for (const pod of setting.cluster.pods.values()) {
    const labels = identity(pod);
    const mine = pod.namedPorts.filter((port) => wanted.has(port.name) && (port.protocol ?? protocol).toLowerCase() === protocol);
    const group = found.get(labelsKey(labels)) ?? { labels, numbers: [] };
    group.numbers.push(new Set(mine.map(({ port }) => port)));
    found.set(labelsKey(labels), group);
  }
  return [...found.values()].flatMap(({ labels, numbers: sets }) => {
    // Pods that no label tells apart may give a name different numbers: then only those that all of them have are sure.
    const shared = [...sets[0]!].filter((port) => sets.every((set) => set.has(port)));
    const service = numbers(shared.map((port) => ({ from: port, to: port })));
    return noneSpoken(service) ? [] : [{ service, pods: labels }];
  });
}

function servicePorts({ cluster }: Setting, wanted: { name: string; namespace: string }): Spoken[] {
  const service = cluster.services.find((s) => s.name === wanted.name && s.namespace === wanted.namespace);
  if (!service) return [];
  const spoken = (port: number, protocol: string): Service =>
    isNumbered(protocol) ? { ...noService, [protocol]: range(port, port) } : noService;
  const fixed = service.ports.filter((port) => typeof port.targetPort === 'number').map((p) => spoken(Number(p.targetPort), p.protocol));
  const byName = service.ports.filter((port) => typeof port.targetPort === 'string');
  const perPod = backends(cluster, service).flatMap((pod) =>
    byName.flatMap((port) => {
      const number = targetPort(port, pod);
      return number === undefined ? [] : [{ service: spoken(number, port.protocol), pods: identity(pod) }];
    }),
  );
  // Endpoints by address are allowed together, which is exact only where they listen on one port.
  const ports = new Set(service.selector ? [] : service.endpoints.map(({ port }) => port));
  const ends = ports.size === 1 ? [...ports].map((port) => spoken(port, service.ports[0]?.protocol ?? 'tcp')) : [];
  return [...(service.selector ? fixed : ends).map((each) => ({ service: each })), ...perPod];
}

/** What a rule's destination says of ports. */
export function portsOf(setting: Setting, entity: CalicoEntity, protocol: string | undefined, notes: Note[]): Bounds<readonly Spoken[]> {
  const { ports, notPorts, services } = entity;
  let found: Bounds<readonly Spoken[]> = exactly([{ service: anyService }]);
  if (ports) {
    const fixed = numbers(ports);
    const each = [...(noneSpoken(fixed) ? [] : [{ service: fixed }]), ...named(setting, ports, protocol ?? 'tcp', notes)];
    found = exactly(each);
    if (!setting.known && ports.some((port) => 'name' in port)) found = { lower: each, upper: [{ service: anyService }] };
  }
  if (notPorts) {
    const hole = numbers(notPorts);
    const rest = { service: withoutService(anyService, hole) };
    const unnamed = notPorts.every((port) => 'from' in port);
    if (!unnamed)
      notes.push({
        why: 'notPorts by name cannot be resolved for each destination',
        differs: 'all flows of the rule: they are denied',
        fix: 'write numbers',
        inexpressible: true,
      });
    const cut = (side: readonly Spoken[]) =>
      side.map((spoken) => ({ ...spoken, service: meetService(spoken.service, rest.service) })).filter((s) => !noneSpoken(s.service));
    found = { lower: unnamed ? cut(found.lower) : [], upper: cut(found.upper) };
  }
  if (services) {
    const served = servicePorts(setting, services);
    found = { lower: served, upper: setting.known && served.length > 0 ? served : [{ service: anyService }] };
  }
  return found;
}
