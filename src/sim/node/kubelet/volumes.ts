import type { Container, Pod } from '../../../kube/types.ts';
import type { ApiClient } from '../../api/client.ts';
import type { PodApi } from '../../api/pod-api.ts';
import { FileTree, normalPath } from '../file-tree.ts';
import type { NodeFiles } from '../machine.ts';
import { MountedFiles, type Mount } from '../mounted-files.ts';
import { configMapData, fieldValue, secretData } from './environment.ts';

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];
type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number];

interface Place {
  machine: { name: string; address: string; files: NodeFiles };
  api: ApiClient;
  now: () => number;
  podApi?: (() => PodApi | undefined) | undefined;
}

/** About what a token comes to. */
const tokenBytes = 900;

/** A pod's volumes on its node: hostPath shows the node's files, the others are file trees of the pod's own. */
export class PodVolumes {
  readonly #pod: Pod;
  readonly #place: Place;
  readonly #trees = new Map<string, FileTree>();

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
  view(container: Container, podIp: string): MountedFiles {
    const { spec, metadata } = this.#pod;
    const root = new FileTree(this.#place.now);
    const hostname = spec?.hostNetwork ? this.#place.machine.name : (spec?.hostname ?? metadata.name);
    root.write('/etc/hostname', `${hostname}\n`);
    root.write('/etc/hosts', `# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n${podIp}\t${hostname}\n`);
    root.write('/etc/resolv.conf', this.#resolvConf());
    root.mkdir('/tmp', { mode: 0o1777 });
    for (const folder of ['/root', '/var/log', '/var/run', '/proc', '/dev']) root.mkdir(folder);
    return new MountedFiles(root, this.#mounts(container));
  }

  #mounts(container: Container): Mount[] {
    const mounts: Mount[] = [];
    for (const { name, mountPath, subPath, readOnly } of container.volumeMounts ?? []) {
      const volume = this.#pod.spec?.volumes?.find((one) => one.name === name);
      const files = volume?.hostPath ? this.#place.machine.files : this.#trees.get(name);
      if (!volume || !files) continue;
      const base = normalPath(`${volume.hostPath?.path ?? '/'}/${subPath ?? ''}`);
      if (!files.exists(base)) files.mkdir(base);
      mounts.push({ at: normalPath(mountPath), files, base, readOnly: readOnly ?? false });
    }
    return mounts;
  }

  #tree(volume: Volume): FileTree {
    const tree = new FileTree(this.#place.now);
    const put = (entries: Record<string, string> | undefined, items?: { key: string; path: string }[]) => {
      for (const [key, text] of Object.entries(entries ?? {})) {
        const path = items ? items.find((item) => item.key === key)?.path : key;
        if (path !== undefined) tree.write(`/${path}`, text);
      }
    };
    const { api } = this.#place;
    const pod = this.#pod;
    if (volume.configMap) put(configMapData(api, pod, volume.configMap.name ?? '', volume.configMap.optional), volume.configMap.items);
    if (volume.secret) put(secretData(api, pod, volume.secret.secretName ?? '', volume.secret.optional), volume.secret.items);
    if (volume.downwardAPI) this.#downward(tree, volume.downwardAPI.items);
    for (const source of volume.projected?.sources ?? []) this.#projected(tree, source, put);
    return tree;
  }

  #projected(
    tree: FileTree,
    source: Projection,
    put: (entries: Record<string, string> | undefined, items?: { key: string; path: string }[]) => void,
  ): void {
    const { api } = this.#place;
    const { configMap, secret, downwardAPI, serviceAccountToken } = source;
    if (configMap) put(configMapData(api, this.#pod, configMap.name ?? '', configMap.optional), configMap.items);
    if (secret) put(secretData(api, this.#pod, secret.name ?? '', secret.optional), secret.items);
    if (downwardAPI) this.#downward(tree, downwardAPI.items);
    if (serviceAccountToken) {
      const { path, expirationSeconds, audience } = serviceAccountToken;
      // Signed when it is read: it costs nothing before, and is never out of date, as the kubelet replaces it in time.
      const token = () => this.#place.podApi?.()?.token(this.#pod, expirationSeconds, audience) ?? '';
      tree.provide(`/${path}`, token, { size: tokenBytes });
    }
  }

  #downward(tree: FileTree, items: { path: string; fieldRef?: { fieldPath: string } }[] | undefined): void {
    for (const { path, fieldRef } of items ?? [])
      if (fieldRef) tree.write(`/${path}`, fieldValue(this.#pod, fieldRef.fieldPath, this.#pod.status?.podIP ?? '', this.#place.machine));
  }

  #resolvConf(): string {
    const { spec, metadata } = this.#pod;
    const host = spec?.dnsPolicy === 'Default' || (spec?.hostNetwork && spec.dnsPolicy !== 'ClusterFirstWithHostNet');
    if (host) return this.#place.machine.files.read('/etc/resolv.conf');
    const search = `${metadata.namespace}.svc.cluster.local svc.cluster.local cluster.local`;
    return `search ${search}\nnameserver 10.96.0.10\noptions ndots:5\n`;
  }
}
