import { deepEqual, isObject, type JsonObject } from '../../../kube/json.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { forbidden, invalid } from './field.ts';
import { podSpec } from './pod-spec.ts';
import { each, number, text } from './read.ts';

const changeable = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

export function pod(object: KubeObject, old: KubeObject | undefined, subresource: string | undefined): StatusCause[] {
  const spec = object.spec as JsonObject;
  const causes = [...podSpec(spec, 'spec'), ...trimmedImages(spec)];
  if (!old) {
    const { length } = each(spec, 'schedulingGates', 'spec');
    if (length > 0 && text(spec, 'nodeName') !== '') {
      causes.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
    }
    return Array.isArray(spec.ephemeralContainers) && spec.ephemeralContainers.length > 0
      ? [...causes, forbidden('spec.ephemeralContainers', 'cannot be set on create')]
      : causes;
  }
  if (subresource === 'ephemeralcontainers') return [...causes, ...onlyAddedEphemeral(spec, old.spec as JsonObject)];
  return [...causes, ...specUpdate(spec, old.spec as JsonObject)];
}

const trimmedImages = (spec: JsonObject): StatusCause[] =>
  ['containers', 'initContainers'].flatMap((list) =>
    each(spec, list, 'spec').flatMap(({ value, path }) => {
      const image = text(value, 'image');
      return image === image.trim() ? [] : [invalid(`${path}.image`, image, 'must not have leading or trailing whitespace')];
    }),
  );

/** Containers that were added stay as they are. */
function onlyAddedEphemeral(spec: JsonObject, old: JsonObject): StatusCause[] {
  const now = new Map(each(spec, 'ephemeralContainers', 'spec').map(({ value, path }) => [text(value, 'name'), { value, path }]));
  return each(old, 'ephemeralContainers', 'spec').flatMap(({ value }) => {
    const name = text(value, 'name');
    const found = now.get(name);
    if (!found)
      return [forbidden('spec.ephemeralContainers', `existing ephemeral containers ${JSON.stringify(name)} may not be removed\n`)];
    if (deepEqual(found.value, value)) return [];
    return [forbidden('spec.ephemeralContainers', `existing ephemeral containers ${JSON.stringify(name)} may not be changed\n`)];
  });
}

function specUpdate(spec: JsonObject, old: JsonObject): StatusCause[] {
  for (const list of ['containers', 'initContainers']) {
    if (each(spec, list, 'spec').length !== each(old, list, 'spec').length) {
      return [forbidden(`spec.${list}`, 'pod updates may not add or remove containers')];
    }
  }
  const [deadline, before] = [number(spec, 'activeDeadlineSeconds'), number(old, 'activeDeadlineSeconds')];
  if (deadline !== undefined && before !== undefined && deadline > before) {
    return [invalid('spec.activeDeadlineSeconds', deadline, 'must be less than or equal to previous value')];
  }
  const kept = each(old, 'tolerations', 'spec').every(({ value }) =>
    each(spec, 'tolerations', 'spec').some(({ value: now }) =>
      deepEqual({ ...now, tolerationSeconds: 0 }, { ...value, tolerationSeconds: 0 }),
    ),
  );
  const causes = kept ? [] : [forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')];
  const gates = new Set(each(old, 'schedulingGates', 'spec').map(({ value }) => text(value, 'name')));
  for (const { value, path } of each(spec, 'schedulingGates', 'spec')) {
    const name = text(value, 'name');
    if (!gates.has(name)) causes.push(forbidden(`${path}.name`, `only deletion is allowed, but found new scheduling gate '${name}'`));
  }
  const [a, b] = [comparable(old), comparable(spec)];
  if (deepEqual(a, b)) return causes;
  return [...causes, forbidden('spec', `pod updates may not change fields other than ${changeable}\n${difference(a, b, '').join('\n')}\n`)];
}

/** What must stay. */
function comparable(spec: JsonObject): JsonObject {
  const withoutImages = (list: unknown): unknown =>
    Array.isArray(list) ? list.map((container) => ({ ...(container as JsonObject), image: undefined })) : list;
  const { activeDeadlineSeconds: _deadline, tolerations: _tolerations, schedulingGates: _gates, ...rest } = spec;
  return { ...rest, containers: withoutImages(spec.containers), initContainers: withoutImages(spec.initContainers) };
}

/** Lines `- path: before`, `+ path: after` for what differs. */
function difference(before: unknown, after: unknown, path: string): string[] {
  if (deepEqual(before, after)) return [];
  const nested = (Array.isArray(before) && Array.isArray(after)) || (isObject(before) && isObject(after));
  if (nested) {
    const [a, b] = [before as JsonObject, after as JsonObject];
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
      difference(a[key], b[key], path === '' ? key : `${path}.${key}`),
    );
  }
  return [
    ...(before === undefined ? [] : [`- ${path}: ${JSON.stringify(before)}`]),
    ...(after === undefined ? [] : [`+ ${path}: ${JSON.stringify(after)}`]),
  ];
}
