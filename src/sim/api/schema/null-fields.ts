/** What Go writes as null where it is not set: times that are no pointers, and lists without omitempty (k8s.io/api, apimachinery). */
const bySuffix: Readonly<Record<string, readonly string[]>> = {
  'apps.v1.DaemonSetCondition': ['lastTransitionTime'],
  'apps.v1.DeploymentCondition': ['lastUpdateTime', 'lastTransitionTime'],
  'apps.v1.ReplicaSetCondition': ['lastTransitionTime'],
  'apps.v1.StatefulSetCondition': ['lastTransitionTime'],
  'autoscaling.v2.HorizontalPodAutoscalerCondition': ['lastTransitionTime'],
  'batch.v1.JobCondition': ['lastProbeTime', 'lastTransitionTime'],
  'certificates.v1.CertificateSigningRequestCondition': ['lastUpdateTime', 'lastTransitionTime'],
  'core.v1.PersistentVolumeClaimCondition': ['lastProbeTime', 'lastTransitionTime'],
  'core.v1.ContainerStateRunning': ['startedAt'],
  'core.v1.ContainerStateTerminated': ['startedAt', 'finishedAt'],
  'core.v1.PodCondition': ['lastProbeTime', 'lastTransitionTime'],
  'core.v1.ReplicationControllerCondition': ['lastTransitionTime'],
  'core.v1.NodeCondition': ['lastHeartbeatTime', 'lastTransitionTime'],
  'core.v1.NamespaceCondition': ['lastTransitionTime'],
  'core.v1.Event': ['firstTimestamp', 'lastTimestamp', 'eventTime'],
  'core.v1.EventSeries': ['lastObservedTime'],
  'discovery.v1.EndpointSlice': ['endpoints', 'ports'],
  'events.v1.Event': ['eventTime', 'deprecatedFirstTimestamp', 'deprecatedLastTimestamp'],
  'events.v1.EventSeries': ['lastObservedTime'],
  'flowcontrol.v1.FlowSchemaCondition': ['lastTransitionTime'],
  'flowcontrol.v1.PriorityLevelConfigurationCondition': ['lastTransitionTime'],
  'storage.v1.VolumeError': ['time'],
  'apiextensions.v1.CustomResourceDefinitionCondition': ['lastTransitionTime'],
  'meta.v1.Condition': ['lastTransitionTime'],
};

/** By the name of a definition. */
export const nullFields = (name: string): readonly string[] | undefined => bySuffix[name.split('.').slice(-3).join('.')];
