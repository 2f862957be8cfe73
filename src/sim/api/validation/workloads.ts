import { deepEqual, isObject, type JsonObject } from '../../../kube/json.ts';
import { dns1123Label } from '../../../kube/names.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { forbidden, invalid, invalidEach, nonNegative, notSupported, required } from './field.ts';
import { annotations, labels } from './metadata.ts';
import { podSpec } from './pod-spec.ts';
import { each, number, sub, text } from './read.ts';
import { amount, rollingUpdate } from './rollout.ts';
import { isEmptySelector, isMalformed, labelSelector, selectorMatchesTemplate } from './selector.ts';

export function podTemplate(template: JsonObject | undefined, path: string): StatusCause[] {
  const metadata = sub(template, 'metadata');
  const spec = sub(template, 'spec') ?? {};
  return [
    ...labels(`${path}.metadata.labels`, metadata?.labels),
    ...annotations(`${path}.metadata.annotations`, metadata?.annotations),
    ...podSpec(spec, `${path}.spec`),
    ...(Array.isArray(spec.ephemeralContainers) && spec.ephemeralContainers.length > 0
      ? [forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template')]
      : []),
  ];
}

/** Pods that a controller keeps running restart always and have no deadline. */
function longRunning(spec: JsonObject, kind: string): StatusCause[] {
  const pod = sub(sub(spec, 'template'), 'spec');
  const policy = text(pod, 'restartPolicy');
  return [
    ...(policy === 'Always' ? [] : [notSupported('spec.template.spec.restartPolicy', policy, ['Always'])]),
    ...(pod?.activeDeadlineSeconds === undefined
      ? []
      : [forbidden('spec.template.spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${kind} is not Supported`)]),
  ];
}

function selector(spec: JsonObject, kind: string): StatusCause[] {
  const { selector: value } = spec;
  if (!isObject(value)) return [required('spec.selector')];
  const strict = kind !== 'daemonset' && isMalformed(value);
  return [
    ...labelSelector('spec.selector', value),
    ...(isEmptySelector(value) ? [invalid('spec.selector', value, `empty selector is invalid for ${kind}`)] : []),
    ...(strict ? [invalid('spec.selector', value, kind === 'statefulset' ? '' : 'invalid label selector')] : []),
  ];
}

const immutableSelector = (spec: JsonObject, old: KubeObject | undefined): StatusCause[] =>
  old && !deepEqual(spec.selector, (old.spec as JsonObject).selector)
    ? [invalid('spec.selector', spec.selector, 'field is immutable')]
    : [];

function deploymentStrategy(strategy: JsonObject | undefined): StatusCause[] {
  const path = 'spec.strategy';
  const type = text(strategy, 'type');
  if (type === 'RollingUpdate')
    return rollingUpdate(sub(strategy, 'rollingUpdate'), `${path}.rollingUpdate`, (field, value) =>
      invalid(field, value, 'may not be 0 when `maxSurge` is 0'),
    );
  if (type !== 'Recreate') return [notSupported(path, { Type: type, RollingUpdate: null }, ['Recreate', 'RollingUpdate'])];
  return strategy?.rollingUpdate === undefined
    ? []
    : [forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")];
}

export function deployment(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const spec = object.spec as JsonObject;
  const deadline = number(spec, 'progressDeadlineSeconds');
  return [
    ...nonNegative('spec.replicas', spec.replicas),
    ...selector(spec, 'deployment'),
    ...selectorMatchesTemplate(spec),
    ...podTemplate(sub(spec, 'template'), 'spec.template'),
    ...longRunning(spec, 'ReplicaSet'),
    ...deploymentStrategy(sub(spec, 'strategy')),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...nonNegative('spec.progressDeadlineSeconds', deadline),
    ...(deadline !== undefined && deadline <= (number(spec, 'minReadySeconds') ?? 0)
      ? [invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds')]
      : []),
    ...immutableSelector(spec, old),
  ];
}

export function replicaSet(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const spec = object.spec as JsonObject;
  return [
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...selector(spec, 'deployment'),
    ...selectorMatchesTemplate(spec),
    ...podTemplate(sub(spec, 'template'), 'spec.template'),
    ...longRunning(spec, 'ReplicaSet'),
    ...immutableSelector(spec, old),
  ];
}

function daemonSetStrategy(strategy: JsonObject | undefined): StatusCause[] {
  const path = 'spec.updateStrategy';
  const type = text(strategy, 'type');
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') return [notSupported(path, { Type: type, RollingUpdate: null }, ['RollingUpdate', 'OnDelete'])];
  const rolling = sub(strategy, 'rollingUpdate');
  const both = amount(rolling?.maxUnavailable) !== 0 && amount(rolling?.maxSurge) !== 0;
  return [
    ...rollingUpdate(rolling, `${path}.rollingUpdate`, (field) => required(field, 'cannot be 0 when maxSurge is 0')),
    ...(both ? [invalid(`${path}.rollingUpdate.maxSurge`, rolling?.maxSurge, 'may not be set when maxUnavailable is non-zero')] : []),
  ];
}

export function daemonSet(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const spec = object.spec as JsonObject;
  return [
    ...(isObject(spec.selector) ? selector(spec, 'daemonset') : []),
    ...selectorMatchesTemplate(spec),
    ...podTemplate(sub(spec, 'template'), 'spec.template'),
    ...longRunning(spec, 'DaemonSet'),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...daemonSetStrategy(sub(spec, 'updateStrategy')),
    ...nonNegative('spec.revisionHistoryLimit', spec.revisionHistoryLimit),
    ...immutableSelector(spec, old),
  ];
}

const changeable = new Set([
  'replicas',
  'template',
  'updateStrategy',
  'minReadySeconds',
  'ordinals',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
]);

export function statefulSet(object: KubeObject, old: KubeObject | undefined): StatusCause[] {
  const spec = object.spec as JsonObject;
  const service = text(spec, 'serviceName');
  const policy = text(spec, 'podManagementPolicy');
  const type = text(sub(spec, 'updateStrategy'), 'type');
  const causes = [
    ...(['OrderedReady', 'Parallel'].includes(policy)
      ? []
      : [invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'")]),
    ...(['RollingUpdate', 'OnDelete'].includes(type)
      ? []
      : [invalid('spec.updateStrategy', { Type: type, RollingUpdate: null }, "must be 'RollingUpdate' or 'OnDelete'")]),
    ...nonNegative('spec.replicas', spec.replicas),
    ...nonNegative('spec.minReadySeconds', spec.minReadySeconds),
    ...(old || service === '' ? [] : invalidEach('spec.serviceName', service, dns1123Label(service))),
    ...selector(spec, 'statefulset'),
    ...selectorMatchesTemplate(spec),
    ...podTemplate(withClaims(spec), 'spec.template'),
    ...longRunning(spec, 'StatefulSet'),
  ];
  if (!old) return causes;
  const before = old.spec as JsonObject;
  const changed = [...new Set([...Object.keys(spec), ...Object.keys(before)])].some(
    (field) => !changeable.has(field) && !deepEqual(spec[field], before[field]),
  );
  const detail =
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
  return changed ? [...causes, forbidden('spec', detail)] : causes;
}

/** A claim template is a volume of its name to the containers. */
function withClaims(spec: JsonObject): JsonObject {
  const template = sub(spec, 'template') ?? {};
  const pod = sub(template, 'spec') ?? {};
  const claims = each(spec, 'volumeClaimTemplates', 'spec').map(({ value }) => text(sub(value, 'metadata'), 'name'));
  const volumes = (Array.isArray(pod.volumes) ? pod.volumes : []).filter((volume) => !claims.includes(text(volume as JsonObject, 'name')));
  const { hostname: _hostname, subdomain: _subdomain, ...others } = pod;
  const added = claims.map((name) => ({ name, persistentVolumeClaim: { claimName: name } }));
  return { ...template, spec: { ...others, volumes: [...added, ...volumes] } };
}
