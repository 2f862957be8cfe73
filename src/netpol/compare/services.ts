import { failsafe } from '../evaluate/calico/evaluate.ts';
import { sourcePortClasses } from '../evaluate/evaluate.ts';
import { calicoRules, ciliumEntries, portsAsked, servicesAsked, type Compiled } from './side.ts';

/** Connections that no rule of either side tells apart: a protocol with a range of ports, or a type and code of ICMP. */
export interface ServiceClass {
  readonly protocol: string;
  /** The representative, and the first of the range. For icmp the type. */
  readonly port: number;
  readonly to: number;
  readonly icmpCode: number;
  readonly sourcePort: number;
}

const transports = ['tcp', 'udp', 'sctp'];

/** Where ranges begin: at every first port of a range that is named, and behind every last. */
function starts(sides: readonly Compiled[]): number[] {
  const found = new Set([0]);
  const range = (from: number, to: number): void => {
    found.add(from);
    if (to < 65_535) found.add(to + 1);
  };
  const single = (port: number): void => range(port, port);
  for (const side of sides) {
    for (const port of portsAsked(side)) {
      if ('from' in port) range(port.from, port.to);
      else
        for (const pod of side.cluster.pods.values()) for (const named of pod.namedPorts) if (named.name === port.name) single(named.port);
    }
    for (const service of servicesAsked(side)) {
      for (const { targetPort } of service.ports) {
        if (typeof targetPort === 'number') single(targetPort);
        else
          for (const pod of side.cluster.pods.values())
            for (const named of pod.namedPorts) if (named.name === targetPort) single(named.port);
      }
      for (const { port } of service.endpoints) single(port);
    }
    // A node port is a way to other endpoints: it is no port of the node.
    for (const service of side.cluster.services) for (const { nodePort } of service.ports) if (nodePort !== undefined) single(nodePort);
    if (side.policies.calico.hostEndpoints.length > 0)
      for (const text of Object.values(failsafe).flat()) single(Number(text.split('/')[1]));
  }
  return [...found].sort((a, b) => a - b);
}

/** Partitions all connections by what the rules of the sides ask of protocol, ports and ICMP. */
export function serviceClasses(sides: readonly Compiled[]): ServiceClass[] {
  const rules = sides.flatMap(calicoRules);
  const sourcePorts = [...new Set(sides.flatMap((side) => sourcePortClasses(side.policies)))];
  const first = starts(sides);
  const cells: ServiceClass[] = [];
  for (const protocol of transports) {
    first.forEach((port, i) => {
      const to = (first[i + 1] ?? 65_536) - 1;
      for (const sourcePort of sourcePorts) cells.push({ protocol, port, to, icmpCode: 0, sourcePort });
    });
  }
  const icmps = rules.flatMap((rule) => [rule.icmp ?? {}, rule.notIcmp ?? {}]);
  const typesOf = [
    ...icmps.map((icmp) => icmp.type),
    ...sides.flatMap(ciliumEntries).flatMap((entry) => entry.icmps?.map((i) => i.type) ?? []),
  ];
  const types = withOther(typesOf);
  const codes = withOther(icmps.map((icmp) => icmp.code));
  for (const port of types) for (const icmpCode of codes) cells.push({ protocol: 'icmp', port, to: port, icmpCode, sourcePort: 50_000 });
  const named = new Set(rules.flatMap((rule) => [rule.protocol, rule.notProtocol]).filter((p) => p !== undefined));
  const other = Array.from({ length: 250 }, (_, i) => String(i + 2)).find((p) => !named.has(p) && !['6', '17', '58'].includes(p))!;
  for (const protocol of [...named, other])
    if (!transports.includes(protocol) && protocol !== 'icmp') cells.push({ protocol, port: 0, to: 0, icmpCode: 0, sourcePort: 50_000 });
  return cells;
}

/** The named numbers and one that nobody names. */
function withOther(numbers: readonly (number | undefined)[]): number[] {
  const named = new Set(numbers.filter((n) => n !== undefined));
  // ICMP's echo first: it is what people try.
  return [...new Set([...named, [8, 0, ...Array.from({ length: 255 }, (_, i) => i + 1)].find((n) => !named.has(n))!])];
}

const range = (from: number, to: number): string => (from === to ? `${from}` : `${from}–${to}`);

/** `tcp 80, 8000–8100; icmp type 8`. */
export function describeServices(cells: readonly ServiceClass[]): string {
  const byProtocol = new Map<string, ServiceClass[]>();
  for (const cell of cells) byProtocol.set(cell.protocol, [...(byProtocol.get(cell.protocol) ?? []), cell]);
  return [...byProtocol]
    .map(([protocol, list]) => {
      if (protocol === 'icmp') return `icmp type ${[...new Set(list.map((cell) => cell.port))].join(', ')}`;
      const merged: { from: number; to: number }[] = [];
      for (const { port, to } of list.toSorted((a, b) => a.port - b.port)) {
        const last = merged.at(-1);
        if (last && port <= last.to + 1) last.to = Math.max(last.to, to);
        else merged.push({ from: port, to });
      }
      if (!transports.includes(protocol)) return `protocol ${protocol}`;
      return `${protocol} ${merged[0]!.from === 0 && merged[0]!.to === 65_535 ? 'any port' : merged.map((m) => range(m.from, m.to)).join(', ')}`;
    })
    .join('; ');
}
