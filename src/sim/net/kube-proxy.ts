import { describeOrigin } from '../../netpol/model/policies.ts';
import type { Machine } from '../node/machine.ts';
import type { HostPort } from './host-ports.ts';
import { addressOf, type Party, type Underlay } from './packet.ts';
import type { PolicyPoint, PolicyStep } from './policy/enforcement.ts';
import type { Crossing } from './policy/legs.ts';
import { hairpinSource, roundTrip, type Check, type RoundTrip } from './round-trip.ts';
import type { Backend, Frontend, ServiceTable } from './services.ts';

/** One of a list, at random; undefined where it is empty. */
export const pick = <T>(list: readonly T[], random: () => number): T | undefined =>
  list[list.length > 1 ? Math.floor(random() * list.length) : 0];

/** A packet as its sender wants it carried. */
export interface Packet {
  from: Party;
  address: string;
  port: number;
  protocol: string;
  icmp?: { type: number; code: number };
  sourcePort?: number;
  /** Part of a connection that stands: conntrack knows it. */
  established?: boolean;
}

/** What became of a packet, and what each policy on its way said. */
export interface Delivery extends RoundTrip {
  steps: readonly PolicyStep[];
}

export interface ProxyOptions {
  underlay: Underlay;
  services: ServiceTable;
  random: () => number;
  policy: PolicyPoint;
  /** The pod that a port of a node is mapped to by `hostPort`. */
  hostPort(machine: Machine, port: number, protocol: string): HostPort | undefined;
}

/** Service addresses, node ports and host ports, as kube-proxy's rules, Cilium's maps and portmap translate them on each node. */
export class KubeProxy {
  readonly #options: ProxyOptions;
  /** Of services with sessionAffinity ClientIP: where each client's connections went. */
  readonly #affinity = new Map<string, string>();

  constructor(options: ProxyOptions) {
    this.#options = options;
  }

  /** A service's address becomes one of its ready endpoints, on the client's node or the one whose node port was asked. */
  send(packet: Packet): Delivery {
    const { services, hostPort } = this.#options;
    const { address, port, protocol } = packet;
    const frontend = services.frontend(address, port, protocol);
    if (frontend) return this.#toBackend(packet, frontend, {});
    const nodePort = services.nodePort(port, protocol);
    const mapped = (server: Party) => (server.kind === 'node' ? hostPort(server.machine, port, protocol) : undefined);
    // What a node translates meets the policies with its new destination.
    const trip = this.#carry(packet, {}, (server) => server.kind !== 'node' || (!nodePort && !mapped(server)));
    if (trip.server?.kind !== 'node' || trip.failure) return trip;
    const node = trip.server.machine;
    const target = mapped(trip.server);
    if (!nodePort && !target) return trip;
    const second = nodePort ? this.#throughNodePort(packet, nodePort, node, trip) : this.#toHostPort(packet, target!, node, trip);
    second.path.trace.unshift(...trip.path.trace);
    second.path.wires += trip.path.wires;
    second.path.mtu = Math.min(second.path.mtu, trip.path.mtu);
    return second;
  }

  /** portmap's DNAT keeps the client's address. */
  #toHostPort(packet: Packet, { ip, port }: HostPort, machine: Machine, { path: { source } }: Delivery): Delivery {
    const second = this.#carry({ ...packet, address: ip, port, from: { kind: 'node', machine } }, { client: packet.from, source });
    second.path.source = source;
    return second;
  }

  /** A node port is masqueraded: the backend sees the node that was asked, unless externalTrafficPolicy keeps the client. */
  #throughNodePort(packet: Packet, nodePort: Frontend, node: Machine, trip: Delivery): Delivery {
    const local = nodePort.service.spec?.externalTrafficPolicy === 'Local';
    const kept = local ? { source: trip.path.source } : {};
    const via = local ? {} : { via: { machine: node, port: packet.port, source: trip.path.source } };
    const crossing = { client: packet.from, ...kept, ...via };
    const second = this.#toBackend({ ...packet, from: { kind: 'node', machine: node } }, nodePort, crossing, local ? node.name : undefined);
    return local ? { ...second, path: { ...second.path, source: trip.path.source } } : second;
  }

  /** A client stays with its endpoint for as long as that is there; the time-out of three hours is not kept. */
  #pick(from: Party, { service, portName }: Frontend, backends: readonly Backend[]): Backend | undefined {
    if (service.spec?.sessionAffinity !== 'ClientIP') return pick(backends, this.#options.random);
    const key = `${service.metadata.uid}/${portName}/${addressOf(from)}`;
    const known = backends.find(({ ip }) => ip === this.#affinity.get(key));
    const chosen = known ?? pick(backends, this.#options.random);
    if (chosen) this.#affinity.set(key, chosen.ip);
    return chosen;
  }

  #toBackend(packet: Packet, frontend: Frontend, crossing: Partial<Crossing>, onlyNode?: string): Delivery {
    const { services } = this.#options;
    const { from, address, port } = packet;
    const { spec, metadata } = frontend.service;
    const here = from.kind === 'outside' ? undefined : from.machine.name;
    const only = onlyNode ?? (spec?.internalTrafficPolicy === 'Local' ? here : undefined);
    const all = services.backends(frontend);
    const backend = this.#pick(from, frontend, only ? all.filter((candidate) => candidate.node === only) : all);
    const asked = `${address}:${port}`;
    const name = `${metadata.namespace}/${metadata.name}`;
    if (!backend) {
      const refused = `service ${name} (${asked}) has no ready endpoint${only ? ` on ${only}` : ''}`;
      const path = { source: '', mtu: 1500, hops: 0, wires: 0, tunnels: 0, trace: [refused] };
      return { path, address, port: frontend.port, refused, steps: [] };
    }
    const sent = this.#carry({ ...packet, address: backend.ip, port: backend.port }, crossing);
    const trip = from.kind === 'pod' && sent.server === from ? this.#hairpin(packet, from, sent) : sent;
    trip.path.trace.unshift(`service ${name} ${asked} -> ${backend.ip}:${backend.port}`);
    return trip;
  }

  /** A pod that reaches itself through its service: Cilium lets it, with Calico the packet passes both of its policies. */
  #hairpin(packet: Packet, from: Party & { kind: 'pod' }, trip: Delivery): Delivery {
    trip.path.source = hairpinSource(from.machine, from.sandbox);
    if (from.sandbox.cni !== 'calico') return trip;
    const { steps, check } = this.#judge({ ...packet, port: trip.port }, {});
    const denied = check(from, addressOf(from));
    return denied === undefined ? { ...trip, steps } : { ...trip, steps, failure: { outcome: 'timeout', reason: denied } };
  }

  #carry(packet: Packet, crossing: Partial<Crossing>, asks: (server: Party) => boolean = () => true): Delivery {
    const { steps, check } = this.#judge(packet, crossing);
    const trip = roundTrip(this.#options.underlay, packet.from, packet.address, packet.port, (server, source) =>
      asks(server) ? check(server, source) : undefined,
    );
    return { ...trip, steps };
  }

  #judge(packet: Packet, crossing: Partial<Crossing>): { steps: PolicyStep[]; check: Check } {
    const steps: PolicyStep[] = [];
    const { from, address, port, protocol, icmp, sourcePort, established } = packet;
    const extra = { ...(icmp && { icmp }), ...(sourcePort !== undefined && { sourcePort }), ...(established && { established }) };
    const check: Check = (server, source) => {
      steps.push(...this.#options.policy({ client: from, server, source, destination: address, port, protocol, ...extra, ...crossing }));
      const last = steps.at(-1);
      if (last?.verdict !== 'deny') return undefined;
      return `dropped by policy, ${last.at}: ${last.why}${last.by ? ` (${describeOrigin(last.by)})` : ''}`;
    };
    return { steps, check };
  }
}
