import { isObject, type JsonObject } from '../../../kube/json.ts';
import { formatPath } from './field-set.ts';
import { goValue } from './go-value.ts';
import { childOf, groups, shapeOf, type Known } from './typed.ts';

/** Go's name of the type of a value that was read from JSON. */
export const goTypeOf = (value: unknown): string => {
  if (Array.isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value;
};

const printed = (value: unknown): string => `&{${goValue(value)}}`;

/** What is wrong with the type of a value, as structured-merge-diff tells it; undefined where nothing is. */
function wrongType(schema: Known, value: unknown): string | undefined {
  if (!schema || value === null || schema.quantity || schema.intOrString || schema.preserveUnknown) return undefined;
  switch (schema.type) {
    case 'array':
      return Array.isArray(value) ? undefined : `expected list, got ${printed(value)}`;
    case 'object':
      return isObject(value) ? undefined : `expected map, got ${printed(value)}`;
    case 'integer':
    case 'number':
      return typeof value === 'number' ? undefined : `expected numeric (int or float), got ${goTypeOf(value)}`;
    case 'boolean':
      return typeof value === 'boolean' ? undefined : `expected boolean, got ${printed(value)}`;
    case 'string':
      return typeof value === 'string' ? undefined : `expected string, got &value.valueUnstructured{Value:${goValue(value)}}`;
    default:
      return undefined;
  }
}

/** Wrong types, and keys of lists that come twice: `.spec.replicas: expected numeric (int or float), got string`. */
export function typedFaults(schema: Known, value: unknown, path: readonly string[] = []): string[] {
  const wrong = wrongType(schema, value);
  if (wrong) return [`${formatPath(path)}: ${wrong}`];
  const shape = shapeOf(schema, value);
  if (shape === 'leaf') return [];
  if (shape === 'map')
    return Object.entries(value as JsonObject).flatMap(([field, child]) =>
      typedFaults(childOf(schema, field), child, [...path, `f:${field}`]),
    );
  return [...groups(schema!, value as unknown[])].flatMap(([element, items]) =>
    items.length > 1
      ? [`${formatPath(path)}: duplicate entries for key ${formatPath([element])}`]
      : typedFaults(schema!.items, items[0], [...path, element]),
  );
}
