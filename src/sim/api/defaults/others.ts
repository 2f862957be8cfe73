import type { JsonObject } from '../../../kube/json.ts';
import { at, each, fill, make } from './fill.ts';

function customResourceDefinition(object: JsonObject): void {
  const spec = make(object, 'spec');
  const names = make(spec, 'names');
  if (typeof names.kind === 'string' && names.kind !== '') {
    fill(names, { singular: names.kind.toLowerCase(), listKind: `${names.kind}List` });
  }
  fill(spec, { conversion: { strategy: 'None' } });
  const service = at(at(at(at(spec, 'conversion'), 'webhook'), 'clientConfig'), 'service');
  if (service) fill(service, { port: 443 });
  const status = make(object, 'status');
  const stored = each(spec, 'versions').find((version) => version.storage === true);
  if (stored && !(Array.isArray(status.storedVersions) && status.storedVersions.length > 0)) status.storedVersions = [stored.name];
}

const cpuMetric = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } };
const scaleUp = {
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const scaleDown = { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] };

function horizontalPodAutoscaler(object: JsonObject): void {
  const spec = make(object, 'spec');
  fill(spec, { minReplicas: 1, metrics: [cpuMetric] });
  const behavior = at(spec, 'behavior');
  if (!behavior) return;
  fill(make(behavior, 'scaleUp'), scaleUp);
  fill(make(behavior, 'scaleDown'), scaleDown);
}

function csiDriver(object: JsonObject): void {
  fill(make(object, 'spec'), {
    attachRequired: true,
    podInfoOnMount: false,
    storageCapacity: false,
    fsGroupPolicy: 'ReadWriteOnceWithFSType',
    volumeLifecycleModes: ['Persistent'],
    requiresRepublish: false,
    seLinuxMount: false,
  });
}

function flowSchema(object: JsonObject): void {
  make(object, 'spec').matchingPrecedence ||= 1000;
}

function apiService(object: JsonObject): void {
  const service = at(at(object, 'spec'), 'service');
  if (service) fill(service, { port: 443 });
}

export const others: Readonly<Record<string, (object: JsonObject) => void>> = {
  'apiextensions.k8s.io/v1/CustomResourceDefinition': customResourceDefinition,
  'apiregistration.k8s.io/v1/APIService': apiService,
  'autoscaling/v2/HorizontalPodAutoscaler': horizontalPodAutoscaler,
  'autoscaling/v1/HorizontalPodAutoscaler': (object) => fill(make(object, 'spec'), { minReplicas: 1, targetCPUUtilizationPercentage: 80 }),
  'flowcontrol.apiserver.k8s.io/v1/FlowSchema': flowSchema,
  'scheduling.k8s.io/v1/PriorityClass': (object) => fill(object, { preemptionPolicy: 'PreemptLowerPriority' }),
  'storage.k8s.io/v1/StorageClass': (object) => fill(object, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }),
  'storage.k8s.io/v1/CSIDriver': csiDriver,
};
