import type { KubeObject } from '../../../kube/types.ts';
import type { Json } from '../machinery.ts';

/** A version that is not what the store holds. */
export interface Conversion {
  /** The table of the resource that it is another face of. */
  table: string;
  fromStored(object: KubeObject): KubeObject;
  toStored(object: KubeObject): KubeObject;
}

/** The other version leaves out empty texts. */
const withoutEmpty = (object: KubeObject): KubeObject =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== '')) as unknown as KubeObject;

/** Renames top-level fields both ways, dropping what is undefined. */
function renaming(table: string, stored: string, served: string, names: Readonly<Record<string, string>>): Conversion {
  const back = Object.fromEntries(Object.entries(names).map(([from, to]) => [to, from]));
  const rename = (object: KubeObject, apiVersion: string, map: Readonly<Record<string, string>>) =>
    ({ ...Object.fromEntries(Object.entries(object).map(([key, value]) => [map[key] ?? key, value])), apiVersion }) as KubeObject;
  return { table, fromStored: (o) => rename(withoutEmpty(o), served, names), toStored: (o) => rename(o, stored, back) };
}

/** autoscaling/v1 knows CPU only, as a field of its own. */
const hpaV1: Conversion = {
  table: 'autoscaling/horizontalpodautoscalers',
  fromStored(object) {
    const { metrics, behavior: _behavior, ...spec } = (object['spec'] ?? {}) as Json & { metrics?: HpaMetric[]; behavior?: unknown };
    const {
      currentMetrics,
      conditions: _conditions,
      ...status
    } = (object['status'] ?? {}) as Json & { currentMetrics?: HpaMetric[]; conditions?: unknown };
    const target = cpuOf(metrics)?.resource?.target?.averageUtilization;
    const current = cpuOf(currentMetrics)?.resource?.current?.averageUtilization;
    return {
      ...object,
      apiVersion: 'autoscaling/v1',
      spec: { ...spec, ...(target !== undefined && { targetCPUUtilizationPercentage: target }) },
      status: { ...status, ...(current !== undefined && { currentCPUUtilizationPercentage: current }) },
    };
  },
  toStored(object) {
    const { targetCPUUtilizationPercentage: target, ...spec } = (object['spec'] ?? {}) as Json;
    const metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: target } } }];
    return { ...object, apiVersion: 'autoscaling/v2', spec: { ...spec, ...(target !== undefined && { metrics }) } };
  },
};

interface HpaMetric {
  resource?: { name: string; target?: { averageUtilization?: number }; current?: { averageUtilization?: number } };
}
const cpuOf = (metrics: HpaMetric[] | undefined) => metrics?.find((metric) => metric.resource?.name === 'cpu');

/** By `apiVersion/Kind`. */
export const conversions: Readonly<Record<string, Conversion>> = {
  'events.k8s.io/v1/Event': renaming('/events', 'v1', 'events.k8s.io/v1', {
    involvedObject: 'regarding',
    message: 'note',
    source: 'deprecatedSource',
    firstTimestamp: 'deprecatedFirstTimestamp',
    lastTimestamp: 'deprecatedLastTimestamp',
    count: 'deprecatedCount',
    reportingComponent: 'reportingController',
  }),
  'autoscaling/v1/HorizontalPodAutoscaler': hpaV1,
};
