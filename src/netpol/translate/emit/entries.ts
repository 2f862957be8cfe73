import { formatCidr, type Cidr } from '../../model/address.ts';
import type { Direction } from '../../model/flow.ts';
import {
  addressesOf,
  allAddresses,
  blocksOf,
  coversAddresses,
  joinAddresses,
  withoutAddresses,
  type Addresses,
} from '../region/addresses.ts';
import type { Note } from '../region/bounds.ts';
import type { Box, Peer } from '../region/box.ts';
import type { Service } from '../region/service.ts';
import { addressesIn, type Setting } from '../region/setting.ts';
import { clausesOf, losesOthers } from './ports.ts';
import { selectorsOf } from './selectors.ts';

/** A rule entry of a Cilium policy as it is written. */
export type WrittenEntry = Readonly<Record<string, unknown>>;

export interface EntryOptions {
  readonly setting: Setting;
  readonly direction: Direction;
  readonly denies: boolean;
  readonly sctp: boolean;
  /** Whether CIDR groups can be referred to in this direction. */
  readonly groups: boolean;
}

const text = (cidr: Cidr): string => (formatCidr(cidr).includes('/') ? formatCidr(cidr) : `${formatCidr(cidr)}/${cidr.bits}`);

function cidrs(addresses: Addresses, setting: Setting): WrittenEntry[] {
  return blocksOf(withoutAddresses(addresses, setting.managed)).map(({ cidr, except }) => ({
    cidr: text(cidr),
    ...(except.length > 0 && { except: except.map(text) }),
  }));
}

/** One to three entries for peers of the three kinds: two kinds in one entry would be invalid (trap 5). */
function peerEntries(peers: readonly Peer[], options: EntryOptions, notes: Note[]): WrittenEntry[] {
  const { setting, direction, denies } = options;
  const side = direction === 'ingress' ? 'from' : 'to';
  const world = peers.flatMap((peer) => (peer.kind === 'world' ? [peer] : []));
  const addresses = joinAddresses(...addressPair(world.map((peer) => peer.addresses)));
  const wholeWorld = coversAddresses(addresses, addressesIn(setting)) || coversAddresses(addresses, allAddresses);
  const nodes = nodeEntities(peers, direction, notes);
  const pods = peers.flatMap((peer) => (peer.kind === 'pods' ? [peer.labels] : []));
  const everyNode = nodes.includes('remote-node');
  // Entity all would also deny the pod's own node (trap 1).
  if (!denies && wholeWorld && everyNode && pods.some((labels) => labels.size === 0)) return [{ [`${side}Entities`]: ['all'] }];
  const entities = [...(wholeWorld ? ['world'] : []), ...nodes];
  const selectors = pods.some((labels) => labels.size === 0) ? selectorsOf(new Map()) : pods.flatMap((labels) => selectorsOf(labels));
  const groups = options.groups ? world.flatMap((peer) => peer.groups ?? []) : [];
  const listed = options.groups ? world.filter((peer) => !peer.groups) : world;
  const sets = wholeWorld
    ? []
    : [
        ...[...new Set(groups)].sort().map((name) => ({ cidrGroupRef: name })),
        ...cidrs(joinAddresses(...addressPair(listed.map((peer) => peer.addresses))), setting),
      ];
  return [
    ...(selectors.length > 0 ? [{ [`${side}Endpoints`]: selectors }] : []),
    ...(entities.length > 0 ? [{ [`${side}Entities`]: entities }] : []),
    ...(sets.length > 0 ? [{ [`${side}CIDRSet`]: sets }] : []),
  ];
}

const addressPair = (list: readonly Addresses[]): [Addresses, Addresses] => [
  list.reduce((sum, each) => joinAddresses(sum, each), addressesOf([])),
  addressesOf([]),
];

/** The entities of nodes. On the way in kube-apiserver never matches (trap 9), and the pod's own node needs no entry. */
function nodeEntities(peers: readonly Peer[], direction: Direction, notes: Note[]): string[] {
  const nodes = peers.filter((peer) => peer.kind === 'nodes');
  const controlPlane = nodes.some((peer) => peer.controlPlane);
  const workers = nodes.some((peer) => peer.workers);
  if (controlPlane && workers) return direction === 'ingress' ? ['remote-node'] : ['host', 'remote-node'];
  if (!controlPlane && !workers) return [];
  if (controlPlane && direction === 'egress') return ['kube-apiserver'];
  notes.push({
    why: `Cilium has no entity for ${controlPlane ? 'the control plane on the way in' : 'the nodes without the control plane'}`,
    differs: `flows with ${controlPlane ? 'the control plane nodes' : 'the other nodes'}: they are denied`,
    fix: 'allow all nodes, if that is enough',
  });
  return [];
}

const serviceKey = (service: Service): string =>
  [service.tcp, service.udp, service.sctp, service.icmp, service.icmpv6, service.other].map(String).join('|');

/** The entries that say some boxes of one subject. Notes say what they leave out. */
export function entriesOf(boxes: readonly Box[], options: EntryOptions, notes: Note[]): WrittenEntry[] {
  const byService = new Map<string, Box[]>();
  for (const box of boxes) byService.set(serviceKey(box.service), [...(byService.get(serviceKey(box.service)) ?? []), box]);
  return [...byService.values()].flatMap((group) => {
    const { service } = group[0]!;
    if (losesOthers(service))
      notes.push({
        why: 'a rule that leaves some ports out knows TCP, UDP, SCTP and the assigned types of ICMP only',
        differs: 'flows of other protocols (GRE, ESP and the like) and of unassigned ICMP types: they are denied',
        fix: 'allow the peer without ports if that is enough',
      });
    const peers = peerEntries(
      group.map((box) => box.peer),
      options,
      notes,
    );
    const clauses = clausesOf(service, options);
    return peers.flatMap((peer) => clauses.map((clause) => ({ ...peer, ...clause })));
  });
}
