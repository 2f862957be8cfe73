import { rfc3339 } from '../../base/clock.ts';
import * as r from '../../kube/resources.ts';
import { matchesLabelSelector } from '../../kube/selectors.ts';
import type { Draft, Job, Pod } from '../../kube/types.ts';
import type { WatchEvent } from '../api/client.ts';
import { withCondition } from './conditions.ts';
import type { Controller, ReconcileResult } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { keyOf, splitKey } from './manager.ts';
import { claim, controllerOf, ownerKeys } from './owners.ts';
import { createPod, deletePod, podFromTemplate } from './pod-control.ts';
import { isActive, isReady, isTerminal } from './pods.ts';
import { writeStatus } from './status.ts';

type Status = NonNullable<Job['status']>;

const indexKey = 'batch.kubernetes.io/job-completion-index';
/** Wait after a failed pod, doubled with each further one (DefaultJobPodFailureBackOff, MaxJobPodFailureBackOff). */
const backoffMs = 10_000;
const longestBackoffMs = 600_000;

interface End {
  type: 'Complete' | 'Failed';
  reason: string;
  message: string;
}

/** pkg/controller/job: pods until enough of them have succeeded, or too many have failed. */
export function jobController(context: CoreContext): Controller {
  const { api, clock, pods } = context;
  const recorder = context.recorder('job-controller');

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
    if (!job || job.metadata.deletionTimestamp) return;
    if (isFinished(job)) return expire(job);
    const owned = podsOf(job);
    const end = endOf(job, owned);
    const suspended = Boolean(job.spec?.suspend);
    const result = end || suspended ? removeActive(job, owned) : spawn(job, owned);
    const status = statusOf(job, podsOf(job), end);
    writeStatus(api, r.jobs, job, status);
    if (end) tellEnd(job, end);
    else if (suspended !== wasSuspended(job))
      recorder.normal(job, suspended ? 'Suspended' : 'Resumed', `Job ${suspended ? 'suspended' : 'resumed'}`);
    return result ?? untilDeadline(job);
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
    });
  }

  function removeActive(job: Job, owned: readonly Pod[]): void {
    for (const pod of owned.filter(isActive)) deletePod(api, recorder, job, pod);
  }

  /** Creates and deletes pods up to the parallelism; waits where pods have just failed. */
  function spawn(job: Job, owned: readonly Pod[]): ReconcileResult | void {
    const active = owned.filter(isActive);
    const { parallelism = 1, completions } = job.spec ?? {};
    const succeeded = succeededCount(job, owned);
    const anyDone = completions === undefined && succeeded > 0;
    const wanted = anyDone ? active.length : Math.min(parallelism, completions === undefined ? parallelism : completions - succeeded);
    for (const pod of active.slice(Math.max(0, wanted))) deletePod(api, recorder, job, pod);
    if (wanted <= active.length) return;
    const wait = backoffLeft(owned);
    if (wait > 0) return { requeueAfterMs: wait };
    const indexes = freeIndexes(job, owned);
    for (let i = active.length; i < wanted; i++) create(job, indexes[i - active.length]);
  }

  function create(job: Job, index: number | undefined): void {
    const owner = { resource: r.jobs, object: job };
    const draft = podFromTemplate(job.spec!.template, owner);
    createPod(api, recorder, owner, index === undefined ? draft : indexed(draft, job, index));
  }

  function backoffLeft(owned: readonly Pod[]): number {
    const failures = owned.filter((pod) => pod.status?.phase === 'Failed');
    if (failures.length === 0) return 0;
    const last = Math.max(...failures.map(finishedAt));
    return last + Math.min(backoffMs * 2 ** (failures.length - 1), longestBackoffMs) - clock.now();
  }

  function endOf(job: Job, owned: readonly Pod[]): End | undefined {
    const failed = owned.filter((pod) => pod.status?.phase === 'Failed').length;
    const { completions, backoffLimit = 6, activeDeadlineSeconds } = job.spec ?? {};
    if (failed + restarts(job, owned) > backoffLimit) {
      return { type: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
    }
    const started = Date.parse(job.status?.startTime ?? '');
    if (activeDeadlineSeconds !== undefined && clock.now() - started >= activeDeadlineSeconds * 1000) {
      return { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
    }
    const succeeded = succeededCount(job, owned);
    const complete = completions === undefined ? succeeded > 0 && !owned.some(isActive) : succeeded >= completions;
    return complete ? { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' } : undefined;
  }

  function statusOf(job: Job, owned: readonly Pod[], end: End | undefined): Status {
    const now = clock.now();
    const active = owned.filter(isActive);
    const succeeded = succeededCount(job, owned);
    const failed = owned.filter((pod) => pod.status?.phase === 'Failed').length;
    let conditions = job.status?.conditions ?? [];
    const add = (type: string, status: string, reason: string, message: string) => {
      conditions = withCondition(conditions, { type, status, reason, message }, now).map((c) =>
        c.type === type && !c.lastProbeTime ? { ...c, lastProbeTime: rfc3339(now) } : c,
      );
    };
    if (end?.type === 'Complete') add('SuccessCriteriaMet', 'True', end.reason, end.message);
    if (end?.type === 'Failed') add('FailureTarget', 'True', end.reason, end.message);
    if (end) add(end.type, 'True', end.reason, end.message);
    if (job.spec?.suspend) add('Suspended', 'True', 'JobSuspended', 'Job suspended');
    else if (wasSuspended(job)) add('Suspended', 'False', 'JobResumed', 'Job resumed');
    const startTime = job.spec?.suspend ? undefined : (job.status?.startTime ?? rfc3339(now));
    const indexes = job.spec?.completionMode === 'Indexed' ? ranges(completedIndexes(owned)) : '';
    return {
      ...(conditions.length > 0 && { conditions }),
      ...(startTime && { startTime }),
      ...(end?.type === 'Complete' && { completionTime: rfc3339(now) }),
      ...(active.length > 0 && { active: active.length }),
      ...(succeeded > 0 && { succeeded }),
      ...(failed > 0 && { failed }),
      terminating: owned.filter((pod) => pod.metadata.deletionTimestamp && !isTerminal(pod)).length,
      ...(indexes && { completedIndexes: indexes }),
      uncountedTerminatedPods: {},
      ready: active.filter(isReady).length,
    };
  }

  function tellEnd(job: Job, end: End): void {
    if (end.type === 'Complete') recorder.normal(job, 'Completed', 'Job completed');
    else recorder.warning(job, end.reason, end.message);
  }

  const untilDeadline = (job: Job): ReconcileResult | undefined => {
    const seconds = job.spec?.activeDeadlineSeconds;
    if (seconds === undefined) return undefined;
    const started = Date.parse(job.status?.startTime ?? rfc3339(clock.now()));
    return { requeueAfterMs: Math.max(0, started + seconds * 1000 - clock.now()) };
  };

  /** ttlSecondsAfterFinished (pkg/controller/ttlafterfinished). */
  function expire(job: Job): ReconcileResult | void {
    const seconds = job.spec?.ttlSecondsAfterFinished;
    const end = job.status?.conditions?.find((c) => (c.type === 'Complete' || c.type === 'Failed') && c.status === 'True');
    if (seconds === undefined || !end) return;
    const left = Date.parse(end.lastTransitionTime ?? '') + seconds * 1000 - clock.now();
    if (left > 0) return { requeueAfterMs: left };
    api.delete(r.jobs, job.metadata.namespace, job.metadata.name, { propagationPolicy: 'Foreground' });
  }

  return { name: 'job-controller', sources: [{ resource: r.jobs }, { resource: r.pods, keys: keysOfPod }], reconcile };
}

const isFinished = (job: Job): boolean =>
  job.status?.conditions?.some((c) => (c.type === 'Complete' || c.type === 'Failed') && c.status === 'True') ?? false;

const wasSuspended = (job: Job): boolean => job.status?.conditions?.some((c) => c.type === 'Suspended' && c.status === 'True') ?? false;

const indexOf = (pod: Pod): number => Number(pod.metadata.annotations?.[indexKey] ?? -1);

const completedIndexes = (owned: readonly Pod[]): number[] =>
  [...new Set(owned.filter((pod) => pod.status?.phase === 'Succeeded').map(indexOf))].sort((a, b) => a - b);

const succeededCount = (job: Job, owned: readonly Pod[]): number =>
  job.spec?.completionMode === 'Indexed' ? completedIndexes(owned).length : owned.filter((pod) => pod.status?.phase === 'Succeeded').length;

/** Restarts of containers count as failures where pods restart them (restartPolicy OnFailure). */
const restarts = (job: Job, owned: readonly Pod[]): number =>
  job.spec?.template.spec?.restartPolicy === 'OnFailure'
    ? owned.filter(isActive).reduce((sum, pod) => sum + (pod.status?.containerStatuses ?? []).reduce((s, c) => s + c.restartCount, 0), 0)
    : 0;

function freeIndexes(job: Job, owned: readonly Pod[]): number[] {
  if (job.spec?.completionMode !== 'Indexed') return [];
  const taken = new Set(owned.filter((pod) => pod.status?.phase !== 'Failed').map(indexOf));
  return Array.from({ length: job.spec.completions ?? 0 }, (_, i) => i).filter((i) => !taken.has(i));
}

function indexed(draft: Draft<Pod>, job: Job, index: number): Draft<Pod> {
  const fieldPath = `metadata.labels['${indexKey}']`;
  const env = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } };
  const value = String(index);
  return {
    ...draft,
    metadata: {
      ...draft.metadata,
      generateName: `${job.metadata.name}-${index}-`,
      labels: { ...draft.metadata?.labels, [indexKey]: value },
      annotations: { ...draft.metadata?.annotations, [indexKey]: value },
    },
    spec: {
      ...draft.spec!,
      hostname: `${job.metadata.name}-${index}`,
      containers: draft.spec!.containers.map((container) => ({ ...container, env: [...(container.env ?? []), env] })),
    },
  };
}

function finishedAt(pod: Pod): number {
  const ends = (pod.status?.containerStatuses ?? []).map((status) => Date.parse(status.state?.terminated?.finishedAt ?? ''));
  const known = ends.filter((at) => !Number.isNaN(at));
  return known.length > 0 ? Math.max(...known) : Date.parse(pod.metadata.creationTimestamp);
}

/** `0-2,5` */
function ranges(indexes: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const index of indexes) {
    const last = parts.at(-1);
    if (last && last[1] === index - 1) last[1] = index;
    else parts.push([index, index]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',');
}
