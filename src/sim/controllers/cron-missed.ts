import type { CronJob } from '../../kube/types.ts';
import type { Schedule } from './cron-schedule.ts';

/** Added to the next moment, against clocks that differ (nextScheduleDelta). */
const paddingMs = 100;
/** With more than so many starts missed, the controller warns. */
const many = 100;

interface Missed {
  /** Since when starts were looked for. */
  since: number;
  /** The latest that is due by now. */
  latest?: number;
  count: number;
}

/** What is due since the last start, or since the object was made. Throws where a schedule repeats within a second. */
function missedStarts(cronJob: CronJob, now: number, next: Schedule, withDeadline: boolean): Missed {
  let since = Date.parse(cronJob.status?.lastScheduleTime ?? cronJob.metadata.creationTimestamp);
  const deadline = cronJob.spec?.startingDeadlineSeconds;
  if (withDeadline && deadline !== undefined) since = Math.max(since, now - deadline * 1000);
  const first = next(since);
  if (first === undefined || now < first) return { since, count: 0 };
  const second = next(first);
  if (second === undefined || now < second) return { since, latest: first, count: 0 };
  const between = second - first;
  if (between < 1000) throw new Error('time difference between two schedules is less than 1 second');
  const count = Math.floor((now - first) / between) + 1;
  let latest: number | undefined;
  for (let at = next(first + (count - 2) * between); at !== undefined && at <= now; at = next(at)) latest = at;
  return { since, count, ...(latest !== undefined && { latest }) };
}

/** The start that is due now, and whether too many before it were missed. */
export function dueStart(cronJob: CronJob, now: number, next: Schedule): { at: number; tooMany: boolean } | undefined {
  const { latest, count } = missedStarts(cronJob, now, next, true);
  return latest === undefined ? undefined : { at: latest, tooMany: count > many };
}

/** Milliseconds until a CronJob is to be looked at again; undefined where its schedule never comes. */
export function untilNextStart(cronJob: CronJob, now: number, next: Schedule): number | undefined {
  const { since, latest, count } = missedStarts(cronJob, now, next, false);
  const at = next(latest ?? (count === 0 ? since : now));
  return at === undefined ? undefined : Math.max(0, at + paddingMs - now);
}
