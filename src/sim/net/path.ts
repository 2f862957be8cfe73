import type { Machine } from '../node/machine.ts';
import { datapathOf, isOwn, peerOf, routeMtu, tunnelOverhead, type Datapath } from './cilium/datapath.ts';
import type { Route } from './devices.ts';
import type { Sandbox } from './network.ts';
import { addressOf, type Failure, type Party, type Path, type Underlay } from './packet.ts';
import { inIpset, routingTable } from './routing-table.ts';

/** More forwards than any real way has: a loop. */
const maxForwards = 8;
const isCilium = (sandbox: Sandbox): boolean => sandbox.cni === 'cilium' || sandbox.cni === 'netkit';

/**
 * Walks one packet from its sender to `destination`, as the kernels on its way would forward it: the routing tables,
 * VXLAN devices, ipsets and Cilium's maps of each node decide, as they stand at this moment.
 * `nat` is false for replies, whose addresses connection tracking has settled.
 */
export const walk = (underlay: Underlay, from: Party, destination: string, nat = true): Path =>
  new Walk(underlay, from, nat).to(destination);

class Walk {
  readonly #underlay: Underlay;
  readonly #from: Party;
  readonly #nat: boolean;
  readonly #path: Path;
  #forwards = 0;

  constructor(underlay: Underlay, from: Party, nat: boolean) {
    this.#underlay = underlay;
    this.#from = from;
    this.#nat = nat;
    this.#path = { source: addressOf(from), mtu: 1500, hops: 0, wires: 0, tunnels: 0, trace: [] };
  }

  to(destination: string): Path {
    const from = this.#from;
    if (from.kind === 'outside') return this.#fromOutside(destination);
    if (!from.machine.running) return this.#fail(`${from.machine.name} is down`);
    if (from.kind === 'node') return this.#host(from.machine, destination);
    return this.#fromPod(from.machine, from.sandbox, destination);
  }

  #fromOutside(destination: string): Path {
    if (this.#underlay.outside(destination)) return this.#arrive({ kind: 'outside', address: destination });
    const machine = this.#underlay.machineByAddress(destination) ?? this.#machineOf(destination);
    if (!machine) return this.#fail(`nothing in the cluster answers to ${destination}`);
    if (!machine.running) return this.#fail(`${machine.name} is down`);
    this.#path.wires++;
    return this.#host(machine, destination);
  }

  #machineOf(ip: string): Machine | undefined {
    const sandbox = this.#underlay.sandboxByIp(ip);
    return sandbox && this.#underlay.machine(sandbox.node);
  }

  #fromPod(machine: Machine, sandbox: Sandbox, destination: string): Path {
    const link = routingTable(machine).link(sandbox.device);
    if (!link) return this.#fail(`device ${sandbox.device} of ${sandbox.pod} is gone from ${machine.name}`);
    this.#limit(link.mtu);
    const datapath = isCilium(sandbox) ? datapathOf(machine) : undefined;
    if (!datapath) return this.#host(machine, destination);
    this.#limit(routeMtu(datapath));
    // Cilium's program on the pod's device answers first: a local endpoint, or the ipcache's tunnel end.
    if (isOwn(datapath, destination) && destination !== datapath.host) return this.#ciliumLocal(machine, datapath, destination);
    if (datapath.tunnel !== 'disabled' && peerOf(datapath, destination)) return this.#ciliumTunnel(machine, datapath, destination);
    return this.#host(machine, destination);
  }

  /** The node's own stack: delivery to itself, or a look into its routing table. */
  #host(machine: Machine, destination: string): Path {
    const table = routingTable(machine);
    if (table.local(destination)) return this.#arrive({ kind: 'node', machine });
    if (++this.#forwards > maxForwards) return this.#fail(`routing loop for ${destination} at ${machine.name}`);
    const sent = this.#from.kind === 'node' && this.#from.machine === machine;
    if (!sent) this.#path.hops++;
    const route = table.route(destination);
    if (!route) return this.#fail(`no route to ${destination} on ${machine.name}`, 'unreachable', 0);
    if (route.type === 'blackhole') return this.#fail(`${machine.name} discards packets to ${destination}: blackhole ${route.destination}`);
    const device = route.dev ?? '';
    const link = table.link(device);
    if (!link || link.state === 'DOWN')
      return this.#fail(`device ${device} on ${machine.name} is down, and ${route.destination} is routed through it`);
    this.#limit(route.mtu ?? link.mtu);
    if (sent) this.#path.source = route.src ?? table.addressOf(device) ?? machine.address;
    else if (this.#nat && isLocalSender(this.#from, machine)) this.#path.source = this.#masquerade(machine, destination, device);
    if (device === 'eth0') return this.#wire(machine, route.via ?? destination, destination);
    if (device === 'cilium_host') return this.#ciliumHost(machine, destination);
    if (link.vxlan) return this.#vxlan(machine, route, destination);
    return this.#deliver(machine, destination, device);
  }

  /** Source address after POSTROUTING: Calico's natOutgoing, then Cilium's rules. */
  #masquerade(machine: Machine, destination: string, device: string): string {
    const source = this.#path.source;
    const own = routingTable(machine).addressOf(device) ?? machine.address;
    if (inIpset(machine, 'cali40masq-ipam-pools', source) && !inIpset(machine, 'cali40network-ip-pools', destination)) return own;
    const datapath = datapathOf(machine);
    if (!datapath || isOwn(datapath, destination)) return source;
    if (isOwn(datapath, source)) return device.startsWith('cilium_') ? source : own;
    return device === 'cilium_host' ? datapath.host : source;
  }

  #wire(machine: Machine, nextHop: string, destination: string): Path {
    const next = this.#underlay.machineByAddress(nextHop);
    if (next && next !== machine) {
      if (!next.running) return this.#fail(`${next.name} (${nextHop}) is down`);
      this.#path.wires++;
      return this.#host(next, destination);
    }
    // An answer goes back to whoever asked from outside.
    if (!this.#nat) return this.#arrive({ kind: 'outside', address: destination });
    if (nextHop === destination && !this.#underlay.outside(destination))
      return this.#fail(`no machine has the address ${destination}`, 'unreachable', 3000);
    if (!this.#underlay.outside(destination)) return this.#fail(`${destination} lies outside the cluster, and nothing answers there`);
    this.#path.wires++;
    this.#path.hops++;
    return this.#arrive({ kind: 'outside', address: destination });
  }

  #vxlan(machine: Machine, route: Route, destination: string): Path {
    const device = route.dev ?? '';
    const table = routingTable(machine);
    const vxlan = table.link(device)?.vxlan;
    const end = table.tunnelEnd(device, route.via ?? destination);
    if (!vxlan?.local || !end) return this.#fail(`${machine.name} has no tunnel end for ${route.destination} on ${device}`);
    // Felix's FDB entries name no device: the outer packet takes the route to its end, whatever the device stands on.
    const outer = table.route(end);
    const by = outer?.dev ?? '';
    this.#path.tunnels++;
    this.#trace(`${machine.name}: VXLAN ${vxlan.id} by ${device} from ${vxlan.local} to ${end} through ${by}`);
    const remote = by === 'eth0' ? this.#outerWire(end) : this.#outerCilium(machine, end);
    if (!remote) return this.#fail(`the tunnel of ${device} on ${machine.name} cannot reach ${end} through ${by}`);
    this.#limit((outer?.mtu ?? table.link(by)?.mtu ?? 0) - tunnelOverhead);
    const other = routingTable(remote).link(device);
    if (other?.vxlan?.dstport !== vxlan.dstport) return this.#fail(`${remote.name} has no ${device} on UDP port ${vxlan.dstport}`);
    if (other.state === 'DOWN') return this.#fail(`${device} on ${remote.name} is being set up anew`);
    if (inIpset(remote, 'cali40all-vxlan-net', vxlan.local) === false)
      return this.#fail(`${remote.name} drops VXLAN packets from ${vxlan.local}, which is not in cali40all-vxlan-net`);
    return this.#host(remote, destination);
  }

  #outerWire(end: string): Machine | undefined {
    const remote = this.#underlay.machineByAddress(end);
    if (!remote?.running) return undefined;
    this.#path.wires++;
    return remote;
  }

  /** The outer packet itself travels in Cilium's overlay: VXLAN in VXLAN. */
  #outerCilium(machine: Machine, end: string): Machine | undefined {
    const datapath = datapathOf(machine);
    const peer = datapath && peerOf(datapath, end);
    const remote = peer && this.#tunnelTo(machine, datapath, peer.node);
    if (typeof remote !== 'object' || datapathOf(remote)?.host !== end) return undefined;
    return remote;
  }

  #ciliumHost(machine: Machine, destination: string): Path {
    const datapath = datapathOf(machine);
    if (!datapath) return this.#fail(`${machine.name} has cilium_host, but no datapath behind it`);
    if (isOwn(datapath, destination)) return this.#ciliumLocal(machine, datapath, destination);
    if (peerOf(datapath, destination)) return this.#ciliumTunnel(machine, datapath, destination);
    return this.#fail(`Cilium on ${machine.name} knows no node for ${destination}`);
  }

  #ciliumTunnel(machine: Machine, datapath: Datapath, destination: string): Path {
    const peer = peerOf(datapath, destination)!;
    const remote = this.#tunnelTo(machine, datapath, peer.node);
    if (typeof remote === 'string') return this.#fail(remote);
    const other = datapathOf(remote)!;
    if (destination === other.host) {
      this.#path.hops++;
      return this.#arrive({ kind: 'node', machine: remote });
    }
    return this.#ciliumLocal(remote, other, destination);
  }

  /** The machine at the tunnel's other end, or why there is none. */
  #tunnelTo(machine: Machine, datapath: Datapath, node: string): Machine | string {
    const remote = this.#underlay.machineByAddress(node);
    if (!remote?.running) return `${remote?.name ?? node} is down`;
    const other = datapathOf(remote);
    if (!other) return `Cilium's datapath on ${remote.name} is not set up`;
    if (datapath.tunnel !== 'disabled' && (other.tunnel !== datapath.tunnel || other.tunnelPort !== datapath.tunnelPort))
      return `${machine.name} sends its tunnel to UDP port ${datapath.tunnelPort}, ${remote.name} listens on ${other.tunnelPort}`;
    this.#path.wires++;
    if (datapath.tunnel !== 'disabled') this.#path.tunnels++;
    this.#trace(`${machine.name}: ${datapath.tunnel} by cilium_${datapath.tunnel} to ${remote.name} (${node}:${datapath.tunnelPort})`);
    return remote;
  }

  #ciliumLocal(machine: Machine, datapath: Datapath, destination: string): Path {
    if (destination === datapath.host) return this.#arrive({ kind: 'node', machine });
    this.#path.hops++;
    const sandbox = this.#underlay.sandboxByIp(destination);
    if (sandbox?.node !== machine.name || !isCilium(sandbox)) return this.#fail(`Cilium on ${machine.name} has no endpoint ${destination}`);
    return this.#deliver(machine, destination, sandbox.device);
  }

  #deliver(machine: Machine, destination: string, device: string): Path {
    const sandbox = this.#underlay.sandboxByIp(destination);
    if (sandbox?.node !== machine.name || sandbox.device !== device)
      return this.#fail(`no pod on ${machine.name} has ${destination} (device ${device})`);
    const link = routingTable(machine).link(device);
    if (!link) return this.#fail(`device ${device} of ${sandbox.pod} is gone from ${machine.name}`);
    this.#limit(link.mtu);
    return this.#arrive({ kind: 'pod', machine, sandbox });
  }

  #limit(mtu: number): void {
    if (mtu < this.#path.mtu) this.#path.mtu = mtu;
  }

  #trace(line: string): void {
    this.#path.trace.push(line);
  }

  #arrive(party: Party): Path {
    this.#path.arrived = party;
    return this.#path;
  }

  #fail(reason: string, outcome: Failure['outcome'] = 'timeout', afterMs?: number): Path {
    this.#path.failure = { outcome, reason, ...(afterMs !== undefined && { afterMs }) };
    this.#trace(reason);
    return this.#path;
  }
}

/** POSTROUTING of the node where the sender lives; a second node on the way does not rewrite again. */
const isLocalSender = (from: Party, machine: Machine): boolean => from.kind === 'pod' && from.machine === machine;
