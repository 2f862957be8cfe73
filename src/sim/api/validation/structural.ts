import { isIP } from 'node:net';
import { deepEqual, isObject, type JsonObject } from '../../../kube/json.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { goRegExp } from '../cel/go-regexp.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import type { Schema } from '../schema/node.ts';
import { duplicate, invalid, notSupported, required, tooLong, tooMany, typeInvalid } from './field.ts';
import { metadataOnCreate, metadataOnUpdate } from './metadata.ts';
import { checkRules, hasRules } from './rules.ts';

/**
 * What is wrong with a custom resource by its schema, its rules and its metadata, with the messages of apiextensions-apiserver.
 */
export function validateCustomResource(schema: Schema, object: KubeObject, old?: KubeObject): StatusCause[] {
  const metadata = old ? metadataOnUpdate(object, old) : metadataOnCreate(object);
  const fields = [...schema.fields].filter(([field]) => field !== 'metadata' && Object.hasOwn(object, field));
  const missing = schema.required.filter((field) => !Object.hasOwn(object, field)).map((field) => required(field));
  const causes = [...missing, ...fields.flatMap(([field, child]) => checkValue(child, object[field], field))];
  if (!hasRules(schema)) return [...metadata, ...causes];
  return [...metadata, ...causes, ...(causes.some(blocks) ? [unchecked] : checkRules(schema, object, old))];
}

/** CEL rules wait for an object whose types and sizes are right. */
const unchecked: StatusCause = {
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  field: '<nil>',
};
const blocking = ['FieldValueNotSupported', 'FieldValueRequired', 'FieldValueTooLong', 'FieldValueTooMany', 'FieldValueTypeInvalid'];
const blocks = ({ reason = '' }: StatusCause): boolean => blocking.includes(reason);

const kindOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'array' : Number.isInteger(value) ? 'integer' : typeof value;

/** What is wrong with a value at `path`. */
export function checkValue(schema: Schema, value: unknown, path: string): StatusCause[] {
  if (value === null && schema.nullable) return [];
  const { raw } = schema;
  const kind = kindOf(value);
  if (schema.intOrString) {
    return kind === 'integer' || kind === 'string' ? choices(raw, value, path) : [wrongType(path, kind, 'integer,string')];
  }
  if (raw.type && raw.type !== kind && !(raw.type === 'number' && kind === 'integer')) return [wrongType(path, kind, raw.type)];
  const own = [...limits(raw, value, path), ...choices(raw, value, path)];
  if (Array.isArray(value)) return [...own, ...list(schema, value, path)];
  return isObject(value) ? [...own, ...children(schema, value, path)] : own;
}

const wrongType = (path: string, kind: string, expected: string): StatusCause =>
  typeInvalid(path, kind, `${path} in body must be of type ${expected}: ${JSON.stringify(kind)}`);

function children(schema: Schema, value: JsonObject, path: string): StatusCause[] {
  const missing = schema.required.filter((field) => !Object.hasOwn(value, field)).map((field) => required(`${path}.${field}`));
  const present = Object.entries(value).flatMap(([field, child]) => {
    const known = schema.fields.get(field) ?? schema.values;
    return known ? checkValue(known, child, `${path}.${field}`) : [];
  });
  return [...missing, ...present];
}

function list(schema: Schema, value: readonly unknown[], path: string): StatusCause[] {
  const causes = schema.items ? value.flatMap((item, i) => checkValue(schema.items!, item, `${path}[${i}]`)) : [];
  if (schema.listType === 'atomic') return causes;
  const identities = value.map((item) => {
    if (schema.listType === 'set' || !isObject(item)) return item;
    return Object.fromEntries(schema.listMapKeys.map((key) => [key, item[key]]));
  });
  identities.forEach((identity, i) => {
    if (identities.slice(0, i).some((earlier) => deepEqual(earlier, identity))) causes.push(duplicate(`${path}[${i}]`, identity));
  });
  return causes;
}

function limits(raw: JsonSchema, value: unknown, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  const should = (text: string, shown: unknown = value) => causes.push(invalid(path, shown, `${path} in body should ${text}`));
  const items = (count: number) => `${count} items`;
  if (typeof value === 'number') {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = raw;
    if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
      should(`be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`);
    }
    if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
      should(`be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`);
    }
    if (multipleOf !== undefined && value % multipleOf !== 0) should(`be a multiple of ${multipleOf}`);
  } else if (typeof value === 'string') {
    const length = [...value].length;
    if (raw.maxLength !== undefined && length > raw.maxLength) causes.push(tooLong(path, raw.maxLength));
    else if (raw.minLength !== undefined && length < raw.minLength) should(`be at least ${raw.minLength} chars long`);
    else if (raw.pattern !== undefined && !goRegExp(raw.pattern).test(value)) should(`match '${raw.pattern}'`);
    const format = raw.format === undefined ? undefined : formats[raw.format];
    if (format && !format(value))
      causes.push(typeInvalid(path, value, `${path} in body must be of type ${raw.format}: ${JSON.stringify(value)}`));
  } else if (Array.isArray(value)) {
    if (raw.maxItems !== undefined && value.length > raw.maxItems) causes.push(tooMany(path, value.length, raw.maxItems));
    if (raw.minItems !== undefined && value.length < raw.minItems) should(`have at least ${items(raw.minItems)}`, value.length);
  } else if (isObject(value)) {
    const count = Object.keys(value).length;
    if (raw.maxProperties !== undefined && count > raw.maxProperties) causes.push(tooMany(path, count, raw.maxProperties));
    if (raw.minProperties !== undefined && count < raw.minProperties) should(`have at least ${raw.minProperties} properties`, count);
  }
  return causes;
}

const formats: Readonly<Record<string, (value: string) => boolean>> = {
  'date-time': (value) => !Number.isNaN(Date.parse(value)) && /T/i.test(value),
  ipv4: (value) => isIP(value) === 4,
  ipv6: (value) => isIP(value) === 6,
  cidr: (value) => /^[^/]+\/\d{1,3}$/.test(value) && isIP(value.split('/')[0]!) > 0,
  byte: (value) => /^[A-Za-z0-9+/]*={0,2}$/.test(value) && value.length % 4 === 0,
};

/** enum, and the junctors, which hold no types of their own in a structural schema. */
function choices(raw: JsonSchema, value: unknown, path: string): StatusCause[] {
  const causes: StatusCause[] = [];
  if (raw.enum && !raw.enum.some((one) => deepEqual(one, value))) causes.push(notSupported(path, value, raw.enum as string[]));
  const holds = (one: JsonSchema) => fits(one, value);
  // Upstream gives no field here.
  const must = (text: string) => causes.push(invalid('<nil>', '', `${JSON.stringify(path)} must validate ${text}`));
  if (raw.allOf && !raw.allOf.every(holds)) must('all the schemas (allOf)');
  if (raw.anyOf && !raw.anyOf.some(holds)) must('at least one schema (anyOf)');
  const fitting = raw.oneOf?.filter(holds).length ?? 1;
  if (fitting !== 1) must(`one and only one schema (oneOf). Found ${fitting === 0 ? 'none valid' : `${fitting} valid alternatives`}`);
  if (raw.not && holds(raw.not)) causes.push(invalid('<nil>', '', `${JSON.stringify(path)} must not validate the schema (not)`));
  return causes;
}

function fits(raw: JsonSchema, value: unknown): boolean {
  const kind = kindOf(value);
  if (raw.type && raw.type !== kind && !(raw.type === 'number' && kind === 'integer')) return false;
  if (limits(raw, value, '').length > 0 || choices(raw, value, '').length > 0) return false;
  if (isObject(value)) {
    if (raw.required?.some((field) => !Object.hasOwn(value, field))) return false;
    return Object.entries(raw.properties ?? {}).every(([field, child]) => !Object.hasOwn(value, field) || fits(child, value[field]));
  }
  return !Array.isArray(value) || !raw.items || value.every((item) => fits(raw.items!, item));
}
