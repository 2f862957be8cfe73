import { formatCidr } from '../model/address.ts';
import type { Compiled } from './side.ts';

/** What a result holds for, in words. */
export function assumptions(sides: readonly [Compiled, Compiled], endpoints: 'present' | 'any') {
  const [a] = sides;
  const engines = ({ cluster }: Compiled): string => {
    const used = new Set([...cluster.nodes.values()].map((node) => node.cni));
    return used.size === 1 ? `${[...used][0]} on every node` : 'Calico and Cilium, each on the nodes that the description gives it';
  };
  const pool = (name: 'calico' | 'cilium') => {
    const { cidr, encapsulation, natOutgoing } = a.cluster.pools[name];
    return `${name}: pods are in ${formatCidr(cidr)}, encapsulation ${encapsulation}${natOutgoing ? ', natOutgoing' : ''}`;
  };
  const families = new Set([a.cluster.pools.calico.cidr.family, a.cluster.pools.cilium.cidr.family]);
  const set = Object.entries(sides[1].settings).map(([key, value]) => `${key}=${value}`);
  const firstSet = Object.entries(a.settings).map(([key, value]) => `${key}=${value}`);
  const named = sides.some((side) =>
    JSON.stringify(side.policies, (_, v: unknown) => (typeof v === 'bigint' ? '' : v)).includes('"domains"'),
  );
  return {
    quantified: [
      'every present pod and node, and every address outside of the cluster that some policy can tell from another',
      'every protocol, every port, every ICMP type and code, and every source port where a rule asks for one',
      'service addresses (as the pods behind them), hairpins and node ports',
      ...(endpoints === 'any'
        ? [
            'every pod that may come: any labels, any service account, in any present namespace with its present labels or in a new one with any labels, on a node of each present kind',
            'a future pod declares its ports as some present pod does, or not at all',
          ]
        : []),
    ],
    assumptions: [
      `first set: ${engines(sides[0])}; ${firstSet.join(', ')}`,
      `second set: ${engines(sides[1])}; ${set.join(', ')}`,
      pool('calico'),
      pool('cilium'),
      'semantics as measured on Calico of August 2026 (iptables, VXLAN) and Cilium 1.18 (kube-proxy, VXLAN); other releases may differ where docs/netpol.md says so',
      'a pod whose address is not given is matched by networks that cover its whole pool, and by no smaller one',
      'addresses of pools, nodes and services belong to the cluster: no outside machine has one',
      ...(families.has(6) ? [] : ['IPv4 only, as the pools are']),
      'new connections only: established ones are not looked at again',
      'L7 rules count as what they allow at L3 and L4',
      ...(named ? ['domains match nobody: their addresses are known to the running cluster only'] : []),
    ],
  };
}
