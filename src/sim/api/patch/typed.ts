import { deepEqual, isObject, type JsonObject } from '../../../kube/json.ts';
import { zeroOf } from '../schema/decode.ts';
import { nullFields } from '../schema/null-fields.ts';
import type { Schema } from '../schema/node.ts';
import { emptySet, insert, type FieldSet } from './field-set.ts';

/** The schema of a place; undefined where nothing is known of it: then maps merge by key and lists are atomic. */
export type Known = Schema | undefined;

export type Shape = 'leaf' | 'map' | 'list';

export function shapeOf(schema: Known, value: unknown): Shape {
  if (Array.isArray(value)) return schema && schema.listType !== 'atomic' ? 'list' : 'leaf';
  return isObject(value) && !schema?.atomic ? 'map' : 'leaf';
}

export const childOf = (schema: Known, field: string): Known => schema?.fields.get(field) ?? schema?.values;

/** A Go struct that is no pointer is always there, if only empty; the documents mark it by a default of {}. */
export const isStruct = (schema: Known): boolean => isObject(schema?.default) && Object.keys(schema.default).length === 0;

/** A field of an object that may be absent, as Go would write it: without omitempty a scalar is zero, and a list null. */
export function fieldOf(object: unknown, field: string, parent: Known): unknown {
  if (!isObject(object)) return undefined;
  if (Object.hasOwn(object, field)) return object[field];
  const schema = childOf(parent, field);
  if (isStruct(schema)) return {};
  if (parent?.name !== undefined && nullFields(parent.name)?.includes(field)) return null;
  if (schema && parent?.raw['x-go-kept']?.includes(field)) return zeroOf(schema);
  return schema?.type === 'array' && parent?.name !== undefined && parent.required.includes(field) ? null : undefined;
}

/** The path element of an item of a list of type map or set. Keys left out stand for their defaults. */
export function elementOf(schema: Schema, item: unknown): string {
  if (schema.listType === 'set') return `v:${JSON.stringify(item)}`;
  const object = isObject(item) ? item : {};
  const keys: JsonObject = {};
  for (const key of [...schema.listMapKeys].sort()) {
    const value = object[key] ?? schema.items?.fields.get(key)?.default;
    if (value !== undefined) keys[key] = value;
  }
  return `k:${JSON.stringify(keys)}`;
}

/** Items by path element; keys may be doubled in what clients sent. */
export function groups(schema: Schema, list: readonly unknown[] | undefined): Map<string, unknown[]> {
  const found = new Map<string, unknown[]>();
  for (const item of list ?? []) {
    const element = elementOf(schema, item);
    const group = found.get(element);
    if (group) group.push(item);
    else found.set(element, [item]);
  }
  return found;
}

/** The fields that an applied configuration speaks of: leaves, list items, keys of free maps. */
export function fieldsOf(schema: Known, value: unknown): FieldSet {
  const set = emptySet();
  collect(schema, value, [], set);
  return set;
}

function collect(schema: Known, value: unknown, path: readonly string[], set: FieldSet): void {
  const shape = shapeOf(schema, value);
  if (shape === 'leaf') return insert(set, path);
  if (shape === 'list') {
    for (const [element, items] of groups(schema!, value as unknown[])) {
      const at = [...path, element];
      if (items.length === 1) collect(schema!.items, items[0], at, set);
      insert(set, at);
    }
    return;
  }
  for (const [field, child] of Object.entries(value as JsonObject)) {
    const at = [...path, `f:${field}`];
    collect(childOf(schema, field), child, at, set);
    const empty = child === null || (isObject(child) && Object.keys(child).length === 0);
    if (empty || !schema?.fields.has(field)) insert(set, at);
  }
}

export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

/** What differs; undefined stands for an absent object. */
export function compare(schema: Known, before: unknown, after: unknown): Comparison {
  const result = { added: emptySet(), modified: emptySet(), removed: emptySet() };
  compareAt(schema, before, after, [], result);
  return result;
}

const isMissing = (value: unknown): value is undefined | null => value === undefined || value === null;

const isEmptyValue = (value: unknown): boolean =>
  value === undefined || value === null || (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0);

function compareAt(schema: Known, before: unknown, after: unknown, path: readonly string[], out: Comparison): void {
  // Controllers' writes share with the object before what they leave alone.
  if (before === after) return;
  const shape = shapeOf(schema, after ?? before);
  // Absent and null go with any shape.
  const alike = isMissing(before) || isMissing(after) || shapeOf(schema, before) === shape;
  const leaf = shape === 'leaf' || !alike;
  if (!leaf && shape === 'map') compareMaps(schema, before, after, path, out);
  else if (!leaf && shape === 'list') compareLists(schema!, before as unknown[], after as unknown[], path, out);
  if (before === undefined) insert(out.added, path);
  else if (after === undefined) insert(out.removed, path);
  else if ((leaf || (isEmptyValue(before) && isEmptyValue(after))) && !deepEqual(before, after)) insert(out.modified, path);
}

function compareMaps(schema: Known, before: unknown, after: unknown, path: readonly string[], out: Comparison): void {
  const written = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
  // Where the whole object comes or goes, so do the structs that nobody wrote down.
  if (before === undefined || after === undefined) {
    for (const [field, child] of schema?.fields ?? []) if (isStruct(child)) written.add(field);
  }
  for (const field of written) {
    const child = childOf(schema, field);
    const [old, now] = [fieldOf(before, field, schema), fieldOf(after, field, schema)];
    if (old !== undefined || now !== undefined) compareAt(child, old, now, [...path, `f:${field}`], out);
  }
}

function compareLists(
  schema: Schema,
  before: unknown[] | undefined,
  after: unknown[] | undefined,
  path: readonly string[],
  out: Comparison,
): void {
  const [old, now] = [groups(schema, before), groups(schema, after)];
  for (const element of new Set([...old.keys(), ...now.keys()])) {
    const [olds, nows] = [old.get(element) ?? [], now.get(element) ?? []];
    const at = [...path, element];
    if (olds.length <= 1 && nows.length <= 1) compareAt(schema.items, olds[0], nows[0], at, out);
    else if (olds.length > 1 && nows.length > 1) {
      if (!deepEqual(olds, nows)) insert(out.modified, at);
    } else if (olds.length > 1) {
      compareAt(schema.items, undefined, nows[0], at, out);
      insert(out.removed, at);
    } else {
      compareAt(schema.items, olds[0], undefined, at, out);
      insert(out.added, at);
    }
  }
}
