import type { Cluster, Labels, Pod } from '../../model/cluster.ts';
import type { LabelReader } from '../../selector/selector.ts';

const read = (labels: Labels | undefined, key: string): string | undefined =>
  labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;

const namespaceLabel = 'projectcalico.org/namespace';

/** What a namespace's profile gives to everything in it: its labels and its name, under `pcns.`. */
function ofNamespace(cluster: Cluster, namespace: string, key: string): string | undefined {
  if (key === namespaceLabel) return namespace;
  if (!key.startsWith('pcns.')) return undefined;
  const own = key.slice('pcns.'.length);
  if (own === 'projectcalico.org/name') return namespace;
  return read(cluster.namespaces.get(namespace), own) ?? (own === 'kubernetes.io/metadata.name' ? namespace : undefined);
}

/** A workload endpoint's labels: the pod's, its namespace's, its service account's (`pcsa.`), and what Calico itself adds. */
export function podLabels(cluster: Cluster, pod: Pod): LabelReader {
  const account = cluster.serviceAccounts.get(`${pod.namespace}/${pod.serviceAccount}`);
  return (key) => {
    if (key === 'projectcalico.org/orchestrator') return 'k8s';
    if (key === 'projectcalico.org/serviceaccount') return pod.serviceAccount;
    if (key === 'pcsa.projectcalico.org/name') return pod.serviceAccount;
    if (key.startsWith('pcsa.')) return read(account, key.slice('pcsa.'.length));
    return ofNamespace(cluster, pod.namespace, key) ?? read(pod.labels, key);
  };
}

/** A network set's or host endpoint's labels; a namespaced set has its namespace's as well. */
export const objectLabels =
  (cluster: Cluster, labels: Labels, namespace: string | undefined): LabelReader =>
  (key) =>
    (namespace === undefined ? undefined : ofNamespace(cluster, namespace, key)) ?? read(labels, key);
