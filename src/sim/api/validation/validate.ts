import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { validatingAdmissionPolicy, validatingAdmissionPolicyBinding } from './admission-policy.ts';
import { event, ingressClass, runtimeClass } from './cluster-kinds.ts';
import { configMap, secret } from './config.ts';
import { customResourceDefinition } from './crd.ts';
import { cronJob, job } from './jobs.ts';
import { ingress } from './ingress.ts';
import { metadataOnCreate, metadataOnUpdate, qualifiedFinalizers } from './metadata.ts';
import { node } from './node.ts';
import { pod } from './pod.ts';
import { clusterRole, networkPolicy, podDisruptionBudget, role, roleBinding } from './policy.ts';
import { resourceQuota } from './resource-quota.ts';
import { service } from './service.ts';
import { persistentVolume, persistentVolumeClaim, storageClass } from './storage.ts';
import { endpoints, endpointSlice, horizontalPodAutoscaler, lease, limitRange, priorityClass } from './small-kinds.ts';
import { daemonSet, deployment, replicaSet, statefulSet } from './workloads.ts';

export interface ValidationRequest {
  apiVersion: string;
  kind: string;
  /** Defaulted; its types must be right (schema's `normalize`). */
  object: KubeObject;
  /** The stored object, of an update. */
  old?: KubeObject | undefined;
  /** '' or undefined for the object itself. */
  subresource?: string | undefined;
}

type Validate = (object: KubeObject, old: KubeObject | undefined, subresource: string | undefined) => StatusCause[];

const rbac = 'rbac.authorization.k8s.io/v1';

const validators: Readonly<Record<string, Validate>> = {
  'v1/Pod': pod,
  'v1/Service': service,
  'v1/ConfigMap': configMap,
  'v1/Secret': secret,
  'v1/Node': node,
  'v1/Endpoints': endpoints,
  'v1/LimitRange': limitRange,
  'v1/Event': event,
  'node.k8s.io/v1/RuntimeClass': runtimeClass,
  'networking.k8s.io/v1/IngressClass': ingressClass,
  'v1/ResourceQuota': resourceQuota,
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy': validatingAdmissionPolicy,
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding': validatingAdmissionPolicyBinding,
  'v1/PersistentVolume': persistentVolume,
  'v1/PersistentVolumeClaim': persistentVolumeClaim,
  'apps/v1/Deployment': deployment,
  'apps/v1/ReplicaSet': replicaSet,
  'apps/v1/DaemonSet': daemonSet,
  'apps/v1/StatefulSet': statefulSet,
  'batch/v1/Job': job,
  'batch/v1/CronJob': cronJob,
  'networking.k8s.io/v1/NetworkPolicy': networkPolicy,
  'networking.k8s.io/v1/Ingress': ingress,
  'policy/v1/PodDisruptionBudget': podDisruptionBudget,
  'apiextensions.k8s.io/v1/CustomResourceDefinition': customResourceDefinition,
  'autoscaling/v2/HorizontalPodAutoscaler': horizontalPodAutoscaler,
  'autoscaling/v1/HorizontalPodAutoscaler': horizontalPodAutoscaler,
  'coordination.k8s.io/v1/Lease': lease,
  'discovery.k8s.io/v1/EndpointSlice': endpointSlice,
  'scheduling.k8s.io/v1/PriorityClass': priorityClass,
  'storage.k8s.io/v1/StorageClass': storageClass,
  [`${rbac}/Role`]: role,
  [`${rbac}/ClusterRole`]: clusterRole,
  [`${rbac}/RoleBinding`]: roleBinding,
  [`${rbac}/ClusterRoleBinding`]: roleBinding,
};

/**
 * What is wrong with an object, as the causes of a 422; empty where nothing is. Kinds without rules here have their metadata checked.
 * Writes to `status` change no field that has rules, but for metadata.
 */
export function validateObject({ apiVersion, kind, object, old, subresource }: ValidationRequest): StatusCause[] {
  const metadata = old ? metadataOnUpdate(object, old) : metadataOnCreate(object);
  if (subresource === 'status') return metadata;
  const validate = validators[`${apiVersion}/${kind}`];
  if (!validate) return metadata;
  // A spec left out is an empty one to Go.
  const whole = 'spec' in object || !needsSpec.has(kind) ? object : { ...object, spec: {} };
  return [...metadata, ...qualifiedFinalizers(object), ...validate(whole, old, subresource)];
}

const needsSpec = new Set([
  'Pod',
  'Service',
  'Node',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Deployment',
  'ReplicaSet',
  'DaemonSet',
  'StatefulSet',
  'Job',
  'CronJob',
  'NetworkPolicy',
  'Ingress',
  'PodDisruptionBudget',
  'CustomResourceDefinition',
]);
