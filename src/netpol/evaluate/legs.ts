import { anywhere } from '../model/address.ts';
import { nodeOf, podAddress, tunnelAddress, type Cluster, type ClusterNode, type Engine } from '../model/cluster.ts';
import type { Flow, Leg, Peer } from '../model/flow.ts';
import { endOf, targetsOf, type End, type Target } from './ends.ts';
import { forwardedLegs, type Connection } from './forwarded.ts';

const cniOf = (cluster: Cluster, end: End): Engine | undefined =>
  end.kind === 'pod' ? nodeOf(cluster, end.pod).cni : end.kind === 'node' ? end.node.cni : undefined;
const hostOf = (cluster: Cluster, end: End): ClusterNode | undefined =>
  end.kind === 'pod' ? nodeOf(cluster, end.pod) : end.kind === 'node' ? end.node : undefined;

const asPeer = (cluster: Cluster, end: End): Peer =>
  end.kind === 'pod'
    ? { ...end, address: podAddress(cluster, end.pod) }
    : end.kind === 'node'
      ? { ...end, address: end.node.address }
      : end;

/** Known to be outside, by no address that a rule could name (policy.md: "identity world, no client CIDR matches"). */
const somewhereOutside: Peer = { kind: 'world', address: anywhere };

/** A destination as the source's node sees it. Cilium does not know the other CNI's pods: to it they are addresses of the world. */
export function destinationSeen(cluster: Cluster, engine: Engine, end: End): Peer {
  const peer = asPeer(cluster, end);
  return engine === 'cilium' && peer.kind === 'pod' && cniOf(cluster, end) === 'calico' ? { kind: 'world', address: peer.address } : peer;
}

/** A source as a pod's node sees it (policy.md, "Source addresses decide CIDR rules" and "Two CNIs in one cluster"). */
export function sourceSeenByPod(cluster: Cluster, from: End, node: ClusterNode, via: ClusterNode | undefined): Peer {
  const { cni } = node;
  if (via) return cni === 'calico' ? throughCalicoNodePort(cluster, from, node, via) : throughCiliumNodePort(cluster, from, node, via);
  if (from.kind === 'world') return from;
  if (from.kind === 'node') return remoteNode(cluster, from.node, node);
  const source = nodeOf(cluster, from.pod);
  if (source.cni === cni) return asPeer(cluster, from);
  // At the border the source is rewritten: to the client node's cilium_host, or to its vxlan.calico.
  return cni === 'cilium' ? somewhereOutside : { kind: 'node', node: source, address: tunnelAddress(cluster, source, 'calico') };
}

const remoteNode = (cluster: Cluster, from: ClusterNode, at: ClusterNode): Peer => ({
  kind: 'node',
  node: from,
  address: from === at ? from.address : tunnelAddress(cluster, from, at.cni),
});

/** kube-proxy masquerades after the policy on the backend's own node, and before the packet leaves any other. */
function throughCalicoNodePort(cluster: Cluster, from: End, node: ClusterNode, via: ClusterNode): Peer {
  if (via !== node) return remoteNode(cluster, via, node);
  return from.kind === 'pod' && nodeOf(cluster, from.pod) !== via ? nodeAddressed(cluster, from) : asPeer(cluster, from);
}

/** Clients on the called node keep their identity; everybody else is the world, without an address that a rule could match. */
function throughCiliumNodePort(cluster: Cluster, from: End, node: ClusterNode, via: ClusterNode): Peer {
  if (hostOf(cluster, from) !== via) return somewhereOutside;
  return from.kind === 'node' ? remoteNode(cluster, from.node, node) : asPeer(cluster, from);
}

/** A pod as other nodes see it: natOutgoing replaces its address by its node's, since nodes are in no pool. */
function nodeAddressed(cluster: Cluster, from: End): Peer {
  if (from.kind !== 'pod') return asPeer(cluster, from);
  const node = nodeOf(cluster, from.pod);
  return cluster.pools[node.cni].natOutgoing ? { kind: 'node', node, address: node.address } : asPeer(cluster, from);
}

/** A pod's own node sees the pod; Cilium's host firewall knows any pod of its own by its identity, whatever its address became. */
const sourceSeenByNode = (cluster: Cluster, from: End, node: ClusterNode): Peer =>
  hostOf(cluster, from) === node || (node.cni === 'cilium' && cniOf(cluster, from) === 'cilium')
    ? asPeer(cluster, from)
    : nodeAddressed(cluster, from);

function legsTo(cluster: Cluster, from: End, target: Target, port: number, connection: Connection): Leg[] {
  const to = target.end;
  const legs: Leg[] = [];
  const source = hostOf(cluster, from);
  const destination = hostOf(cluster, to);
  // Within one pod or one node nothing leaves it; Cilium lets a pod through its own service back to itself, too.
  const self = from.kind === 'pod' && to.kind === 'pod' && from.pod === to.pod;
  if (self && (!target.translated || source?.cni === 'cilium')) return [];
  if (from.kind === 'node' && to.kind === 'node' && from.node === to.node) return [];
  if (from.kind !== 'world' && source && !(from.kind === 'node' && destination === source)) {
    // A node port is resolved on the node that was called: only there, and with Calico, the client's policy sees the backend.
    const resolved = target.via === undefined || (target.via === source && source.cni === 'calico');
    const seen = resolved ? destinationSeen(cluster, source.cni, to) : asPeer(cluster, { kind: 'node', node: target.via });
    legs.push({ ...connection, engine: source.cni, direction: 'egress', subject: from, peer: seen, port: resolved ? target.port : port });
  }
  if (target.via && source !== target.via) {
    const peer = sourceSeenByNode(cluster, from, target.via);
    // Forwarded traffic: Calico's host endpoints police it only by applyOnForward, Cilium's host firewall sees the node port.
    if (target.via.cni === 'cilium') {
      legs.push({ ...connection, engine: 'cilium', direction: 'ingress', subject: { kind: 'node', node: target.via }, peer, port });
    }
  }
  if (to.kind !== 'world' && destination) {
    const peer = to.kind === 'pod' ? sourceSeenByPod(cluster, from, destination, target.via) : sourceSeenByNode(cluster, from, destination);
    legs.push({ ...connection, engine: destination.cni, direction: 'ingress', subject: to, peer, port: target.port });
  }
  return legs;
}

/**
 * What pods on two nodes send each other arrives at either node as UDP packets of the overlay, which a host firewall polices:
 * a default deny for a node cuts it off (policy.md, "Two CNIs in one cluster", host firewall).
 */
function overlayLegs(cluster: Cluster, from: End, to: End, tunnelPort: number): Leg[] {
  const ends = [hostOf(cluster, from), hostOf(cluster, to)];
  const [source, destination] = ends;
  const tunnelled = to.kind === 'pod' && source !== undefined && destination !== undefined && source !== destination;
  if (!tunnelled || ends.some((node) => node?.cni !== 'cilium')) return [];
  const arrival = (at: ClusterNode, sender: ClusterNode): Leg => ({
    engine: 'cilium',
    direction: 'ingress',
    subject: { kind: 'node', node: at },
    peer: { kind: 'node', node: sender, address: sender.address },
    protocol: 'udp',
    port: tunnelPort,
    icmpCode: 0,
    sourcePort: 50_000,
  });
  return [arrival(destination, source), arrival(source, destination)];
}

/** Places that are looked at only where something is enforced there. */
export interface LegOptions {
  /** The overlay's UDP port, where Cilium's host firewall is on. */
  readonly tunnelPort?: number;
  /** Whether any policy applies to what host endpoints forward. */
  readonly forwarded?: boolean;
}

/** Every place where a flow meets a policy: a list for each backend that it may reach. Throws KindlabError on unknown ends. */
export function legsOf(cluster: Cluster, flow: Flow, options: LegOptions = {}): Leg[][] {
  const { protocol, port, icmpCode = 0, sourcePort = 50_000 } = flow;
  return targetsOf(cluster, flow.to, protocol, port).map((target) => {
    const kubelet = flow.from === 'kubelet' && target.end.kind === 'pod' ? nodeOf(cluster, target.end.pod) : undefined;
    const from: End = kubelet ? { kind: 'node', node: kubelet } : endOf(cluster, flow.from);
    const connection: Connection = { protocol, icmpCode, sourcePort };
    const seen = (node: ClusterNode) => sourceSeenByNode(cluster, from, node);
    return [
      ...legsTo(cluster, from, target, port, connection),
      ...(options.tunnelPort === undefined ? [] : overlayLegs(cluster, from, target.end, options.tunnelPort)),
      ...(options.forwarded ? forwardedLegs(cluster, from, target, connection, seen) : []),
    ];
  });
}
