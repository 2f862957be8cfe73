import { isObject, type JsonObject } from '../../../kube/json.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { difference, emptySet, union, type FieldSet } from './field-set.ts';
import { compare, fieldsOf, type Known } from './typed.ts';

export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

/** The fields of the last client-side apply that the live object still has as they were applied. */
export function ownedByClientSideApply(live: KubeObject | undefined, schema: Known): FieldSet {
  const applied = parse(live?.metadata.annotations?.[lastAppliedAnnotation]);
  if (!applied) return emptySet();
  const { added, modified, removed } = compare(schema, live, applied);
  return difference(fieldsOf(schema, applied), union(added, modified, removed));
}

const sortKeys = (_key: string, value: unknown): unknown =>
  isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;

/** As Go's encoder writes it: sorted, safe within HTML, ended by a newline. */
export const formatLastApplied = (applied: JsonObject): string =>
  `${JSON.stringify(applied, sortKeys).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;

/** The annotation is anybody's to write: what is no object owns nothing. */
function parse(text: string | undefined): Record<string, unknown> | undefined {
  if (!text) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
