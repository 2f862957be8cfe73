import type { Cancel, Clock } from '../../base/clock.ts';
import type { Resource } from '../../kube/resources.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { ApiClient, WatchEvent } from '../api/client.ts';

/** What every controller is made with. */
export interface ControllerContext {
  api: ApiClient;
  clock: Clock;
  /** Repeatable pseudo-random numbers in [0, 1): a seed makes a run repeatable. */
  random: () => number;
}

export interface ReconcileResult {
  requeueAfterMs?: number;
}

/** One resource that a controller follows, and the keys that a change of it concerns. */
export interface Source<T extends KubeObject = KubeObject> {
  resource: Resource<T>;
  /** `namespace/name` of the controller's own objects (`name` for cluster-scoped ones). Default: the object itself. */
  keys?: (event: WatchEvent<T>) => Iterable<string>;
}

/**
 * A control loop. One key is never reconciled twice at a time; a failure is retried with exponential back-off;
 * a StatusError Conflict is retried at once.
 */
export interface Controller {
  /** As kube-controller-manager names it: `deployment-controller`. */
  readonly name: string;
  // eslint-disable-next-line -- sources of different object types stand side by side
  readonly sources: readonly Source<any>[];
  /** For sources that come and go, beside `sources`: follows them itself, and undoes that by the returned function. */
  watch?(enqueue: (key: string) => void): Cancel;
  reconcile(key: string, signal: AbortSignal): ReconcileResult | void | Promise<ReconcileResult | void>;
}
