import { isObject, type JsonObject } from '../../../kube/json.ts';
import type { StatusCause } from '../../../kube/status.ts';
import { goRegExpProblem } from '../cel/go-regexp.ts';
import { compilePlace } from '../schema/schema.ts';
import { forbidden, invalid, notSupported, required } from './field.ts';
import { ruleForm, ruleProblems } from './crd-rules.ts';
import { checkValue } from './structural.ts';
import { each, sub, text } from './read.ts';

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];

/** What is wrong with the schema of a CustomResourceDefinition, in upstream's order of refusal. */
export function crdSchema(value: JsonObject | undefined, path: string): StatusCause[] {
  if (!value) return [required(path)];
  if (text(value, 'type') !== '' && text(value, 'type') !== 'object')
    return [invalid(`${path}.type`, value.type, 'must be object at the root')];
  const metadata = sub(sub(value, 'properties'), 'metadata');
  const named = Object.keys(sub(metadata, 'properties') ?? {}).every((name) => name === 'name' || name === 'generateName');
  const implied = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
  const causes = [...(named ? [] : [forbidden(`${path}.properties[metadata]`, implied)]), ...place(value, path)];
  // Rules are compiled against a schema that is right.
  return causes.length > 0 ? causes : ruleProblems(value, path);
}

/** One place of a structural schema and all below it. */
function place(value: JsonObject, path: string): StatusCause[] {
  const type = text(value, 'type');
  const free = value['x-kubernetes-int-or-string'] === true || value['x-kubernetes-preserve-unknown-fields'] === true;
  if (value.$ref !== undefined) return [forbidden(`${path}.$ref`, '$ref is not supported')];
  const causes: StatusCause[] = [];
  if (type === '' && !free) causes.push(required(`${path}.type`, 'must not be empty for specified object fields'));
  if (type !== '' && !types.includes(type)) causes.push(notSupported(`${path}.type`, type, types));
  if (type === 'array' && !sub(value, 'items')) causes.push(required(`${path}.items`, 'must be specified'));
  if (value.uniqueItems === true) {
    const detail = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic';
    causes.push(forbidden(`${path}.uniqueItems`, detail));
  }
  if (isObject(value.properties) && value.additionalProperties !== undefined) {
    causes.push(forbidden(`${path}.additionalProperties`, 'additionalProperties and properties are mutual exclusive'));
  }
  if (value['x-kubernetes-list-type'] === 'map' && !Array.isArray(value['x-kubernetes-list-map-keys'])) {
    causes.push(required(`${path}.x-kubernetes-list-map-keys`, 'must not be empty if x-kubernetes-list-type is map'));
  }
  causes.push(...ruleForm(value, path));
  const problem = value.pattern === undefined ? undefined : goRegExpProblem(text(value, 'pattern'));
  if (problem) causes.push(invalid(`${path}.pattern`, value.pattern, `must be a valid regular expression, but isn't: ${problem}`));
  for (const junctor of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const { value: one, path: at } of each(value, junctor, path)) {
      if (one.type !== undefined && !free) causes.push(forbidden(`${at}.type`, 'must be empty to be structural'));
    }
  }
  if (causes.length === 0 && value.default !== undefined) {
    for (const cause of checkValue(compilePlace(value), value.default, '')) {
      causes.push({ ...cause, field: `${path}.default` });
    }
  }
  const items = sub(value, 'items');
  const additional = sub(value, 'additionalProperties');
  return [
    ...causes,
    ...Object.entries(sub(value, 'properties') ?? {}).flatMap(([name, child]) => place(child as JsonObject, `${path}.properties[${name}]`)),
    ...(items ? place(items, `${path}.items`) : []),
    ...(additional ? place(additional, `${path}.additionalProperties`) : []),
  ];
}
