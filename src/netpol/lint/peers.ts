import { reserved, selected } from '../evaluate/cilium/identity.ts';
import { contains, formatCidr, type Cidr } from '../model/address.ts';
import type { Cluster } from '../model/cluster.ts';
import type { CiliumEntry, CiliumPeer, CiliumSelector } from '../model/policies.ts';
import type { Finding } from './finding.ts';

/** One entry of one section, with what is needed to judge it. */
export interface EntryInContext {
  readonly entry: CiliumEntry;
  readonly section: 'ingress' | 'egress' | 'ingressDeny' | 'egressDeny';
  /** For what depends on addresses; without a cluster it is not looked at. */
  readonly cluster: Cluster | undefined;
}

type Check = (peer: CiliumPeer, context: EntryInContext) => Omit<Finding, 'origin'> | undefined;

const matchesWorld = (selector: CiliumSelector): boolean =>
  selector.every(({ source }) => source !== 'reserved') && selected({ labels: reserved('world') }, selector);

/** Trap 1: what is denied to the local host is denied to the kubelet's probes. */
const deniesHost: Check = (peer, { section }) =>
  section === 'ingressDeny' && peer.kind === 'entity' && ['all', 'host', 'cluster'].includes(peer.entity)
    ? {
        trap: 1,
        effect: 'cuts-off',
        message: `a deny of entity ${peer.entity} denies the pod's own node: readiness probes fail`,
        fix: 'deny world, remote-node, kube-apiserver, and endpoints with io.kubernetes.pod.namespace Exists',
      }
    : undefined;

/** Trap 2: negations alone match whoever has no labels at all. */
const negationsOnly: Check = (peer, { section }) =>
  peer.kind === 'endpoints' && matchesWorld(peer.selector)
    ? {
        trap: 2,
        effect: section.endsWith('Deny') ? 'cuts-off' : 'fail-open',
        message: 'a selector of nothing but NotIn or DoesNotExist also matches the world and remote nodes',
        fix: 'add io.kubernetes.pod.namespace Exists (in a NetworkPolicy: a positive namespace label)',
      }
    : undefined;

/** Trap 3. */
const negativeGroups: Check = (peer) =>
  peer.kind === 'cidr-group-selector' && selected({ labels: new Map() }, peer.selector)
    ? {
        trap: 3,
        effect: 'fail-open',
        message: 'a cidrGroupSelector of nothing but negations matches every pod, every node and the world',
        fix: 'use cidrGroupRef, or add a label that the groups have',
      }
    : undefined;

/** Trap 9: in tunnel mode the control plane's host comes from its overlay address. */
const apiServerIngress: Check = (peer, { section }) =>
  section === 'ingress' && peer.kind === 'entity' && peer.entity === 'kube-apiserver'
    ? {
        trap: 9,
        effect: 'cuts-off',
        message: "ingress from kube-apiserver never matches the control plane's host in tunnel mode",
        fix: 'allow remote-node',
      }
    : undefined;

const managed = ({ pools, nodes }: Cluster): Cidr[] => [pools.cilium.cidr, ...[...nodes.values()].map((node) => node.address)];

/** Trap 10: CIDR rules leave managed pods and nodes out. */
const managedAddresses: Check = (peer, { section, cluster }) => {
  if (peer.kind !== 'cidr') return undefined;
  if (section === 'egress' && peer.cidr.bits === 0) {
    const message = `egress to ${formatCidr(peer.cidr)} leaves out pods, nodes and the API server`;
    return { trap: 10, effect: 'cuts-off', message, fix: 'add entries for endpoints, and toEntities host, remote-node, kube-apiserver' };
  }
  // What is excepted is not meant: its author knows.
  const excepted = (net: Cidr) => peer.except.some((except) => contains(except, net));
  const touched = cluster && managed(cluster).find((net) => (contains(peer.cidr, net) && !excepted(net)) || contains(net, peer.cidr));
  if (!touched || peer.cidr.bits === 0) return undefined;
  return {
    trap: 10,
    effect: section.endsWith('Deny') ? 'fail-open' : 'cuts-off',
    message: `${formatCidr(peer.cidr)} covers managed pods or nodes (${formatCidr(touched)}), which CIDR rules never match`,
    fix: 'select the pods by labels and the nodes by entities',
  };
};

export const peerChecks: readonly Check[] = [deniesHost, negationsOnly, negativeGroups, apiServerIngress, managedAddresses];
