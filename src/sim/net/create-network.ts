import type { Clock } from '../../base/clock.ts';
import { Emitter } from '../../base/events.ts';
import { pods as podResource } from '../../kube/resources.ts';
import type { Pod } from '../../kube/types.ts';
import type { ApiClient } from '../api/client.ts';
import type { Machine } from '../node/machine.ts';
import { gatewayOf } from './devices.ts';
import { candidates, dockerDns, lookup, resolverOf } from './dns.ts';
import { parseAddress } from './ipv4.ts';
import type {
  Attempt,
  ConnectRequest,
  ConnectResult,
  Listener,
  Network,
  Origin,
  Outcome,
  Resolution,
  SandboxTable,
  Sent,
} from './network.ts';
import { ConnectionTracking } from './connection-tracking.ts';
import { FlowLog } from './flows/flow-log.ts';
import { endOf, type FlowEnd, type FlowRecord } from './flows/record.ts';
import { HostPorts } from './host-ports.ts';
import { KubeProxy, pick, type Delivery } from './kube-proxy.ts';
import { addressOf, type Party, type Underlay } from './packet.ts';
import { Enforcement } from './policy/enforcement.ts';
import { ServiceTable } from './services.ts';

export interface NetworkOptions {
  api: ApiClient;
  clock: Clock;
  sandboxes: SandboxTable;
  machines(): readonly Machine[];
  /** Pseudo-random numbers in [0, 1). */
  random: () => number;
  /** What listens on a machine beyond the nodes' gateway; undefined where no machine has the address, as by default. */
  outside?: (address: string) => ((port: number) => Listener | undefined) | undefined;
}

/** Linux's range of ports that clients get. */
const ephemeral = { first: 32_768, count: 28_232 };
/** Linux gives up a TCP connection after 6 SYNs; a resolver asks twice for 5 s. */
const connectTimeoutMs = 127_000;
const resolveTimeoutMs = 10_000;

/** The simulated cluster's network: answers at once what a connection at this moment would see. Stops watching with `stop`. */
export const createNetwork = (options: NetworkOptions): Network & { stop(): void } => new SimulatedNetwork(options);

class SimulatedNetwork implements Network {
  readonly #options: NetworkOptions;
  readonly #services: ServiceTable;
  readonly #pods = new Map<string, Pod>();
  readonly flows = new FlowLog();
  readonly #attempts = new Emitter<Attempt>();
  #ports = 0;
  readonly #proxy: KubeProxy;
  readonly policies: Enforcement;
  readonly #tracking: ConnectionTracking;
  readonly #stopPods: () => void;
  #known: readonly Machine[] = [];
  #byName = new Map<string, Machine>();
  #byAddress = new Map<string, Machine>();

  constructor(options: NetworkOptions) {
    this.#options = options;
    this.#services = new ServiceTable(options.api);
    const hostPorts = new HostPorts(options.sandboxes);
    this.#stopPods = options.api.watch(podResource, ({ type, object }) => {
      if (type === 'DELETED') this.#pods.delete(object.metadata.uid);
      else this.#pods.set(object.metadata.uid, object);
      hostPorts.follow(object, type === 'DELETED');
    });
    this.policies = new Enforcement(options);
    this.#tracking = new ConnectionTracking(options.clock);
    const underlay: Underlay = {
      sandboxByIp: (ip) => options.sandboxes.byIp(ip),
      machineByAddress: (address) => this.#byAddress.get(address),
      machine: (name) => this.#byName.get(name),
      outside: (address) => options.outside?.(address) !== undefined,
    };
    this.#proxy = new KubeProxy({
      underlay,
      services: this.#services,
      random: options.random,
      policy: this.policies.judge,
      hostPort: (machine, port, protocol) => hostPorts.find(machine, port, protocol),
    });
  }

  stop(): void {
    this.#services.stop();
    this.policies.stop();
    this.#stopPods();
  }

  connect(request: ConnectRequest): ConnectResult {
    this.#indexMachines();
    const result = this.#attempt(request);
    if (this.#attempts.listenerCount > 0) this.#attempts.emit({ request, result });
    return result;
  }

  onAttempt(listener: (attempt: Attempt) => void): () => void {
    return this.#attempts.on(listener);
  }

  resolve(from: Origin, name: string): Resolution {
    this.#indexMachines();
    const party = this.#party(from);
    if (typeof party === 'string') return { outcome: 'unresolved', reason: party, name, addresses: [], server: '', latencyMs: 0 };
    return this.#resolve(from, party, name);
  }

  #attempt(request: ConnectRequest): ConnectResult {
    const party = this.#party(request.from);
    if (typeof party === 'string') return { outcome: 'unreachable', reason: party, latencyMs: 0, trace: [party] };
    let address = request.host;
    let latencyMs = 0;
    const trace: string[] = [];
    if (address === 'localhost') address = '127.0.0.1';
    if (parseAddress(address) === undefined) {
      const answer = this.#resolve(request.from, party, request.host);
      trace.push(answer.reason);
      latencyMs = answer.latencyMs;
      if (answer.outcome !== 'resolved') return { outcome: answer.outcome, reason: answer.reason, latencyMs, trace };
      address = pick(answer.addresses, this.#options.random)!;
    }
    const result = this.#exchange(party, address, request);
    return { ...result, address, latencyMs: latencyMs + result.latencyMs, trace: [...trace, ...result.trace] };
  }

  /** Who an origin is now; a sentence where it does not exist. */
  #party(from: Origin): Party | string {
    if ('outside' in from) return { kind: 'outside', address: from.outside };
    if ('node' in from) {
      const machine = this.#byName.get(from.node);
      return machine ? { kind: 'node', machine } : `there is no node ${from.node}`;
    }
    const sandbox = this.#options.sandboxes.byUid(from.podUid);
    const machine = sandbox && this.#byName.get(sandbox.node);
    if (!sandbox || !machine) return `the pod ${from.podUid} has no network namespace`;
    return sandbox.cni === 'host' ? { kind: 'node', machine } : { kind: 'pod', machine, sandbox };
  }

  /** Sends and records. */
  #exchange(from: Party, address: string, request: ConnectRequest, dns?: FlowRecord['dns']): ConnectResult {
    const protocol = request.protocol ?? 'TCP';
    const { port, icmp, sourcePort } = request;
    const connection = sourcePort === undefined ? undefined : `${addressOf(from)}:${sourcePort} ${address}:${port}/${protocol}`;
    const established = connection !== undefined && this.#tracking.knows(connection);
    const more = { ...(icmp && { icmp }), ...(sourcePort !== undefined && { sourcePort }), established };
    const trip = this.#proxy.send({ from, address, port, protocol, ...more });
    if (connection !== undefined && !trip.failure && !trip.refused) this.#tracking.remember(connection, protocol);
    const result = this.#outcome(trip, request, protocol);
    const client = endOf(from, sourcePort ?? this.#ephemeralPort(), this.#podOf(from));
    const server: FlowEnd = trip.server
      ? { ...endOf(trip.server, trip.port, this.#podOf(trip.server)), ip: trip.address }
      : { kind: 'outside', ip: trip.address, port: trip.port };
    this.flows.add({ at: this.#options.clock.now(), request, result, client, server, ...(dns && { dns }) });
    return result;
  }

  #podOf(party: Party): Pod | undefined {
    return party.kind === 'pod' ? this.#pods.get(party.sandbox.podUid) : undefined;
  }

  #ephemeralPort(): number {
    this.#ports = (this.#ports + 14) % ephemeral.count;
    return ephemeral.first + this.#ports;
  }

  /** What the client learns of what became of its packet. */
  #outcome(trip: Delivery, request: ConnectRequest, protocol: NonNullable<ConnectRequest['protocol']>): ConnectResult {
    const { path } = trip;
    const result = (outcome: Outcome, reason: string, latencyMs: number): ConnectResult => ({
      outcome,
      reason,
      ...(trip.server && { destination: describe(trip.server, trip.address, trip.port) }),
      source: path.source,
      ...(trip.steps.length > 0 && { policy: trip.steps }),
      ...(trip.ttl !== undefined && { ttl: trip.ttl }),
      latencyMs,
      trace: path.trace,
    });
    if (trip.failure) return result(trip.failure.outcome, trip.failure.reason, trip.failure.afterMs ?? connectTimeoutMs);
    if (trip.refused) return result('refused', trip.refused, this.#latency(path));
    if (request.size !== undefined && request.size > path.mtu)
      return result('too-big', `a packet of ${request.size} bytes is larger than the path's MTU of ${path.mtu}`, this.#latency(path));
    const server = trip.server!;
    const latencyMs = this.#latency(path);
    if (protocol === 'ICMP') return result('connected', `${trip.address} answers`, latencyMs);
    const listener = protocol === 'SCTP' ? undefined : this.#listener(server, trip.address, trip.port, protocol);
    if (!listener) return result('refused', `nothing listens on ${trip.address}:${trip.port}/${protocol}`, latencyMs);
    const connected = result('connected', `${trip.address}:${trip.port} answered`, latencyMs);
    const reply = request.datagram === undefined ? undefined : listener.datagram?.(request.datagram, path.source);
    if (reply !== undefined) return { ...connected, datagram: reply };
    if (!request.http || !listener.serve) return connected;
    const { method, path: target, headers, body } = request.http;
    const host = headers?.['host'] ?? headers?.['Host'] ?? request.host;
    const asked = { method, path: target, host, source: path.source, ...(body !== undefined && { body }) };
    const answer = listener.answer && ((sent: Sent) => listener.answer!(asked, sent));
    return { ...connected, response: { headers: {}, ...listener.serve(asked) }, ...(answer && { answer }) };
  }

  #resolve(from: Origin, party: Party, name: string): Resolution {
    const pod = 'podUid' in from ? this.#pods.get(from.podUid) : undefined;
    const config = resolverOf(pod);
    const byNode = config.nameserver === dockerDns;
    const server = byNode && party.kind !== 'outside' ? gatewayOf(party.machine) : config.nameserver;
    let latencyMs = 0;
    const answer = (outcome: Resolution['outcome'], reason: string, fqdn: string, addresses: readonly string[] = []): Resolution => ({
      outcome,
      reason,
      name: fqdn,
      addresses,
      server,
      latencyMs,
    });
    for (const candidate of candidates(name, config)) {
      const zone = { services: this.#services, machine: (host: string) => this.#byName.get(host)?.address };
      const addresses = (byNode ? [zone.machine(candidate)].filter((found) => found !== undefined) : lookup(zone, candidate)) ?? [];
      if (!byNode) {
        const dns = { query: candidate, addresses, rcode: addresses.length > 0 ? ('NOERROR' as const) : ('NXDOMAIN' as const) };
        const trip = this.#exchange(party, server, { from, host: server, port: 53, protocol: 'UDP' }, dns);
        if (trip.outcome !== 'connected') {
          latencyMs = resolveTimeoutMs;
          return answer('resolve-timeout', `no answer from the name server ${server} for ${candidate}: ${trip.reason}`, candidate);
        }
        latencyMs += trip.latencyMs;
      }
      if (addresses.length > 0) return answer('resolved', `${server}: ${candidate} is ${addresses.join(', ')}`, candidate, addresses);
    }
    return answer('unresolved', `${server} knows no ${name} (NXDOMAIN)`, name);
  }

  #listener(server: Party, address: string, port: number, protocol: 'TCP' | 'UDP'): Listener | undefined {
    const { sandboxes, outside } = this.#options;
    if (server.kind === 'outside') return outside?.(address)?.(port);
    if (server.kind === 'pod') return sandboxes.listener(server.sandbox.podUid, port, protocol);
    return sandboxes.listener(`node:${server.machine.name}`, port, protocol);
  }

  #latency({ wires, tunnels }: { wires: number; tunnels: number }): number {
    return 0.08 + wires * 0.12 + tunnels * 0.04 + this.#options.random() * 0.15;
  }

  #indexMachines(): void {
    const now = this.#options.machines();
    if (now.length === this.#known.length && now.every((machine, i) => machine === this.#known[i])) return;
    this.#known = now;
    this.#byName = new Map(now.map((machine) => [machine.name, machine]));
    this.#byAddress = new Map(now.map((machine) => [machine.address, machine]));
  }
}

const describe = (server: Party, ip: string, port: number): NonNullable<ConnectResult['destination']> => ({
  ip,
  port,
  ...(server.kind === 'pod' && { podUid: server.sandbox.podUid, node: server.machine.name }),
  ...(server.kind === 'node' && { node: server.machine.name }),
});
