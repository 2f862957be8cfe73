import { namespaces } from '../../../kube/resources.ts';
import type { Pod } from '../../../kube/types.ts';
import type { ApiClient } from '../../api/client.ts';
import { ciliumIdentities } from './resources.ts';

/** Label keys that no identity is made from (pkg/labelsfilter); `app.kubernetes.io/name` is none of them (policy.md). */
const ignored = [
  /^io\.kubernetes/,
  /^kubernetes\.io/,
  /^.*beta\.kubernetes\.io/,
  /^k8s\.io/,
  /^pod-template-generation$/,
  /^pod-template-hash$/,
  /^controller-revision-hash$/,
  /^controller-uid$/,
  /^batch\.kubernetes\.io\//,
  /^statefulset\.kubernetes\.io\/pod-name$/,
  /^apps\.kubernetes\.io\/pod-index$/,
];

/** The labels that a pod's identity stands for, as `k8s:app` → `web`, in order. */
export const identityLabels = (api: ApiClient, pod: Pod, cluster: string): Record<string, string> => {
  const { labels = {}, namespace = '' } = pod.metadata;
  const own = Object.entries(labels).filter(([key]) => !ignored.some((pattern) => pattern.test(key)));
  const ofNamespace = Object.entries(api.get(namespaces, undefined, namespace)?.metadata.labels ?? {});
  const all = [
    ...own,
    ...ofNamespace.map(([key, value]) => [`io.cilium.k8s.namespace.labels.${key}`, value] as const),
    ['io.cilium.k8s.policy.cluster', cluster] as const,
    ['io.cilium.k8s.policy.serviceaccount', pod.spec?.serviceAccountName ?? 'default'] as const,
    ['io.kubernetes.pod.namespace', namespace] as const,
  ];
  return Object.fromEntries(all.map(([key, value]) => [`k8s:${key}`, value] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
};

export const labelList = (labels: Record<string, string>): string[] => Object.entries(labels).map(([key, value]) => `${key}=${value}`);

/** Identities of pods are numbered from 256 to 65535. */
const first = 256;
const last = 65_535;

/** The number of the identity with just these labels; makes its CiliumIdentity where there is none. */
export const identityOf = (api: ApiClient, labels: Record<string, string>, random: () => number): number => {
  const text = JSON.stringify(labels);
  const known = api.list(ciliumIdentities);
  const same = known.find((identity) => JSON.stringify(identity['security-labels']) === text);
  if (same) return Number(same.metadata.name);
  const taken = new Set(known.map((identity) => identity.metadata.name));
  let number: number;
  do number = first + Math.floor(random() * (last - first + 1));
  while (taken.has(String(number)));
  api.create(ciliumIdentities, {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumIdentity',
    metadata: {
      name: String(number),
      labels: Object.fromEntries(Object.entries(labels).map(([key, value]) => [key.slice('k8s:'.length), value])),
    },
    'security-labels': labels,
  });
  return number;
};
