import { describe, expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { parseSchedule } from '../../../src/sim/controllers/cron-schedule.ts';
import { zonedRfc3339 } from '../../../src/sim/controllers/cron-zone.ts';
import { harness, type Harness } from './harness.ts';
import { ascending } from './objects.ts';

const at = (text: string) => Date.parse(text);
const next = (schedule: string, from: string, zone?: string) => new Date(parseSchedule(schedule, zone)(at(from))!).toISOString();

describe('schedules', () => {
  test('five fields, in UTC or in a time zone', () => {
    expect(next('*/5 * * * *', '2026-11-30T20:01:30Z')).toBe('2026-11-30T20:05:00.000Z');
    expect(next('0 9 * * 1-5', '2026-11-28T00:00:00Z')).toBe('2026-11-30T09:00:00.000Z');
    expect(next('0 9 * * ?', '2026-11-28T10:00:00Z', 'Europe/Berlin')).toBe('2026-11-29T08:00:00.000Z');
    expect(next('TZ=Asia/Tokyo 0 9 * * *', '2026-11-28T00:00:00Z')).toBe('2026-11-29T00:00:00.000Z');
  });

  test('macros and @every', () => {
    expect(next('@hourly', '2026-11-30T20:01:30Z')).toBe('2026-11-30T21:00:00.000Z');
    expect(next('@midnight', '2026-11-30T20:01:30Z')).toBe('2026-12-01T00:00:00.000Z');
    expect(next('@every 1h30m', '2026-11-30T20:01:30Z')).toBe('2026-11-30T21:31:30.000Z');
  });

  test('what is none is refused, and a day that never comes has no next', () => {
    expect(() => parseSchedule('99 * * * *', undefined)).toThrow();
    expect(() => parseSchedule('@fortnightly', undefined)).toThrow('unrecognized descriptor: @fortnightly');
    expect(() => parseSchedule('@every soon', undefined)).toThrow('invalid duration');
    expect(parseSchedule('0 0 31 2 *', undefined)(at('2026-01-01T00:00:00Z'))).toBeUndefined();
  });

  test('a moment as its time zone writes it', () => {
    expect(zonedRfc3339(at('2026-11-30T20:00:00Z'))).toBe('2026-11-30T20:00:00Z');
    expect(zonedRfc3339(at('2026-11-30T20:00:00Z'), 'Europe/Berlin')).toBe('2026-11-30T21:00:00+01:00');
  });
});

function cronJob(h: Harness, spec: object = {}): void {
  h.api.create(r.cronJobs, {
    metadata: { name: 'tick', namespace: 'default' },
    spec: {
      schedule: '* * * * *',
      jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } } } },
      ...spec,
    } as never,
  });
}

const jobs = (h: Harness) => h.api.list(r.jobs, { namespace: 'default' });
const tick = (h: Harness) => h.api.get(r.cronJobs, 'default', 'tick')!;

/** Ends the pods of a Job well. */
function finish(h: Harness): void {
  for (const pod of h.pods())
    h.api.modify(r.pods, 'default', pod.metadata.name, (copy) => void (copy.status = { ...copy.status, phase: 'Succeeded' }), {
      subresource: 'status',
    });
}

describe('CronJob', () => {
  test('a Job each minute, named by it, and the status that kubectl shows', async () => {
    await using h = await harness();
    h.addNode('w1');
    cronJob(h);
    await h.clock.advance(60_500);
    const [job] = jobs(h);
    expect(job!.metadata.name).toBe(`tick-${at('2026-11-23T17:01:00Z') / 60_000}`);
    expect(job!.metadata.annotations).toMatchObject({ 'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-11-23T17:01:00Z' });
    expect(tick(h).status).toMatchObject({ lastScheduleTime: '2026-11-23T17:01:00Z', active: [{ kind: 'Job', name: job!.metadata.name }] });
    expect(h.events()).toContain(`SuccessfulCreate: Created job ${job!.metadata.name}`);
    finish(h);
    await h.clock.advance(2000);
    expect(tick(h).status!.active).toBeUndefined();
    expect(tick(h).status!.lastSuccessfulTime).toBeDefined();
    expect(h.events()).toContain(`SawCompletedJob: Saw completed job: ${job!.metadata.name}, condition: Complete`);
  });

  test('Forbid waits for the one before, Replace ends it, Allow runs beside it', async () => {
    const running = async (concurrencyPolicy: string) => {
      await using h = await harness();
      h.addNode('w1');
      cronJob(h, { concurrencyPolicy });
      await h.clock.advance(125_000);
      return jobs(h)
        .map((job) => job.metadata.name.slice(-1))
        .sort(ascending);
    };
    expect(await running('Forbid')).toHaveLength(1);
    expect(await running('Allow')).toHaveLength(2);
    const [last, ...others] = await running('Replace');
    expect(others).toEqual([]);
    expect(last).toBe(String(at('2026-11-23T17:02:00Z') / 60_000).slice(-1));
  });

  test('a suspended one starts nothing; resumed, it starts what was due last, unless that is past its deadline', async () => {
    await using h = await harness();
    cronJob(h, { suspend: true, schedule: '0 * * * *', startingDeadlineSeconds: 60 });
    await h.clock.advance(3_600_000 + 1_800_000);
    expect(jobs(h)).toEqual([]);
    h.api.modify(r.cronJobs, 'default', 'tick', (copy) => void (copy.spec!.suspend = false));
    await h.clock.advance(1000);
    expect(jobs(h)).toEqual([]);
    h.api.modify(r.cronJobs, 'default', 'tick', (copy) => void delete copy.spec!.startingDeadlineSeconds);
    await h.clock.advance(1000);
    expect(jobs(h)).toHaveLength(1);
  });

  test('finished Jobs are kept up to the history limit', async () => {
    await using h = await harness();
    h.addNode('w1');
    cronJob(h, { successfulJobsHistoryLimit: 1 });
    for (let minute = 0; minute < 4; minute++) {
      await h.clock.advance(60_000);
      finish(h);
    }
    await h.clock.advance(5000);
    expect(jobs(h).filter((job) => job.status?.completionTime)).toHaveLength(1);
    expect(h.events().some((event) => event.startsWith('SuccessfulDelete: Deleted job tick-'))).toBe(true);
  });

  test('Jobs are marked with their moment in the time zone', async () => {
    await using h = await harness();
    cronJob(h);
    h.api.modify(r.cronJobs, 'default', 'tick', (copy) => void (copy.spec!.timeZone = 'Europe/Berlin'));
    await h.clock.advance(65_000);
    expect(jobs(h)[0]!.metadata.annotations!['batch.kubernetes.io/cronjob-scheduled-timestamp']).toBe('2026-11-23T18:01:00+01:00');
  });
});
