import type { KubeJson } from '../cluster/cluster.ts';

/** Address ranges and the CNI that hands them out. */
export interface Pool {
  cni: string;
  cidr: string;
}

const parts = (address: string): number | undefined => {
  const octets = address.split('.').map(Number);
  if (octets.length !== 4 || octets.some((o) => !(o >= 0 && o <= 255))) return undefined;
  return octets.reduce((sum, octet) => sum * 256 + octet, 0);
};

/** Whether an IPv4 address lies in a CIDR; false for anything else. */
export function inCidr(address: string, cidr: string): boolean {
  const [network = '', length = '32'] = cidr.split('/');
  const [a, n] = [parts(address), parts(network)];
  if (a === undefined || n === undefined) return false;
  const size = 2 ** (32 - Number(length));
  return Math.floor(a / size) === Math.floor(n / size);
}

/** Pools from Calico's IPPools and from what Cilium gave to each node. */
export function poolsOf(ipPools: readonly KubeJson[], ciliumNodes: readonly KubeJson[]): Pool[] {
  const calico = ipPools.map((pool) => (pool.spec as { cidr?: string } | undefined)?.cidr ?? '');
  const cilium = ciliumNodes.flatMap((node) => (node.spec as { ipam?: { podCIDRs?: string[] } } | undefined)?.ipam?.podCIDRs ?? []);
  return [...cilium.map((cidr) => ({ cni: 'cilium', cidr })), ...calico.map((cidr) => ({ cni: 'calico', cidr }))].filter(
    (p) => p.cidr !== '',
  );
}

export const cniOfAddress = (address: string, pools: readonly Pool[]): string =>
  pools.find((pool) => inCidr(address, pool.cidr))?.cni ?? '';

/**
 * The CNI that a node's runtime takes: the first of /etc/cni/net.d by name that ends as libcni wants
 * (github.com/containernetworking/cni, ConfFiles: .conf, .conflist, .json). `listing` is what `ls -1` printed.
 */
export function cniOfFolder(listing: string): string {
  const first = listing
    .split('\n')
    .map((line) => line.trim())
    .filter((name) => /\.(conf|conflist|json)$/.test(name))
    .toSorted()[0];
  if (first === undefined) return '';
  return ['cilium', 'calico', 'netkit'].find((cni) => first.includes(cni)) ?? first.replace(/^\d+-/, '').replace(/\.\w+$/, '');
}
