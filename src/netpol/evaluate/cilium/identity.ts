import type { Cidr } from '../../model/address.ts';
import type { Cluster, Labels, Pod } from '../../model/cluster.ts';
import type { Leg, Peer } from '../../model/flow.ts';
import type { CiliumRequirement, CiliumSelector } from '../../model/policies.ts';
import type { CiliumSettings } from '../settings.ts';

/** What Cilium knows of an end: labels with their source, and the addresses by which CIDR rules may match it. */
export interface Identity {
  readonly labels: ReadonlyMap<string, { readonly source: string; readonly value: string }>;
  readonly addresses: readonly Cidr[];
  readonly pod?: Pod;
}

const kept = /^(io\.kubernetes\.pod\.namespace|io\.cilium\.k8s\.|app\.kubernetes\.io)/;
const ignored =
  /^(io\.kubernetes|kubernetes\.io|.*beta\.kubernetes\.io|k8s\.io|pod-template-(generation|hash)$|controller-(revision-hash|uid)$|annotation|etcd_node|statefulset\.kubernetes\.io\/pod-name|apps\.kubernetes\.io\/pod-index|batch\.kubernetes\.io\/job-completion-index|batch\.kubernetes\.io\/controller-uid)/;

/** Labels that are no part of an identity (pkg/labelsfilter; policy.md, "Traps" and trap 7). */
export const counts = (key: string): boolean => kept.test(key) || !ignored.test(key);

type LabelMap = Map<string, { source: string; value: string }>;

function k8s(labels: Labels, prefix = ''): LabelMap {
  const entries = Object.entries(labels).map(([key, value]) => [`${prefix}${key}`, { source: 'k8s', value }] as const);
  return new Map(entries.filter(([key]) => counts(key)));
}

export function podIdentity(cluster: Cluster, pod: Pod): Identity {
  const labels = k8s({
    ...pod.labels,
    'io.kubernetes.pod.namespace': pod.namespace,
    'io.cilium.k8s.policy.serviceaccount': pod.serviceAccount,
    'io.cilium.k8s.policy.cluster': 'default',
  });
  const namespace = { 'kubernetes.io/metadata.name': pod.namespace, ...cluster.namespaces.get(pod.namespace) };
  for (const [key, label] of k8s(namespace, 'io.cilium.k8s.namespace.labels.')) labels.set(key, label);
  return { labels, addresses: [], pod };
}

export const nodeLabels = (labels: Labels): Identity => ({ labels: k8s(labels), addresses: [] });

export const reserved = (...names: readonly string[]): LabelMap => new Map(names.map((name) => [name, { source: 'reserved', value: '' }]));

/** The identity of a leg's peer, as the agent of the subject's node sees it. */
export function identityOf(cluster: Cluster, settings: CiliumSettings, { subject, peer }: Leg): Identity {
  if (peer.kind === 'pod') return podIdentity(cluster, peer.pod);
  if (peer.kind === 'world') return { labels: reserved('world'), addresses: [peer.address] };
  return nodeIdentity(settings, peer, subject.kind === 'pod' ? subject.pod.node : subject.node.name, cluster);
}

export function nodeIdentity(
  settings: CiliumSettings,
  { node, address }: Peer & { kind: 'node' },
  local: string,
  cluster: Cluster,
): Identity {
  // Traffic through the overlay comes from cilium_host: the API server is known by the node's own address only (trap 9).
  const apiServer = node.controlPlane && address.bits === node.address.bits && address.base === node.address.base;
  const names = [node.name === local ? 'host' : 'remote-node', ...(apiServer ? ['kube-apiserver'] : [])];
  // The local host has all its addresses at once; a remote node the one that it uses.
  const all = node.name === local ? [node.address, node.tunnel.cilium ?? cluster.pools.cilium.cidr] : [address];
  return { labels: reserved(...names), addresses: settings.cidrMatchesNodes ? all : [] };
}

function holds({ labels }: Pick<Identity, 'labels'>, { source, key, operator, values }: CiliumRequirement): boolean {
  const found = labels.get(key);
  const value = found !== undefined && (source === 'any' || source === found.source) ? found.value : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

export const selected = (identity: Pick<Identity, 'labels'>, selector: CiliumSelector): boolean =>
  selector.every((requirement) => holds(identity, requirement));
