import type { Cidr } from './address.ts';

export type Labels = Readonly<Record<string, string>>;
export type Engine = 'calico' | 'cilium';

export interface ClusterNode {
  readonly name: string;
  /** Where objects name the node otherwise, for example by its hostname. */
  readonly hostname?: string;
  readonly address: Cidr;
  readonly controlPlane: boolean;
  readonly labels: Labels;
  /** Which CNI the node's pods belong to. */
  readonly cni: Engine;
  /** The node's address in each engine's overlay (vxlan.calico, cilium_host), where known. */
  readonly tunnel: Partial<Record<Engine, Cidr>>;
}

export interface NamedPort {
  readonly name: string;
  readonly port: number;
  /** Undefined where the description does not tell: any. */
  readonly protocol?: string;
}

export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  readonly node: string;
  readonly serviceAccount: string;
  readonly namedPorts: readonly NamedPort[];
  readonly hostNetwork: boolean;
  /** The pod's address under each engine, where known; otherwise somewhere in the engine's pool. */
  readonly addresses: Partial<Record<Engine, Cidr>>;
}

export interface ServicePort {
  readonly port: number;
  readonly targetPort: number | string;
  readonly nodePort?: number;
  readonly protocol: string;
}

export interface Service {
  readonly namespace: string;
  readonly name: string;
  readonly selector: Labels | undefined;
  readonly clusterIP?: Cidr;
  readonly ports: readonly ServicePort[];
  /** Of a service without a selector. */
  readonly endpoints: readonly { readonly address: Cidr; readonly port: number }[];
}

export interface Pool {
  readonly cidr: Cidr;
  /** How packets travel between nodes: it decides the address from which a node reaches a remote pod. */
  readonly encapsulation: 'always' | 'cross-subnet' | 'never';
  readonly natOutgoing: boolean;
}

/** What policies are evaluated over. */
export interface Cluster {
  readonly nodes: ReadonlyMap<string, ClusterNode>;
  readonly namespaces: ReadonlyMap<string, Labels>;
  /** By `namespace/name`. */
  readonly pods: ReadonlyMap<string, Pod>;
  readonly serviceAccounts: ReadonlyMap<string, Labels>;
  readonly services: readonly Service[];
  readonly pools: Readonly<Record<Engine, Pool>>;
  /** The machine outside that cases call `out`. */
  readonly outside: Cidr | undefined;
}

export const nodeOf = (cluster: Cluster, pod: Pod): ClusterNode => cluster.nodes.get(pod.node)!;

/** The pod's address as the CNI of its node gave it: exact where known, else the pool. */
export function podAddress(cluster: Cluster, pod: Pod): Cidr {
  const { cni } = nodeOf(cluster, pod);
  return pod.addresses[cni] ?? cluster.pools[cni].cidr;
}

/**
 * From where a node reaches a remote pod of an engine: its overlay address where the pool is encapsulated, even for a socket
 * bound to the node's own (policy.md, "Source addresses decide CIDR rules").
 */
export function tunnelAddress(cluster: Cluster, node: ClusterNode, engine: Engine): Cidr {
  const pool = cluster.pools[engine];
  return pool.encapsulation === 'always' ? (node.tunnel[engine] ?? pool.cidr) : node.address;
}

export const podKey = (pod: Pod): string => `${pod.namespace}/${pod.name}`;
