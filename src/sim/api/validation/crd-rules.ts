import { isObject, type JsonObject } from '../../../kube/json.ts';
import type { StatusCause } from '../../../kube/status.ts';
import { compileRules, rulesOf, type ValidationRule } from '../cel/rules.ts';
import { compileStructural, type Schema } from '../schema/schema.ts';
import { invalid, notSupported, required } from './field.ts';
import { sub, text } from './read.ts';

const key = 'x-kubernetes-validations';
const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];

/** What is wrong with how rules are written, before they are compiled. */
export function ruleForm(value: JsonObject, path: string): StatusCause[] {
  const rules = value[key];
  if (!Array.isArray(rules)) return [];
  return (rules as ValidationRule[]).flatMap(({ rule, message, messageExpression, reason, fieldPath }, i) => {
    const at = `${path}.${key}[${i}]`;
    const causes: StatusCause[] = [];
    if (rule.trim() === '') causes.push(required(`${at}.rule`, 'rule is not specified'));
    else if (message && message.trim() === '') causes.push(invalid(`${at}.message`, message, 'must be non-empty if specified'));
    else if (message?.trim().match(/[\n\r]/)) causes.push(invalid(`${at}.message`, message, 'must not contain line breaks'));
    else if (rule.trim().match(/[\n\r]/) && !message?.trim())
      causes.push(required(`${at}.message`, 'message must be specified if rule contains line breaks'));
    if (messageExpression && messageExpression.trim() === '')
      causes.push(required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified'));
    if (reason !== undefined && !reasons.includes(reason)) causes.push(notSupported(`${at}.reason`, reason, reasons));
    if (fieldPath && fieldPath.trim() === '') causes.push(invalid(`${at}.fieldPath`, fieldPath, 'must be non-empty if specified'));
    if (fieldPath?.match(/[\n\r]/)) causes.push(invalid(`${at}.fieldPath`, fieldPath, 'must not contain line breaks'));
    if (fieldPath && !leads(value, fieldPath)) causes.push(invalid(`${at}.fieldPath`, fieldPath, 'must be a valid path'));
    return causes;
  });
}

/** Whether a path such as `.spec.labels['a']` leads to a field of the schema. */
function leads(schema: JsonObject, path: string): boolean {
  const steps = path.match(/\.[^.[\]]+|\['(?:[^'\\]|\\.)*'\]/g) ?? [];
  if (steps.join('') !== path || steps.length === 0) return false;
  let place: JsonObject | undefined = schema;
  for (const step of steps) {
    const name = step.startsWith('.') ? step.slice(1) : step.slice(2, -2).replace(/\\(.)/g, '$1');
    const properties: JsonObject | undefined = sub(place, 'properties');
    place = properties ? sub(properties, name) : sub(place, 'additionalProperties');
    if (!place) return false;
  }
  return true;
}

/** As the internal type prints. */
const internal = (rule: ValidationRule) => ({
  Rule: rule.rule,
  Message: rule.message ?? '',
  MessageExpression: rule.messageExpression ?? '',
  Reason: rule.reason ?? null,
  FieldPath: rule.fieldPath ?? '',
  OptionalOldSelf: rule.optionalOldSelf ?? null,
});

/** Compiles all rules of a schema whose form is right. */
export const ruleProblems = (value: JsonObject, path: string): StatusCause[] =>
  JSON.stringify(value).includes(`"${key}"`) ? place(compileStructural(value), path, true, undefined) : [];

function place(schema: Schema, path: string, root: boolean, uncorrelatable: string | undefined): StatusCause[] {
  const { raw } = schema;
  const within = uncorrelatable ?? (raw.type === 'array' && schema.listType !== 'map' ? path : undefined);
  const causes = Object.keys(isObject(raw.properties) ? raw.properties : {}).flatMap((name) => {
    const child = schema.fields.get(name);
    return child && !(root && name === 'metadata')
      ? place(child, `${path}.properties[${name}]`, child.embeddedResource, uncorrelatable)
      : [];
  });
  if (schema.values && isObject(raw.additionalProperties))
    causes.push(...place(schema.values, `${path}.additionalProperties`, schema.values.embeddedResource, uncorrelatable));
  if (schema.items) causes.push(...place(schema.items, `${path}.items`, schema.items.embeddedResource, within));
  if (rulesOf(schema).length === 0) return causes;
  compileRules(schema, root).forEach(({ written, compiled, message }, i) => {
    const at = `${path}.${key}[${i}]`;
    const wrong = (field: string, detail: string) => causes.push(invalid(`${at}.${field}`, internal(written), detail));
    if ('problem' in compiled) return void wrong('rule', `compilation failed: ${compiled.problem}`);
    if (compiled.program.type !== 'bool') return void wrong('rule', 'cel expression must evaluate to a bool');
    if (message && 'problem' in message) wrong('messageExpression', `messageExpression compilation failed: ${message.problem}`);
    else if (message && message.program.type !== 'string') wrong('messageExpression', 'messageExpression must evaluate to a string');
    if (compiled.program.uses('oldSelf')) {
      if (uncorrelatable !== undefined) {
        const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
        causes.push(invalid(`${at}.rule`, text({ ...written }, 'rule'), detail));
      }
    } else if (written.optionalOldSelf !== undefined) {
      causes.push(invalid(`${at}.optionalOldSelf`, written.optionalOldSelf, 'may not be set if oldSelf is not used in rule'));
    }
  });
  return causes;
}
