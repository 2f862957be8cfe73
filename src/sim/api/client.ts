import type { Cancel } from '../../base/clock.ts';
import type { Resource } from '../../kube/resources.ts';
import type { Draft, KubeObject } from '../../kube/types.ts';

export interface ListOptions {
  namespace?: string;
  /** As in kubectl -l. */
  labelSelector?: string;
  /** As in kubectl --field-selector; the fields that the real server supports for the resource. */
  fieldSelector?: string;
}

export interface DeleteOptions {
  gracePeriodSeconds?: number;
  propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  preconditions?: { uid?: string; resourceVersion?: string };
}

/** Only objects that have a value in an indexed field (`spec.nodeName` of pods, `metadata.name`), found without looking at others. */
export interface WatchSelection {
  field: string;
  value: string;
}

export interface WatchEvent<T extends KubeObject = KubeObject> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: T;
  /** The object before, for MODIFIED and DELETED. */
  previous?: T;
}

/**
 * The simulated API server as its own controllers, kubelets and tools call it: the same registry, defaulting,
 * validation and admission as over HTTP, without sockets. Synchronous, for the store is in memory.
 *
 * Objects that are returned are shared and frozen: never change one; `modify` hands out a copy to change.
 * Every failure is thrown as StatusError (kube/status.ts).
 */
export interface ApiClient {
  /** undefined where the object does not exist. */
  get<T extends KubeObject>(resource: Resource<T>, namespace: string | undefined, name: string): T | undefined;
  list<T extends KubeObject>(resource: Resource<T>, options?: ListOptions): readonly T[];
  create<T extends KubeObject>(resource: Resource<T>, object: Draft<T>): T;
  /** PUT: a resourceVersion in the object is a precondition. */
  update<T extends KubeObject>(resource: Resource<T>, object: T, options?: { subresource?: 'status' | 'finalize' }): T;
  /** Reads, lets `change` alter a deep copy in place, writes. A copy left unchanged writes nothing. NotFound is thrown. */
  modify<T extends KubeObject>(
    resource: Resource<T>,
    namespace: string | undefined,
    name: string,
    change: (copy: T) => void,
    options?: { subresource?: 'status' | 'finalize' },
  ): T;
  delete(resource: Resource, namespace: string | undefined, name: string, options?: DeleteOptions): void;
  /** POST …/pods/NAME/eviction; throws TooManyRequests where a PodDisruptionBudget forbids it. */
  evict(namespace: string, name: string, options?: DeleteOptions): void;
  /** POST …/pods/NAME/binding, the scheduler's write. */
  bind(namespace: string, name: string, node: string): void;
  /** server-side apply. */
  apply<T extends KubeObject>(resource: Resource<T>, object: Draft<T>, options: { fieldManager: string; force?: boolean }): T;
  /** Tells every object that exists at once, as ADDED, then every change, in order, each in a task of its own write. A rewind of the store tells DELETED and ADDED/MODIFIED for what differs. */
  watch<T extends KubeObject>(resource: Resource<T>, handler: (event: WatchEvent<T>) => void, selection?: WatchSelection): Cancel;
  /** Writes a record of the simulator's own (a hidden resource) as it is; it is taken over and frozen. One that is equal writes nothing. */
  keep<T extends KubeObject>(resource: Resource<T>, name: string, fields: Omit<T, keyof KubeObject>): void;
  /** Finds the resource of a kind, built in or defined by a CustomResourceDefinition. */
  resourceOf(apiVersion: string, kind: string): Resource | undefined;
  /** Finds by group and plural name. */
  resource(group: string, plural: string): Resource | undefined;
}
