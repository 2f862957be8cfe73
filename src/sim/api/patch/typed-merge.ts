import { isObject, setKey, type JsonObject } from '../../../kube/json.ts';
import type { Schema } from '../schema/node.ts';
import { emptySet, isEmptySet, type FieldSet } from './field-set.ts';
import { childOf, elementOf, shapeOf, type Known } from './typed.ts';

/** The live value with the applied one laid over it. Untouched parts are shared with either. */
export function merge(schema: Known, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live;
  const shape = shapeOf(schema, applied);
  if (live === undefined || shape === 'leaf' || shapeOf(schema, live) !== shape) return applied;
  if (shape === 'list') return mergeLists(schema!, live as unknown[], applied as unknown[]);
  const result: JsonObject = { ...(live as JsonObject) };
  for (const [field, value] of Object.entries(applied as JsonObject)) {
    setKey(result, field, merge(childOf(schema, field), Object.hasOwn(result, field) ? result[field] : undefined, value));
  }
  return result;
}

/** Applied items keep their order among themselves; live ones stay where they stood between the shared ones (typed/merge.go). */
function mergeLists(schema: Schema, live: readonly unknown[], applied: readonly unknown[]): unknown[] {
  const left = live.map((item) => ({ item, element: elementOf(schema, item) }));
  const right = applied.map((item) => ({ item, element: elementOf(schema, item) }));
  const onLeft = new Map<string, unknown>();
  for (const { item, element } of left) onLeft.set(element, onLeft.has(element) ? undefined : item);
  const onRight = new Set(right.map(({ element }) => element));
  const shared = right.map(({ element }) => element).filter((element) => onLeft.has(element));
  const merged = new Set<string>();
  const out: unknown[] = [];
  const take = ({ item, element }: { item: unknown; element: string }) => {
    merged.add(element);
    out.push(merge(schema.items, onLeft.get(element), item));
    if (shared[0] === element) shared.shift();
  };
  let [l, r] = [0, 0];
  while (l < left.length || r < right.length) {
    const [a, b] = [left[l], right[r]];
    if (a && b && a.element === b.element) {
      take(b);
      [l, r] = [l + 1, r + 1];
    } else if (a && b && onRight.has(a.element) && shared.length > 0 && shared[0] !== a.element) {
      // Shared, but another one comes first: it is taken with the applied items.
      l++;
    } else if (a && !onRight.has(a.element)) {
      out.push(a.item);
      l++;
    } else {
      if (a && merged.has(a.element)) l++;
      if (b) {
        take(b);
        r++;
      }
    }
  }
  return out;
}

/** Also the named fields that lead to a member, as EnsureNamedFieldsAreMembers: with the last owned field of a struct goes the struct. */
export function withNamedFields(schema: Known, set: FieldSet): FieldSet {
  const result: FieldSet = { member: set.member, children: new Map() };
  for (const [element, child] of set.children) {
    const field = element.startsWith('f:') ? element.slice(2) : undefined;
    const below = withNamedFields(field === undefined ? schema?.items : childOf(schema, field), child);
    if (field !== undefined && schema?.fields.has(field)) below.member = true;
    result.children.set(element, below);
  }
  return result;
}

/** The value without the fields of the set; undefined where nothing is left. */
export function removeFields(schema: Known, value: unknown, set: FieldSet): unknown {
  if (isEmptySet(set)) return value;
  const shape = shapeOf(schema, value);
  if (shape === 'leaf') return value;
  if (shape === 'list') {
    const kept = (value as unknown[]).flatMap((item) => {
      const below = set.children.get(elementOf(schema!, item)) ?? emptySet();
      return below.member ? [] : [removeFields(schema!.items, item, below)];
    });
    return kept.length > 0 ? kept : undefined;
  }
  const result: JsonObject = {};
  for (const [field, child] of Object.entries(value as JsonObject)) {
    const below = set.children.get(`f:${field}`);
    if (below?.member) continue;
    const left = below ? removeFields(childOf(schema, field), child, below) : child;
    if (left !== undefined) setKey(result, field, left);
  }
  return isObject(value) && Object.keys(result).length === 0 ? undefined : result;
}
