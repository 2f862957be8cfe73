import { contains, type Cidr } from '../model/address.ts';
import type { Cluster } from '../model/cluster.ts';

const widths = { 4: 32n, 6: 128n } as const;
const last = ({ family, base, bits }: Cidr): bigint => base + (1n << (widths[family] - BigInt(bits))) - 1n;
const single = (family: 4 | 6, base: bigint): Cidr => ({ family, base, bits: Number(widths[family]) });

/** Whether an address, exact or a whole pool, is in each network: what rules can tell of it. */
export const signature = (networks: readonly Cidr[], address: Cidr): string =>
  networks.flatMap((network, i) => (contains(network, address) ? [i] : [])).join(',');

/** Addresses of the cluster itself, where no outside machine is: pools, nodes, tunnels, pods, services. */
function inside({ nodes, pods, pools, services }: Cluster): Cidr[] {
  return [
    pools.calico.cidr,
    pools.cilium.cidr,
    ...[...nodes.values()].flatMap((node) => [node.address, ...Object.values(node.tunnel)]),
    ...[...pods.values()].flatMap((pod) => Object.values(pod.addresses)),
    ...services.flatMap((service) => (service.clusterIP ? [service.clusterIP] : [])),
  ];
}

/** One address for each set of outside addresses that no network of a policy tells apart. */
export function outsideClasses(clusters: readonly Cluster[], networks: readonly Cidr[]): Cidr[] {
  const own = clusters.flatMap(inside);
  const families = new Set(own.map((cidr) => cidr.family));
  const found = new Map<string, Cidr>();
  for (const family of families) {
    const excluded = merged(own.filter((cidr) => cidr.family === family));
    const mine = networks.filter((n) => n.family === family);
    const cuts = new Set([1n, ...mine.flatMap((n) => [n.base, last(n) + 1n]), ...excluded.map(([, to]) => to + 1n)]);
    const preferred = clusters.flatMap((c) => (c.outside?.family === family ? [c.outside.base] : []));
    let at = 0;
    for (const address of [...preferred, ...[...cuts].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))]) {
      if (address >= 1n << widths[family]) continue;
      if (preferred.includes(address)) at = 0;
      while (at < excluded.length && excluded[at]![1] < address) at++;
      if (at < excluded.length && excluded[at]![0] <= address) continue;
      const cidr = single(family, address);
      const key = `${family}:${signature(mine, cidr)}`;
      if (!found.has(key)) found.set(key, cidr);
    }
  }
  return [...found.values()];
}

function merged(cidrs: readonly Cidr[]): [bigint, bigint][] {
  const result: [bigint, bigint][] = [];
  for (const cidr of cidrs.toSorted((a, b) => (a.base < b.base ? -1 : a.base > b.base ? 1 : 0))) {
    const before = result.at(-1);
    if (before && cidr.base <= before[1] + 1n) before[1] = last(cidr) > before[1] ? last(cidr) : before[1];
    else result.push([cidr.base, last(cidr)]);
  }
  return result;
}
