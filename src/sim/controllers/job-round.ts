import type { Job, Pod } from '../../kube/types.ts';
import { allIndexFailures, hasFailed, indexFailures, isTracked } from './job-pods.ts';
import { finishedAt } from './job-backoff.ts';
import { indexesOf, indexOf, isIndexed, parseIndexes } from './job-indexes.ts';
import { matchFailurePolicy, matchSuccessPolicy } from './job-policies.ts';
import { jobCondition } from './job-status.ts';
import { isActive } from './pods.ts';

/** A Job and its pods at one moment, counted. */
export interface Round {
  job: Job;
  pods: readonly Pod[];
  active: readonly Pod[];
  /** Ended, and in no count yet. */
  newSucceeded: readonly Pod[];
  newFailed: readonly Pod[];
  succeeded: number;
  failed: number;
  succeededIndexes: Set<number>;
  /** With backoffLimitPerIndex. */
  failedIndexes: Set<number> | undefined;
  /** Failed pods that are kept until the next one of their index is made. */
  replaceable: ReadonlyMap<number, Pod>;
}

export function countRound(job: Job, pods: readonly Pod[]): Round {
  const { status, spec } = job;
  const { succeeded = [], failed = [] } = status?.uncountedTerminatedPods ?? {};
  const indexed = isIndexed(job);
  const completions = spec?.completions ?? 0;
  const done = parseIndexes(status?.completedIndexes, completions);
  const fresh = pods.filter((pod) => isTracked(pod) && (!indexed || indexOf(job, pod) !== undefined));
  const newSucceeded = fresh.filter((pod) => pod.status?.phase === 'Succeeded' && !succeeded.includes(pod.metadata.uid));
  const newFailed = fresh.filter((pod) => hasFailed(job, pod) && !failed.includes(pod.metadata.uid));
  const counted = newFailed.filter((pod) => matchFailurePolicy(job, pod)?.action !== 'Ignore');
  const succeededIndexes = new Set([...done, ...(indexed ? indexesOf(job, newSucceeded) : [])]);
  const perIndex = indexed && spec?.backoffLimitPerIndex !== undefined;
  const failedIndexes = perIndex
    ? new Set([
        ...parseIndexes(status?.failedIndexes, completions),
        ...indexesOf(
          job,
          fresh.filter((pod) => endsIndex(job, pod)),
        ),
      ])
    : undefined;
  const active = pods.filter(isActive);
  return {
    job,
    pods,
    active,
    newSucceeded,
    newFailed,
    succeeded: indexed ? succeededIndexes.size : (status?.succeeded ?? 0) + succeeded.length + newSucceeded.length,
    failed: (status?.failed ?? 0) + failed.length + counted.length,
    succeededIndexes,
    failedIndexes,
    replaceable: failedIndexes
      ? replaceablePods(job, fresh, new Set([...succeededIndexes, ...failedIndexes, ...indexesOf(job, active)]))
      : new Map(),
  };
}

/** Whether an index is given up with this pod. */
function endsIndex(job: Job, pod: Pod): boolean {
  if (!hasFailed(job, pod)) return false;
  const action = matchFailurePolicy(job, pod)?.action;
  return action === 'FailIndex' || (action !== 'Ignore' && indexFailures(pod) >= (job.spec?.backoffLimitPerIndex ?? 0));
}

function replaceablePods(job: Job, fresh: readonly Pod[], settled: ReadonlySet<number>): Map<number, Pod> {
  const last = new Map<number, Pod>();
  for (const pod of fresh) {
    const index = indexOf(job, pod);
    if (index === undefined || settled.has(index) || !hasFailed(job, pod)) continue;
    const before = last.get(index);
    const later = !before || (allIndexFailures(before) <= allIndexFailures(pod) && finishedAt(pod) >= finishedAt(before));
    if (later) last.set(index, pod);
  }
  return last;
}

/** Why a Job is to end. */
export interface End {
  type: 'SuccessCriteriaMet' | 'FailureTarget';
  reason: string;
  message: string;
}

const failure = (reason: string, message: string): End => ({ type: 'FailureTarget', reason, message });

export const completed: End = {
  type: 'SuccessCriteriaMet',
  reason: 'CompletionsReached',
  message: 'Reached expected number of succeeded pods',
};

/** The end that was decided before, or what decides it now; success by the number of pods is seen later. */
export function endOf(round: Round, now: number): End | undefined {
  const { job, pods, failed, failedIndexes, succeededIndexes } = round;
  const { backoffLimit = 6, activeDeadlineSeconds, maxFailedIndexes, completions = 0, suspend } = job.spec ?? {};
  for (const type of ['SuccessCriteriaMet', 'FailureTarget'] as const) {
    const known = jobCondition(job, type);
    if (known) return { type, reason: known.reason ?? '', message: known.message ?? '' };
  }
  for (const pod of pods) {
    const match = hasFailed(job, pod) ? matchFailurePolicy(job, pod) : undefined;
    if (match?.action === 'FailJob') return failure('PodFailurePolicy', match.message);
  }
  if (failed > backoffLimit || restartedTooOften(job, pods)) {
    return failure('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  }
  const started = Date.parse(job.status?.startTime ?? '');
  if (activeDeadlineSeconds !== undefined && !suspend && now - started >= activeDeadlineSeconds * 1000) {
    return failure('DeadlineExceeded', 'Job was active longer than specified deadline');
  }
  if (failedIndexes && maxFailedIndexes !== undefined && failedIndexes.size > maxFailedIndexes) {
    return failure('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  }
  if (failedIndexes?.size && failedIndexes.size + succeededIndexes.size >= completions) {
    return failure('FailedIndexes', 'Job has failed indexes');
  }
  const message = isIndexed(job) ? matchSuccessPolicy(job, succeededIndexes) : undefined;
  return message === undefined ? undefined : { type: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message };
}

/** Restarts of containers count as failures where pods restart them. */
function restartedTooOften(job: Job, pods: readonly Pod[]): boolean {
  if (job.spec?.template.spec?.restartPolicy !== 'OnFailure') return false;
  const { backoffLimit = 6 } = job.spec;
  const running = pods.filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending');
  const statuses = running.flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]);
  const restarts = statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
  return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
}

/** Whether enough pods have succeeded and none runs any more. */
export function isComplete({ job, succeeded }: Round, active: number): boolean {
  const { completions } = job.spec ?? {};
  return active === 0 && (completions === undefined ? succeeded > 0 : succeeded >= completions);
}

/** How many pods are to be active. */
export function wantedActive({ job, succeeded, active }: Round): number {
  const { parallelism = 1, completions, suspend } = job.spec ?? {};
  if (suspend) return 0;
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism;
  return Math.max(0, Math.min(parallelism, completions - succeeded));
}

/** The first `count` indexes that nothing works on, and that have not ended. */
export function pendingIndexes({ job, active, succeededIndexes, failedIndexes }: Round, also: readonly Pod[], count: number): number[] {
  const taken = new Set([...indexesOf(job, active), ...indexesOf(job, also)]);
  const pending: number[] = [];
  for (let index = 0; index < (job.spec?.completions ?? 0) && pending.length < count; index++) {
    if (!taken.has(index) && !succeededIndexes.has(index) && !failedIndexes?.has(index)) pending.push(index);
  }
  return pending;
}
