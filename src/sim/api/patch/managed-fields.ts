import type { ManagedFieldsEntry } from '../../../kube/types.ts';
import { fromFieldsV1, insert, difference, emptySet, isEmptySet, toFieldsV1, union, type FieldSet } from './field-set.ts';

/** One entry of metadata.managedFields, decoded. */
export interface Manager {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource: string;
  time: string | undefined;
  fields: FieldSet;
}

/** Managers by identity. */
export type Managers = Map<string, Manager>;

/** An applier is the same whichever version it applied in. */
export const identityOf = ({ manager, operation, apiVersion, subresource }: Omit<Manager, 'time' | 'fields'>): string =>
  JSON.stringify([operation, manager, subresource, operation === 'Apply' ? '' : apiVersion]);

export function decode(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const managers: Managers = new Map();
  for (const { manager = '', operation = 'Update', apiVersion = '', subresource = '', time, fieldsV1 } of entries ?? []) {
    const decoded = { manager, operation, apiVersion, subresource, time, fields: fromFieldsV1(fieldsV1) };
    managers.set(identityOf(decoded), decoded);
  }
  return managers;
}

const by = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const order = (a: Manager, b: Manager): number =>
  by(a.operation, b.operation) ||
  by(a.time ?? '', b.time ?? '') ||
  by(a.manager, b.manager) ||
  by(a.apiVersion, b.apiVersion) ||
  by(a.subresource, b.subresource);

export const encode = (managers: Managers): ManagedFieldsEntry[] =>
  [...managers.values()]
    .filter(({ fields }) => !isEmptySet(fields))
    .sort(order)
    .map(({ manager, operation, apiVersion, subresource, time, fields }) => ({
      manager,
      operation,
      apiVersion,
      ...(time !== undefined && { time }),
      fieldsType: 'FieldsV1',
      fieldsV1: toFieldsV1(fields),
      ...(subresource !== '' && { subresource }),
    }));

const unowned = ['apiVersion', 'kind', 'metadata'].map((field) => [`f:${field}`]);
const unownedMetadata = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'clusterName',
  'generation',
  'managedFields',
  'resourceVersion',
];
const stripped = emptySet();
for (const path of [...unowned, ...unownedMetadata.map((field) => ['f:metadata', `f:${field}`])]) insert(stripped, path);

/** Nobody owns an object's identity. */
export const withoutIdentity = (fields: FieldSet): FieldSet => difference(fields, stripped);

const maxUpdaters = 10;

/** Folds the oldest updates into one entry a version where there are more than ten. */
export function capUpdaters(managers: Managers): void {
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update').sort(([, a], [, b]) => order(a, b));
  let count = updaters.length;
  const firsts = new Map<string, string>();
  for (const [id, manager] of updaters) {
    if (count <= maxUpdaters) return;
    const first = firsts.get(manager.apiVersion);
    if (first === undefined) {
      firsts.set(manager.apiVersion, id);
      continue;
    }
    const bucket: Manager = { ...manager, manager: 'ancient-changes', subresource: '' };
    const bucketId = identityOf(bucket);
    const old = managers.get(bucketId) ?? managers.get(first);
    if (!managers.has(bucketId)) managers.delete(first);
    managers.delete(id);
    managers.set(bucketId, { ...bucket, fields: union(manager.fields, old?.fields ?? emptySet()) });
    count--;
  }
}
