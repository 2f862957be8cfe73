import type { ManagedFieldsEntry } from '../../../kube/types.ts';
import { difference, emptySet, insert, isEmptySet, type FieldSet } from './field-set.ts';
import { decode, encode, identityOf, type Managers } from './managed-fields.ts';

export interface ScaleWrite {
  manager: string;
  /** Of the object that is scaled. */
  apiVersion: string;
  /** `.spec.replicas`. */
  path: string;
  /** Whether the number of replicas is another one. */
  changed: boolean;
}

/**
 * managedFields of an object after a write to its /scale, as apimachinery's ScaleHandler brings them there and back. Entries that it
 * makes have no time; who updated the replicas before is put apart from what else he updated; and where nobody owns the replicas,
 * nobody comes to.
 */
export function afterScale(
  entries: readonly ManagedFieldsEntry[] | undefined,
  { manager, apiVersion, path, changed }: ScaleWrite,
): ManagedFieldsEntry[] {
  const steps = path
    .replace(/^\./, '')
    .split('.')
    .map((step) => `f:${step}`);
  const replicas = emptySet();
  insert(replicas, steps);
  const managers: Managers = new Map();
  const apart: Managers = new Map();
  let owned = false;
  for (const [id, entry] of decode(entries)) {
    const owns = holds(entry.fields, steps);
    owned ||= owns;
    if (!owns || (entry.operation === 'Apply' && !changed)) managers.set(id, entry);
    else {
      const fields = difference(entry.fields, replicas);
      if (!isEmptySet(fields)) managers.set(id, { ...entry, fields });
      if (!changed) apart.set(`scale ${id}`, { ...entry, time: undefined, fields: replicas });
    }
  }
  if (changed && owned && manager !== '') {
    const scaled = { manager, operation: 'Update', apiVersion, subresource: 'scale', time: undefined, fields: replicas } as const;
    apart.set(`scale ${identityOf(scaled)}`, scaled);
  }
  return encode(new Map([...managers, ...apart]));
}

function holds(set: FieldSet, path: readonly string[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) node = node?.children.get(element);
  return node?.member === true;
}
