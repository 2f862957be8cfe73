import type { JsonObject } from '../../../kube/json.ts';
import { at, each, fill, make } from './fill.ts';
import { pod, podTemplate } from './pod.ts';
import { service } from './service.ts';

type Default = (object: JsonObject) => void;

export function persistentVolumeClaim(object: JsonObject): void {
  fill(make(object, 'spec'), { volumeMode: 'Filesystem' });
  fill(make(object, 'status'), { phase: 'Pending' });
}

/** The label by which a namespace is selected by name. */
function namespace(object: JsonObject): void {
  const metadata = make(object, 'metadata');
  if (typeof metadata.name === 'string' && metadata.name !== '') {
    make(metadata, 'labels')['kubernetes.io/metadata.name'] = metadata.name;
  }
  fill(make(object, 'status'), { phase: 'Active' });
}

function node(object: JsonObject): void {
  const status = at(object, 'status');
  if (status?.capacity !== undefined) fill(status, { allocatable: status.capacity });
}

/** stringData is only ever written: it is kept as data. */
function secret(object: JsonObject): void {
  fill(object, { type: 'Opaque' });
  const plain = at(object, 'stringData');
  if (!plain) return;
  const encoded = Object.entries(plain).map(([key, text]) => [key, Buffer.from(String(text)).toString('base64')]);
  object.data = { ...at(object, 'data'), ...(Object.fromEntries(encoded) as JsonObject) };
  delete object.stringData;
}

function persistentVolume(object: JsonObject): void {
  fill(make(object, 'status'), { phase: 'Pending' });
  const spec = make(object, 'spec');
  fill(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' });
  const hostPath = at(spec, 'hostPath');
  if (hostPath) hostPath.type ??= '';
}

function limitRange(object: JsonObject): void {
  for (const item of each(at(object, 'spec'), 'limits')) {
    if (item.type !== 'Container') continue;
    fill(make(item, 'default'), at(item, 'max') ?? {});
    fill(make(item, 'defaultRequest'), at(item, 'default') ?? {});
    fill(make(item, 'defaultRequest'), at(item, 'min') ?? {});
    for (const field of ['default', 'defaultRequest']) if (Object.keys(at(item, field) ?? {}).length === 0) delete item[field];
  }
}

function replicationController(object: JsonObject): void {
  const spec = make(object, 'spec');
  fill(spec, { replicas: 1 });
  const labels = at(at(at(spec, 'template'), 'metadata'), 'labels');
  if (labels) {
    fill(spec, { selector: labels });
    fill(make(object, 'metadata'), { labels });
  }
  podTemplate(spec);
}

function endpoints(object: JsonObject): void {
  for (const subset of each(object, 'subsets')) for (const port of each(subset, 'ports')) fill(port, { protocol: 'TCP' });
}

export const core: Readonly<Record<string, Default>> = {
  'v1/Pod': pod,
  'v1/PodTemplate': podTemplate,
  'v1/ReplicationController': replicationController,
  'v1/Service': service,
  'v1/Endpoints': endpoints,
  'v1/Namespace': namespace,
  'v1/Node': node,
  'v1/Secret': secret,
  'v1/PersistentVolume': persistentVolume,
  'v1/PersistentVolumeClaim': persistentVolumeClaim,
  'v1/LimitRange': limitRange,
};
