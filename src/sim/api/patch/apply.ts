import { isObject, type JsonObject } from '../../../kube/json.ts';
import { badRequest } from '../../../kube/status.ts';
import type { KubeObject, ManagedFieldsEntry } from '../../../kube/types.ts';
import { applyConflict, type Conflict } from './conflicts.ts';
import { difference, emptySet, intersection, isEmptySet, union, without, type FieldSet } from './field-set.ts';
import { capUpdaters, decode, encode, identityOf, withoutIdentity, type Manager, type Managers } from './managed-fields.ts';
import { formatLastApplied, lastAppliedAnnotation, ownedByClientSideApply } from './last-applied.ts';
import { compare, fieldsOf, type Comparison, type Known } from './typed.ts';
import { merge, removeFields, withNamedFields } from './typed-merge.ts';

interface Writer {
  /** '' of a write that makes nothing its own. */
  manager: string;
  /** The version that the request spoke. */
  apiVersion: string;
  /** '' or undefined for the object itself. */
  subresource?: string | undefined;
  /** RFC 3339 in UTC, whole seconds. */
  now: string;
  schema: Known;
  /** Top-level fields that this endpoint does not write; default: `status`, and `spec` for the status subresource, where the kind is built in. */
  ignore?: readonly string[] | undefined;
}

export interface ApplyRequest extends Writer {
  /** undefined creates. */
  live: KubeObject | undefined;
  applied: JsonObject;
  force?: boolean | undefined;
}

export interface UpdateRequest extends Writer {
  /** undefined: the object is created. */
  before: KubeObject | undefined;
  /** Its metadata.managedFields as the request had them: [] resets them. */
  after: KubeObject;
}

const ignored = ({ ignore, subresource, schema }: Writer): readonly string[] =>
  ignore ?? (schema?.name === undefined ? [] : subresource === 'status' ? ['spec'] : subresource ? [] : ['status']);

const withoutManagedFields = (object: KubeObject | undefined): JsonObject => {
  if (!object) return {};
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
};

const filtered = ({ added, modified, removed }: Comparison, fields: readonly string[]): Comparison => ({
  added: without(added, fields),
  modified: without(modified, fields),
  removed: without(removed, fields),
});

/** Takes from every other manager what the write changed or removed; tells what was taken by change. */
function takeFrom(managers: Managers, self: string, { added, modified, removed }: Comparison): Conflict[] {
  const changed = union(added, modified);
  const conflicts: Conflict[] = [];
  for (const [id, manager] of managers) {
    if (id === self) continue;
    const taken = intersection(manager.fields, changed);
    if (!isEmptySet(taken)) conflicts.push({ manager, fields: taken });
    managers.set(id, { ...manager, fields: difference(difference(manager.fields, taken), removed) });
  }
  return conflicts;
}

const newManager = (
  { manager, apiVersion, subresource = '', now }: Writer,
  operation: Manager['operation'],
  fields: FieldSet,
): Manager => ({
  manager,
  operation,
  apiVersion,
  subresource,
  time: now,
  fields,
});

/**
 * The managedFields of an object after a create, update or patch (any write but apply). An object that has none and exists
 * already stays without.
 */
export function trackUpdate(request: UpdateRequest): ManagedFieldsEntry[] {
  const { before, after, schema, subresource } = request;
  const given = after.metadata.managedFields;
  const reset = !subresource && given !== undefined && (given.length === 0 || (given.length === 1 && Object.keys(given[0]!).length === 0));
  const own = decode(subresource ? undefined : given);
  const managers = reset ? new Map<string, Manager>() : own.size > 0 ? own : decode(before?.metadata.managedFields);
  if (managers.size === 0 && before) return [];
  track(managers, request, compare(schema, withoutManagedFields(before), withoutManagedFields(after)));
  return encode(managers);
}

function track(managers: Managers, writer: Writer, difference_: Comparison): void {
  const comparison = filtered(difference_, ignored(writer));
  takeFrom(managers, '', comparison);
  const written = withoutIdentity(union(comparison.added, comparison.modified));
  if (!isEmptySet(written) && writer.manager !== '') {
    const manager = newManager(writer, 'Update', written);
    const id = identityOf(manager);
    managers.set(id, { ...manager, fields: union(written, managers.get(id)?.fields ?? emptySet()) });
  }
  capUpdaters(managers);
}

/**
 * Server-side apply, as structured-merge-diff does it: merges, removes what this manager applied before and nobody owns any more, and
 * keeps metadata.managedFields. An apply that changes nothing returns `live` itself. Throws StatusError 409 with a cause a conflicting
 * field unless `force`, 400 where the configuration holds managedFields.
 */
export function serverSideApply(request: ApplyRequest): { object: KubeObject } {
  const { live, applied, schema } = request;
  const appliedMetadata = isObject(applied.metadata) ? applied.metadata : {};
  if (appliedMetadata.managedFields !== undefined) throw badRequest('metadata.managedFields must be nil');
  const managers = decode(live?.metadata.managedFields);
  const base = withoutManagedFields(live);
  if (managers.size === 0 && live) {
    track(managers, { ...request, manager: 'before-first-apply', subresource: '' }, compare(schema, {}, base));
  }

  const self = newManager(request, 'Apply', without(fieldsOf(schema, applied), ignored(request)));
  const id = identityOf(self);
  const previous = managers.get(id);
  managers.set(id, self);

  const merged = merge(schema, base, applied);
  const owned = union(...[...managers.values()].map(({ fields }) => fields));
  const abandoned = difference(withNamedFields(schema, previous?.fields ?? emptySet()), withNamedFields(schema, owned));
  const object = removeFields(schema, merged, abandoned) as KubeObject;

  const comparison = filtered(compare(schema, base, object), ignored(request));
  const conflicts = takeFrom(managers, id, comparison);
  if (conflicts.length > 0 && !request.force) {
    const refused = request.manager === 'kubectl' ? beyondClientSide(conflicts, live, schema) : conflicts;
    if (refused.length > 0) throw applyConflict(refused);
  }
  const same = [comparison.added, comparison.modified, comparison.removed].every(isEmptySet);
  managers.set(id, { ...self, fields: withoutIdentity(self.fields), time: same ? previous?.time : request.now });
  const managedFields = encode(managers);
  if (same && live && sameEntries(managedFields, live.metadata.managedFields)) return { object: live };
  return { object: { ...object, metadata: { ...syncLastApplied(object, request).metadata, managedFields } } };
}

const sameEntries = (a: readonly ManagedFieldsEntry[], b: readonly ManagedFieldsEntry[] | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b);

/** What client-side apply set and nobody changed since is handed over to kubectl's server-side apply without a conflict. */
function beyondClientSide(conflicts: readonly Conflict[], live: KubeObject | undefined, schema: Known): Conflict[] {
  const allowed = ownedByClientSideApply(live, schema);
  return conflicts
    .map(({ manager, fields }) => ({ manager, fields: difference(fields, allowed) }))
    .filter(({ fields }) => !isEmptySet(fields));
}

/** Keeps the annotation of client-side apply true, so that going back to it works. */
function syncLastApplied(object: KubeObject, { manager, applied }: ApplyRequest): KubeObject {
  const annotations = object.metadata.annotations;
  if (manager !== 'kubectl' || !annotations?.[lastAppliedAnnotation]) return object;
  const metadata: JsonObject = { ...(applied.metadata as JsonObject) };
  if (isObject(metadata.annotations)) {
    const { [lastAppliedAnnotation]: _, ...others } = metadata.annotations;
    metadata.annotations = others;
  }
  const text = formatLastApplied({ ...applied, metadata });
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [lastAppliedAnnotation]: text } } };
}
