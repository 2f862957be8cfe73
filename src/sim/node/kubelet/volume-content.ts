import { configMaps, secrets } from '../../../kube/resources.ts';
import type { Pod } from '../../../kube/types.ts';
import type { ApiClient } from '../../api/client.ts';
import type { PodApi } from '../../api/pod-api.ts';
import { ConfigError, configMapData, fieldValue, secretData } from './environment.ts';
import { resourceFieldValue } from './resource-field.ts';

type Volume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];
type Projection = NonNullable<NonNullable<Volume['projected']>['sources']>[number];
type Items = { key: string; path: string; mode?: number }[] | undefined;
type DownwardItems = NonNullable<NonNullable<Volume['downwardAPI']>['items']>;

/** A file of a volume; `text` is a function where it is made anew at each reading. */
export interface VolumeFile {
  path: string;
  text: string | (() => string);
  mode: number;
  size?: number;
}

export interface ContentPlace {
  api: ApiClient;
  machine: { name: string; address: string };
  podApi?: (() => PodApi | undefined) | undefined;
}

/** About what a token comes to. */
const tokenBytes = 900;
const usualMode = 0o644;

/** Whether a volume's files follow objects of the API. */
export const isLive = ({ configMap, secret, downwardAPI, projected }: Volume): boolean =>
  Boolean(configMap ?? secret ?? downwardAPI ?? projected);

const sourcesOf = ({ configMap, secret, downwardAPI, projected }: Volume): Projection[] => [
  ...(configMap ? [{ configMap }] : []),
  ...(secret
    ? [{ secret: { ...(secret.secretName && { name: secret.secretName }), ...secret } as NonNullable<Projection['secret']> }]
    : []),
  ...(downwardAPI ? [{ downwardAPI }] : []),
  ...(projected?.sources ?? []),
];

/** Differs where the content may. */
export function contentVersion(api: ApiClient, pod: Pod, volume: Volume): string {
  const { namespace } = pod.metadata;
  return sourcesOf(volume)
    .map(({ configMap, secret, downwardAPI }) => {
      if (configMap) return api.get(configMaps, namespace, configMap.name ?? '')?.metadata.resourceVersion;
      if (secret) return api.get(secrets, namespace, secret.name ?? '')?.metadata.resourceVersion;
      return downwardAPI ? pod.metadata.resourceVersion : '';
    })
    .join();
}

/** Throws ConfigError where something that is not optional is missing. */
export function contentOf(place: ContentPlace, pod: Pod, volume: Volume): VolumeFile[] {
  const whole = volume.configMap ?? volume.secret ?? volume.downwardAPI ?? volume.projected;
  const usual = whole?.defaultMode ?? usualMode;
  return sourcesOf(volume).flatMap((source) => filesOf(place, pod, source, usual));
}

function filesOf(place: ContentPlace, pod: Pod, source: Projection, usual: number): VolumeFile[] {
  const { api } = place;
  const { configMap, secret, downwardAPI, serviceAccountToken } = source;
  if (configMap) {
    const { name = '', optional, items } = configMap;
    return chosen(configMapData(api, pod, name, optional), items, usual, optional, `configmap references non-existent config key`);
  }
  if (secret) {
    const { name = '', optional, items } = secret;
    return chosen(secretData(api, pod, name, optional), items, usual, optional, `references non-existent secret key`);
  }
  if (downwardAPI) return downward(place, pod, downwardAPI.items ?? [], usual);
  if (!serviceAccountToken) return [];
  const { path, expirationSeconds, audience } = serviceAccountToken;
  // Signed when it is read: it costs nothing before, and is never out of date, as the kubelet replaces it in time.
  const text = () => place.podApi?.()?.token(pod, expirationSeconds, audience) ?? '';
  return [{ path, text, mode: usual, size: tokenBytes }];
}

function chosen(
  data: Record<string, string> | undefined,
  items: Items,
  usual: number,
  optional: boolean | undefined,
  missing: string,
): VolumeFile[] {
  if (!items) return Object.entries(data ?? {}).map(([path, text]) => ({ path, text, mode: usual }));
  return items.flatMap(({ key, path, mode }) => {
    const text = data?.[key];
    if (text === undefined && !optional) throw new ConfigError(`${missing}: ${key}`);
    return text === undefined ? [] : [{ path, text, mode: mode ?? usual }];
  });
}

const downward = ({ api, machine }: ContentPlace, pod: Pod, items: DownwardItems, usual: number): VolumeFile[] =>
  items.map(({ path, fieldRef, resourceFieldRef, mode }) => ({
    path,
    mode: mode ?? usual,
    text: fieldRef
      ? fieldValue(pod, fieldRef.fieldPath, pod.status?.podIP ?? '', machine)
      : resourceFieldValue(api, pod, undefined, resourceFieldRef!, machine.name),
  }));
