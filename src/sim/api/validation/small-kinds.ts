import { isIP } from 'node:net';
import type { JsonObject } from '../../../kube/json.ts';
import { portNumber } from '../../../kube/names.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { forbidden, invalid, notSupported, required } from './field.ts';
import { each, number, sub, text } from './read.ts';

const highestUserPriority = 1_000_000_000;

export function priorityClass(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const value = Number(object.value ?? 0);
  const reserved = object.metadata.name.startsWith('system-');
  return [
    ...(value > highestUserPriority && !reserved
      ? [forbidden('value', `maximum allowed value of a user defined priority is ${highestUserPriority}`)]
      : []),
    ...(old && old.value !== object.value ? [forbidden('value', 'may not be changed in an update.')] : []),
  ];
}

export function horizontalPodAutoscaler(object: KubeObject): StatusCause[] {
  const spec = sub(object, 'spec') ?? {};
  const [max, min] = [number(spec, 'maxReplicas') ?? 0, number(spec, 'minReplicas') ?? 1];
  const target = sub(spec, 'scaleTargetRef');
  const [kind, name] = [text(target, 'kind'), text(target, 'name')];
  return [
    ...(min < 1 ? [invalid('spec.minReplicas', min, 'must be greater than or equal to 1')] : []),
    ...(max < 1 ? [required('spec.maxReplicas', 'must be set and greater than 0')] : []),
    ...(max < min ? [invalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`')] : []),
    ...(kind === '' ? [required('spec.scaleTargetRef.kind')] : []),
    ...(name === '' ? [required('spec.scaleTargetRef.name')] : []),
    ...(text(target, 'apiVersion') === '' ? [invalid('spec.scaleTargetRef.apiVersion', '', 'apiVersion must specify API group')] : []),
  ];
}

export function lease(object: KubeObject): StatusCause[] {
  const spec = sub(object, 'spec');
  const [duration, transitions] = [number(spec, 'leaseDurationSeconds'), number(spec, 'leaseTransitions')];
  return [
    ...(duration !== undefined && duration <= 0 ? [invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0')] : []),
    ...(transitions !== undefined && transitions < 0
      ? [invalid('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')]
      : []),
  ];
}

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];

export function endpointSlice(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const type = text(object, 'addressType');
  if (type === '') return [required('addressType')];
  if (!addressTypes.includes(type)) return [notSupported('addressType', type, addressTypes)];
  if (old && old.addressType !== type) return [invalid('addressType', type, 'field is immutable')];
  const family = type === 'IPv4' ? 4 : 6;
  const addresses = each(object, 'endpoints', '').flatMap(({ value, path }) =>
    ((value.addresses as string[] | undefined) ?? []).flatMap((address, i) =>
      type === 'FQDN' || isIP(address) === family
        ? []
        : [invalid(`${path.slice(1)}.addresses[${i}]`, address, `must be an ${type} address`)],
    ),
  );
  return [...addresses, ...each(object, 'ports', '').flatMap(({ value, path }) => port(value, path.slice(1)))];
}

const port = (value: JsonObject, path: string): StatusCause[] => {
  const given = number(value, 'port');
  return given === undefined ? [] : portNumber(given).map((message) => invalid(`${path}.port`, given, message));
};
