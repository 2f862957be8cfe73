import { nodeOf, podAddress, type Cluster, type ClusterNode } from '../model/cluster.ts';
import type { Direction, Leg, Peer } from '../model/flow.ts';
import type { End, Target } from './ends.ts';

/** What a leg needs beside who and where. */
export type Connection = Pick<Leg, 'protocol' | 'icmpCode' | 'sourcePort'>;

/**
 * Packets that a Calico node forwards through its own interface, which a host endpoint polices by applyOnForward: between the
 * outside and its pods, from its pods to other nodes, and to node ports that are answered elsewhere. What travels between pods
 * of two nodes leaves through the tunnel's device instead. Addresses are those before masquerading and after a service's.
 */
export function forwardedLegs(
  cluster: Cluster,
  from: End,
  target: Target,
  connection: Connection,
  seen: (node: ClusterNode) => Peer,
): Leg[] {
  const to = target.end;
  const source = from.kind === 'pod' ? nodeOf(cluster, from.pod) : undefined;
  const destination = to.kind === 'pod' ? nodeOf(cluster, to.pod) : undefined;
  const leg = (node: ClusterNode, direction: Direction, peer: Peer, forwarded: Peer): Leg[] =>
    node.cni === 'calico'
      ? [{ ...connection, engine: 'calico', direction, subject: { kind: 'node', node }, peer, forwarded, port: target.port }]
      : [];
  const pod = (end: End & { kind: 'pod' }): Peer => ({ ...end, address: podAddress(cluster, end.pod) });
  const away: Peer | undefined =
    to.kind === 'world' ? to : to.kind === 'node' && to.node !== source ? { ...to, address: to.node.address } : undefined;
  const legs: Leg[] = [];
  if (from.kind === 'pod' && source && away) legs.push(...leg(source, 'egress', away, pod(from)));
  const entered = target.via ?? (from.kind === 'world' ? destination : undefined);
  const local = from.kind === 'node' ? from.node === entered : source === entered;
  if (entered && !local && to.kind === 'pod') legs.push(...leg(entered, 'ingress', seen(entered), pod(to)));
  return legs;
}
