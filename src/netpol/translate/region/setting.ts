import type { Cluster } from '../../model/cluster.ts';
import type { PolicySet } from '../../model/policies.ts';
import { addressesOf, allAddresses, noAddresses, type Addresses } from './addresses.ts';
import { parseCidr } from '../../model/address.ts';

/** What rules are read against: the cluster where it is described, and what stands for it where it is not. */
export interface Setting {
  readonly policies: PolicySet;
  /** Without a description: one without nodes and pods. */
  readonly cluster: Cluster;
  readonly known: boolean;
  /** Where pods may have addresses. Without a description or IP pools: all private networks. */
  readonly pods: Addresses;
  /** Whether every pod's address is in `pods`, and `pods` is all theirs. */
  readonly poolsKnown: boolean;
  readonly encapsulation: 'always' | 'cross-subnet' | 'never' | 'unknown';
  /** Whether the cluster has addresses of one family only: undefined where that is not known. */
  readonly family: 4 | 6 | undefined;
  /** Where Cilium's CIDR rules never match, so far as that is known. */
  readonly managed: Addresses;
}

const privateNets = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'].map((net) => parseCidr(net)!);

export function settingOf(policies: PolicySet, cluster: Cluster | undefined): Setting {
  const pools = cluster ? [cluster.pools.calico] : policies.calico.pools.filter((pool) => !pool.disabled);
  const [first] = pools;
  const cidrs = pools.length > 0 ? pools.map((pool) => pool.cidr) : privateNets;
  const families = new Set(pools.map((pool) => pool.cidr.family));
  const modes = new Set(pools.map((pool) => pool.encapsulation));
  return {
    policies,
    cluster: cluster ?? {
      nodes: new Map(),
      namespaces: new Map(),
      pods: new Map(),
      serviceAccounts: new Map(),
      services: [],
      pools: { calico: unknownPool, cilium: unknownPool },
      outside: undefined,
    },
    known: cluster !== undefined,
    pods: addressesOf(cidrs),
    poolsKnown: pools.length > 0,
    encapsulation: first && modes.size === 1 ? first.encapsulation : 'unknown',
    family: families.size === 1 ? first!.cidr.family : undefined,
    managed: cluster ? managedBy(cluster) : noAddresses,
  };
}

const unknownPool = { cidr: parseCidr('0.0.0.0/0')!, encapsulation: 'never', natOutgoing: false } as const;

/** Every address of the families that the cluster has. */
export const addressesIn = ({ family }: Setting): Addresses =>
  family === undefined ? allAddresses : family === 4 ? { v4: allAddresses.v4, v6: [] } : { v4: [], v6: allAddresses.v6 };

/** Addresses that CIDR rules never match: said nowhere, since they would only mislead (trap 10). */
const managedBy = ({ nodes, pools }: Cluster): Addresses =>
  addressesOf([pools.calico.cidr, pools.cilium.cidr, ...[...nodes.values()].map((node) => node.address)]);
