import type { Machine } from '../../node/machine.ts';
import { links, type Link } from '../devices.ts';
import { contains, parseAddress, parseCidr } from '../ipv4.ts';

/** What Calico never takes for the node's own (node/pkg/lifecycle/startup/autodetection); cilium_host is not among them. */
const excluded =
  /^(docker|cbr|dummy|virbr|lxcbr|veth|lo$|cali|tunl|flannel|kube-ipvs|cni|vxlan\.calico|vxlan-v6\.calico|wireguard\.cali|nodelocaldns)/;

const ipv4Of = (link: Link): string | undefined => link.addresses.find((address) => !address.includes(':'));

/**
 * The node's address by IP_AUTODETECTION_METHOD, with its prefix length. `first-found` takes the youngest device
 * that is not Calico's: where Cilium has made cilium_host, that is the one (recorded/migration.txt, 2).
 * Undefined where the method finds none.
 */
export const detectAddress = (machine: Machine, method: string, internalIp: string): string | undefined => {
  const candidates = links
    .of(machine)
    .filter((link) => !excluded.test(link.name) && link.state !== 'DOWN' && ipv4Of(link))
    .reverse();
  const [name = '', argument = ''] = method.split(/=(.*)/s);
  const addressOf = (link: Link | undefined) => link && ipv4Of(link);
  switch (name) {
    case 'kubernetes-internal-ip':
      return addressOf(links.of(machine).find((link) => ipv4Of(link)?.startsWith(`${internalIp}/`)));
    case 'interface':
      return addressOf(candidates.find((link) => matches(link.name, argument)));
    case 'skip-interface':
      return addressOf(candidates.find((link) => !matches(link.name, argument)));
    case 'cidr':
      return addressOf(candidates.find((link) => inAny(argument, ipv4Of(link)!)));
    case 'can-reach':
      return addressOf(links.find(machine, 'eth0'));
    default:
      return addressOf(candidates[0]);
  }
};

const matches = (name: string, patterns: string): boolean =>
  patterns.split(',').some((pattern) => new RegExp(`^(?:${pattern})$`).test(name));

const inAny = (cidrs: string, address: string): boolean => {
  const value = parseAddress(address.split('/')[0]!);
  return value !== undefined && cidrs.split(',').some((cidr) => contains(parseCidr(cidr), value));
};

/** Annotation projectcalico.org/Interfaces: the node's devices but for its own. */
export const interfacesAnnotation = (machine: Machine): string => {
  const list = links
    .of(machine)
    .filter((link) => link.name !== 'lo' && !link.name.startsWith('cali') && link.name !== 'vxlan.calico')
    .map((link) => {
      const addresses = link.addresses.filter((address) => !address.includes(':')).map((address) => address.split('/')[0]!);
      return { name: link.name, ...(addresses.length > 0 && { addresses }) };
    });
  return JSON.stringify(list.sort((a, b) => (a.name < b.name ? -1 : 1)));
};
