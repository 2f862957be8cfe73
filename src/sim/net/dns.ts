import type { Pod } from '../../kube/types.ts';
import { formatAddress, parseAddress } from './ipv4.ts';
import type { ServiceTable } from './services.ts';

/** /etc/resolv.conf, as the kubelet writes it for a pod or Docker for a node. */
export interface ResolverConfig {
  nameserver: string;
  search: readonly string[];
  ndots: number;
}

/** kubeadm's cluster domain, and the address it gives kube-dns. */
const clusterDomain = 'cluster.local';
const clusterDns = '10.96.0.10';
/** Docker's embedded name server, which knows the machines of its network; a Kind node asks it by its gateway's address. */
export const dockerDns = '127.0.0.11';

const nodeResolver: ResolverConfig = { nameserver: dockerDns, search: [], ndots: 0 };

/** The resolver of a pod by its dnsPolicy; of a node's own namespace where there is no pod. */
export const resolverOf = (pod?: Pod): ResolverConfig => {
  const spec = pod?.spec;
  if (!spec) return nodeResolver;
  const policy = spec.dnsPolicy ?? 'ClusterFirst';
  const options = spec.dnsConfig?.options?.find((option) => option.name === 'ndots')?.value;
  if (policy === 'None')
    return { nameserver: spec.dnsConfig?.nameservers?.[0] ?? '', search: spec.dnsConfig?.searches ?? [], ndots: Number(options ?? 1) };
  if (policy === 'Default' || (policy === 'ClusterFirst' && spec.hostNetwork)) return nodeResolver;
  const search = [
    `${pod.metadata.namespace}.svc.${clusterDomain}`,
    `svc.${clusterDomain}`,
    clusterDomain,
    ...(spec.dnsConfig?.searches ?? []),
  ];
  return { nameserver: clusterDns, search, ndots: Number(options ?? 5) };
};

/** The fully qualified names that a resolver asks for, in order. */
export const candidates = (name: string, { search, ndots }: ResolverConfig): string[] => {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const searched = search.map((domain) => `${name}.${domain}`);
  return name.split('.').length - 1 >= ndots ? [name, ...searched] : [...searched, name];
};

interface Zone {
  services: ServiceTable;
  /** Address of a machine by its name. */
  machine(name: string): string | undefined;
}

/** What the name server answers; undefined is NXDOMAIN. CNAMEs of ExternalName services are followed up to 8 times. */
export const lookup = (zone: Zone, name: string, depth = 0): readonly string[] | undefined => {
  const lower = name.toLowerCase();
  const suffix = `.${clusterDomain}`;
  if (!lower.endsWith(suffix)) {
    const address = zone.machine(lower);
    return address ? [address] : undefined;
  }
  const labels = lower.slice(0, -suffix.length).split('.');
  const kind = labels.pop();
  if (kind === 'pod' && labels.length === 2) return podAddress(labels[0]!);
  if (kind !== 'svc' || labels.length < 2 || labels.length > 3) return undefined;
  const namespace = labels.pop()!;
  const service = zone.services.find(namespace, labels.pop()!);
  if (!service) return undefined;
  const { type, externalName, clusterIP } = service.spec ?? {};
  if (type === 'ExternalName') return externalName && depth < 8 ? lookup(zone, externalName.replace(/\.$/, ''), depth + 1) : undefined;
  const host = labels[0];
  if (clusterIP && clusterIP !== 'None') return host === undefined ? [clusterIP] : undefined;
  const members = zone.services.members(service).filter((member) => host === undefined || member.hostname === host);
  const addresses = [...new Set(members.map((member) => member.ip))];
  return addresses.length > 0 ? addresses : undefined;
};

/** The target and port of `_http._tcp.web.shop.svc.cluster.local`; undefined is NXDOMAIN. */
export const lookupService = ({ services }: Zone, name: string): string[] | undefined => {
  const [, portName, protocol, service, namespace] =
    /^_([^.]+)\._(tcp|udp)\.([^.]+)\.([^.]+)\.svc\.cluster\.local$/.exec(name.toLowerCase()) ?? [];
  const found = service === undefined ? undefined : services.find(namespace!, service);
  const port = found?.spec?.ports?.find((one) => one.name === portName && (one.protocol ?? 'TCP').toLowerCase() === protocol);
  if (!found || !port) return undefined;
  const target = `${service}.${namespace}.svc.${clusterDomain}.`;
  if (found.spec?.clusterIP !== 'None') return [`0 100 ${port.port} ${target}`];
  return services.members(found).map(({ ip, hostname }) => `0 100 ${port.port} ${hostname ?? ip.replaceAll('.', '-')}.${target}`);
};

/** Whose address `7.0.96.10.in-addr.arpa` is: a service's. */
export const lookupPointer = ({ services }: Zone, name: string): string[] | undefined => {
  const address = /^([\d.]+)\.in-addr\.arpa$/.exec(name.toLowerCase())?.[1]?.split('.').toReversed().join('.');
  const found = address === undefined ? undefined : services.owner(address);
  return found && [`${found.metadata.name}.${found.metadata.namespace}.svc.${clusterDomain}.`];
};

/** `10-245-1-83.shop.pod.cluster.local`, as CoreDNS answers with `pods insecure`. */
const podAddress = (label: string): string[] | undefined => {
  const value = parseAddress(label.replaceAll('-', '.'));
  return value === undefined ? undefined : [formatAddress(value)];
};
