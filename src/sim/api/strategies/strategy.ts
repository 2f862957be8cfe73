import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import type { Core } from '../registry/core.ts';
import type { Json } from '../machinery.ts';

export interface DeleteRequest {
  gracePeriodSeconds?: number;
}

/** What a kind does differently from the rest. Objects that are handed in may be changed; `old` never. */
export interface Strategy {
  /** Whether metadata.generation counts changes of the desired state. */
  generation?: boolean;
  /** What a write to /status may change beside the status (default: everything but labels; custom resources: nothing). */
  statusMetadata?: 'free' | 'labels-kept' | 'kept';
  /** Whether creation drops the status (default true where there is a status subresource). */
  keepsStatusOnCreate?: boolean;
  /** The status of a new object, for kinds whose types have fields that are always written (default: {}). */
  emptyStatus?: Readonly<Record<string, unknown>>;
  /** PUT needs a resourceVersion. */
  conditionalUpdate?: boolean;
  /** PUT of a name that does not exist creates it. */
  createOnUpdate?: boolean;
  /** What a delete without propagationPolicy does (default Background). */
  defaultPropagation?: 'Orphan' | 'Background';
  /** Told to the client when a delete leaves propagation to the default. */
  deletionWarning?: string;
  /** A delete answers with the object instead of a Status. */
  returnsDeleted?: boolean;
  /** Fields of field selectors beside metadata.name and metadata.namespace; '' where the object has none. */
  fields?: Readonly<Record<string, (object: KubeObject) => string>>;
  /** What reading into the kind's internal type adds, before anything is noted of the write. */
  decoded?(object: KubeObject): void;
  /** Mutating admission: after defaults, before validation. `old` on updates. */
  admit?(object: KubeObject, core: Core, old?: KubeObject): void;
  prepareCreate?(object: KubeObject, core: Core): void;
  prepareUpdate?(object: KubeObject, old: KubeObject, core: Core, subresource?: string): void;
  /** Checks beyond the kind's validation that need the rest of the cluster. */
  check?(object: KubeObject, core: Core, old?: KubeObject): StatusCause[];
  /** Seconds that a deletion waits for somebody to finish it; 0 deletes at once. Absent: deletions do not wait. */
  gracePeriod?(object: KubeObject, request: DeleteRequest): number;
  /** Whether more than metadata.finalizers holds a deleted object. */
  held?(object: KubeObject): boolean;
  /** When deletion begins and the object stays. */
  terminating?(object: KubeObject, core: Core): void;
  /** A deletion that waits notes no grace period. */
  ungraceful?: boolean;
  /** Runs on the copy that is to be marked; may add finalizers. Not for a dry run. */
  beforeDelete?(object: KubeObject, core: Core): void;
  /** Throws where the object must not be deleted. */
  mayDelete?(object: KubeObject): void;
}

export const statusOf = (object: KubeObject): Json => (object['status'] ??= {}) as Json;
