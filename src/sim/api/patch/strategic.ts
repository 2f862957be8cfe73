import { isObject, setKey, type JsonObject } from '../../../kube/json.ts';
import { badRequest, StatusError } from '../../../kube/status.ts';
import type { Schema } from '../schema/node.ts';
import { inElementOrder, type Order } from './element-order.ts';
import { goValue } from './go-value.ts';
import { goTypeOf } from './typed-faults.ts';

const directive = '$patch';
const orderPrefix = '$setElementOrder/';
const deletePrefix = '$deleteFromPrimitiveList/';
const retainKeys = '$retainKeys';

/** What upstream does not expect is an error of its own: 500 without a reason. */
const unexpected = (message: string) => new StatusError(500, '', message);

/** How one field's lists and maps merge. */
interface Rule {
  schema: Schema | undefined;
  strategy: 'merge' | 'replace' | undefined;
  mergeKey: string | undefined;
}

const ruleOf = (schema: Schema | undefined, field: string): Rule => {
  const known = schema?.fields.get(field) ?? schema?.values;
  const strategy = known?.patchStrategy.find((name) => name !== 'retainKeys');
  return { schema: known, strategy: strategy as Rule['strategy'], mergeKey: known?.patchMergeKey };
};

/** Without its directives and nulls: what a patch adds where there was nothing. undefined: nothing is added. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, directive)) return undefined;
  const result: JsonObject = {};
  for (const [key, child] of Object.entries(value)) {
    const kept = child === null ? undefined : plain(child);
    if (kept !== undefined) setKey(result, key, kept);
  }
  return result;
}

function mergeMap(original: JsonObject, patch: JsonObject, schema: Schema | undefined): JsonObject {
  if (Object.hasOwn(patch, directive)) return replaced(patch);
  const result = { ...original };
  applyRetainKeys(result, patch);
  const ordered = new Set<string>();
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(orderPrefix)) continue;
    const field = key.slice(orderPrefix.length);
    ordered.add(field);
    mergeOrdered(result, patch, field, order, schema);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key === retainKeys || key.startsWith(orderPrefix) || ordered.has(key)) continue;
    if (key.startsWith(deletePrefix)) deleteFromList(result, key.slice(deletePrefix.length), value);
    else if (value === null) delete result[key];
    else mergeField(result, key, value, ruleOf(schema, key));
  }
  return result;
}

function mergeField(result: JsonObject, key: string, value: unknown, rule: Rule): void {
  const old = Object.hasOwn(result, key) ? result[key] : undefined;
  let merged: unknown;
  if (isObject(old) && isObject(value)) merged = rule.strategy === 'replace' ? value : mergeMap(old, value, rule.schema);
  else if (Array.isArray(old) && Array.isArray(value)) merged = rule.strategy === 'merge' ? mergeList(old, value, rule) : value;
  else merged = plain(value);
  if (merged === undefined) delete result[key];
  else setKey(result, key, merged);
}

/** `$patch: replace` takes the rest of the map, `$patch: delete` leaves an empty one. */
function replaced(patch: JsonObject): JsonObject {
  const { [directive]: kind, ...rest } = patch;
  if (kind === 'replace') return rest;
  if (kind === 'delete') return {};
  throw unexpected(`unknown patch type: ${String(kind)} in map: ${goValue(patch)}`);
}

function applyRetainKeys(result: JsonObject, patch: JsonObject): void {
  if (!Object.hasOwn(patch, retainKeys)) return;
  const kept = patch[retainKeys];
  const invalid = () => badRequest('invalid patch format of retainKeys');
  if (!Array.isArray(kept)) throw invalid();
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key === retainKeys || key.startsWith(deletePrefix) || key.startsWith(orderPrefix)) continue;
    if (!kept.includes(key)) throw invalid();
  }
  for (const key of Object.keys(result)) if (!kept.includes(key)) delete result[key];
}

function deleteFromList(result: JsonObject, field: string, values: unknown): void {
  const old = result[field];
  if (Array.isArray(old) && Array.isArray(values)) result[field] = old.filter((item) => !values.includes(item));
}

function mergeOrdered(result: JsonObject, patch: JsonObject, field: string, order: unknown, schema: Schema | undefined): void {
  const [old, change] = [result[field], patch[field]];
  if (!Array.isArray(order)) throw unexpected(`expected a []interface {}, but received a ${goTypeOf(order)}`);
  if (change !== undefined && !Array.isArray(change)) throw badRequest('invalid patch format of setElementOrder list');
  const rule = ruleOf(schema, field);
  if (Array.isArray(change)) checkOrder(change, order, rule.mergeKey);
  const originals = Array.isArray(old) ? old : undefined;
  if (!originals && !change) return;
  const merged = !change
    ? originals!
    : !originals
      ? (plain(change) as unknown[])
      : rule.strategy === 'merge'
        ? mergeList(originals, change, rule)
        : change;
  result[field] = inElementOrder(merged, { mergeKey: rule.mergeKey, patch: order, server: originals ?? [] });
}

/** The patch's elements must come in the order that it sets. */
function checkOrder(change: readonly unknown[], order: readonly unknown[], mergeKey: string | undefined): void {
  const identity = (item: unknown) => (mergeKey !== undefined && isObject(item) ? item[mergeKey] : item);
  const present = change.filter((item) => !(isObject(item) && Object.hasOwn(item, directive)));
  if (present.length === 0 || order.length === 0) return;
  let next = 0;
  for (const item of order) if (next < present.length && identity(present[next]) === identity(item)) next++;
  if (next === present.length) return;
  throw unexpected(`The order in patch list:\n${goValue(change)}\n doesn't match $setElementOrder list:\n${goValue(order)}\n`);
}

function mergeList(original: readonly unknown[], patch: readonly unknown[], { schema, mergeKey }: Rule): unknown[] {
  const ofMaps = [...original, ...patch].some(isObject);
  const order = (list: unknown[], changes: readonly unknown[], server: readonly unknown[]): unknown[] => {
    const by: Order = { mergeKey: ofMaps ? mergeKey : undefined, patch: changes, server };
    return inElementOrder(list, by);
  };
  if (!ofMaps) return order([...new Set([...original, ...patch])], patch, original);
  if (mergeKey === undefined) throw unexpected(`cannot merge lists without merge key for ${schema?.name ?? 'unstructured'}`);
  const { kept, changes } = specialElements(original, patch, mergeKey);
  const merged = [...kept];
  for (const change of changes) {
    const at = merged.findIndex((item) => isObject(item) && item[mergeKey] === keyOf(change, mergeKey));
    if (at < 0) merged.push(plain(change));
    else merged[at] = mergeMap(merged[at] as JsonObject, change, schema?.items);
  }
  return order(merged, changes, kept);
}

const keyOf = (item: JsonObject, mergeKey: string): unknown => {
  if (Object.hasOwn(item, mergeKey)) return item[mergeKey];
  throw unexpected(`map: ${goValue(item)} does not contain declared merge key: ${mergeKey}`);
};

/** Carries out the elements that say `$patch: delete` or `$patch: replace`. */
function specialElements(original: readonly unknown[], patch: readonly unknown[], mergeKey: string) {
  let kept = original;
  let replace = false;
  const changes: JsonObject[] = [];
  for (const item of patch) {
    if (!isObject(item)) throw unexpected(`list element types are not identical: ${goValue([original, patch])}`);
    const kind = item[directive];
    if (kind === undefined) changes.push(item);
    else if (kind === 'replace') replace = true;
    else if (kind === 'delete') {
      const key = keyOf(item, mergeKey);
      kept = kept.filter((old) => !(isObject(old) && old[mergeKey] === key));
    } else if (kind === 'merge') throw unexpected('merging lists cannot yet be specified in the patch');
    else throw unexpected(`unknown patch type: ${String(kind)} in map: ${goValue(item)}`);
  }
  return { kept: replace ? [] : kept, changes };
}

/**
 * Strategic merge patch (apimachinery pkg/util/strategicpatch): merge keys and strategies come from the schema, directives from
 * the patch. Parts that the patch does not touch are shared with `object`. Throws StatusError with upstream's texts.
 */
export function strategicMergePatch(object: JsonObject, patch: unknown, schema: Schema | undefined): JsonObject {
  if (!isObject(patch)) throw badRequest('json: cannot unmarshal array into Go value of type map[string]interface {}');
  return mergeMap(object, patch, schema);
}
