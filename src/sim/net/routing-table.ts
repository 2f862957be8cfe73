import type { Machine } from '../node/machine.ts';
import { ipsets, links, neighbours, fdb, routes, type Link, type Route } from './devices.ts';
import { contains, parseAddress, parseCidr, type Cidr } from './ipv4.ts';

/** What a node's kernel looks up for each packet, made once for each state of its devices. */
export interface RoutingTable {
  /** Longest prefix wins; undefined where there is no route at all. */
  route(address: string): Route | undefined;
  link(name: string): Link | undefined;
  /** Whether the node itself has this address. */
  local(address: string): boolean;
  /** First IPv4 address of a device, without its length. */
  addressOf(device: string): string | undefined;
  /** The outer address behind a neighbour on a VXLAN device. */
  tunnelEnd(device: string, neighbour: string): string | undefined;
}

interface Compiled {
  sources: readonly unknown[];
  table: RoutingTable;
}

/** Bounds the table of answers that are kept, for clients that try many addresses. */
const maxAnswers = 4096;

const compile = (machine: Machine): RoutingTable => {
  const byName = new Map(links.of(machine).map((link) => [link.name, link]));
  const own = new Set([...byName.values()].flatMap((link) => link.addresses.map((address) => address.split('/')[0]!)));
  const prefixes = routes
    .of(machine)
    .map((route) => ({ route, cidr: parseCidr(route.destination === 'default' ? '0.0.0.0/0' : route.destination) }))
    .sort((a, b) => b.cidr.bits - a.cidr.bits);
  const answers = new Map<string, Route | undefined>();
  const macs = new Map(neighbours.of(machine).map((entry) => [`${entry.dev} ${entry.address}`, entry.mac]));
  const ends = new Map(fdb.of(machine).map((entry) => [`${entry.dev} ${entry.mac}`, entry.dst]));
  return {
    route(address) {
      if (answers.has(address)) return answers.get(address);
      const value = parseAddress(address);
      const found = value === undefined ? undefined : prefixes.find(({ cidr }) => contains(cidr, value))?.route;
      if (answers.size >= maxAnswers) answers.clear();
      answers.set(address, found);
      return found;
    },
    link: (name) => byName.get(name),
    local: (address) => own.has(address),
    addressOf: (device) =>
      byName
        .get(device)
        ?.addresses.find((address) => !address.includes(':'))
        ?.split('/')[0],
    tunnelEnd: (device, neighbour) => ends.get(`${device} ${macs.get(`${device} ${neighbour}`)}`),
  };
};

const tables = new WeakMap<Machine, Compiled>();

/** The table of the node's present state. */
export const routingTable = (machine: Machine): RoutingTable => {
  const known = tables.get(machine);
  const sources = [links.of(machine), routes.of(machine), fdb.of(machine), neighbours.of(machine)];
  if (known && known.sources.every((source, i) => source === sources[i])) return known.table;
  const table = compile(machine);
  tables.set(machine, { sources, table });
  return table;
};

const sets = new WeakMap<Machine, { source: unknown; members: Map<string, Cidr[]> }>();

/** Whether an address is a member of an ipset of the node; undefined where there is no such set. */
export const inIpset = (machine: Machine, name: string, address: string): boolean | undefined => {
  const source = ipsets.of(machine);
  let compiled = sets.get(machine);
  if (compiled?.source !== source) {
    compiled = { source, members: new Map(source.map((set) => [set.name, set.members.map(parseCidr)])) };
    sets.set(machine, compiled);
  }
  const members = compiled.members.get(name);
  const value = parseAddress(address);
  return members && value !== undefined ? members.some((cidr) => contains(cidr, value)) : members && false;
};
