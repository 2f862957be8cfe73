import { addressOf, type Party, type Underlay } from './packet.ts';
import { hairpinSource, roundTrip, type PolicyPoint, type RoundTrip } from './round-trip.ts';
import type { Backend, Frontend, ServiceTable } from './services.ts';

/** One of a list, at random; undefined where it is empty. */
export const pick = <T>(list: readonly T[], random: () => number): T | undefined =>
  list[list.length > 1 ? Math.floor(random() * list.length) : 0];

/** Service addresses and node ports, as kube-proxy's rules or Cilium's maps translate them on each node. */
export class KubeProxy {
  readonly #underlay: Underlay;
  readonly #services: ServiceTable;
  readonly #random: () => number;
  readonly #policy: PolicyPoint | undefined;
  /** Of services with sessionAffinity ClientIP: where each client's connections went. */
  readonly #affinity = new Map<string, string>();

  constructor(underlay: Underlay, services: ServiceTable, random: () => number, policy?: PolicyPoint) {
    this.#underlay = underlay;
    this.#services = services;
    this.#random = random;
    this.#policy = policy;
  }

  /** A service's address becomes one of its ready endpoints, on the client's node or the one whose node port was asked. */
  send(from: Party, address: string, port: number, protocol: string): RoundTrip {
    const send = (party: Party, target: string, targetPort: number) =>
      roundTrip(this.#underlay, party, target, targetPort, protocol, this.#policy);
    const frontend = this.#services.frontend(address, port, protocol);
    if (frontend) return this.#toBackend(from, frontend, `${address}:${port}`, send);
    const trip = send(from, address, port);
    const node = trip.server?.kind === 'node' ? trip.server.machine : undefined;
    const nodePort = node && !trip.failure ? this.#services.nodePort(port, protocol) : undefined;
    if (!node || !nodePort) return trip;
    // A node port is masqueraded: the backend sees the node that was asked, unless externalTrafficPolicy keeps the client.
    const local = nodePort.service.spec?.externalTrafficPolicy === 'Local';
    const second = this.#toBackend({ kind: 'node', machine: node }, nodePort, `${address}:${port}`, send, local ? node.name : undefined);
    second.path.trace.unshift(...trip.path.trace);
    if (local) second.path.source = trip.path.source;
    second.path.wires += trip.path.wires;
    second.path.mtu = Math.min(second.path.mtu, trip.path.mtu);
    return second;
  }

  /** A client stays with its endpoint for as long as that is there; the time-out of three hours is not kept. */
  #pick(from: Party, { service, portName }: Frontend, backends: readonly Backend[]): Backend | undefined {
    if (service.spec?.sessionAffinity !== 'ClientIP') return pick(backends, this.#random);
    const key = `${service.metadata.uid}/${portName}/${addressOf(from)}`;
    const known = backends.find(({ ip }) => ip === this.#affinity.get(key));
    const chosen = known ?? pick(backends, this.#random);
    if (chosen) this.#affinity.set(key, chosen.ip);
    return chosen;
  }

  #toBackend(
    from: Party,
    frontend: Frontend,
    asked: string,
    send: (party: Party, target: string, port: number) => RoundTrip,
    onlyNode?: string,
  ): RoundTrip {
    const { spec, metadata } = frontend.service;
    const here = from.kind === 'outside' ? undefined : from.machine.name;
    const only = onlyNode ?? (spec?.internalTrafficPolicy === 'Local' ? here : undefined);
    const all = this.#services.backends(frontend);
    const backend = this.#pick(from, frontend, only ? all.filter((candidate) => candidate.node === only) : all);
    const name = `${metadata.namespace}/${metadata.name}`;
    if (!backend) {
      const refused = `service ${name} (${asked}) has no ready endpoint${only ? ` on ${only}` : ''}`;
      const path = { source: '', mtu: 1500, hops: 0, wires: 0, tunnels: 0, trace: [refused] };
      return { path, address: asked.split(':')[0]!, port: frontend.port, refused };
    }
    const trip = send(from, backend.ip, backend.port);
    if (from.kind === 'pod' && trip.server === from) trip.path.source = hairpinSource(from.machine, from.sandbox);
    trip.path.trace.unshift(`service ${name} ${asked} -> ${backend.ip}:${backend.port}`);
    return trip;
  }
}
