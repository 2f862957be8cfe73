import { rfc3339 } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import * as r from '../../kube/resources.ts';
import { StatusError } from '../../kube/status.ts';
import type { CronJob, Draft, Job } from '../../kube/types.ts';
import type { Controller, ReconcileResult } from './controller.ts';
import type { CoreContext } from './core-context.ts';
import { dueStart, untilNextStart } from './cron-missed.ts';
import { isTimeZone, parseSchedule, type Schedule } from './cron-schedule.ts';
import { zonedRfc3339 } from './cron-zone.ts';
import { jobEnd } from './job-status.ts';
import { splitKey } from './manager.ts';
import { controllerOf, controllerReference, ownerKeys } from './owners.ts';
import { writeStatus } from './status.ts';

type Status = NonNullable<CronJob['status']>;

/** pkg/controller/cronjob: a Job at each of its moments, and only so many finished ones kept. */
export function cronJobController(context: CoreContext): Controller {
  const { api, clock } = context;
  const recorder = context.recorder('cronjob-controller');

  function reconcile(key: string): ReconcileResult | void {
    const { namespace, name } = splitKey(key);
    const cronJob = api.get(r.cronJobs, namespace, name);
    if (!cronJob) return;
    const jobs = api.list(r.jobs, { namespace }).filter((job) => {
      const owner = controllerOf(job);
      return owner?.kind === 'CronJob' && owner.name === name;
    });
    const status: Status = { ...cronJob.status, active: [...(cronJob.status?.active ?? [])] };
    try {
      forgetOldest(cronJob, jobs, status);
      follow(cronJob, jobs, status);
      return schedule(cronJob, status);
    } finally {
      const { active, ...rest } = status;
      writeStatus(api, r.cronJobs, cronJob, active?.length ? { active, ...rest } : rest);
    }
  }

  /** Keeps the list of active Jobs true, and the time of the last success. */
  function follow(cronJob: CronJob, jobs: readonly Job[], status: Status): void {
    for (const job of jobs) {
      const { uid, name } = job.metadata;
      const known = status.active!.some((one) => one.uid === uid);
      const end = jobEnd(job);
      if (!known && !end) {
        recorder.warning(cronJob, 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${name}`);
      } else if (end) {
        if (known) {
          drop(status, uid);
          recorder.normal(cronJob, 'SawCompletedJob', `Saw completed job: ${name}, condition: ${end.type}`);
        }
        const at = job.status?.completionTime;
        if (end.type === 'Complete' && at && Date.parse(at) > Date.parse(status.lastSuccessfulTime ?? '1970-01-01T00:00:00Z'))
          status.lastSuccessfulTime = at;
      }
    }
    for (const { uid, name } of [...status.active!]) {
      if (jobs.some((job) => job.metadata.uid === uid)) continue;
      recorder.normal(cronJob, 'MissingJob', `Active job went missing: ${name}`);
      drop(status, uid!);
    }
  }

  /** Starts what is due, and tells when to look again. */
  function schedule(cronJob: CronJob, status: Status): ReconcileResult | void {
    const spec = cronJob.spec;
    if (cronJob.metadata.deletionTimestamp) return;
    if (spec.timeZone !== undefined && !isTimeZone(spec.timeZone)) {
      const text = `unknown time zone ${spec.timeZone}`;
      return recorder.warning(cronJob, 'UnknownTimeZone', `invalid timeZone: "${spec.timeZone}": ${text}`);
    }
    if (spec.suspend) return;
    if (spec.schedule.includes('TZ')) {
      const advice =
        'is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';
      recorder.warning(cronJob, 'UnsupportedSchedule', `CRON_TZ or TZ used in schedule "${spec.schedule}" ${advice}`);
    }
    let next: Schedule;
    try {
      next = parseSchedule(spec.schedule, spec.timeZone);
    } catch (error) {
      return recorder.warning(cronJob, 'UnparseableSchedule', `unparseable schedule: "${spec.schedule}" : ${messageOf(error)}`);
    }
    start(cronJob, status, next);
    const wait = untilNextStart({ ...cronJob, status }, clock.now(), next);
    return wait === undefined ? undefined : { requeueAfterMs: wait };
  }

  function start(cronJob: CronJob, status: Status, next: Schedule): void {
    const { startingDeadlineSeconds, concurrencyPolicy } = cronJob.spec;
    const due = dueStart({ ...cronJob, status }, clock.now(), next);
    if (!due) return;
    const { at } = due;
    if (due.tooMany) {
      const advice = 'Set or decrease .spec.startingDeadlineSeconds or check clock skew';
      recorder.warning(cronJob, 'TooManyMissedTimes', `too many missed start times. ${advice}`);
    }
    if (startingDeadlineSeconds !== undefined && at + startingDeadlineSeconds * 1000 < clock.now()) {
      return recorder.warning(cronJob, 'MissSchedule', `Missed scheduled time to start a job: ${rfc1123(at)}`);
    }
    const name = `${cronJob.metadata.name}-${Math.floor(at / 60_000)}`;
    if (status.active!.some((job) => job.name === name) || status.lastScheduleTime === rfc3339(at)) return;
    if (concurrencyPolicy === 'Forbid' && status.active!.length > 0) {
      const text = 'Not starting job because prior execution is running and concurrency policy is Forbid';
      return recorder.normal(cronJob, 'JobAlreadyActive', text);
    }
    if (concurrencyPolicy === 'Replace') for (const job of [...status.active!]) remove(cronJob, job.name!, job.uid!, status);
    const job = create(cronJob, name, at);
    if (!job) return;
    const { namespace, uid, resourceVersion } = job.metadata;
    status.active!.push({ kind: 'Job', namespace: namespace!, name, uid, apiVersion: 'batch/v1', resourceVersion });
    status.lastScheduleTime = rfc3339(at);
  }

  /** undefined where a Job of that name is somebody else's, or the namespace is ending. */
  function create(cronJob: CronJob, name: string, at: number): Job | undefined {
    const { metadata, spec } = cronJob.spec.jobTemplate;
    const { namespace } = cronJob.metadata;
    const draft: Draft<Job> = {
      metadata: {
        name,
        namespace: namespace!,
        ...(metadata?.labels && { labels: { ...metadata.labels } }),
        annotations: {
          ...metadata?.annotations,
          'batch.kubernetes.io/cronjob-scheduled-timestamp': zonedRfc3339(at, cronJob.spec.timeZone),
        },
        ownerReferences: [controllerReference(r.cronJobs, cronJob)],
      },
      spec: structuredClone(spec!),
    };
    try {
      const job = api.create(r.jobs, draft);
      recorder.normal(cronJob, 'SuccessfulCreate', `Created job ${name}`);
      return job;
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (error.reason === 'AlreadyExists') {
        const job = api.get(r.jobs, namespace, name);
        return job && controllerOf(job)?.uid === cronJob.metadata.uid ? job : undefined;
      }
      if (error.status.details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating')) return undefined;
      recorder.warning(cronJob, 'FailedCreate', `Error creating job: ${error.message}`);
      throw error;
    }
  }

  /** The oldest finished Jobs go, beyond the numbers that are kept. */
  function forgetOldest(cronJob: CronJob, jobs: readonly Job[], status: Status): void {
    const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cronJob.spec;
    const limits = { Complete: successfulJobsHistoryLimit, Failed: failedJobsHistoryLimit };
    for (const [type, limit] of Object.entries(limits)) {
      if (limit === undefined) continue;
      const ended = jobs.filter((job) => jobEnd(job)?.type === type && !job.metadata.deletionTimestamp).toSorted(byStartTime);
      for (const { metadata } of ended.slice(0, Math.max(0, ended.length - limit))) remove(cronJob, metadata.name, metadata.uid, status);
    }
  }

  function remove(cronJob: CronJob, name: string, uid: string, status: Status): void {
    try {
      api.delete(r.jobs, cronJob.metadata.namespace, name, { propagationPolicy: 'Background', preconditions: { uid } });
    } catch (error) {
      if (error instanceof StatusError) recorder.warning(cronJob, 'FailedDelete', `Deleted job: ${error.message}`);
      throw error;
    }
    drop(status, uid);
    recorder.normal(cronJob, 'SuccessfulDelete', `Deleted job ${name}`);
  }

  return {
    name: 'cronjob-controller',
    sources: [{ resource: r.cronJobs }, { resource: r.jobs, keys: (event) => ownerKeys('CronJob', event) }],
    reconcile,
  };
}

function drop(status: Status, uid: string): void {
  status.active = status.active!.filter((job) => job.uid !== uid);
}

/** Those that have not started come last. */
const byStartTime = (a: Job, b: Job): number => {
  const [x, y] = [a, b].map((job) => (job.status?.startTime ? Date.parse(job.status.startTime) : Infinity)) as [number, number];
  return x === y ? a.metadata.name.localeCompare(b.metadata.name) : x - y;
};

/** Go's time.RFC1123Z in UTC. */
const rfc1123 = (ms: number): string => new Date(ms).toUTCString().replace('GMT', '+0000');
