import { persistentVolumeClaims, persistentVolumes } from '../../../kube/resources.ts';
import type { Container, Pod } from '../../../kube/types.ts';
import type { ApiClient } from '../../api/client.ts';
import type { PodApi } from '../../api/pod-api.ts';
import { FileTree, normalPath } from '../file-tree.ts';
import type { NodeFiles } from '../machine.ts';
import { MountedFiles, type Mount } from '../mounted-files.ts';
import { ConfigError, expand } from './environment.ts';
import { LiveFiles } from './live-files.ts';
import { contentOf, contentVersion, isLive } from './volume-content.ts';

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];
interface Place {
  machine: { name: string; address: string; files: NodeFiles };
  api: ApiClient;
  now: () => number;
  /** The pod as it is now. */
  pod?: () => Pod;
  podApi?: (() => PodApi | undefined) | undefined;
}

/** A pod's volumes on its node: hostPath shows the node's files, the others are file trees of the pod's own. */
export class PodVolumes {
  readonly #pod: Pod;
  readonly #place: Place;
  readonly #trees = new Map<string, NodeFiles>();
  /** Where on the node a persistent volume is, by the volume's name. */
  readonly #folders = new Map<string, string>();

  /** Throws ConfigError where a ConfigMap or Secret is missing; `volume` of the failure is given to `onFailure`. */
  constructor(pod: Pod, place: Place, onFailure: (volume: string) => void) {
    this.#pod = pod;
    this.#place = place;
    for (const volume of pod.spec?.volumes ?? []) {
      onFailure(volume.name);
      if (!volume.hostPath) this.#trees.set(volume.name, this.#tree(volume));
    }
  }

  /** What a container sees, above an image's own files. */
  view(container: Container, podIp: string, env: Record<string, string> = {}): MountedFiles {
    const { spec, metadata } = this.#pod;
    const root = new FileTree(this.#place.now);
    const hostname = spec?.hostNetwork ? this.#place.machine.name : (spec?.hostname ?? metadata.name);
    root.write('/etc/hostname', `${hostname}\n`);
    root.write('/etc/hosts', this.#hosts(podIp, hostname));
    root.write('/etc/resolv.conf', this.#resolvConf());
    root.mkdir('/tmp', { mode: 0o1777 });
    for (const folder of ['/root', '/var/log', '/var/run', '/proc', '/dev']) root.mkdir(folder);
    return new MountedFiles(root, this.#mounts(container, env));
  }

  #mounts(container: Container, env: Record<string, string>): Mount[] {
    const mounts: Mount[] = [];
    for (const { name, mountPath, subPath, subPathExpr, readOnly } of container.volumeMounts ?? []) {
      const volume = this.#pod.spec?.volumes?.find((one) => one.name === name);
      const found = volume?.hostPath ? this.#place.machine.files : this.#trees.get(name);
      if (!volume || !found) continue;
      const within = subPath ?? (subPathExpr === undefined ? '' : expand(subPathExpr, env));
      const files = found instanceof LiveFiles && within !== '' ? found.frozen() : found;
      const base = normalPath(`${volume.hostPath?.path ?? this.#folders.get(name) ?? '/'}/${within}`);
      if (!files.exists(base)) files.mkdir(base);
      mounts.push({ at: normalPath(mountPath), files, base, readOnly: readOnly ?? false });
    }
    return mounts;
  }

  #tree(volume: Volume): NodeFiles {
    const { now, api } = this.#place;
    if (volume.persistentVolumeClaim || volume.ephemeral) return this.#persistent(volume);
    if (!isLive(volume)) return new FileTree(now);
    const pod = () => this.#place.pod?.() ?? this.#pod;
    return new LiveFiles(now, { version: () => contentVersion(api, pod(), volume), files: () => contentOf(this.#place, pod(), volume) });
  }

  /** A folder of the node, which outlives the pod; a volume from elsewhere lives as long as the pod. */
  #persistent(volume: Volume): NodeFiles {
    const { api, now, machine } = this.#place;
    const { namespace, name } = this.#pod.metadata;
    const claimName = volume.persistentVolumeClaim?.claimName ?? `${name}-${volume.name}`;
    const claim = api.get(persistentVolumeClaims, namespace, claimName);
    if (!claim) throw new ConfigError(`persistentvolumeclaim "${claimName}" not found`);
    const { hostPath, local } = api.get(persistentVolumes, undefined, claim.spec?.volumeName ?? '')?.spec ?? {};
    const folder = hostPath?.path ?? local?.path;
    if (folder === undefined) return new FileTree(now);
    this.#folders.set(volume.name, normalPath(folder));
    return machine.files;
  }

  /** ensureHostsFile of kubelet_pods.go */
  #hosts(podIp: string, hostname: string): string {
    const { spec } = this.#pod;
    const aliases = (spec?.hostAliases ?? []).map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}\n`);
    const extra = aliases.length > 0 ? `\n# Entries added by HostAliases.\n${aliases.join('')}` : '';
    if (spec?.hostNetwork)
      return `# Kubernetes-managed hosts file (host network).\n${this.#place.machine.files.read('/etc/hosts')}${extra}`;
    const usual =
      '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nfe00::\tip6-mcastprefix\nfe00::1\tip6-allnodes\nfe00::2\tip6-allrouters\n';
    return `# Kubernetes-managed hosts file.\n${usual}${podIp}\t${hostname}\n${extra}`;
  }

  #resolvConf(): string {
    const { spec, metadata } = this.#pod;
    const host = spec?.dnsPolicy === 'Default' || (spec?.hostNetwork && spec.dnsPolicy !== 'ClusterFirstWithHostNet');
    if (host) return this.#place.machine.files.read('/etc/resolv.conf');
    const { nameservers = [], searches = [], options = [] } = spec?.dnsConfig ?? {};
    const none = spec?.dnsPolicy === 'None';
    const search = [...(none ? [] : [`${metadata.namespace}.svc.cluster.local`, 'svc.cluster.local', 'cluster.local']), ...searches];
    const own = options.map(({ name, value }) => (value === undefined ? name : `${name}:${value}`));
    const all = [...(none || options.some(({ name }) => name === 'ndots') ? [] : ['ndots:5']), ...own];
    return [
      ...(search.length > 0 ? [`search ${search.join(' ')}`] : []),
      ...[...(none ? [] : ['10.96.0.10']), ...nameservers].map((address) => `nameserver ${address}`),
      ...(all.length > 0 ? [`options ${all.join(' ')}`] : []),
      '',
    ].join('\n');
  }
}
