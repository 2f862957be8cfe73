import type { Container, HorizontalPodAutoscaler, Pod } from '../../kube/types.ts';
import { podUsage } from '../api/metrics/usage.ts';
import { amount } from '../scheduler/resources.ts';
import { isReady } from './pods.ts';

export type Metric = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>[number];
export type MetricStatus = NonNullable<NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']>[number];

export interface Proposal {
  replicas: number;
  /** As rescale reasons name it: `cpu resource utilization (percentage of request)`. */
  name: string;
  status: MetricStatus;
}

/** A metric cannot be had: the condition's reason, and why. */
export class MetricError extends Error {
  readonly reason: string;
  constructor(reason: string, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Within so much of the target, nothing is changed (horizontal-pod-autoscaler-tolerance). */
const tolerance = 0.1;

const apis: Readonly<Record<string, string>> = {
  Pods: 'custom.metrics.k8s.io',
  Object: 'custom.metrics.k8s.io',
  External: 'external.metrics.k8s.io',
};

/** ReplicaCalculator: how many replicas bring a metric to its target. */
export function propose(metric: Metric, pods: readonly Pod[], current: number, now: number): Proposal {
  const source = metric.resource ?? metric.containerResource;
  if (!source)
    throw new MetricError(
      `FailedGet${metric.type}Metric`,
      `unable to get metric: no metrics returned from ${apis[metric.type] ?? metric.type}`,
    );
  const only = metric.containerResource?.container;
  const reason = only === undefined ? 'FailedGetResourceMetric' : 'FailedGetContainerResourceMetric';
  const fail = (message: string) =>
    new MetricError(reason, `failed to get ${source.name} ${source.target.type === 'Utilization' ? 'utilization' : 'usage'}: ${message}`);
  const alive = pods.filter((pod) => !pod.metadata.deletionTimestamp && pod.status?.phase !== 'Failed');
  if (alive.length === 0) throw fail('no pods returned by selector while calculating replica count');
  const measured = alive.filter(isReady).flatMap((pod) => {
    const used = podUsage(pod, now).filter(({ name }) => only === undefined || name === only);
    return used.length > 0
      ? [{ pod, used: used.reduce((sum, { usage }) => sum + (source.name === 'cpu' ? usage.cpuMilli / 1000 : usage.memoryBytes), 0) }]
      : [];
  });
  if (measured.length === 0) throw fail(`unable to get metrics for resource ${source.name}: no metrics returned from resource metrics API`);
  const total = measured.reduce((sum, { used }) => sum + used, 0);
  const average = total / measured.length;
  const { averageUtilization, averageValue } = source.target;
  let ratio: number;
  let utilization: number | undefined;
  if (averageUtilization === undefined) ratio = average / amount(averageValue ?? '1');
  else {
    const requested = measured.reduce((sum, { pod }) => sum + requestOf(pod, source.name, only, fail), 0);
    utilization = Math.floor((total * 100) / requested);
    ratio = utilization / averageUtilization;
  }
  // Pods that are not ready yet are taken to use nothing where more are wanted.
  const waiting = alive.length - measured.length;
  const counted = ratio > 1 && waiting > 0 ? (ratio * measured.length) / alive.length : ratio;
  const size = ratio > 1 ? alive.length : measured.length;
  const steady = Math.abs(counted - 1) <= tolerance || (ratio > 1 && counted < 1);
  const value = { averageValue: quantity(source.name, average), ...(utilization !== undefined && { averageUtilization: utilization }) };
  const kind = utilization === undefined ? 'resource' : 'resource utilization (percentage of request)';
  return {
    replicas: steady ? current : Math.ceil(counted * size),
    name: only === undefined ? `${source.name} ${kind}` : `${source.name} container ${kind} of ${only}`,
    status:
      only === undefined
        ? { type: 'Resource', resource: { name: source.name, current: value } }
        : { type: 'ContainerResource', containerResource: { container: only, name: source.name, current: value } },
  };
}

function requestOf(pod: Pod, name: string, only: string | undefined, fail: (message: string) => Error): number {
  const containers: Container[] = (pod.spec?.containers ?? []).filter((container) => only === undefined || container.name === only);
  return containers.reduce((sum, container) => {
    const request = container.resources?.requests?.[name];
    if (request === undefined) throw fail(`missing request for ${name} in container ${container.name} of Pod ${pod.metadata.name}`);
    return sum + amount(request);
  }, 0);
}

const quantity = (name: string, value: number): string => (name === 'cpu' ? `${Math.round(value * 1000)}m` : String(Math.round(value)));
