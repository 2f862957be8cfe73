import { isObject, type JsonObject } from '../../../kube/json.ts';

/** Gives fields that are absent, or empty texts, their default. Objects and lists among the defaults are copied. */
export function fill(object: JsonObject, defaults: JsonObject): void {
  for (const [field, value] of Object.entries(defaults)) {
    if (object[field] === undefined || object[field] === '') object[field] = typeof value === 'object' ? structuredClone(value) : value;
  }
}

/** The object in a field; undefined where there is none. */
export const at = (object: JsonObject | undefined, field: string): JsonObject | undefined => {
  const value = object?.[field];
  return isObject(value) ? value : undefined;
};

/** The object in a field, made where there is none. */
export function make(object: JsonObject, field: string): JsonObject {
  const known = at(object, field);
  if (known) return known;
  const made: JsonObject = {};
  object[field] = made;
  return made;
}

/** The objects in a list; none where there is no list. */
export const each = (object: JsonObject | undefined, field: string): JsonObject[] => {
  const value = object?.[field];
  return Array.isArray(value) ? value.filter(isObject) : [];
};

export const isEmpty = (value: unknown): boolean => value === undefined || (isObject(value) && Object.keys(value).length === 0);
