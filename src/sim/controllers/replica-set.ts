import * as r from '../../kube/resources.ts';
import type { Resource } from '../../kube/resources.ts';
import { matchesLabelSelector } from '../../kube/selectors.ts';
import type { LabelSelector, Pod, ReplicaSet, ReplicationController } from '../../kube/types.ts';
import { messageOf } from '../../base/errors.ts';
import { withCondition, withoutCondition } from './conditions.ts';
import type { Controller, ReconcileResult } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { keyOf, splitKey } from './manager.ts';
import { claim, controllerOf, ownerKeys } from './owners.ts';
import { createPod, deletePod, podFromTemplate } from './pod-control.ts';
import { byDeletionPreference } from './pod-ranking.ts';
import { isActive, isAvailable, isReady, isTerminal, nextAvailability } from './pods.ts';
import { Pace } from './pace.ts';
import { counted, writeStatus } from './status.ts';

type Status = NonNullable<ReplicaSet['status']>;
type Replicated = ReplicaSet | ReplicationController;

/** How the two kinds of replicated pods differ. */
interface Kind<T extends Replicated> {
  name: string;
  resource: Resource<T>;
  inNamespace(namespace: string): Iterable<T>;
  /** Whose pods count where the nodes with most of them lose theirs first. */
  related(set: T): Iterable<T>;
}

/** Pods created in one go (BurstReplicas); the rest follows when these are seen. */
const burst = 500;

export const replicaSetController = (context: CoreContext): Controller =>
  replicaController<ReplicaSet>(context, {
    name: 'replicaset-controller',
    resource: r.replicaSets,
    inNamespace: (namespace) => context.replicaSets.by('namespace', namespace),
    related(set) {
      const controller = controllerOf(set);
      return controller ? context.replicaSets.by('owner', controller.uid) : [set];
    },
  });

/** pkg/controller/replication: the same for the older kind. */
export const replicationController = (context: CoreContext): Controller =>
  replicaController<ReplicationController>(context, {
    name: 'replication-controller',
    resource: r.replicationControllers,
    inNamespace: (namespace) => context.api.list(r.replicationControllers, { namespace }),
    related: (set) => [set],
  });

/** A ReplicationController selects by plain labels. */
const selectorOf = ({ kind, spec }: Replicated): LabelSelector | undefined =>
  kind === 'ReplicationController' ? { matchLabels: spec?.selector as Record<string, string> } : spec?.selector;

/** pkg/controller/replicaset: as many pods as asked for, those that are worth least deleted first. */
function replicaController<T extends Replicated>(context: CoreContext, kind: Kind<T>): Controller {
  const { api, clock, pods } = context;
  const recorder = context.recorder(kind.name);
  const pace = new Pace(clock);
  /** Sets that a burst did not fill: they go on at once. */
  const growing = new Set<string>();

  /** Orphans that a set may adopt wake it. */
  function* keysOfPod(event: { object: Pod; previous?: Pod }): Generator<string> {
    yield* ownerKeys(kind.resource.kind, event);
    if (controllerOf(event.object)) return;
    for (const set of kind.inNamespace(event.object.metadata.namespace!)) {
      if (matchesLabelSelector(event.object.metadata.labels, selectorOf(set))) yield `${set.metadata.namespace}/${set.metadata.name}`;
    }
  }

  function reconcile(key: string): ReconcileResult | void {
    const { namespace, name } = splitKey(key);
    const set = api.get(kind.resource, namespace, name);
    if (!set) return;
    const wait = growing.delete(key) ? 0 : pace.wait(key, pods.count('owner', set.metadata.uid));
    if (wait > 0) return { requeueAfterMs: wait };
    const everyPod = [...pods.by('owner', set.metadata.uid)];
    const active = claim({
      api,
      owner: set,
      ownerResource: kind.resource,
      selector: selectorOf(set),
      resource: r.pods,
      owned: everyPod.filter(isActive),
      orphans: pods.by('orphansOf', namespace),
      adoptable: (pod) => !isTerminal(pod),
    });
    let failure: unknown;
    if (!set.metadata.deletionTimestamp) {
      try {
        if (manage(set, active)) return;
      } catch (error) {
        failure = error;
      }
    }
    const terminating = everyPod.filter((pod) => pod.metadata.deletionTimestamp && !isTerminal(pod)).length;
    writeStatus(api, kind.resource, set, statusOf(set, active, terminating, failure, clock.now()));
    if (failure) throw failure;
    const requeueAfterMs = nextAvailability(active, set.spec?.minReadySeconds ?? 0, clock.now());
    return requeueAfterMs === undefined ? undefined : { requeueAfterMs };
  }

  /** True where it changed pods: their watch events bring the set back with the new count. */
  function manage(set: T, active: Pod[]): boolean {
    const surplus = active.length - (set.spec?.replicas ?? 1);
    if (-surplus > burst) growing.add(keyOf(set));
    for (let missing = Math.min(-surplus, burst); missing > 0; missing--) {
      const owner = { resource: kind.resource, object: set };
      if (!createPod(api, recorder, owner, podFromTemplate(set.spec?.template ?? {}, owner))) return false;
    }
    if (surplus > 0) {
      const doomed =
        surplus < active.length ? [...active].sort(byDeletionPreference(colocated(set), clock.now())).slice(0, surplus) : active;
      for (const pod of doomed) deletePod(api, recorder, set, pod);
    }
    return surplus !== 0;
  }

  /** Active pods of the related sets, counted by node. */
  function colocated(set: T): Map<string, number> {
    const counts = new Map<string, number>();
    for (const related of kind.related(set)) {
      for (const pod of pods.by('owner', related.metadata.uid)) {
        const node = pod.spec?.nodeName ?? '';
        if (isActive(pod)) counts.set(node, (counts.get(node) ?? 0) + 1);
      }
    }
    return counts;
  }

  return {
    name: kind.name,
    sources: [{ resource: kind.resource }, { resource: r.pods, keys: keysOfPod }],
    reconcile,
  };
}

function statusOf(set: Replicated, active: readonly Pod[], terminating: number, failure: unknown, now: number): Status {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const ready = active.filter(isReady);
  const templateLabels = set.spec?.template?.metadata?.labels ?? {};
  const reason = active.length < (set.spec?.replicas ?? 1) ? 'FailedCreate' : 'FailedDelete';
  const conditions = failure
    ? withCondition(set.status?.conditions, { type: 'ReplicaFailure', status: 'True', reason, message: messageOf(failure) }, now)
    : withoutCondition(set.status?.conditions, 'ReplicaFailure');
  return {
    replicas: active.length,
    ...counted({
      fullyLabeledReplicas: active.filter((pod) => matchesLabelSelector(pod.metadata.labels, { matchLabels: templateLabels })).length,
      readyReplicas: ready.length,
      availableReplicas: ready.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
    }),
    ...(set.kind === 'ReplicaSet' && { terminatingReplicas: terminating }),
    observedGeneration: set.metadata.generation ?? 0,
    ...(conditions.length > 0 && { conditions }),
  };
}
