import { isIP } from 'node:net';
import type { JsonObject } from '../../../kube/json.ts';
import { portNumber } from '../../../kube/names.ts';
import { compareQuantities, tryParseQuantity } from '../../../kube/quantity.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { forbidden, invalid, notSupported, required } from './field.ts';
import { each, number, sub, text } from './read.ts';

const highestUserPriority = 1_000_000_000;

const systemPriorities: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

export function priorityClass(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const value = Number(object.value ?? 0);
  const { name } = object.metadata;
  const reserved = name.startsWith('system-');
  const known = systemPriorities[name];
  const unknown = `priority class names with 'system-' prefix are reserved for system use only. error: ${name} is not a known system priority class`;
  const policy = object['preemptionPolicy'];
  return [
    ...(reserved && known === undefined ? [forbidden('metadata.name', unknown)] : []),
    ...(reserved && known !== undefined && known !== value
      ? [
          forbidden(
            'metadata.name',
            `priority class names with 'system-' prefix are reserved for system use only. error: value of system-node-critical PriorityClass must be ${known}`,
          ),
        ]
      : []),
    ...(policy === undefined || ['Never', 'PreemptLowerPriority'].includes(String(policy))
      ? []
      : [notSupported('preemptionPolicy', policy, ['Never', 'PreemptLowerPriority'])]),
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
        : [
            invalid(
              `${path.slice(1)}.addresses[${i}]`,
              address,
              isIP(address) === 0 ? 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)' : `must be an ${type} address`,
            ),
          ],
    ),
  );
  return [...addresses, ...each(object, 'ports', '').flatMap(({ value, path }) => port(value, path.slice(1)))];
}

const port = (value: JsonObject, path: string): StatusCause[] => {
  const given = number(value, 'port');
  return given === undefined ? [] : portNumber(given).map((message) => invalid(`${path}.port`, given, message));
};

export function endpoints(object: KubeObject): StatusCause[] {
  return each(object, 'subsets', '').flatMap(({ value, path }) => {
    const at = path.slice(1);
    const addresses = ['addresses', 'notReadyAddresses'].flatMap((list) => each(value, list, at));
    return [
      ...addresses.flatMap(({ value: address, path: place }) => endpointAddress(text(address, 'ip'), `${place}.ip`)),
      ...each(value, 'ports', at).flatMap(({ value: item, path: place }) => port({ port: 0, ...item }, place)),
    ];
  });
}

/** Upstream looks twice. */
const endpointAddress = (ip: string, field: string): StatusCause[] =>
  isIP(ip) > 0
    ? []
    : [
        invalid(field, ip, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
        invalid(field, ip, 'must be a valid IP address'),
      ];

const limitFields = ['defaultRequest', 'default'] as const;
const limitNames = { default: 'default', defaultRequest: 'default request' };

/** min ≤ default request ≤ default ≤ max, for each resource. */
export function limitRange(object: KubeObject): StatusCause[] {
  return each(sub(object, 'spec'), 'limits', 'spec').flatMap(({ value, path }) => {
    const [min, max] = [sub(value, 'min') ?? {}, sub(value, 'max') ?? {}];
    const causes = Object.keys(min).flatMap((name) =>
      above(min[name], max[name])
        ? [invalid(`${path}.min[${name}]`, min[name], `min value ${min[name]} is greater than max value ${max[name]}`)]
        : [],
    );
    for (const field of limitFields) {
      for (const [name, amount] of Object.entries(sub(value, field) ?? {})) {
        const called = `${limitNames[field]} value ${amount}`;
        if (above(min[name], amount)) {
          // Upstream shows the minimum for one, and the amount for the other.
          const shown = field === 'default' ? min[name] : amount;
          causes.push(invalid(`${path}.${field}[${name}]`, shown, `min value ${min[name]} is greater than ${called}`));
        }
        if (above(amount, max[name]))
          causes.push(invalid(`${path}.${field}[${name}]`, amount, `${called} is greater than max value ${max[name]}`));
      }
    }
    return causes;
  });
}

const above = (a: unknown, b: unknown): boolean => {
  const [first, second] = [tryParseQuantity(String(a ?? '')), tryParseQuantity(String(b ?? ''))];
  return first !== undefined && second !== undefined && compareQuantities(first, second) > 0;
};
