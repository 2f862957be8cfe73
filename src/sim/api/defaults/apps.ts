import type { JsonObject } from '../../../kube/json.ts';
import { persistentVolumeClaim } from './core.ts';
import { at, each, fill, make } from './fill.ts';
import { podTemplate } from './pod.ts';

function deployment(object: JsonObject): void {
  const spec = make(object, 'spec');
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = make(spec, 'strategy');
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy.type === 'RollingUpdate') fill(make(strategy, 'rollingUpdate'), { maxUnavailable: '25%', maxSurge: '25%' });
  podTemplate(spec);
}

function daemonSet(object: JsonObject): void {
  const spec = make(object, 'spec');
  fill(spec, { revisionHistoryLimit: 10 });
  const strategy = make(spec, 'updateStrategy');
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy.type === 'RollingUpdate') fill(make(strategy, 'rollingUpdate'), { maxUnavailable: 1, maxSurge: 0 });
  podTemplate(spec);
}

function statefulSet(object: JsonObject): void {
  const spec = make(object, 'spec');
  fill(spec, { podManagementPolicy: 'OrderedReady', replicas: 1, revisionHistoryLimit: 10 });
  const strategy = make(spec, 'updateStrategy');
  if (strategy.type === undefined) {
    strategy.type = 'RollingUpdate';
    make(strategy, 'rollingUpdate');
  }
  const rolling = strategy.type === 'RollingUpdate' ? at(strategy, 'rollingUpdate') : undefined;
  // maxUnavailable is defaulted only behind the feature gate MaxUnavailableStatefulSet.
  if (rolling) fill(rolling, { partition: 0 });
  fill(make(spec, 'persistentVolumeClaimRetentionPolicy'), { whenDeleted: 'Retain', whenScaled: 'Retain' });
  for (const claim of each(spec, 'volumeClaimTemplates')) {
    fill(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' });
    persistentVolumeClaim(claim);
  }
  podTemplate(spec);
}

function replicaSet(object: JsonObject): void {
  const spec = make(object, 'spec');
  fill(spec, { replicas: 1 });
  podTemplate(spec);
}

export const apps: Readonly<Record<string, (object: JsonObject) => void>> = {
  'apps/v1/Deployment': deployment,
  'apps/v1/DaemonSet': daemonSet,
  'apps/v1/StatefulSet': statefulSet,
  'apps/v1/ReplicaSet': replicaSet,
};
