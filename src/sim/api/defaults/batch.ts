import type { JsonObject } from '../../../kube/json.ts';
import { at, each, fill, isEmpty, make } from './fill.ts';
import { podTemplate } from './pod.ts';

const maxInt32 = 2_147_483_647;

function jobSpec(spec: JsonObject): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  fill(spec, {
    parallelism: 1,
    backoffLimit: spec.backoffLimitPerIndex === undefined ? 6 : maxInt32,
    completionMode: 'NonIndexed',
    suspend: false,
    podReplacementPolicy: spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed',
    manualSelector: false,
  });
  for (const rule of each(at(spec, 'podFailurePolicy'), 'rules')) {
    for (const pattern of each(rule, 'onPodConditions')) fill(pattern, { status: 'True' });
  }
  podTemplate(spec);
}

function job(object: JsonObject): void {
  const spec = make(object, 'spec');
  const labels = at(at(at(spec, 'template'), 'metadata'), 'labels');
  const metadata = make(object, 'metadata');
  if (labels && isEmpty(metadata.labels)) metadata.labels = { ...labels };
  jobSpec(spec);
}

function cronJob(object: JsonObject): void {
  const spec = make(object, 'spec');
  fill(spec, { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 });
  // Of a template only the pods are defaulted: the rest is when the Job is made.
  podTemplate(at(at(spec, 'jobTemplate'), 'spec'));
}

export const batch: Readonly<Record<string, (object: JsonObject) => void>> = {
  'batch/v1/Job': job,
  'batch/v1/CronJob': cronJob,
};
