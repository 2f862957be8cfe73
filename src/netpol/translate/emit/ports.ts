import type { Ranges } from '../region/ranges.ts';
import { allPorts, everything, transports, type Service } from '../region/service.ts';

/** The part of an entry that says what is spoken. */
export interface Clause {
  readonly toPorts?: readonly { readonly ports: readonly WrittenPort[] }[];
  readonly icmps?: readonly { readonly fields: readonly { readonly family: 'IPv4' | 'IPv6'; readonly type: number }[] }[];
}
interface WrittenPort {
  readonly port: string;
  readonly endPort?: number;
  readonly protocol: string;
}

/** The API server's limit on a list of ports, and the agent's on ICMP fields (policy.md, traps 5 and 6). */
const most = 40;

const chunks = <T>(list: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(list.length / most) }, (_, i) => list.slice(i * most, (i + 1) * most));

/** Port 0 is written for all of a protocol's ports; within a range it is left out, since nothing listens there. */
function writtenPorts(protocol: string, ranges: Ranges): WrittenPort[] {
  if (ranges.length === 1 && ranges[0]![0] === 0n && ranges[0]![1] === allPorts[0]![1]) return [{ port: '0', protocol }];
  return ranges
    .map(([from, to]) => [from === 0n ? 1n : from, to] as const)
    .filter(([from, to]) => from <= to)
    .map(([from, to]) => ({ port: String(from), ...(to > from && { endPort: Number(to) }), protocol }));
}

const typesOf = (ranges: Ranges): number[] =>
  ranges.flatMap(([from, to]) => Array.from({ length: Number(to - from) + 1 }, (_, i) => Number(from) + i));

/** ICMP's assigned types: what an entry beside others lists, where every type is meant and a list of all would hide the rest. */
const assigned: Readonly<Record<'icmp' | 'icmpv6', readonly number[]>> = {
  icmp: [0, 3, 4, 5, 8, 9, 10, 11, 12, 13, 14, 40, 42, 43],
  icmpv6: [1, 2, 3, 4, ...Array.from({ length: 34 }, (_, i) => 128 + i)],
};

const listed = (service: Service, key: 'icmp' | 'icmpv6'): readonly number[] => {
  const types = typesOf(service[key]);
  return losesOthers(service) ? types.filter((type) => assigned[key].includes(type)) : types;
};

/** Clauses that together mean a service. Ports and ICMP never share an entry (trap 5); ICMP is left out where ports are named (trap 8). */
export function clausesOf(service: Service, options: { readonly sctp: boolean }): Clause[] {
  if (everything(service)) return [{}];
  const spoken = transports.filter((transport) => transport !== 'sctp' || options.sctp);
  const ports = spoken.flatMap((transport) => writtenPorts(transport.toUpperCase(), service[transport]));
  const fields = [
    ...listed(service, 'icmp').map((type) => ({ family: 'IPv4' as const, type })),
    ...listed(service, 'icmpv6').map((type) => ({ family: 'IPv6' as const, type })),
  ];
  return [
    ...chunks(ports).map((list) => ({ toPorts: [{ ports: list }] })),
    ...chunks(fields).map((list) => ({ icmps: [{ fields: list }] })),
  ];
}

/** What a list of ports cannot say: protocols that have neither ports nor ICMP types, next to others that are left out. */
export const losesOthers = (service: Service): boolean => service.other && !everything(service);
