import { isDeepStrictEqual } from 'node:util';
import { rfc3339, type Clock } from '../../base/clock.ts';
import * as r from '../../kube/resources.ts';
import type { Job, Pod } from '../../kube/types.ts';
import type { ApiClient } from '../api/client.ts';
import { indexOf, indexText, isIndexed } from './job-indexes.ts';
import { countsAsFailure } from './job-policies.ts';
import { hasFailed, isTracked } from './job-pods.ts';
import type { End, Round } from './job-round.ts';
import { isActive, isReady, isTerminal } from './pods.ts';
import { writeStatus } from './status.ts';

type Status = NonNullable<Job['status']>;
type Conditions = NonNullable<Status['conditions']>;

interface Tools {
  api: ApiClient;
  clock: Clock;
  untrack(pod: Pod): void;
  podsNow(): Pod[];
}

/**
 * Counts pods that have ended, once each whatever happens in between: first their uids are noted in the status, then
 * their finalizers are taken off, then the counts are raised. Returns the end where the Job is finished by it.
 */
export function trackEnds(tools: Tools, round: Round, end: End | undefined, onCounted: () => void): End | undefined {
  const { api, clock, untrack, podsNow } = tools;
  const { job } = round;
  const now = clock.now();
  const status: Status = structuredClone(job.status ?? {});
  const uncounted = {
    succeeded: [...(status.uncountedTerminatedPods?.succeeded ?? [])],
    failed: [...(status.uncountedTerminatedPods?.failed ?? [])],
  };
  const tracked = new Set(round.pods.filter(isTracked).map((pod) => pod.metadata.uid));
  const raise = () => raiseCounts(status, uncounted, tracked);
  raise();
  const free = round.pods.filter((pod) => isTracked(pod) && mayGo(round, end, pod));
  for (const pod of free) {
    const { uid } = pod.metadata;
    if (isIndexed(job) && indexOf(job, pod) === undefined) continue;
    if (pod.status?.phase === 'Succeeded') {
      if (!isIndexed(job) && !uncounted.succeeded.includes(uid)) uncounted.succeeded.push(uid);
    } else if (hasFailed(job, pod) || end?.type === 'FailureTarget') {
      if (!uncounted.failed.includes(uid) && countsAsFailure(job, pod)) uncounted.failed.push(uid);
    }
  }
  if (isIndexed(job)) noteIndexes(status, round);
  status.conditions = conditionsOf(round, end, now);
  if (job.spec?.suspend && !end) delete status.startTime;
  else status.startTime ??= rfc3339(now);
  note(status, podsNow(), uncounted);
  const before = api.get(r.jobs, job.metadata.namespace, job.metadata.name);
  if (!before || before.metadata.uid !== job.metadata.uid) return undefined;
  if (uncounted.succeeded.length + uncounted.failed.length > 0) writeStatus(api, r.jobs, before, structuredClone(status));
  onCounted();
  for (const pod of free) {
    untrack(pod);
    tracked.delete(pod.metadata.uid);
  }
  raise();
  note(status, podsNow(), uncounted);
  const finished = end && status.terminating === 0 && uncounted.succeeded.length + uncounted.failed.length === 0 ? end : undefined;
  if (finished) {
    const type = finished.type === 'SuccessCriteriaMet' ? 'Complete' : 'Failed';
    const { reason, message } = finished;
    status.conditions = withStatus(status.conditions ?? [], { type, status: 'True', reason, message }, now);
    if (type === 'Complete') status.completionTime = rfc3339(now);
  }
  if (status.conditions?.length === 0) delete status.conditions;
  const current = api.get(r.jobs, job.metadata.namespace, job.metadata.name);
  if (current && !isDeepStrictEqual(current.status, status)) writeStatus(api, r.jobs, current, status);
  return finished;
}

/** A failed pod of an index is kept until the next one is made: it carries the count of failures. */
const mayGo = ({ job, replaceable }: Round, end: End | undefined, pod: Pod): boolean => {
  if (job.metadata.deletionTimestamp || end || pod.status?.phase === 'Succeeded') return true;
  if (!hasFailed(job, pod)) return false;
  const index = indexOf(job, pod);
  return index === undefined || replaceable.get(index)?.metadata.uid !== pod.metadata.uid;
};

function raiseCounts(status: Status, uncounted: { succeeded: string[]; failed: string[] }, tracked: ReadonlySet<string>): void {
  for (const kind of ['succeeded', 'failed'] as const) {
    const left = uncounted[kind].filter((uid) => tracked.has(uid));
    const counted = uncounted[kind].length - left.length;
    if (counted > 0) status[kind] = (status[kind] ?? 0) + counted;
    uncounted[kind] = left;
  }
}

function noteIndexes(status: Status, { succeededIndexes, failedIndexes }: Round): void {
  if (succeededIndexes.size > 0) {
    status.succeeded = succeededIndexes.size;
    status.completedIndexes = indexText(succeededIndexes);
  }
  if (failedIndexes) status.failedIndexes = indexText(failedIndexes);
}

/** What is seen of the pods now. */
function note(status: Status, pods: readonly Pod[], uncounted: { succeeded: string[]; failed: string[] }): void {
  const active = pods.filter(isActive);
  if (active.length > 0) status.active = active.length;
  else delete status.active;
  status.ready = active.filter(isReady).length;
  status.terminating = pods.filter((pod) => pod.metadata.deletionTimestamp && !isTerminal(pod)).length;
  status.uncountedTerminatedPods = {
    ...(uncounted.succeeded.length > 0 && { succeeded: [...uncounted.succeeded] }),
    ...(uncounted.failed.length > 0 && { failed: [...uncounted.failed] }),
  };
}

function conditionsOf({ job }: Round, end: End | undefined, now: number): Conditions {
  const known = job.status?.conditions ?? [];
  if (end) return withStatus(known, { ...end, status: 'True' }, now);
  if (job.metadata.deletionTimestamp) return [...known];
  if (job.spec?.suspend)
    return withStatus(known, { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' }, now);
  if (!known.some((c) => c.type === 'Suspended')) return [...known];
  return withStatus(known, { type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' }, now);
}

function withStatus(
  known: Conditions,
  wanted: Pick<Conditions[number], 'type' | 'status' | 'reason' | 'message'>,
  now: number,
): Conditions {
  const at = known.findIndex((c) => c.type === wanted.type);
  if (at >= 0 && known[at]!.status === wanted.status) return [...known];
  const made = { ...wanted, lastProbeTime: rfc3339(now), lastTransitionTime: rfc3339(now) };
  return at >= 0 ? known.with(at, made) : [...known, made];
}
