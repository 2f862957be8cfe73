import { rfc3339 } from '../../base/clock.ts';
import * as r from '../../kube/resources.ts';
import { matchesLabelSelector } from '../../kube/selectors.ts';
import { isNotFound } from '../../kube/status.ts';
import type { Job, Pod } from '../../kube/types.ts';
import type { WatchEvent } from '../api/client.ts';
import type { Controller, ReconcileResult } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { afterMore, allOfIndex, backoffLeft, noFailures, type Failures } from './job-backoff.ts';
import { isIndexed } from './job-indexes.ts';
import { isTracked, jobPod, replacesFailedOnly, surplusPods, trackingFinalizer } from './job-pods.ts';
import { completed, countRound, endOf, isComplete, pendingIndexes, wantedActive, type End, type Round } from './job-round.ts';
import { jobEnd } from './job-status.ts';
import { trackEnds } from './job-tracking.ts';
import { keyOf, splitKey } from './manager.ts';
import { claim, controllerOf, ownerKeys } from './owners.ts';
import { createPod, deletePod } from './pod-control.ts';
import { byDeletionPreference } from './pod-ranking.ts';
import { isTerminal } from './pods.ts';

/** MaxPodCreateDeletePerSync */
const burst = 500;

/** pkg/controller/job: pods until enough of them have succeeded, or too many have failed. */
export function jobController(context: CoreContext): Controller {
  const { api, clock, pods } = context;
  const recorder = context.recorder('job-controller');
  const failures = new Map<string, Failures>();

  function* keysOfPod(event: WatchEvent<Pod>): Generator<string> {
    yield* ownerKeys('Job', event);
    if (controllerOf(event.object)) return;
    for (const job of api.list(r.jobs, { namespace: event.object.metadata.namespace! })) {
      if (matchesLabelSelector(event.object.metadata.labels, job.spec?.selector)) yield keyOf(job);
    }
  }

  function reconcile(key: string): ReconcileResult | void {
    const { namespace, name } = splitKey(key);
    const job = api.get(r.jobs, namespace, name);
    if (!job) return releaseStrays(namespace, name);
    if (job.spec?.managedBy && job.spec.managedBy !== 'kubernetes.io/job-controller') return;
    const owned = podsOf(job);
    if (jobEnd(job)) {
      failures.delete(job.metadata.uid);
      for (const pod of owned) untrack(pod);
      return expire(job);
    }
    const round = countRound(job, owned);
    const backoff = afterMore(failures.get(job.metadata.uid) ?? noFailures, round.newSucceeded, round.newFailed);
    let end = endOf(round, clock.now());
    let failure: unknown;
    let requeueAfterMs: number | undefined;
    try {
      if (end) for (const pod of round.active) deletePod(api, recorder, job, pod);
      else if (!job.metadata.deletionTimestamp) requeueAfterMs = manage(round, backoff);
    } catch (error) {
      failure = error;
    }
    const left = activeNow(job);
    if (!end && isComplete(round, left)) end = completed;
    const finished = trackEnds({ api, clock, untrack, podsNow: () => [...pods.by('owner', job.metadata.uid)] }, round, end, () =>
      failures.set(job.metadata.uid, backoff),
    );
    if (finished) tellEnd(job, finished);
    else if (!end) tellSuspension(job);
    if (failure) throw failure;
    return earliest(requeueAfterMs, untilDeadline(job));
  }

  function podsOf(job: Job): Pod[] {
    return claim({
      api,
      owner: job,
      ownerResource: r.jobs,
      selector: job.spec?.selector,
      resource: r.pods,
      owned: [...pods.by('owner', job.metadata.uid)],
      orphans: pods.by('orphansOf', job.metadata.namespace!),
      finalizer: trackingFinalizer,
    });
  }

  const activeNow = (job: Job): number =>
    [...pods.by('owner', job.metadata.uid)].filter((pod) => !isTerminal(pod) && !pod.metadata.deletionTimestamp).length;

  /** Pods of a Job that is gone are held by nobody. */
  function releaseStrays(namespace: string, name: string): void {
    for (const pod of [...pods.by('namespace', namespace)]) {
      const owner = controllerOf(pod);
      const was = owner ? owner.kind === 'Job' && owner.name === name : pod.metadata.labels?.['batch.kubernetes.io/job-name'] === name;
      if (was) untrack(pod);
    }
  }

  function untrack(pod: Pod): void {
    if (!isTracked(pod)) return;
    const { namespace, name } = pod.metadata;
    try {
      api.modify(r.pods, namespace, name, (copy) => {
        copy.metadata.finalizers = copy.metadata.finalizers?.filter((finalizer) => finalizer !== trackingFinalizer) ?? [];
        if (copy.metadata.finalizers.length === 0) delete copy.metadata.finalizers;
      });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Deletes and creates pods up to the parallelism; where pods have just failed, tells how long to wait instead. */
  function manage(round: Round, backoff: Failures): number | undefined {
    const { job, active } = round;
    const wanted = wantedActive(round);
    const byWorth = byDeletionPreference(new Map(), clock.now());
    const surplus = surplusPods(job, active, active.length - wanted, byWorth).slice(0, burst);
    for (const pod of surplus) {
      untrack(pod);
      deletePod(api, recorder, job, pod);
    }
    const ending = round.pods.filter((pod) => pod.metadata.deletionTimestamp && !isTerminal(pod));
    const ended = replacesFailedOnly(job) ? ending : [];
    const missing = Math.min(wanted - (active.length - surplus.length) - ended.length, burst);
    if (missing <= 0) return undefined;
    const perIndex = round.failedIndexes !== undefined;
    const wait = perIndex ? 0 : backoffLeft(backoff, clock.now());
    if (wait > 0) return wait;
    if (!isIndexed(job)) {
      for (let i = 0; i < missing; i++) create(job, undefined, undefined);
      return undefined;
    }
    const waits: number[] = [];
    for (const index of pendingIndexes(round, ended, missing)) {
      const replaced = round.replaceable.get(index);
      const left = replaced ? backoffLeft(allOfIndex(replaced), clock.now()) : 0;
      if (left > 0) waits.push(left);
      else create(job, index, replaced);
    }
    return waits.length > 0 ? Math.min(...waits) : undefined;
  }

  function create(job: Job, index: number | undefined, replaced: Pod | undefined): void {
    createPod(api, recorder, { resource: r.jobs, object: job }, jobPod(job, index, replaced));
  }

  function tellSuspension(job: Job): void {
    const was = job.status?.conditions?.some((c) => c.type === 'Suspended' && c.status === 'True') ?? false;
    const is = Boolean(job.spec?.suspend);
    if (was !== is) recorder.normal(job, is ? 'Suspended' : 'Resumed', `Job ${is ? 'suspended' : 'resumed'}`);
  }

  function tellEnd(job: Job, end: End): void {
    if (end.type === 'SuccessCriteriaMet') recorder.normal(job, 'Completed', 'Job completed');
    else recorder.warning(job, end.reason, end.message);
  }

  const untilDeadline = (job: Job): number | undefined => {
    const { activeDeadlineSeconds, suspend } = job.spec ?? {};
    if (activeDeadlineSeconds === undefined || suspend) return undefined;
    const started = Date.parse(job.status?.startTime ?? rfc3339(clock.now()));
    return Math.max(0, started + activeDeadlineSeconds * 1000 - clock.now()) || undefined;
  };

  /** ttlSecondsAfterFinished (pkg/controller/ttlafterfinished). */
  function expire(job: Job): ReconcileResult | void {
    const seconds = job.spec?.ttlSecondsAfterFinished;
    const end = jobEnd(job);
    if (seconds === undefined || !end || job.metadata.deletionTimestamp) return;
    const left = Date.parse(end.lastTransitionTime ?? '') + seconds * 1000 - clock.now();
    if (left > 0) return { requeueAfterMs: left };
    api.delete(r.jobs, job.metadata.namespace, job.metadata.name, { propagationPolicy: 'Foreground' });
  }

  return { name: 'job-controller', sources: [{ resource: r.jobs }, { resource: r.pods, keys: keysOfPod }], reconcile };
}

function earliest(...waits: (number | undefined)[]): ReconcileResult | undefined {
  const known = waits.filter((wait) => wait !== undefined);
  return known.length > 0 ? { requeueAfterMs: Math.min(...known) } : undefined;
}
