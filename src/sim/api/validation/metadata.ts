import { deepEqual, isObject } from '../../../kube/json.ts';
import { dns1123Label, dns1123Subdomain, labelValue, qualifiedName } from '../../../kube/names.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { forbidden, invalid, invalidEach, required, tooLong } from './field.ts';

type NameCheck = (name: string) => string[];

/** A name that only has to be one segment of a URL, as RBAC's. */
export const pathSegment: NameCheck = (name) => {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((char) => name.includes(char)).map((char) => `may not contain '${char}'`);
};

/** Where the name is not a DNS subdomain. */
const nameChecks: Readonly<Record<string, NameCheck>> = {
  'v1/Namespace': dns1123Label,
  'v1/Service': dns1123Label,
  'apps/v1/StatefulSet': dns1123Label,
  'rbac.authorization.k8s.io/v1/Role': pathSegment,
  'rbac.authorization.k8s.io/v1/ClusterRole': pathSegment,
  'rbac.authorization.k8s.io/v1/RoleBinding': pathSegment,
  'rbac.authorization.k8s.io/v1/ClusterRoleBinding': pathSegment,
};

const annotationLimit = 262_144;

export function labels(field: string, value: unknown): StatusCause[] {
  return Object.entries(isObject(value) ? value : {}).flatMap(([key, text]) => [
    ...invalidEach(field, key, qualifiedName(key)),
    ...invalidEach(field, String(text), labelValue(String(text))),
  ]);
}

export function annotations(field: string, value: unknown): StatusCause[] {
  const entries = Object.entries(isObject(value) ? value : {});
  const size = entries.reduce((sum, [key, text]) => sum + Buffer.byteLength(key) + Buffer.byteLength(String(text)), 0);
  return [
    ...entries.flatMap(([key]) => invalidEach(field, key, qualifiedName(key.toLowerCase()))),
    ...(size > annotationLimit ? [tooLong(field, annotationLimit)] : []),
  ];
}

export function ownerReferences(field: string, metadata: KubeObject['metadata']): StatusCause[] {
  const causes: StatusCause[] = [];
  let controller: string | undefined;
  for (const reference of metadata.ownerReferences ?? []) {
    if (!reference.apiVersion) causes.push(invalid(`${field}.apiVersion`, '', 'version must not be empty'));
    for (const name of ['kind', 'name', 'uid'] as const) {
      if (!reference[name]) causes.push(invalid(`${field}.${name}`, '', 'must not be empty'));
    }
    if (!reference.controller) continue;
    const current = `${reference.kind}/${reference.name}`;
    if (controller === undefined) controller = current;
    else {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${current}`;
      causes.push(invalid(field, metadata.ownerReferences, detail));
    }
  }
  return causes;
}

function common({ metadata }: KubeObject): StatusCause[] {
  return [
    ...labels('metadata.labels', metadata.labels),
    ...annotations('metadata.annotations', metadata.annotations),
    ...ownerReferences('metadata.ownerReferences', metadata),
    ...(metadata.finalizers ?? []).flatMap((name) => invalidEach('metadata.finalizers', name, qualifiedName(name))),
  ];
}

export function metadataOnCreate(object: KubeObject): StatusCause[] {
  const { name, generateName } = object.metadata;
  const check = nameChecks[`${object.apiVersion}/${object.kind}`] ?? dns1123Subdomain;
  return [
    // A prefix may end in a dash.
    ...(generateName ? invalidEach('metadata.generateName', generateName, check(generateName.replace(/-$/, 'a'))) : []),
    ...(name ? invalidEach('metadata.name', name, check(name)) : [required('metadata.name', 'name or generateName is required')]),
    ...common(object),
  ];
}

const immutable = ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const;

export function metadataOnUpdate(object: KubeObject, old: KubeObject): StatusCause[] {
  const [now, before] = [object.metadata, old.metadata];
  const added = (now.finalizers ?? []).filter((name) => !before.finalizers?.includes(name)).sort();
  const causes: StatusCause[] = [];
  if (before.deletionTimestamp !== undefined && added.length > 0) {
    const found = `[]string{${added.map((name) => JSON.stringify(name)).join(', ')}}`;
    const detail = `no new finalizers can be added if the object is being deleted, found new finalizers ${found}`;
    causes.push(forbidden('metadata.finalizers', detail));
  }
  for (const field of immutable) {
    if (!deepEqual(now[field], before[field])) causes.push(invalid(`metadata.${field}`, now[field], 'field is immutable'));
  }
  return [...causes, ...common(object)];
}

const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** Of built-in kinds: a finalizer has a domain, but for the standard ones. */
export const qualifiedFinalizers = ({ metadata }: KubeObject): StatusCause[] =>
  (metadata.finalizers ?? []).flatMap((name, i) =>
    name.includes('/') || standardFinalizers.includes(name)
      ? []
      : [invalid(`metadata.finalizers[${i}]`, name, 'name is neither a standard finalizer name nor is it fully qualified')],
  );
