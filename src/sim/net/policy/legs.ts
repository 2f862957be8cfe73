import { anywhere, parseCidr, type Cidr } from '../../../netpol/model/address.ts';
import type { Cluster, Engine, Pod } from '../../../netpol/model/cluster.ts';
import type { Direction, Leg, Peer } from '../../../netpol/model/flow.ts';
import type { Machine } from '../../node/machine.ts';
import type { Sandbox } from '../network.ts';
import type { Party } from '../packet.ts';

/** A new connection between two ends, after its service was resolved and its packet has found the way. */
export interface Crossing {
  client: Party;
  server: Party;
  /** The client's address when the packet reaches the server's node. */
  source: string;
  /** Where the packet goes after translation. */
  destination: string;
  port: number;
  protocol: string;
  icmp?: { type: number; code: number };
  sourcePort?: number;
  /** Part of a connection that stands. */
  established?: boolean;
  /** The node whose node port was called, and the client's address as that node saw it. */
  via?: { machine: Machine; port: number; source: string };
}

/** One end where a policy engine looks at the packet, on the node that does it. */
export interface Place {
  machine: Machine;
  leg: Leg;
}

/** Which engine owns a pod's end; the ptp plugin has none. */
const engineOf = ({ cni }: Sandbox): Engine | undefined =>
  cni === 'netkit' ? 'cilium' : cni === 'calico' || cni === 'cilium' ? cni : undefined;

/** Known to be outside, by no address that a rule could name (policy.md: "identity world, no client CIDR matches"). */
const somewhereOutside: Peer = { kind: 'world', address: anywhere };

const cidr = (address: string): Cidr => parseCidr(address) ?? anywhere;

/** Every place where a connection meets the policy of whoever owns that end; host policies only where `hosts` are policed. */
export const placesOf = (cluster: Cluster, crossing: Crossing, hosts: readonly Engine[]): Place[] =>
  new Places(cluster, crossing, hosts).all();

class Places {
  readonly #cluster: Cluster;
  readonly #crossing: Crossing;
  readonly #hosts: readonly Engine[];
  readonly #places: Place[] = [];

  constructor(cluster: Cluster, crossing: Crossing, hosts: readonly Engine[]) {
    this.#cluster = cluster;
    this.#crossing = crossing;
    this.#hosts = hosts;
  }

  all(): Place[] {
    const { client, server, via } = this.#crossing;
    const local = client.kind !== 'outside' && server.kind !== 'outside' && client.machine === server.machine;
    if (client.kind === 'node' && server.kind === 'node' && local) return [];
    if (client.kind === 'pod') {
      const engine = engineOf(client.sandbox);
      if (engine) this.#egress(client.machine, engine, this.#subject(client));
    } else if (client.kind === 'node' && !local) {
      for (const engine of this.#hosts) this.#egress(client.machine, engine, this.#subject(client));
    }
    // What is forwarded meets a Calico host endpoint by applyOnForward only; Cilium's host firewall sees the node port.
    if (via && !(client.kind !== 'outside' && client.machine === via.machine) && this.#hosts.includes('cilium'))
      this.#add(via.machine, 'cilium', 'ingress', this.#node(via.machine), this.#seenByNode('cilium', via.machine, via.source), via.port);
    if (server.kind === 'pod') {
      const engine = engineOf(server.sandbox);
      if (engine) this.#add(server.machine, engine, 'ingress', this.#subject(server), this.#seenByPod(engine, server.machine));
    } else if (server.kind === 'node') {
      for (const engine of this.#hosts)
        this.#add(
          server.machine,
          engine,
          'ingress',
          this.#subject(server),
          this.#seenByNode(engine, server.machine, this.#crossing.source),
        );
    }
    return this.#places;
  }

  /** A node port is resolved on the node that was called: only there, and with Calico, the client's policy sees the backend. */
  #egress(machine: Machine, engine: Engine, subject: Leg['subject'] | undefined): void {
    const { via, server, destination } = this.#crossing;
    if (via && !(via.machine === machine && engine === 'calico')) {
      this.#add(machine, engine, 'egress', subject, this.#nodePeer(via.machine, via.machine.address), via.port);
      return;
    }
    this.#add(machine, engine, 'egress', subject, this.#destination(engine, server, destination));
  }

  /** A destination as the client's node sees it. Cilium does not know the other CNI's pods: to it they are addresses of the world. */
  #destination(engine: Engine, server: Party, address: string): Peer | undefined {
    if (server.kind === 'outside') return { kind: 'world', address: cidr(address) };
    if (server.kind === 'node') return this.#nodePeer(server.machine, address);
    if (engine === 'cilium' && engineOf(server.sandbox) !== 'cilium') return { kind: 'world', address: cidr(address) };
    return this.#podPeer(server.sandbox);
  }

  /** A client as the policy of a pod sees it, by the address that its packet arrives with (policy.md, "Source addresses decide"). */
  #seenByPod(engine: Engine, machine: Machine): Peer | undefined {
    const { client, source, via } = this.#crossing;
    if (engine === 'calico') {
      // Its own node masquerades after the policy, every other before the packet leaves it.
      if (via && via.machine !== machine) return this.#nodePeer(via.machine, source);
      return this.#byAddress(client, via?.source ?? source, machine);
    }
    if (via && (client.kind === 'outside' || client.machine !== via.machine)) return somewhereOutside;
    if (client.kind === 'outside') return { kind: 'world', address: cidr(source) };
    if (client.kind === 'node') return this.#nodePeer(client.machine, client.machine === machine ? client.machine.address : source);
    // Another CNI's pod is nobody that Cilium knows, and its address was rewritten on the way.
    return engineOf(client.sandbox) === 'cilium' ? this.#podPeer(client.sandbox) : somewhereOutside;
  }

  /** Its own node sees a pod as it is; Cilium's host firewall knows any pod of its own by its identity, whatever its address became. */
  #seenByNode(engine: Engine, machine: Machine, source: string): Peer | undefined {
    const { client } = this.#crossing;
    if (client.kind === 'pod' && (client.machine === machine || (engine === 'cilium' && engineOf(client.sandbox) === 'cilium')))
      return this.#podPeer(client.sandbox);
    return this.#byAddress(client, source, machine);
  }

  #byAddress(client: Party, source: string, machine: Machine): Peer | undefined {
    if (client.kind === 'outside') return { kind: 'world', address: cidr(source) };
    if (client.kind === 'pod' && source === client.sandbox.ip) return this.#podPeer(client.sandbox);
    return this.#nodePeer(client.machine, client.kind === 'node' && client.machine === machine ? machine.address : source);
  }

  #add(machine: Machine, engine: Engine, direction: Direction, subject?: Leg['subject'], peer?: Peer, port = this.#crossing.port): void {
    // Who is not in the API any more has no endpoint either: nothing is enforced on it.
    if (!subject || !peer) return;
    const { protocol, icmp, sourcePort = 50_000 } = this.#crossing;
    const asked = protocol === 'ICMP' ? (icmp?.type ?? 8) : port;
    const rest = { protocol: protocol.toLowerCase(), port: asked, icmpCode: icmp?.code ?? 0, sourcePort };
    this.#places.push({ machine, leg: { engine, direction, subject, peer, ...rest } });
  }

  #subject(party: Party): Leg['subject'] | undefined {
    if (party.kind === 'node') return this.#node(party.machine);
    const pod = party.kind === 'pod' ? this.#pod(party.sandbox) : undefined;
    return pod && { kind: 'pod', pod };
  }

  #node({ name }: Machine): Leg['subject'] | undefined {
    const node = this.#cluster.nodes.get(name);
    return node && { kind: 'node', node };
  }

  #pod({ namespace, pod }: Sandbox): Pod | undefined {
    return this.#cluster.pods.get(`${namespace}/${pod}`);
  }

  #podPeer(sandbox: Sandbox): Peer | undefined {
    const pod = this.#pod(sandbox);
    return pod && { kind: 'pod', pod, address: cidr(sandbox.ip) };
  }

  #nodePeer({ name }: Machine, address: string): Peer | undefined {
    const node = this.#cluster.nodes.get(name);
    return node && { kind: 'node', node, address: cidr(address) };
  }
}
