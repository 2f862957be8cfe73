import { contains, type Cidr } from '../../model/address.ts';
import type { Cluster } from '../../model/cluster.ts';
import type { Leg } from '../../model/flow.ts';
import type { CiliumCidrGroup, CiliumEntry, CiliumPeer, PolicySet, PortMatch } from '../../model/policies.ts';
import { isBackend } from '../ends.ts';
import { selected, type Identity } from './identity.ts';

export interface Context {
  readonly cluster: Cluster;
  readonly policies: PolicySet;
  /** Numbers that a port's name has anywhere in the cluster. */
  readonly portsByName: ReadonlyMap<string, ReadonlySet<number>>;
}

/** The first number of a name, if it has only one: egress resolves names cluster-wide, and not at all where they differ (trap 4). */
const unique = (numbers: ReadonlySet<number> | undefined): number | undefined => (numbers?.size === 1 ? [...numbers][0] : undefined);

const inNetworks = (networks: readonly Cidr[], except: readonly Cidr[], { addresses }: Identity): boolean =>
  addresses.some((address) => networks.some((n) => contains(n, address)) && !except.some((e) => contains(e, address)));

/** A group's 0.0.0.0/0 selects nothing (cilium#39688, trap 3). */
const networksOf = (group: CiliumCidrGroup | undefined): Cidr[] => group?.cidrs.filter((cidr) => cidr.bits > 0) ?? [];

function entityMatches(entity: string, { labels, pod }: Identity): boolean {
  if (entity === 'all') return true;
  if (entity === 'cluster') return pod !== undefined || !labels.has('world');
  return labels.get(entity)?.source === 'reserved';
}

/** cidrGroupSelector looks at the labels of the groups that an address is in; who is in none has none, so negations match him (trap 3). */
function groupSelected(
  { policies }: Context,
  { selector, except }: CiliumPeer & { kind: 'cidr-group-selector' },
  identity: Identity,
): boolean {
  if (identity.addresses.some((address) => except.some((e) => contains(e, address)))) return false;
  const mine = policies.cilium.groups.filter((group) => inNetworks(networksOf(group), [], identity));
  const labels = mine.flatMap((group) =>
    Object.entries(group.labels).map(([key, value]) => [key, { source: 'cidrgroup', value }] as const),
  );
  return selected({ labels: new Map(labels) }, selector);
}

function serviceMatches({ cluster }: Context, peer: CiliumPeer & { kind: 'service' }, { pod, addresses }: Identity): boolean {
  return cluster.services
    .filter((service) => service.namespace === peer.namespace && service.name === peer.name)
    .some(
      (service) =>
        (pod !== undefined && isBackend(cluster, service, pod)) ||
        (service.selector === undefined && addresses.some((a) => service.endpoints.some((e) => contains(e.address, a)))),
    );
}

export function peerMatches(context: Context, peer: CiliumPeer, identity: Identity): boolean {
  switch (peer.kind) {
    case 'endpoints':
      return selected(identity, peer.selector);
    case 'entity':
      return entityMatches(peer.entity, identity);
    case 'cidr':
      return inNetworks([peer.cidr], peer.except, identity);
    case 'cidr-group':
      return inNetworks(networksOf(context.policies.cilium.groups.find((g) => g.name === peer.name)), peer.except, identity);
    case 'cidr-group-selector':
      return groupSelected(context, peer, identity);
    case 'service':
      return serviceMatches(context, peer, identity);
    case 'unresolved':
      return false;
  }
}

function portMatches({ portsByName }: Context, port: PortMatch, leg: Leg): boolean {
  if ('from' in port) return port.from <= leg.port && leg.port <= port.to;
  if (leg.direction === 'egress') return unique(portsByName.get(port.name)) === leg.port;
  return leg.subject.kind === 'pod' && leg.subject.pod.namedPorts.some((named) => named.name === port.name && named.port === leg.port);
}

const transports = new Set(['tcp', 'udp', 'sctp']);

export function serviceLevel(context: Context, { ports, icmps }: CiliumEntry, leg: Leg): boolean {
  if (ports === undefined && icmps === undefined) return true;
  if (leg.protocol === 'icmp') return icmps?.some((icmp) => icmp.family === leg.peer.address.family && icmp.type === leg.port) ?? false;
  // An entry with ports, also 0/ANY, leaves every other protocol out (trap 8).
  if (!transports.has(leg.protocol)) return false;
  return ports?.some(({ protocol, port }) => (protocol === 'any' || protocol === leg.protocol) && portMatches(context, port, leg)) ?? false;
}

/** Whether a rule entry matches a leg. `{}` names nobody. */
export function entryMatches(context: Context, entry: CiliumEntry, leg: Leg, identity: Identity): boolean {
  const { peers, ports, icmps } = entry;
  if (peers === undefined && ports === undefined && icmps === undefined) return false;
  return (peers === undefined || peers.some((peer) => peerMatches(context, peer, identity))) && serviceLevel(context, entry, leg);
}
