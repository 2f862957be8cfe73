/** Times that Go writes as null where they are not set: struct fields that are no pointers (k8s.io/api, apimachinery). */
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
  'events.v1.Event': ['eventTime', 'deprecatedFirstTimestamp', 'deprecatedLastTimestamp'],
  'events.v1.EventSeries': ['lastObservedTime'],
  'flowcontrol.v1.FlowSchemaCondition': ['lastTransitionTime'],
  'flowcontrol.v1.PriorityLevelConfigurationCondition': ['lastTransitionTime'],
  'storage.v1.VolumeError': ['time'],
  'apiextensions.v1.CustomResourceDefinitionCondition': ['lastTransitionTime'],
  'meta.v1.Condition': ['lastTransitionTime'],
};

/** By the name of a definition. */
export const nullTimes = (name: string): readonly string[] | undefined => bySuffix[name.split('.').slice(-3).join('.')];
