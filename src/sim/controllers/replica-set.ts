import * as r from '../../kube/resources.ts';
import { matchesLabelSelector } from '../../kube/selectors.ts';
import type { Pod, ReplicaSet } from '../../kube/types.ts';
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

/** Pods created in one go (BurstReplicas); the rest follows when these are seen. */
const burst = 500;

/** pkg/controller/replicaset: as many pods as asked for, those that are worth least deleted first. */
export function replicaSetController(context: CoreContext): Controller {
  const { api, clock, pods, replicaSets } = context;
  const recorder = context.recorder('replicaset-controller');
  const pace = new Pace(clock);
  /** Sets that a burst did not fill: they go on at once. */
  const growing = new Set<string>();

  /** Orphans that a set may adopt wake it. */
  function* keysOfPod(event: { object: Pod; previous?: Pod }): Generator<string> {
    yield* ownerKeys('ReplicaSet', event);
    if (controllerOf(event.object)) return;
    for (const set of replicaSets.by('namespace', event.object.metadata.namespace!)) {
      if (matchesLabelSelector(event.object.metadata.labels, set.spec?.selector)) yield `${set.metadata.namespace}/${set.metadata.name}`;
    }
  }

  function reconcile(key: string): ReconcileResult | void {
    const { namespace, name } = splitKey(key);
    const set = api.get(r.replicaSets, namespace, name);
    if (!set) return;
    const wait = growing.delete(key) ? 0 : pace.wait(key, pods.count('owner', set.metadata.uid));
    if (wait > 0) return { requeueAfterMs: wait };
    const everyPod = [...pods.by('owner', set.metadata.uid)];
    const active = claim({
      api,
      owner: set,
      ownerResource: r.replicaSets,
      selector: set.spec?.selector,
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
    writeStatus(api, r.replicaSets, set, statusOf(set, active, terminating, failure, clock.now()));
    if (failure) throw failure;
    const requeueAfterMs = nextAvailability(active, set.spec?.minReadySeconds ?? 0, clock.now());
    return requeueAfterMs === undefined ? undefined : { requeueAfterMs };
  }

  /** True where it changed pods: their watch events bring the set back with the new count. */
  function manage(set: ReplicaSet, active: Pod[]): boolean {
    const surplus = active.length - (set.spec?.replicas ?? 1);
    if (-surplus > burst) growing.add(keyOf(set));
    for (let missing = Math.min(-surplus, burst); missing > 0; missing--) {
      const owner = { resource: r.replicaSets, object: set };
      if (!createPod(api, recorder, owner, podFromTemplate(set.spec?.template ?? {}, owner))) return false;
    }
    if (surplus > 0) {
      const doomed =
        surplus < active.length ? [...active].sort(byDeletionPreference(colocated(set), clock.now())).slice(0, surplus) : active;
      for (const pod of doomed) deletePod(api, recorder, set, pod);
    }
    return surplus !== 0;
  }

  /** Active pods of the sets with the same controller, counted by node. */
  function colocated(set: ReplicaSet): Map<string, number> {
    const controller = controllerOf(set);
    const counts = new Map<string, number>();
    for (const related of controller ? replicaSets.by('owner', controller.uid) : [set]) {
      for (const pod of pods.by('owner', related.metadata.uid)) {
        const node = pod.spec?.nodeName ?? '';
        if (isActive(pod)) counts.set(node, (counts.get(node) ?? 0) + 1);
      }
    }
    return counts;
  }

  return {
    name: 'replicaset-controller',
    sources: [{ resource: r.replicaSets }, { resource: r.pods, keys: keysOfPod }],
    reconcile,
  };
}

function statusOf(set: ReplicaSet, active: readonly Pod[], terminating: number, failure: unknown, now: number): Status {
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
    terminatingReplicas: terminating,
    observedGeneration: set.metadata.generation ?? 0,
    ...(conditions.length > 0 && { conditions }),
  };
}
