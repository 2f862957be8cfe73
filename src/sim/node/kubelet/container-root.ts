import type { Container, Pod } from '../../../kube/types.ts';
import { FileTree } from '../file-tree.ts';
import type { NodeFiles } from '../machine.ts';

interface Place {
  machine: { name: string; files: NodeFiles };
  now: () => number;
}

const clusterDomain = 'cluster.local';
const clusterDns = '10.96.0.10';
/** The longest name that Linux takes. */
const longestHostname = 63;

/** Host name and domain of a pod, as its containers see them. */
export function hostnameOf(pod: Pod, node: string): { hostname: string; domain: string } {
  const { spec, metadata } = pod;
  if (spec?.hostNetwork) return { hostname: node, domain: '' };
  const hostname = (spec?.hostname || metadata.name).slice(0, longestHostname).replace(/[-.]+$/, '');
  const domain = spec?.subdomain ? `${spec.subdomain}.${metadata.namespace}.svc.${clusterDomain}` : '';
  return { hostname: spec?.setHostnameAsFQDN && domain ? `${hostname}.${domain}` : hostname, domain };
}

/** A container's own file system, below its volumes: what runtime and kubelet put there, and the image's own files. */
export function containerRoot(
  pod: Pod,
  container: Container,
  podIp: string,
  { machine, now }: Place,
  imageFiles: Readonly<Record<string, string>> = {},
): FileTree {
  const root = new FileTree(now);
  const { hostname } = hostnameOf(pod, machine.name);
  root.write('/etc/hostname', `${hostname}\n`);
  root.write('/etc/hosts', container.volumeMounts?.some(({ mountPath }) => mountPath === '/etc/hosts') ? '' : hosts(pod, podIp, machine));
  root.write('/etc/resolv.conf', resolvConf(pod, machine.files));
  root.mkdir('/tmp', { mode: 0o1777 });
  for (const folder of ['/root', '/var/log', '/var/run', '/proc', '/dev']) root.mkdir(folder);
  root.write(container.terminationMessagePath ?? '/dev/termination-log', '', { mode: 0o666 });
  for (const [path, text] of Object.entries(imageFiles)) root.write(path, text, { mode: text.startsWith('#!') ? 0o755 : 0o644 });
  return root;
}

function hosts(pod: Pod, podIp: string, machine: Place['machine']): string {
  const aliases = pod.spec?.hostAliases ?? [];
  const entries = aliases.map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join('\t')}\n`).join('');
  const added = aliases.length > 0 ? `\n# Entries added by HostAliases.\n${entries}` : '';
  if (pod.spec?.hostNetwork) return `# Kubernetes-managed hosts file (host network).\n${machine.files.read('/etc/hosts')}${added}`;
  const { domain } = hostnameOf(pod, machine.name);
  const hostname = pod.spec?.hostname || pod.metadata.name;
  return `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
${podIp}\t${domain ? `${hostname}.${domain}\t` : ''}${hostname}
${added}`;
}

function resolvConf({ spec, metadata }: Pod, nodeFiles: NodeFiles): string {
  const { nameservers = [], searches = [], options = [] } = spec?.dnsConfig ?? {};
  const policy = spec?.dnsPolicy ?? 'ClusterFirst';
  const asNode = policy === 'Default' || (spec?.hostNetwork && policy === 'ClusterFirst');
  if (asNode && !spec?.dnsConfig) return nodeFiles.read('/etc/resolv.conf');
  const fromNode = [...nodeFiles.read('/etc/resolv.conf').matchAll(/^nameserver (\S+)/gm)].map(([, address]) => address!);
  const base =
    policy === 'None'
      ? { servers: [], search: [], ndots: [] }
      : asNode
        ? { servers: fromNode, search: [], ndots: [] }
        : {
            servers: [clusterDns],
            search: [`${metadata.namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain],
            ndots: ['ndots:5'],
          };
  const own = options.map(({ name, value }) => (value === undefined ? name! : `${name}:${value}`));
  const kept = base.ndots.filter((option) => !own.some((other) => other.split(':')[0] === option.split(':')[0]));
  const line = (name: string, words: readonly string[]) => (words.length > 0 ? `${name} ${words.join(' ')}\n` : '');
  return (
    line('search', [...base.search, ...searches]) +
    [...base.servers, ...nameservers].map((server) => `nameserver ${server}\n`).join('') +
    line('options', [...kept, ...own])
  );
}
