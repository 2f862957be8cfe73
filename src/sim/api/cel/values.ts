import { deepEqual } from '../../../kube/json.ts';

/** An object of a schema: its constructor is the type's own, made by `ObjectTypes`. */
export class CelObject {
  [field: string]: unknown;
}

/** Equality of CEL values; numbers of different types compare by value. */
export function celEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNumeric(a) && isNumeric(b)) return a == b; // oxlint-disable-line eqeqeq -- 1n == 1 is what is wanted
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => celEqual(item, b[i]));
  if (a instanceof Map)
    return b instanceof Map && a.size === b.size && [...a].every(([key, value]) => b.has(key) && celEqual(value, b.get(key)));
  if (a instanceof CelObject && b instanceof CelObject) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && celEqual(a[key], b[key]));
  }
  return deepEqual(a, b);
}

const isNumeric = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

/** Plain JSON as values of no declared type: whole numbers are ints. */
export function dynamicValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dynamicValue);
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  if (typeof value !== 'object' || value === null) return value;
  return new Map(Object.entries(value).map(([key, child]) => [key, dynamicValue(child)]));
}
