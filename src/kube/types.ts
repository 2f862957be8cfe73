import type * as k8s from '@kubernetes/client-node';

/** A client-node type as it travels in JSON: dates are RFC 3339 strings. Only types are imported: the library costs nothing at run time here. */
type Json<T> = T extends Date ? string : T extends readonly (infer E)[] ? Json<E>[] : T extends object ? { [K in keyof T]: Json<T[K]> } : T;

export type OwnerReference = Json<k8s.V1OwnerReference>;
export type LabelSelector = Json<k8s.V1LabelSelector>;

export interface ManagedFieldsEntry {
  manager?: string;
  operation?: 'Apply' | 'Update';
  apiVersion?: string;
  time?: string;
  fieldsType?: 'FieldsV1';
  fieldsV1?: Record<string, unknown>;
  subresource?: string;
}

/** metav1.ObjectMeta of a stored object. */
export interface ObjectMeta {
  name: string;
  generateName?: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFieldsEntry[];
  selfLink?: string;
}

/** Any stored Kubernetes object. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** An object on its way in: the server fills what metadata lacks. */
export type Draft<T extends KubeObject = KubeObject> = Omit<Partial<T>, 'metadata'> & { metadata?: Partial<ObjectMeta> };

type Stored<T> = Omit<Json<T>, 'metadata' | 'apiVersion' | 'kind'> & { apiVersion: string; kind: string; metadata: ObjectMeta };

export type Pod = Stored<k8s.V1Pod>;
export type PodSpec = Json<k8s.V1PodSpec>;
export type PodTemplateSpec = Json<k8s.V1PodTemplateSpec>;
export type Container = Json<k8s.V1Container>;
export type ContainerStatus = Json<k8s.V1ContainerStatus>;
export type Probe = Json<k8s.V1Probe>;
export type Node = Stored<k8s.V1Node>;
export type Service = Stored<k8s.V1Service>;
export type Namespace = Stored<k8s.V1Namespace>;
export type ConfigMap = Stored<k8s.V1ConfigMap>;
export type Secret = Stored<k8s.V1Secret>;
export type ServiceAccount = Stored<k8s.V1ServiceAccount>;
export type Event = Stored<k8s.CoreV1Event>;
export type Deployment = Stored<k8s.V1Deployment>;
export type ReplicaSet = Stored<k8s.V1ReplicaSet>;
export type DaemonSet = Stored<k8s.V1DaemonSet>;
export type StatefulSet = Stored<k8s.V1StatefulSet>;
export type ControllerRevision = Stored<k8s.V1ControllerRevision>;
export type Job = Stored<k8s.V1Job>;
export type CronJob = Stored<k8s.V1CronJob>;
export type ReplicationController = Stored<k8s.V1ReplicationController>;
export type HorizontalPodAutoscaler = Stored<k8s.V2HorizontalPodAutoscaler>;
export type PersistentVolume = Stored<k8s.V1PersistentVolume>;
export type PersistentVolumeClaim = Stored<k8s.V1PersistentVolumeClaim>;
export type StorageClass = Stored<k8s.V1StorageClass>;
export type ClusterRole = Stored<k8s.V1ClusterRole>;
export type EndpointSlice = Stored<k8s.V1EndpointSlice>;
export type PodDisruptionBudget = Stored<k8s.V1PodDisruptionBudget>;
export type Lease = Stored<k8s.V1Lease>;
export type CustomResourceDefinition = Stored<k8s.V1CustomResourceDefinition>;
