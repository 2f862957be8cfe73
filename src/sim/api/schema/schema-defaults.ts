import { isObject } from '../../../kube/json.ts';
import type { Schema } from './node.ts';

/**
 * Fills in, in place, the defaults that a CRD's schema gives, top down: a default object is itself defaulted.
 * A null where the field is not nullable and has a default is taken as absent, as upstream does.
 */
export function applySchemaDefaults(schema: Schema, value: unknown): void {
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) applySchemaDefaults(schema.items, item);
    return;
  }
  if (!isObject(value)) return;
  for (const [field, child] of schema.fields) {
    const fallback = child.default;
    const missing = !Object.hasOwn(value, field) || (value[field] === null && !child.nullable && fallback !== undefined);
    if (missing && fallback !== undefined) value[field] = structuredClone(fallback);
    // A null that the schema does not allow, and for which there is no default, is dropped.
    if (value[field] === null && !child.nullable && fallback === undefined) delete value[field];
    if (Object.hasOwn(value, field)) applySchemaDefaults(child, value[field]);
  }
  if (!schema.values) return;
  for (const [key, item] of Object.entries(value)) if (!schema.fields.has(key)) applySchemaDefaults(schema.values, item);
}
