import type { JsonObject } from '../../../kube/json.ts';
import { qualifiedName } from '../../../kube/names.ts';
import type { StatusCause } from '../../../kube/status.ts';
import { forbidden, invalid, invalidEach, notSupported, required } from './field.ts';
import { each, isEmptyList, number, sub, text } from './read.ts';
import { labelSelector } from './selector.ts';

const requiredTerms = 'requiredDuringSchedulingIgnoredDuringExecution';
const preferredTerms = 'preferredDuringSchedulingIgnoredDuringExecution';

function requirement(value: JsonObject, path: string): StatusCause[] {
  const values = Array.isArray(value.values) ? (value.values as string[]) : [];
  const causes: StatusCause[] = [];
  switch (value.operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) causes.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) causes.push(forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      break;
    case 'Gt':
    case 'Lt':
      if (values.length !== 1) causes.push(required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      break;
    default:
      causes.push(invalid(`${path}.operator`, value.operator ?? '', 'not a valid selector operator'));
  }
  return [...causes, ...invalidEach(`${path}.key`, text(value, 'key'), qualifiedName(text(value, 'key')))];
}

const term = (value: JsonObject, path: string): StatusCause[] =>
  each(value, 'matchExpressions', path).flatMap(({ value: expression, path: at }) => requirement(expression, at));

const weight = (value: JsonObject, path: string): StatusCause[] => {
  const given = number(value, 'weight') ?? 0;
  return given < 1 || given > 100 ? [invalid(`${path}.weight`, given, 'must be in the range 1-100')] : [];
};

export function nodeSelector(value: JsonObject, path: string): StatusCause[] {
  if (isEmptyList(value.nodeSelectorTerms)) return [required(`${path}.nodeSelectorTerms`, 'must have at least one node selector term')];
  return each(value, 'nodeSelectorTerms', path).flatMap(({ value: item, path: at }) => term(item, at));
}

function nodeAffinity(value: JsonObject, path: string): StatusCause[] {
  const needed = sub(value, requiredTerms);
  return [
    ...(needed ? nodeSelector(needed, `${path}.${requiredTerms}`) : []),
    ...each(value, preferredTerms, path).flatMap(({ value: item, path: at }) => [
      ...weight(item, at),
      ...term(sub(item, 'preference') ?? {}, `${at}.preference`),
    ]),
  ];
}

function podTerm(value: JsonObject, path: string): StatusCause[] {
  const key = text(value, 'topologyKey');
  return [
    ...labelSelector(`${path}.labelSelector`, value.labelSelector),
    ...labelSelector(`${path}.namespaceSelector`, value.namespaceSelector),
    ...(key === '' ? [required(`${path}.topologyKey`, 'can not be empty')] : []),
    ...invalidEach(`${path}.topologyKey`, key, qualifiedName(key)),
  ];
}

function podAffinity(value: JsonObject, path: string): StatusCause[] {
  return [
    ...each(value, requiredTerms, path).flatMap(({ value: item, path: at }) => podTerm(item, at)),
    ...each(value, preferredTerms, path).flatMap(({ value: item, path: at }) => [
      ...weight(item, at),
      ...podTerm(sub(item, 'podAffinityTerm') ?? {}, `${at}.podAffinityTerm`),
    ]),
  ];
}

export function affinity(value: JsonObject | undefined, path: string): StatusCause[] {
  const [node, pod, anti] = ['nodeAffinity', 'podAffinity', 'podAntiAffinity'].map((field) => sub(value, field));
  return [
    ...(node ? nodeAffinity(node, `${path}.nodeAffinity`) : []),
    ...(pod ? podAffinity(pod, `${path}.podAffinity`) : []),
    ...(anti ? podAffinity(anti, `${path}.podAntiAffinity`) : []),
  ];
}

export function topologySpread(spec: JsonObject, parent: string): StatusCause[] {
  return each(spec, 'topologySpreadConstraints', parent).flatMap(({ value, path }) => {
    const skew = number(value, 'maxSkew') ?? 0;
    const valid = ['DoNotSchedule', 'ScheduleAnyway'];
    return [
      ...(skew <= 0 ? [invalid(`${path}.maxSkew`, skew, 'must be greater than zero')] : []),
      ...(text(value, 'topologyKey') === '' ? [required(`${path}.topologyKey`, 'can not be empty')] : []),
      ...(valid.includes(text(value, 'whenUnsatisfiable'))
        ? []
        : [notSupported(`${path}.whenUnsatisfiable`, text(value, 'whenUnsatisfiable'), valid)]),
      ...labelSelector(`${path}.labelSelector`, value.labelSelector),
    ];
  });
}
