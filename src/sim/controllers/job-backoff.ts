import type { Pod } from '../../kube/types.ts';
import { allIndexFailures } from './job-pods.ts';
import { podCondition } from './pods.ts';

/** Wait after a failed pod, doubled with each further one (DefaultJobPodFailureBackOff, MaxJobPodFailureBackOff). */
const firstMs = 10_000;
const longestMs = 600_000;

/** Failures since the last success. */
export interface Failures {
  count: number;
  last: number;
}

export const noFailures: Failures = { count: 0, last: 0 };

/** Milliseconds until another pod may be made. */
export const backoffLeft = ({ count, last }: Failures, now: number): number =>
  count === 0 ? 0 : Math.max(0, last + Math.min(firstMs * 2 ** (count - 1), longestMs) - now);

export function afterMore(before: Failures, succeeded: readonly Pod[], failed: readonly Pod[]): Failures {
  if (succeeded.length === 0 && failed.length === 0) return before;
  const lastSuccess = Math.max(-Infinity, ...succeeded.map(finishedAt));
  const since = failed.map(finishedAt).filter((at) => at > lastSuccess);
  const count = (succeeded.length > 0 ? 0 : before.count) + since.length;
  return count === 0 ? noFailures : { count, last: Math.max(...since) };
}

/** The failures of an index, as its last pod carries them. */
export const allOfIndex = (last: Pod): Failures => ({ count: allIndexFailures(last) + 1, last: finishedAt(last) });

/** When a pod ended: its last container, else when it stopped being ready, or was deleted. */
export function finishedAt(pod: Pod): number {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp } = pod.metadata;
  const ends = (pod.status?.containerStatuses ?? []).map((status) => Date.parse(status.state?.terminated?.finishedAt ?? ''));
  if (ends.length > 0 && ends.every((at) => !Number.isNaN(at))) return Math.max(...ends);
  const ready = podCondition(pod, 'Ready');
  if (ready?.status === 'False' && ready.lastTransitionTime) return Date.parse(ready.lastTransitionTime);
  if (deletionTimestamp) return Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
  return Date.parse(creationTimestamp);
}
