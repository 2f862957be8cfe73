import { Cron } from 'croner';

/** When a CronJob is due: the next moment after `ms`; undefined where there is none, as for 31 February. */
export type Schedule = (ms: number) => number | undefined;

const macros: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A Go duration, as 1h30m. */
function durationMs(text: string): number {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) throw new Error(`time: invalid duration "${text}"`);
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce((sum, [, count, unit]) => sum + Number(count) * unitMs[unit!]!, 0);
}

/** Whether the time zone database has it. */
export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** A CronJob's schedule: five fields, a macro, or @every; `TZ=…` before it counts, though it is not official. Throws where it is none. */
export function parseSchedule(text: string, timeZone: string | undefined): Schedule {
  const [, zone, bare = ''] = /^(?:CRON_)?(?:TZ=(\S+)\s+)?(.*)$/s.exec(text.trim())!;
  const every = /^@every\s+(\S+)$/.exec(bare)?.[1];
  if (every !== undefined) {
    const delay = Math.max(1000, Math.floor(durationMs(every) / 1000) * 1000);
    return (ms) => Math.floor(ms / 1000) * 1000 + delay;
  }
  const fields = macros[bare] ?? bare;
  if (fields.startsWith('@')) throw new Error(`unrecognized descriptor: ${bare}`);
  // `?` is a star to Kubernetes' parser.
  const cron = new Cron(fields.replaceAll('?', '*'), { mode: '5-part', timezone: zone ?? timeZone ?? 'UTC' });
  return (ms) => cron.nextRun(new Date(ms))?.getTime();
}
