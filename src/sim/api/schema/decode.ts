import { isObject, setKey, type JsonObject as Json } from '../../../kube/json.ts';
import { canonicalQuantity, quantitySyntaxMessage, tryParseQuantity } from '../../../kube/quantity.ts';
import { badRequest } from '../../../kube/status.ts';
import type { Written } from '../codec/go-json.ts';
import type { Schema } from './node.ts';
import { nullFields } from './null-fields.ts';

/** Called for each field that the schema does not know; the walk does not go into it. */
type Visit = (path: string, owner: Json, field: string) => void;

function walk(schema: Schema, value: unknown, path: string, visit: Visit): void {
  if (Array.isArray(value)) {
    if (schema.items) value.forEach((item, i) => walk(schema.items!, item, `${path}[${i}]`, visit));
    return;
  }
  if (!isObject(value) || schema.items) return;
  for (const [field, child] of Object.entries(value)) {
    const at = path === '' ? field : `${path}.${field}`;
    const known = schema.fields.get(field) ?? schema.values;
    if (known) walk(known, child, at, visit);
    else if (!schema.preserveUnknown) visit(at, value, field);
  }
}

/** Texts such as `unknown field "spec.foo"`: in the order of the document, of a custom resource metadata first and the rest sorted. */
export function unknownFields(schema: Schema, object: unknown, written?: Written): string[] {
  const found: string[] = [];
  walk(schema, object, '', (path) => found.push(path));
  // What is not known is not looked into.
  const repeated = (written?.duplicates ?? []).filter(
    (path) => schema.name === undefined || !found.some((unknown) => path === unknown || path.startsWith(`${unknown}.`)),
  );
  const text = (problem: string) => (path: string) => `${problem} field ${JSON.stringify(path)}`;
  if (schema.name === undefined) {
    const rank = (path: string) => (path.startsWith('metadata.') ? 0 : 1);
    found.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
    return [...repeated.map(text('duplicate')), ...found.map(text('unknown'))];
  }
  const at = (path: string) => written?.offsets.get(path) ?? 0;
  return [...found.map((path) => ({ path, problem: 'unknown' })), ...repeated.map((path) => ({ path, problem: 'duplicate' }))]
    .sort((a, b) => at(a.path) - at(b.path))
    .map(({ path, problem }) => text(problem)(path));
}

/** Removes, in place, what the schema does not know. */
export function prune(schema: Schema, object: unknown): void {
  walk(schema, object, '', (_path, owner, field) => delete owner[field]);
}

/** What the failure of a Go decoder names. */
interface Place {
  path: string;
  struct: string;
}

const goNames: Readonly<Record<string, string>> = { object: 'object', array: 'array', string: 'string', number: 'number', boolean: 'bool' };
const kindOf = (value: unknown): string => goNames[Array.isArray(value) ? 'array' : typeof value] ?? 'null';

const goTypes: Readonly<Record<string, string>> = {
  int32: 'int32',
  int64: 'int64',
  double: 'float64',
  string: 'string',
  boolean: 'bool',
  integer: 'int64',
};

function goType(schema: Schema): string {
  const short = (name: string) => name.replace(/^.*\.([^.]+)\.([^.]+)$/, '$1.$2');
  if (schema.name) return short(schema.name);
  if (schema.type === 'array') return `[]${schema.items ? goType(schema.items) : 'interface {}'}`;
  if (schema.type === 'object') return schema.values ? `map[string]${goType(schema.values)}` : 'map[string]interface {}';
  return goTypes[schema.format ?? ''] ?? goTypes[schema.type ?? ''] ?? 'interface {}';
}

const mismatch = (value: unknown, { path, struct }: Place, type: string) =>
  badRequest(
    path === ''
      ? `json: cannot unmarshal ${kindOf(value)} into Go value of type ${type}`
      : `json: cannot unmarshal ${kindOf(value)} into Go struct field ${struct}.${path} of type ${type}`,
  );

/**
 * A copy as Go's types would hold it: nulls, unknown fields, empty lists and maps and omitted zeroes dropped, structs filled in, quantities canonical,
 * numbers whole where they must be.
 * Throws StatusError 400 with the decoder's text where a value's type is wrong: after it, code may rely on the schema's types.
 */
export function normalize(schema: Schema, object: unknown, written?: Written): Json {
  for (const { path, text } of written?.floats ?? []) mark(schema, object, path, text);
  return copy(schema, object, { path: '', struct: '' }) as Json;
}

/** Puts a number's own text in its place, where the schema knows the place. */
function mark(schema: Schema, object: unknown, path: readonly (string | number)[], text: string): void {
  let [at, known] = [object as Json, schema as Schema | undefined];
  for (const [i, step] of path.entries()) {
    known = typeof step === 'number' ? known?.items : (known?.fields.get(step) ?? known?.values);
    if (!known || typeof at !== 'object' || at === null) return;
    if (i === path.length - 1) at[step] = new WrittenNumber(text);
    else at = at[step] as Json;
  }
}

/** A whole number that is written with a fraction or an exponent, which Go does not take for one. */
class WrittenNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

function copy(schema: Schema, written: unknown, place: Place): unknown {
  const value = written instanceof WrittenNumber && schema.type !== 'integer' ? Number(written.text) : written;
  if (value === null || value === undefined) return undefined;
  if (schema.quantity) return quantity(value);
  if (schema.intOrString) {
    if (typeof value === 'string' || Number.isInteger(value)) return value;
    throw mismatch(value, place, 'int32');
  }
  switch (schema.type) {
    case 'object':
      return isObject(value) ? copyObject(schema, value, place) : mismatched(value, place, schema);
    case 'array':
      if (!Array.isArray(value)) return mismatched(value, place, schema);
      return value.map((item) => (schema.items ? (copy(schema.items, item, place) ?? zeroOf(schema.items)) : item));
    case 'string':
      if (typeof value !== 'string') return mismatched(value, place, schema);
      if (schema.format === 'byte') checkBase64(value);
      if (schema.format === 'date-time' && !rfc3339.test(value)) throw badTime(value);
      return value;
    case 'boolean':
      return typeof value === 'boolean' ? value : mismatched(value, place, schema);
    case 'integer':
      if (typeof value !== 'number' && !(value instanceof WrittenNumber)) return mismatched(value, place, schema);
      if (typeof value === 'number' && Number.isInteger(value) && (schema.format !== 'int32' || value === (value | 0))) return value;
      throw badRequest(
        `json: cannot unmarshal number ${String(value)} into Go struct field ${place.struct}.${place.path} of type ${goType(schema)}`,
      );
    case 'number':
      return typeof value === 'number' ? value : mismatched(value, place, schema);
    default:
      return structuredClone(value);
  }
}

/** As base64.StdEncoding reads it: line breaks do not count. */
function checkBase64(text: string): void {
  const illegal = (at: number) => badRequest(`illegal base64 data at input byte ${at}`);
  let inQuantum = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (character === '\n' || character === '\r') continue;
    if (/[A-Za-z0-9+/]/.test(character)) inQuantum = (inQuantum + 1) % 4;
    else if (character !== '=' || inQuantum < 2) throw illegal(i);
    else {
      const rest = text.slice(i + 1).replaceAll(/[\n\r]/g, '');
      const more = inQuantum === 2 ? '=' : '';
      if (rest === more) return;
      if (rest === '') throw illegal(text.length);
      throw illegal(i + 1 + (rest.startsWith(more) ? more.length : 0));
    }
  }
  if (inQuantum > 0) throw illegal(text.length - inQuantum);
}

const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

const badTime = (value: string) =>
  badRequest(`parsing time ${JSON.stringify(value)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(value)} as "2006"`);

const mismatched = (value: unknown, place: Place, schema: Schema): never => {
  throw mismatch(value, place, goType(schema));
};

/** Go's zero value of a type, as JSON has it. */
export const zeroOf = ({ type = 'object' }: Schema): unknown =>
  ({ object: {}, array: [], string: '', integer: 0, number: 0, boolean: false })[type];

function copyObject(schema: Schema, value: Json, place: Place): Json {
  if (schema.preserveUnknown && schema.fields.size === 0) return structuredClone(value);
  const out: Json = {};
  const struct = schema.name?.slice(schema.name.lastIndexOf('.') + 1) ?? place.struct;
  for (const [field, child] of Object.entries(value)) {
    const known = schema.fields.get(field) ?? schema.values;
    // A null in a list or a map becomes Go's zero value; a key of a map is no part of Go's path.
    const step = schema.fields.has(field) ? field : '';
    const at = { path: [place.path, step].filter(Boolean).join('.'), struct };
    // A map keeps its key: Go gives it the zero value.
    const copied = known
      ? (copy(known, child, at) ?? (schema.fields.has(field) ? undefined : zeroOf(known)))
      : schema.preserveUnknown
        ? structuredClone(child)
        : undefined;
    if (copied !== undefined && !(schema.name !== undefined && isLost(known, copied))) setKey(out, field, copied);
  }
  if (schema.name === undefined) return out;
  for (const field of schema.raw['x-go-omitted'] ?? []) if (isZero(out[field])) delete out[field];
  fillStructs(schema, out);
  return out;
}

/** Protobuf, the storage's form, tells no empty list or map from none. */
const isLost = (schema: Schema | undefined, value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : isObject(value) && schema?.values !== undefined && Object.keys(value).length === 0;

const isZero = (value: unknown): boolean => value === '' || value === 0 || value === false;

/** Go structs that are no pointers are always there, if only empty (the documents mark them by a default of {}), and so are some scalars. */
function fillStructs(schema: Schema, object: Json): void {
  for (const field of schema.raw['x-go-kept'] ?? []) {
    const known = schema.fields.get(field);
    if (known && object[field] === undefined) object[field] = zeroOf(known);
  }
  if (schema.name !== undefined) for (const field of nullFields(schema.name) ?? []) object[field] ??= null;
  for (const [field, child] of schema.fields) {
    if (!isStruct(child) || object[field] !== undefined) continue;
    const struct: Json = {};
    fillStructs(child, struct);
    object[field] = struct;
  }
}

const isStruct = ({ default: fallback }: Schema): boolean => isObject(fallback) && Object.keys(fallback).length === 0;

function quantity(value: unknown): string {
  if ((typeof value === 'string' || typeof value === 'number') && tryParseQuantity(value)) return canonicalQuantity(value);
  throw badRequest(quantitySyntaxMessage);
}
