import { deepEqual, isObject, type JsonObject } from '../../../kube/json.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { invalid, nonNegative, notSupported, required } from './field.ts';
import { sub, text } from './read.ts';
import { selectorMatchesTemplate } from './selector.ts';
import { podTemplate } from './workloads.ts';

/** Jobs and the template of CronJobs. */
function jobSpec(spec: JsonObject, path: string): StatusCause[] {
  const pod = sub(sub(spec, 'template'), 'spec');
  const policy = text(pod, 'restartPolicy');
  const counts = ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'];
  return [
    ...counts.flatMap((field) => nonNegative(`${path}.${field}`, spec[field])),
    ...podTemplate(sub(spec, 'template'), `${path}.template`),
    ...(policy === 'OnFailure' || policy === 'Never'
      ? []
      : [required(`${path}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"')]),
  ];
}

export function job(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const spec = object.spec as JsonObject;
  const causes = jobSpec(spec, 'spec');
  if (!old)
    return [
      ...ownSelector(object, spec),
      ...(isObject(spec.selector) ? [] : [required('spec.selector')]),
      ...selectorMatchesTemplate(spec),
      ...causes,
    ];
  const before = old.spec as JsonObject;
  const changed = [
    'completions',
    'selector',
    'completionMode',
    'podFailurePolicy',
    'backoffLimitPerIndex',
    'managedBy',
    'successPolicy',
  ].filter((field) => !deepEqual(spec[field], before[field]));
  const template = deepEqual(spec.template, before.template) ? [] : [invalid('spec.template', spec.template, 'field is immutable')];
  return [
    ...selectorMatchesTemplate(spec),
    ...causes,
    ...changed.map((field) => invalid(`spec.${field}`, spec[field], 'field is immutable')),
    ...template,
  ];
}

/** Unless the author says otherwise, the selector is the one that is drawn from the job's uid. */
function ownSelector({ metadata }: KubeObject, spec: JsonObject): StatusCause[] {
  if (spec.manualSelector === true || !isObject(spec.selector)) return [];
  const drawn = { matchLabels: { 'batch.kubernetes.io/controller-uid': metadata.uid } };
  return deepEqual(spec.selector, drawn) ? [] : [invalid('spec.selector', spec.selector, '`selector` not auto-generated')];
}

/** Whether the machine's time zone data knows a name. */
function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function timeZone(spec: JsonObject): StatusCause[] {
  const schedule = text(spec, 'schedule');
  const name = spec.timeZone;
  const inSchedule = schedule.includes('TZ');
  if (name === undefined)
    return inSchedule ? [invalid('spec.schedule', schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead')] : [];
  if (inSchedule) return [invalid('spec.schedule', schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule')];
  if (name === '') return [invalid('spec.timeZone', name, 'timeZone must be nil or non-empty string')];
  if (String(name).toLowerCase() === 'local')
    return [invalid('spec.timeZone', name, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')];
  return isTimeZone(String(name)) ? [] : [invalid('spec.timeZone', name, `unknown time zone ${String(name)}`)];
}

export function cronJob(object: KubeObject): StatusCause[] {
  const spec = object.spec as JsonObject;
  const schedule = text(spec, 'schedule');
  const name = object.metadata.name;
  const fields = schedule.trim().split(/\s+/).length;
  const wrong = !schedule.startsWith('@') && !schedule.includes('TZ') && fields !== 5;
  return [
    ...(schedule === '' ? [required('spec.schedule')] : []),
    ...(schedule !== '' && wrong
      ? [invalid('spec.schedule', schedule, `expected exactly 5 fields, found ${fields}: [${schedule.trim().split(/\s+/).join(' ')}]`)]
      : []),
    ...timeZone(spec),
    ...nonNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
    ...nonNegative('spec.successfulJobsHistoryLimit', spec.successfulJobsHistoryLimit),
    ...nonNegative('spec.failedJobsHistoryLimit', spec.failedJobsHistoryLimit),
    ...(name && name.length > 52 ? [invalid('metadata.name', name, 'must be no more than 52 characters')] : []),
    ...(['Allow', 'Forbid', 'Replace'].includes(text(spec, 'concurrencyPolicy'))
      ? []
      : [notSupported('spec.concurrencyPolicy', text(spec, 'concurrencyPolicy'), ['Allow', 'Forbid', 'Replace'])]),
    ...jobSpec(sub(sub(spec, 'jobTemplate'), 'spec') ?? {}, 'spec.jobTemplate.spec'),
  ];
}
