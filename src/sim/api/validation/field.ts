import type { StatusCause } from '../../../kube/status.ts';

/** Constructors of what upstream's field.Error tells (apimachinery pkg/util/validation/field). A path is written out: `spec.containers[0].name`. */

/** Go's JSON escapes what HTML would read; of a text on its own it does not. */
const escaped = (json: string): string => json.replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);

const show = (value: unknown): string => {
  if (value === undefined) return 'null';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'object' ? escaped(JSON.stringify(value)) : JSON.stringify(value);
};

const cause = (reason: string, field: string, body: string, detail = ''): StatusCause => ({
  reason,
  message: detail === '' ? body : `${body}: ${detail}`,
  field,
});

export const required = (field: string, detail = '') => cause('FieldValueRequired', field, 'Required value', detail);
export const invalid = (field: string, value: unknown, detail: string) =>
  cause('FieldValueInvalid', field, `Invalid value: ${show(value)}`, detail);
export const typeInvalid = (field: string, value: unknown, detail: string) =>
  cause('FieldValueTypeInvalid', field, `Invalid value: ${show(value)}`, detail);
export const duplicate = (field: string, value: unknown) => cause('FieldValueDuplicate', field, `Duplicate value: ${show(value)}`);
export const notFound = (field: string, value: unknown) => cause('FieldValueNotFound', field, `Not found: ${show(value)}`);
export const forbidden = (field: string, detail: string) => cause('FieldValueForbidden', field, 'Forbidden', detail);
export const tooLong = (field: string, max: number) => cause('FieldValueTooLong', field, 'Too long', `may not be more than ${max} bytes`);
export const tooMany = (field: string, count: number, max: number) =>
  cause('FieldValueTooMany', field, `Too many: ${count}`, `must have at most ${max} item${max === 1 ? '' : 's'}`);
export const notSupported = (field: string, value: unknown, valid: readonly string[]) =>
  cause('FieldValueNotSupported', field, `Unsupported value: ${show(value)}`, `supported values: ${valid.map(show).join(', ')}`);

/** Each of a name check's messages as an invalid value. */
export const invalidEach = (field: string, value: string, messages: readonly string[]) =>
  messages.map((message) => invalid(field, value, message));

export const nonNegative = (field: string, value: unknown): StatusCause[] =>
  typeof value === 'number' && value < 0 ? [invalid(field, value, 'must be greater than or equal to 0')] : [];

/** One of a fixed set of words; absent is required where `optional` is not said. */
export function oneOf(field: string, value: unknown, valid: readonly string[], { optional = false } = {}): StatusCause[] {
  if (value === undefined || value === '') return optional ? [] : [required(field)];
  return valid.includes(value as string) ? [] : [notSupported(field, value, valid)];
}
