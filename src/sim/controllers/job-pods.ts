import * as r from '../../kube/resources.ts';
import type { Container, Draft, Job, Pod } from '../../kube/types.ts';
import { indexKey, indexOf, isIndexed } from './job-indexes.ts';
import { countsAsFailure } from './job-policies.ts';
import { podFromTemplate } from './pod-control.ts';

/** Keeps a pod until its end has been counted. */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';
const failureCountKey = 'batch.kubernetes.io/job-index-failure-count';
const ignoredCountKey = 'batch.kubernetes.io/job-index-ignored-failure-count';
/** Longer generateNames lose their middle. */
const longestBase = 58;

export const isTracked = (pod: Pod): boolean => pod.metadata.finalizers?.includes(trackingFinalizer) ?? false;

/** New pods wait until old ones have ended, rather than until they are being deleted. */
export const replacesFailedOnly = (job: Job): boolean =>
  job.spec?.podReplacementPolicy === 'Failed' || job.spec?.podFailurePolicy !== undefined;

/** A pod that is being deleted counts as failed, for it may never get so far as to say so. */
export const hasFailed = (job: Job, pod: Pod): boolean =>
  pod.status?.phase === 'Failed' ||
  (!replacesFailedOnly(job) && Boolean(pod.metadata.deletionTimestamp) && pod.status?.phase !== 'Succeeded');

const countIn = (pod: Pod, key: string): number => Number(pod.metadata.annotations?.[key] ?? 0);
export const indexFailures = (pod: Pod): number => countIn(pod, failureCountKey);
export const allIndexFailures = (pod: Pod): number => indexFailures(pod) + countIn(pod, ignoredCountKey);

/** A pod for the Job; for an index, where it is given. `replaced`: the failed one of the same index. */
export function jobPod(job: Job, index: number | undefined, replaced: Pod | undefined): Draft<Pod> {
  const draft = podFromTemplate(job.spec!.template, { resource: r.jobs, object: job });
  const finalizers = [...(draft.metadata?.finalizers ?? []), trackingFinalizer];
  if (index === undefined) return { ...draft, metadata: { ...draft.metadata, finalizers } };
  const value = String(index);
  const env = {
    name: 'JOB_COMPLETION_INDEX',
    valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${indexKey}']` } },
  };
  const withIndex = (container: Container): Container =>
    container.env?.some(({ name }) => name === env.name) ? container : { ...container, env: [...(container.env ?? []), env] };
  const { initContainers, containers } = draft.spec!;
  const suffix = `-${index}-`;
  return {
    ...draft,
    metadata: {
      ...draft.metadata,
      finalizers,
      generateName: `${job.metadata.name.slice(0, longestBase - suffix.length)}${suffix}`,
      labels: { ...draft.metadata?.labels, [indexKey]: value },
      annotations: { ...draft.metadata?.annotations, [indexKey]: value, ...failureCounts(job, replaced) },
    },
    spec: {
      ...draft.spec!,
      hostname: `${job.metadata.name}-${index}`,
      ...(initContainers && { initContainers: initContainers.map(withIndex) }),
      containers: containers.map(withIndex),
    },
  };
}

function failureCounts(job: Job, replaced: Pod | undefined): Record<string, string> {
  if (job.spec?.backoffLimitPerIndex === undefined) return {};
  const counts = replaced && countsAsFailure(job, replaced);
  const failures = replaced ? indexFailures(replaced) + (counts ? 1 : 0) : 0;
  const ignored = replaced ? countIn(replaced, ignoredCountKey) + (counts ? 0 : 1) : 0;
  return { [failureCountKey]: String(failures), ...(ignored > 0 && { [ignoredCountKey]: String(ignored) }) };
}

/** Of active pods, those to delete: of indexes that are not asked for or doubled, then the least worth until `count`. */
export function surplusPods(job: Job, active: readonly Pod[], count: number, byWorth: (a: Pod, b: Pod) => number): Pod[] {
  const sorted = [...active].sort(byWorth);
  if (!isIndexed(job)) return sorted.slice(0, Math.max(0, count));
  const kept = new Map<number, Pod>();
  const surplus: Pod[] = [];
  for (const pod of sorted.toReversed()) {
    const index = indexOf(job, pod);
    if (index === undefined || kept.has(index)) surplus.push(pod);
    else kept.set(index, pod);
  }
  const rest = sorted.filter((pod) => !surplus.includes(pod));
  return [...surplus, ...rest.slice(0, Math.max(0, count - surplus.length))];
}
