import { disjoint, intersect, nothing, range, subtract, type Ranges } from './ranges.ts';

/** What is spoken: ports of the transports, types of ICMP, and everything else as one. */
export interface Service {
  readonly tcp: Ranges;
  readonly udp: Ranges;
  readonly sctp: Ranges;
  readonly icmp: Ranges;
  readonly icmpv6: Ranges;
  /** Every other protocol: Cilium's rules know them only all together, by saying nothing of ports. */
  readonly other: boolean;
}

export const transports = ['tcp', 'udp', 'sctp'] as const;
const numbered = ['tcp', 'udp', 'sctp', 'icmp', 'icmpv6'] as const;
export type Numbered = (typeof numbered)[number];

export const allPorts = range(0, 65_535);
export const allTypes = range(0, 255);
export const anyService: Service = { tcp: allPorts, udp: allPorts, sctp: allPorts, icmp: allTypes, icmpv6: allTypes, other: true };
export const noService: Service = { tcp: nothing, udp: nothing, sctp: nothing, icmp: nothing, icmpv6: nothing, other: false };
export const isNumbered = (protocol: string): protocol is Numbered => (numbered as readonly string[]).includes(protocol);

const each = (combine: (key: Numbered) => Ranges, other: boolean): Service => ({
  tcp: combine('tcp'),
  udp: combine('udp'),
  sctp: combine('sctp'),
  icmp: combine('icmp'),
  icmpv6: combine('icmpv6'),
  other,
});

export const meetService = (a: Service, b: Service): Service =>
  a === anyService ? b : b === anyService ? a : each((key) => intersect(a[key], b[key]), a.other && b.other);
export const servicesOverlap = (a: Service, b: Service): boolean =>
  (a.other && b.other) || numbered.some((key) => !disjoint(a[key], b[key]));
export const withoutService = (a: Service, b: Service): Service =>
  b === anyService ? noService : each((key) => subtract(a[key], b[key]), a.other && !b.other);
export const noneSpoken = (a: Service): boolean => !a.other && numbered.every((key) => a[key].length === 0);
export const everything = (a: Service): boolean => a === anyService || (a.other && noneSpoken(withoutService(anyService, a)));
