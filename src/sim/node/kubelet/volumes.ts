import { persistentVolumeClaims, persistentVolumes } from '../../../kube/resources.ts';
import type { Container, Pod } from '../../../kube/types.ts';
import type { ApiClient } from '../../api/client.ts';
import type { PodApi } from '../../api/pod-api.ts';
import { FileTree, normalPath } from '../file-tree.ts';
import type { NodeFiles } from '../machine.ts';
import { MountedFiles, type Mount } from '../mounted-files.ts';
import { containerRoot } from './container-root.ts';
import type { ContainerUser } from './container-user.ts';
import { ConfigError, expand } from './environment.ts';
import { isProjected, projectedFiles, tokenUser } from './projected-files.ts';

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];
type VolumeMount = NonNullable<Container['volumeMounts']>[number];

interface Place {
  machine: { name: string; address: string; files: NodeFiles };
  api: ApiClient;
  now: () => number;
  podApi?: (() => PodApi | undefined) | undefined;
}

/** About what a token comes to. */
const tokenBytes = 900;
/** How long a change of a ConfigMap takes to be seen in its volumes: the kubelet's syncFrequency. */
const syncMs = 60_000;
const setgid = 0o2000;

interface PodVolume {
  volume: Volume;
  files: NodeFiles;
  /** The folder of `files` that is the volume. */
  top: string;
  /** Of those that show objects of the API. */
  syncedAt?: number;
}

/** A pod's volumes on its node: hostPath shows the node's files, the others are file trees of the pod's own. */
export class PodVolumes {
  readonly #pod: () => Pod;
  readonly #place: Place;
  readonly #volumes = new Map<string, PodVolume>();

  /** Throws ConfigError where a ConfigMap or Secret is missing; `volume` of the failure is given to `onFailure`. */
  constructor(pod: () => Pod, place: Place, onFailure: (volume: string) => void) {
    this.#pod = pod;
    this.#place = place;
    for (const volume of pod().spec?.volumes ?? []) {
      onFailure(volume.name);
      this.#volumes.set(volume.name, this.#mount(volume));
    }
  }

  /** What a container sees, above an image's own files. Throws ConfigError where a sub-path cannot be. */
  view(
    container: Container,
    {
      podIp,
      env,
      user,
      imageFiles,
    }: { podIp: string; env: Record<string, string>; user: ContainerUser; imageFiles?: Readonly<Record<string, string>> },
  ): MountedFiles {
    const root = containerRoot(this.#pod(), container, podIp, this.#place, imageFiles);
    const mounts = (container.volumeMounts ?? []).flatMap((mount) => this.#mountOf(mount, container, env) ?? []);
    return new MountedFiles(root, mounts, { user, readOnly: container.securityContext?.readOnlyRootFilesystem ?? false });
  }

  #mountOf(mount: VolumeMount, container: Container, env: Record<string, string>): Mount | undefined {
    const found = this.#volumes.get(mount.name);
    if (!found) return undefined;
    const { volume, files, top } = found;
    const subPath = mount.subPathExpr ? expandSubPath(mount.subPathExpr, env) : (mount.subPath ?? '');
    if (subPath.startsWith('/')) throw new ConfigError(`error SubPath \`${subPath}\` must not be an absolute path`);
    if (subPath.split('/').includes('..')) throw new ConfigError(`unable to provision SubPath \`${subPath}\`: must not contain '..'`);
    const base = normalPath(`${top}/${subPath}`);
    if (!files.exists(base)) {
      if (isProjected(volume))
        throw new ConfigError(`failed to create subPath directory for volumeMount "${mount.name}" of container "${container.name}"`);
      const { mode, owner } = files.exists(top) ? files.stat(top) : { mode: 0o755, owner: { uid: 0, gid: 0 } };
      files.mkdir(base, { mode, owner });
    }
    return {
      at: normalPath(mount.mountPath),
      files,
      base,
      readOnly: mount.readOnly ?? isProjected(volume),
      tmpfs: isProjected(volume) ? !volume.configMap : volume.emptyDir?.medium === 'Memory',
      // What a sub-path showed when its container started, it shows for good.
      ...(isProjected(volume) && subPath === '' && { refresh: () => this.#refresh(found) }),
      ...(isProjected(volume) && subPath !== '' && frozen(files, base)),
    };
  }

  #mount(volume: Volume): PodVolume {
    const onNode = volume.hostPath?.path ?? this.#claimed(volume);
    if (onNode !== undefined) return { volume, files: this.#place.machine.files, top: normalPath(onNode) };
    const files = new FileTree(this.#place.now);
    const made: PodVolume = { volume, files, top: '/' };
    const fsGroup = this.#pod().spec?.securityContext?.fsGroup;
    const owner = { uid: 0, gid: fsGroup ?? 0 };
    files.chmod('/', { mode: (fsGroup === undefined ? 0 : setgid) | 0o777, owner });
    if (isProjected(volume)) this.#project(made, files);
    return made;
  }

  /** The folder of the node that a claim stands for, which outlives the pod; a volume from elsewhere lives as long as the pod. */
  #claimed(volume: Volume): string | undefined {
    const { api } = this.#place;
    const { namespace, name } = this.#pod().metadata;
    const claimName = volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral && `${name}-${volume.name}`);
    if (claimName === undefined) return undefined;
    const claim = api.get(persistentVolumeClaims, namespace, claimName);
    if (!claim) throw new ConfigError(`persistentvolumeclaim "${claimName}" not found`);
    const { hostPath, local } = api.get(persistentVolumes, undefined, claim.spec?.volumeName ?? '')?.spec ?? {};
    return hostPath?.path ?? local?.path;
  }

  /** Files that no longer should be go, others are written where they differ. */
  #project(made: PodVolume, files: FileTree): void {
    const pod = this.#pod();
    const wanted = projectedFiles(made.volume, pod, this.#place);
    made.syncedAt = this.#place.now();
    const fsGroup = pod.spec?.securityContext?.fsGroup;
    for (const path of filesBelow(files, '/')) if (!wanted.has(path)) files.remove(path);
    for (const [path, { text, mode, made: token }] of wanted) {
      const owner = { uid: token ? (tokenUser(pod) ?? 0) : 0, gid: fsGroup ?? 0 };
      const bits = fsGroup === undefined ? mode : mode | 0o440;
      if (token) files.provide(path, token, { mode: bits, size: tokenBytes, owner });
      else if (!files.exists(path) || files.read(path) !== text) files.write(path, text, { mode: bits, owner });
    }
  }

  /** Called whenever the volume is looked at: what should have been synchronised since is. */
  #refresh(made: PodVolume): void {
    if (this.#place.now() - made.syncedAt! < syncMs) return;
    try {
      this.#project(made, made.files as FileTree);
    } catch (error) {
      // The object is gone: the volume keeps what it showed.
      if (!(error instanceof ConfigError)) throw error;
      made.syncedAt = this.#place.now();
    }
  }
}

/** A `$(NAME)` that is not there is an error here, not left as it is. */
function expandSubPath(text: string, env: Record<string, string>): string {
  for (const [, name] of text.matchAll(/(?<!\$)\$\(([^)]*)\)/g))
    if (env[name!] === undefined) throw new ConfigError(`missing value for "${name}"`);
  return expand(text, env);
}

const filesBelow = (files: NodeFiles, folder: string): string[] =>
  files.list(folder).flatMap(({ path, directory }) => (directory ? filesBelow(files, path) : [path]));

/** A copy: a bind mount of a file stays on that file when the kubelet puts another in its place. */
function frozen(files: NodeFiles, base: string): Pick<Mount, 'files' | 'base'> {
  const { directory, mode, modified, owner } = files.stat(base);
  const copy = new FileTree(() => modified);
  const put = (from: string, to: string) =>
    copy.write(to, files.read(from), { mode: files.stat(from).mode, owner: files.stat(from).owner });
  if (directory) {
    copy.mkdir(base, { mode, owner });
    for (const path of filesBelow(files, base)) put(path, path);
  } else put(base, base);
  return { files: copy, base };
}
