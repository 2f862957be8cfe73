import type { Pod } from '../../../kube/types.ts';
import type { ApiClient } from '../../api/client.ts';
import type { PodApi } from '../../api/pod-api.ts';
import { ConfigError, configMapData, fieldValue, secretData } from './environment.ts';
import { allocatableOf, resourceValue } from './resource-field.ts';

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];
type DownwardItems = NonNullable<NonNullable<Volume['downwardAPI']>['items']>;
interface KeyPath {
  key: string;
  path: string;
  mode?: number;
}

export interface ProjectedFile {
  text: string;
  mode: number;
  /** Made anew whenever it is read, in place of `text`. */
  made?: () => string;
}

interface Sources {
  api: ApiClient;
  machine: { name: string; address: string };
  podApi?: (() => PodApi | undefined) | undefined;
}

/** Whether a volume shows objects of the API, and follows their changes. */
export const isProjected = ({ configMap, secret, downwardAPI, projected }: Volume): boolean =>
  (configMap ?? secret ?? downwardAPI ?? projected) !== undefined;

/** The files of a ConfigMap, Secret, downward API or projected volume, as they should be now. Throws ConfigError. */
export function projectedFiles(volume: Volume, pod: Pod, sources: Sources): Map<string, ProjectedFile> {
  const files = new Map<string, ProjectedFile>();
  const { api } = sources;
  const put = (what: string, data: Record<string, string> | undefined, items: KeyPath[] | undefined, mode: number, optional = false) => {
    if (!items) for (const [key, text] of Object.entries(data ?? {})) files.set(`/${key}`, { text, mode });
    for (const item of items ?? []) {
      const text = data?.[item.key];
      if (text !== undefined) files.set(`/${item.path}`, { text, mode: item.mode ?? mode });
      else if (!optional) throw new ConfigError(`${what} references non-existent ${what.split(' ')[0]} key: ${item.key}`);
    }
  };
  const downward = (items: DownwardItems | undefined, mode: number) => {
    for (const { path, fieldRef, resourceFieldRef, mode: own } of items ?? []) {
      const text = fieldRef
        ? fieldValue(pod, fieldRef.fieldPath, pod.status?.podIP ?? '', sources.machine)
        : resourceFieldRef
          ? resourceValue(pod, undefined, resourceFieldRef, allocatableOf(sources))
          : '';
      files.set(`/${path}`, { text, mode: own ?? mode });
    }
  };
  const { configMap, secret, projected } = volume;
  if (configMap)
    put(
      'configmap',
      configMapData(api, pod, configMap.name ?? '', configMap.optional),
      configMap.items,
      configMap.defaultMode ?? 0o644,
      configMap.optional,
    );
  if (secret)
    put(
      'secret',
      secretData(api, pod, secret.secretName ?? '', secret.optional),
      secret.items,
      secret.defaultMode ?? 0o644,
      secret.optional,
    );
  if (volume.downwardAPI) downward(volume.downwardAPI.items, volume.downwardAPI.defaultMode ?? 0o644);
  const mode = projected?.defaultMode ?? 0o644;
  for (const source of projected?.sources ?? []) {
    const { configMap: map, secret: hidden, downwardAPI, serviceAccountToken } = source;
    if (map) put('configmap', configMapData(api, pod, map.name ?? '', map.optional), map.items, mode, map.optional);
    if (hidden) put('secret', secretData(api, pod, hidden.name ?? '', hidden.optional), hidden.items, mode, hidden.optional);
    if (downwardAPI) downward(downwardAPI.items, mode);
    if (serviceAccountToken) {
      const { path, expirationSeconds, audience } = serviceAccountToken;
      // Signed when it is read: it costs nothing before, and is never out of date, as the kubelet replaces it in time.
      const made = () => sources.podApi?.()?.token(pod, expirationSeconds, audience) ?? '';
      files.set(`/${path}`, {
        text: '',
        mode: tokenUser(pod) !== undefined || pod.spec?.securityContext?.fsGroup !== undefined ? 0o600 : mode,
        made,
      });
    }
  }
  return files;
}

/** The one user that all containers of a pod run as, to whom its tokens then belong. */
export function tokenUser(pod: Pod): number | undefined {
  const users = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].map(
    (container) => container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser,
  );
  return users.every((user) => user === users[0]) ? users[0] : undefined;
}
