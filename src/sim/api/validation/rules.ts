import { Optional } from '@marcbachmann/cel-js';
import { deepEqual, isObject } from '../../../kube/json.ts';
import type { StatusCause } from '../../../kube/status.ts';
import { CelFailure } from '../cel/compile.ts';
import { compileRules, type CompiledRule, type ValidationRule } from '../cel/rules.ts';
import type { Schema } from '../schema/node.ts';
import { forbidden, invalid, required } from './field.ts';

/** What is compared with the place's old value; `value` is undefined where there is none. */
interface Old {
  value: unknown;
  /** The nearest place that can be told apart in the old object has not changed: what was wrong before may stay so. */
  unchanged: boolean;
}

/** Evaluates x-kubernetes-validations of a custom resource, as apiextensions-apiserver does it. */
export const checkRules = (schema: Schema, object: unknown, old: unknown): StatusCause[] =>
  place(schema, object, { value: old, unchanged: old !== undefined && deepEqual(object, old) }, '', true);

function place(schema: Schema, value: unknown, old: Old, path: string, root = schema.embeddedResource): StatusCause[] {
  if (value === null || value === undefined) return [];
  const causes = compileRules(schema, root).flatMap((rule) => evaluate(rule, schema, value, old, path));
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!items || !hasRules(items)) return causes;
    return [...causes, ...value.flatMap((item, i) => place(items, item, oldItem(schema, item, old), `${path}[${i}]`))];
  }
  if (!isObject(value)) return causes;
  for (const [field, child] of Object.entries(value)) {
    const known = schema.fields.get(field);
    const of = known ?? schema.values;
    if (!of || (root && field === 'metadata') || !hasRules(of)) continue;
    const before = isObject(old.value) && Object.hasOwn(old.value, field) ? old.value[field] : undefined;
    const at = known ? (path === '' ? field : `${path}.${field}`) : `${path}[${field}]`;
    causes.push(...place(of, child, { value: before, unchanged: before === undefined ? old.unchanged : deepEqual(child, before) }, at));
  }
  return causes;
}

const withRules = new WeakMap<object, boolean>();

/** Whether a place or one below it has rules. */
export function hasRules({ raw }: Schema): boolean {
  let known = withRules.get(raw);
  if (known === undefined) withRules.set(raw, (known = JSON.stringify(raw).includes('"x-kubernetes-validations"')));
  return known;
}

/** Only items of a list with keys can be found again. */
function oldItem(schema: Schema, item: unknown, old: Old): Old {
  if (schema.listType !== 'map' || !Array.isArray(old.value) || !isObject(item)) return { value: undefined, unchanged: old.unchanged };
  const value: unknown = old.value.find((one) => isObject(one) && schema.listMapKeys.every((key) => deepEqual(one[key], item[key])));
  return { value, unchanged: value === undefined ? old.unchanged : deepEqual(item, value) };
}

function evaluate(
  { written, compiled, message, type }: CompiledRule,
  schema: Schema,
  value: unknown,
  old: Old,
  path: string,
): StatusCause[] {
  const at = path === '' ? '<nil>' : path;
  const shownType = schema.type ?? '';
  if ('problem' in compiled) return [invalid(at, shownType, `rule compile error: compilation failed: ${compiled.problem}`)];
  const { program } = compiled;
  const transition = program.uses('oldSelf');
  if (transition && old.value === undefined && !written.optionalOldSelf) return [];
  const before = old.value === undefined ? undefined : type.value(old.value);
  const variables = {
    self: type.value(value),
    oldSelf: written.optionalOldSelf ? (before === undefined ? Optional.none() : Optional.of(before)) : before,
  };
  try {
    if (program.run(variables) === true) return [];
  } catch (error) {
    if (!(error instanceof CelFailure)) throw error;
    return [invalid(at, shownType, failed(error, written))];
  }
  if (!transition && old.unchanged) return [];
  const detail = (message && 'program' in message && told(message.program, variables)) || messageOf(written);
  const relative = written.fieldPath?.replace(/^\./, '').replace(/\['([^']*)'\]/g, '[$1]');
  const field = relative ? (path === '' ? relative : `${path}.${relative}`) : at;
  return [cause(field, value, detail, written.reason)];
}

const nameOf = ({ message, rule }: ValidationRule): string => (message || rule).trim();
const messageOf = (rule: ValidationRule): string => rule.message?.trim() || `failed rule: ${nameOf(rule)}`;

const failed = ({ message }: CelFailure, rule: ValidationRule): string =>
  message.startsWith('no such overload')
    ? `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${nameOf(rule)}`
    : `${message} evaluating rule: ${nameOf(rule)}`;

const longestMessage = 5 * 1024;

/** The text of a messageExpression, where it gives a usable one. */
function told(program: { run(variables: Record<string, unknown>): unknown }, variables: Record<string, unknown>): string | undefined {
  try {
    const text = program.run(variables);
    const trimmed = typeof text === 'string' ? text.trim() : '';
    return trimmed === '' || trimmed.includes('\n') || trimmed.length > longestMessage ? undefined : trimmed;
  } catch (error) {
    // The rule's own message stands in.
    if (error instanceof CelFailure) return undefined;
    throw error;
  }
}

function cause(field: string, value: unknown, detail: string, reason: string | undefined): StatusCause {
  const omitted = typeof value === 'object';
  switch (reason) {
    case 'FieldValueForbidden':
      return forbidden(field, detail);
    case 'FieldValueRequired':
      return required(field, detail);
    case 'FieldValueDuplicate':
      return { reason, message: omitted ? 'Duplicate value' : `Duplicate value: ${JSON.stringify(value)}`, field };
    default:
      return omitted ? { reason: 'FieldValueInvalid', message: `Invalid value: ${detail}`, field } : invalid(field, value, detail);
  }
}
