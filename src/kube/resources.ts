import type * as t from './types.ts';

/** A resource's coordinates in the API; `T` is the type of its objects. */
export interface Resource<T extends t.KubeObject = t.KubeObject> {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Carries T for inference; never set. */
  readonly type?: T;
}

const resource =
  <T extends { metadata: t.ObjectMeta }>() =>
  (group: string, version: string, plural: string, kind: string, namespaced = true) =>
    ({ group, version, plural, kind, namespaced }) as Resource<T & t.KubeObject>;

export const apiVersionOf = (r: { group: string; version: string }): string => (r.group ? `${r.group}/${r.version}` : r.version);

/** `pods` or `deployments.apps`, as kubectl and error messages write it. */
export const groupResource = (r: { group: string; plural: string }): string => (r.group ? `${r.plural}.${r.group}` : r.plural);

export const pods = resource<t.Pod>()('', 'v1', 'pods', 'Pod');
export const nodes = resource<t.Node>()('', 'v1', 'nodes', 'Node', false);
export const namespaces = resource<t.Namespace>()('', 'v1', 'namespaces', 'Namespace', false);
export const services = resource<t.Service>()('', 'v1', 'services', 'Service');
export const configMaps = resource<t.ConfigMap>()('', 'v1', 'configmaps', 'ConfigMap');
export const secrets = resource<t.Secret>()('', 'v1', 'secrets', 'Secret');
export const serviceAccounts = resource<t.ServiceAccount>()('', 'v1', 'serviceaccounts', 'ServiceAccount');
export const events = resource<t.Event>()('', 'v1', 'events', 'Event');
export const deployments = resource<t.Deployment>()('apps', 'v1', 'deployments', 'Deployment');
export const replicaSets = resource<t.ReplicaSet>()('apps', 'v1', 'replicasets', 'ReplicaSet');
export const daemonSets = resource<t.DaemonSet>()('apps', 'v1', 'daemonsets', 'DaemonSet');
export const statefulSets = resource<t.StatefulSet>()('apps', 'v1', 'statefulsets', 'StatefulSet');
export const controllerRevisions = resource<t.ControllerRevision>()('apps', 'v1', 'controllerrevisions', 'ControllerRevision');
export const jobs = resource<t.Job>()('batch', 'v1', 'jobs', 'Job');
export const cronJobs = resource<t.CronJob>()('batch', 'v1', 'cronjobs', 'CronJob');
export const replicationControllers = resource<t.ReplicationController>()('', 'v1', 'replicationcontrollers', 'ReplicationController');
export const horizontalPodAutoscalers = resource<t.HorizontalPodAutoscaler>()(
  'autoscaling',
  'v2',
  'horizontalpodautoscalers',
  'HorizontalPodAutoscaler',
);
export const persistentVolumes = resource<t.PersistentVolume>()('', 'v1', 'persistentvolumes', 'PersistentVolume', false);
export const persistentVolumeClaims = resource<t.PersistentVolumeClaim>()('', 'v1', 'persistentvolumeclaims', 'PersistentVolumeClaim');
export const storageClasses = resource<t.StorageClass>()('storage.k8s.io', 'v1', 'storageclasses', 'StorageClass', false);
export const clusterRoles = resource<t.ClusterRole>()('rbac.authorization.k8s.io', 'v1', 'clusterroles', 'ClusterRole', false);
export const endpointSlices = resource<t.EndpointSlice>()('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice');
export const podDisruptionBudgets = resource<t.PodDisruptionBudget>()('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget');
export const leases = resource<t.Lease>()('coordination.k8s.io', 'v1', 'leases', 'Lease');
export const customResourceDefinitions = resource<t.CustomResourceDefinition>()(
  'apiextensions.k8s.io',
  'v1',
  'customresourcedefinitions',
  'CustomResourceDefinition',
  false,
);
