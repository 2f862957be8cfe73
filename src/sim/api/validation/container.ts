import type { JsonObject } from '../../../kube/json.ts';
import { configMapKey, dns1123Label, dns1123Subdomain, envVarName, portName, portNumber } from '../../../kube/names.ts';
import type { StatusCause } from '../../../kube/status.ts';
import { duplicate, invalid, invalidEach, notFound, oneOf, required } from './field.ts';
import { each, number, sub, text } from './read.ts';
import { resources } from './resources.ts';
import { securityContext } from './security-context.ts';

/** Names of the pod's volumes. */
export type Volumes = ReadonlySet<string>;

export const protocols = ['SCTP', 'TCP', 'UDP'];
const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const messagePolicies = ['File', 'FallbackToLogsOnError'];

/** What containers, init containers and ephemeral containers have in common. */
export function containerCommon(container: JsonObject, path: string, volumes: Volumes, hostUsers: unknown): StatusCause[] {
  const name = text(container, 'name');
  return [
    ...(name === '' ? [required(`${path}.name`)] : invalidEach(`${path}.name`, name, dns1123Label(name))),
    ...(text(container, 'image') === '' ? [required(`${path}.image`)] : []),
    ...oneOf(`${path}.terminationMessagePolicy`, container.terminationMessagePolicy, messagePolicies),
    ...ports(container, path),
    ...environment(container, path),
    ...each(container, 'envFrom', path).flatMap(({ value, path: at }) => envFrom(value, at, `${path}.envFrom`)),
    ...mounts(container, path, volumes),
    ...oneOf(`${path}.imagePullPolicy`, container.imagePullPolicy, pullPolicies),
    ...resources(sub(container, 'resources'), `${path}.resources`),
    ...securityContext(sub(container, 'securityContext'), `${path}.securityContext`, hostUsers),
  ];
}

function ports(container: JsonObject, parent: string): StatusCause[] {
  const names = new Set<string>();
  return each(container, 'ports', parent).flatMap(({ value, path }) => {
    const causes: StatusCause[] = [];
    const name = text(value, 'name');
    if (name !== '') {
      const messages = portName(name);
      causes.push(...invalidEach(`${path}.name`, name, messages));
      if (messages.length === 0 && names.has(name)) causes.push(duplicate(`${path}.name`, name));
      if (messages.length === 0) names.add(name);
    }
    const port = number(value, 'containerPort') ?? 0;
    if (port === 0) causes.push(required(`${path}.containerPort`));
    else causes.push(...portNumber(port).map((message) => invalid(`${path}.containerPort`, port, message)));
    const host = number(value, 'hostPort') ?? 0;
    if (host !== 0) causes.push(...portNumber(host).map((message) => invalid(`${path}.hostPort`, host, message)));
    return [...causes, ...oneOf(`${path}.protocol`, value.protocol, protocols)];
  });
}

const sources = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'];

function environment(container: JsonObject, parent: string): StatusCause[] {
  return each(container, 'env', parent).flatMap(({ value, path }) => {
    const name = text(value, 'name');
    const named = name === '' ? [required(`${path}.name`)] : invalidEach(`${path}.name`, name, envVarName(name));
    const from = sub(value, 'valueFrom');
    return from ? [...named, ...valueFrom(value, from, `${path}.valueFrom`)] : named;
  });
}

function valueFrom(variable: JsonObject, from: JsonObject, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const given = sources.filter((source) => sub(from, source));
  for (const source of ['configMapKeyRef', 'secretKeyRef']) {
    const reference = sub(from, source);
    if (!reference) continue;
    const key = text(reference, 'key');
    const name = text(reference, 'name');
    causes.push(...invalidEach(`${path}.${source}.name`, name, dns1123Subdomain(name)));
    causes.push(...(key === '' ? [required(`${path}.${source}.key`)] : invalidEach(`${path}.${source}.key`, key, configMapKey(key))));
  }
  const field = sub(from, 'fieldRef');
  if (field) causes.push(...fieldPath(text(field, 'fieldPath'), `${path}.fieldRef.fieldPath`));
  if (given.length === 0) {
    causes.push(
      invalid(path, '', 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`'),
    );
  } else if (text(variable, 'value') !== '') causes.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  else if (given.length > 1) causes.push(invalid(path, '', 'may not have more than one field specified at a time'));
  return causes;
}

const fieldPaths = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

function fieldPath(path: string, field: string): StatusCause[] {
  if (path === '') return [required(field)];
  if (/^metadata\.(labels|annotations)\['.+'\]$/.test(path)) return [];
  return fieldPaths.includes(path) ? [] : [invalid(field, path, `error converting fieldPath: field label not supported: ${path}`)];
}

/** Upstream's path lacks the index where the source itself is wrong. */
function envFrom(value: JsonObject, path: string, list: string): StatusCause[] {
  const given = ['configMapRef', 'secretRef'].filter((source) => sub(value, source));
  const prefix = text(value, 'prefix');
  const causes = prefix === '' ? [] : invalidEach(`${path}.prefix`, prefix, envVarName(prefix));
  for (const source of given) {
    const name = text(sub(value, source), 'name');
    if (name === '') causes.push(required(`${path}.${source}.name`));
    else causes.push(...invalidEach(`${path}.${source}.name`, name, dns1123Subdomain(name)));
  }
  if (given.length === 0) causes.push(invalid(list, '', 'must specify one of: `configMapRef` or `secretRef`'));
  if (given.length > 1) causes.push(invalid(list, '', 'may not have more than one field specified at a time'));
  return causes;
}

function mounts(container: JsonObject, parent: string, volumes: Volumes): StatusCause[] {
  const places = new Set<string>();
  return each(container, 'volumeMounts', parent).flatMap(({ value, path }) => {
    const causes: StatusCause[] = [];
    const [name, place] = [text(value, 'name'), text(value, 'mountPath')];
    if (name === '') causes.push(required(`${path}.name`));
    if (!volumes.has(name)) causes.push(notFound(`${path}.name`, name));
    if (place === '') causes.push(required(`${path}.mountPath`));
    if (places.has(place)) causes.push(invalid(`${path}.mountPath`, place, 'must be unique'));
    places.add(place);
    for (const field of ['subPath', 'subPathExpr']) {
      // Upstream's path lacks the index here.
      causes.push(...descending(text(value, field), `${parent}.volumeMounts.${field}`));
    }
    return causes;
  });
}

/** A relative path that stays below its root. */
export function descending(path: string, field: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (path.startsWith('/')) causes.push(invalid(field, path, 'must be a relative path'));
  if (path.split('/').includes('..')) causes.push(invalid(field, path, "must not contain '..'"));
  return causes;
}
