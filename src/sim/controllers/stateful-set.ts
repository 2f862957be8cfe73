import * as r from '../../kube/resources.ts';
import { matchesLabelSelector } from '../../kube/selectors.ts';
import { StatusError } from '../../kube/status.ts';
import type { ControllerRevision, Pod, PodTemplateSpec, StatefulSet } from '../../kube/types.ts';
import type { WatchEvent } from '../api/client.ts';
import type { Controller, ReconcileResult } from './controller.ts';
import { syncHistory, trimHistory } from './controller-revisions.ts';
import type { CoreContext } from './core-context.ts';
import { share } from './deployment-sizes.ts';
import { keyOf, splitKey } from './manager.ts';
import { claim, controllerOf, ownerKeys } from './owners.ts';
import { isAvailable, isReady, isTerminal, nextAvailability } from './pods.ts';
import { claimName, ordinalOf, ordinals, revisionLabel, statefulPod } from './stateful-pods.ts';
import { writeStatus } from './status.ts';

/** pkg/controller/statefulset: pods with stable names, made and replaced in order. */
export function statefulSetController(context: CoreContext): Controller {
  const { api, clock, pods } = context;
  const recorder = context.recorder('statefulset-controller');

  function* keysOfPod(event: WatchEvent<Pod>): Generator<string> {
    yield* ownerKeys('StatefulSet', event);
    if (controllerOf(event.object)) return;
    for (const set of api.list(r.statefulSets, { namespace: event.object.metadata.namespace! })) {
      if (matchesLabelSelector(event.object.metadata.labels, set.spec?.selector)) yield keyOf(set);
    }
  }

  function reconcile(key: string): ReconcileResult | void {
    const { namespace, name } = splitKey(key);
    const set = api.get(r.statefulSets, namespace, name);
    if (!set) return;
    const history = syncHistory(context, r.statefulSets, set, 'controller.kubernetes.io/hash');
    const update = history.current;
    const current = history.all.find((revision) => revision.metadata.name === set.status?.currentRevision) ?? update;
    if (!set.metadata.deletionTimestamp) advance(set, current, update);
    const owned = podsOf(set);
    writeStatus(api, r.statefulSets, set, statusOf(set, owned, current, update));
    trimHistory(context, set, history, new Set([current.metadata.name, ...owned.map(revisionOf)]));
    const requeueAfterMs = nextAvailability(owned, set.spec?.minReadySeconds ?? 0, clock.now());
    return requeueAfterMs === undefined ? undefined : { requeueAfterMs };
  }

  function podsOf(set: StatefulSet): Pod[] {
    const claimed = claim({
      api,
      owner: set,
      ownerResource: r.statefulSets,
      selector: set.spec?.selector,
      resource: r.pods,
      owned: [...pods.by('owner', set.metadata.uid)],
      orphans: pods.by('orphansOf', set.metadata.namespace!),
      adoptable: (pod) => ordinalOf(set, pod) !== undefined,
    });
    return claimed.filter((pod) => ordinalOf(set, pod) !== undefined).sort((a, b) => ordinalOf(set, a)! - ordinalOf(set, b)!);
  }

  /** Makes the next moves: one at a time unless podManagementPolicy is Parallel. */
  function advance(set: StatefulSet, current: ControllerRevision, update: ControllerRevision): void {
    const parallel = set.spec?.podManagementPolicy === 'Parallel';
    const owned = podsOf(set);
    const byOrdinal = new Map(owned.map((pod) => [ordinalOf(set, pod)!, pod]));
    const wanted = ordinals(set);
    for (const ordinal of wanted) {
      const pod = byOrdinal.get(ordinal);
      if (!pod) create(set, ordinal, isUpdatedOrdinal(set, ordinal, wanted[0] ?? 0) ? update : current);
      else if (isTerminal(pod) && !pod.metadata.deletionTimestamp) remove(set, pod);
      else if (available(set, pod) && !pod.metadata.deletionTimestamp) continue;
      if (!parallel) return;
    }
    const superfluous = owned.filter((pod) => !wanted.includes(ordinalOf(set, pod)!)).reverse();
    for (const pod of superfluous) {
      if (!pod.metadata.deletionTimestamp) remove(set, pod);
      if (!parallel) return;
    }
    if (superfluous.length === 0)
      roll(
        set,
        wanted.map((ordinal) => byOrdinal.get(ordinal)),
        update,
      );
  }

  /** Pods below the partition keep the current revision. */
  const isUpdatedOrdinal = (set: StatefulSet, ordinal: number, start: number): boolean =>
    set.spec?.updateStrategy?.type === 'OnDelete' || ordinal - start >= (set.spec?.updateStrategy?.rollingUpdate?.partition ?? 0);

  /** RollingUpdate: the highest ordinal first, none while another is not available. */
  function roll(set: StatefulSet, replicas: readonly (Pod | undefined)[], update: ControllerRevision): void {
    if (set.spec?.updateStrategy?.type === 'OnDelete') return;
    const { partition = 0, maxUnavailable } = set.spec?.updateStrategy?.rollingUpdate ?? {};
    const most = Math.max(1, share(maxUnavailable, replicas.length, Math.ceil));
    let unavailable = replicas.filter((pod) => !pod || pod.metadata.deletionTimestamp || !available(set, pod)).length;
    for (const pod of replicas.slice(partition).reverse()) {
      if (!pod || pod.metadata.deletionTimestamp || revisionOf(pod) === update.metadata.name) continue;
      if (available(set, pod)) {
        if (unavailable >= most) return;
        unavailable++;
      }
      remove(set, pod);
    }
  }

  const available = (set: StatefulSet, pod: Pod): boolean => isAvailable(pod, set.spec?.minReadySeconds ?? 0, clock.now());

  function create(set: StatefulSet, ordinal: number, revision: ControllerRevision): void {
    const { template } = (revision.data as { spec: { template: PodTemplateSpec & { $patch?: string } } }).spec;
    const { $patch: _directive, ...plain } = template;
    const draft = statefulPod(set, plain, ordinal, revision.metadata.name);
    const subject = `Pod ${draft.metadata!.name} in StatefulSet ${set.metadata.name}`;
    try {
      createClaims(set, ordinal, draft.metadata!.name!);
      api.create(r.pods, draft);
    } catch (error) {
      if (error instanceof StatusError) recorder.warning(set, 'FailedCreate', `create ${subject} failed error: ${error.message}`);
      throw error;
    }
    recorder.normal(set, 'SuccessfulCreate', `create ${subject} successful`);
  }

  function createClaims(set: StatefulSet, ordinal: number, pod: string): void {
    for (const template of set.spec?.volumeClaimTemplates ?? []) {
      const name = claimName(template, set, ordinal);
      const { namespace } = set.metadata;
      if (api.get(r.persistentVolumeClaims, namespace, name)) continue;
      const labels = { ...template.metadata?.labels, ...set.spec?.selector.matchLabels };
      const metadata = { name, namespace: namespace!, labels, annotations: template.metadata?.annotations ?? {} };
      api.create(r.persistentVolumeClaims, { metadata, spec: structuredClone(template.spec) });
      recorder.normal(set, 'SuccessfulCreate', `create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name} success`);
    }
  }

  function remove(set: StatefulSet, pod: Pod): void {
    api.delete(r.pods, pod.metadata.namespace, pod.metadata.name, { preconditions: { uid: pod.metadata.uid } });
    recorder.normal(set, 'SuccessfulDelete', `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`);
  }

  function statusOf(set: StatefulSet, owned: readonly Pod[], current: ControllerRevision, update: ControllerRevision) {
    const alive = owned.filter((pod) => !pod.metadata.deletionTimestamp && !isTerminal(pod));
    const updated = alive.filter((pod) => revisionOf(pod) === update.metadata.name).length;
    const desired = set.spec?.replicas ?? 1;
    const ready = owned.filter(isReady).length;
    const done = updated === desired && ready === desired && owned.length === desired;
    const now = done ? update : current;
    const onCurrent = alive.filter((pod) => revisionOf(pod) === now.metadata.name).length;
    return {
      observedGeneration: set.metadata.generation ?? 0,
      replicas: owned.length,
      ...(ready > 0 && { readyReplicas: ready }),
      ...(onCurrent > 0 && { currentReplicas: onCurrent }),
      ...(updated > 0 && { updatedReplicas: updated }),
      currentRevision: now.metadata.name,
      updateRevision: update.metadata.name,
      collisionCount: set.status?.collisionCount ?? 0,
      availableReplicas: owned.filter((pod) => available(set, pod)).length,
    };
  }

  return {
    name: 'statefulset-controller',
    sources: [{ resource: r.statefulSets }, { resource: r.pods, keys: keysOfPod }],
    reconcile,
  };
}

const revisionOf = (pod: Pod): string => pod.metadata.labels?.[revisionLabel] ?? '';
