import { isObject, type JsonObject } from '../../../kube/json.ts';

/** Readers of an object whose types the schema has checked; what is absent reads as empty. */

export const sub = (object: JsonObject | undefined, field: string): JsonObject | undefined => {
  const value = object?.[field];
  return isObject(value) ? value : undefined;
};

export const text = (object: JsonObject | undefined, field: string): string => {
  const value = object?.[field];
  return typeof value === 'string' ? value : '';
};

export const number = (object: JsonObject | undefined, field: string): number | undefined => {
  const value = object?.[field];
  return typeof value === 'number' ? value : undefined;
};

/** The objects in a list, each with its path. */
export const each = (object: JsonObject | undefined, field: string, parent: string): { value: JsonObject; path: string }[] => {
  const list = object?.[field];
  if (!Array.isArray(list)) return [];
  return list.map((value, i) => ({ value: isObject(value) ? value : {}, path: `${parent}.${field}[${i}]` }));
};

export const isEmptyList = (value: unknown): boolean => !Array.isArray(value) || value.length === 0;
