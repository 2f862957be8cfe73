import { deepEqual, type JsonObject } from '../../../kube/json.ts';
import { compareQuantities, tryParseQuantity } from '../../../kube/quantity.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { forbidden, invalid, notSupported, oneOf, required } from './field.ts';
import { isEmptyList, sub } from './read.ts';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

function modes(spec: JsonObject, detail = ''): StatusCause[] {
  if (isEmptyList(spec.accessModes)) return [required('spec.accessModes', detail)];
  return (spec.accessModes as string[])
    .filter((mode) => !accessModes.includes(mode))
    .map((mode) => notSupported('spec.accessModes', mode, accessModes));
}

const storageRequest = (spec: JsonObject) => sub(sub(spec, 'resources'), 'requests')?.storage;

export function persistentVolumeClaim(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const spec = object.spec as JsonObject;
  const storage = storageRequest(spec);
  const quantity = tryParseQuantity(String(storage ?? ''));
  const causes = modes(spec, 'at least 1 access mode is required');
  if (storage === undefined) causes.push(required('spec.resources[storage]'));
  else if (quantity && quantity.nanos <= 0n) causes.push(invalid('spec.resources[storage]', storage, 'must be greater than zero'));
  return old ? [...causes, ...kept(spec, old)] : causes;
}

/** A bound claim may grow; otherwise only the binding fills in the volume's name. */
function kept(spec: JsonObject, old: KubeObject): StatusCause[] {
  const before = old.spec as JsonObject;
  const bound = sub(old, 'status')?.phase === 'Bound';
  const { resources: now, volumeName: _now, volumeAttributesClassName: _class, ...rest } = spec;
  const { resources: was, volumeName, volumeAttributesClassName: _was, ...others } = before;
  const sameVolume = volumeName === undefined || volumeName === spec.volumeName;
  if (!deepEqual(rest, others) || !sameVolume || (!bound && !deepEqual(now, was))) {
    return [forbidden('spec', 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims')];
  }
  const [a, b] = [tryParseQuantity(String(storageRequest(spec))), tryParseQuantity(String(storageRequest(before)))];
  return a && b && compareQuantities(a, b) < 0
    ? [forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity')]
    : [];
}

/** Objects of a volume's spec that are no source. */
const pvFields = new Set(['capacity', 'claimRef', 'nodeAffinity']);

export function persistentVolume(object: KubeObject): StatusCause[] {
  const spec = object.spec as JsonObject;
  const source = Object.keys(spec).some((field) => !pvFields.has(field) && sub(spec, field));
  return [
    ...modes(spec),
    ...(sub(spec, 'capacity') ? [] : [required('spec.capacity'), notSupported('spec.capacity', null, ['storage'])]),
    ...(source ? [] : [required('spec', 'must specify a volume type')]),
  ];
}

const storageClassFixed = ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'];

export function storageClass(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  if (!old) {
    return [
      ...(object.provisioner ? [] : [required('provisioner')]),
      ...oneOf('volumeBindingMode', object.volumeBindingMode, ['Immediate', 'WaitForFirstConsumer'], { optional: true }),
    ];
  }
  return storageClassFixed
    .filter((field) => !deepEqual(object[field], old[field]))
    .map((field) => invalid(field, object[field], 'field is immutable'));
}
