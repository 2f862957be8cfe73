import type { JsonObject } from '../../../kube/json.ts';
import { qualifiedName } from '../../../kube/names.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { compilePolicy } from '../admission/policy-program.ts';
import type { Compiled } from '../cel/compile.ts';
import { duplicate, invalid, invalidEach, notSupported, required } from './field.ts';
import { each, isEmptyList, sub, text } from './read.ts';
import { labelSelector } from './selector.ts';

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const scopes = ['*', 'Cluster', 'Namespaced'];
const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];

function rules(constraints: JsonObject, path: string): StatusCause[] {
  return ['resourceRules', 'excludeResourceRules'].flatMap((list) =>
    each(constraints, list, path).flatMap(({ value, path: at }) => [
      ...(isEmptyList(value.operations) ? [required(`${at}.operations`)] : []),
      ...((value.operations as string[] | undefined) ?? []).flatMap((operation, i) =>
        operations.includes(operation) ? [] : [notSupported(`${at}.operations[${i}]`, operation, operations)],
      ),
      ...['apiGroups', 'apiVersions', 'resources'].flatMap((field) => (isEmptyList(value[field]) ? [required(`${at}.${field}`)] : [])),
      ...(value.scope === undefined || scopes.includes(text(value, 'scope')) ? [] : [notSupported(`${at}.scope`, value.scope, scopes)]),
    ]),
  );
}

function matchResources(constraints: JsonObject, path: string): StatusCause[] {
  const policy = text(constraints, 'matchPolicy');
  return [
    ...(policy === '' || ['Equivalent', 'Exact'].includes(policy)
      ? []
      : [notSupported(`${path}.matchPolicy`, policy, ['Equivalent', 'Exact'])]),
    ...labelSelector(`${path}.namespaceSelector`, constraints.namespaceSelector),
    ...labelSelector(`${path}.objectSelector`, constraints.objectSelector),
    ...rules(constraints, path),
  ];
}

function expression(compiled: Compiled, written: string, path: string, type?: string): StatusCause[] {
  if ('problem' in compiled) return [invalid(path, written, `compilation failed: ${compiled.problem}`)];
  return type === undefined || compiled.program.type === type
    ? []
    : [invalid(path, written, `must evaluate to ${type} but got ${compiled.program.type}`)];
}

export function validatingAdmissionPolicy(object: KubeObject): StatusCause[] {
  const spec = (object['spec'] ?? {}) as JsonObject;
  const constraints = sub(spec, 'matchConstraints');
  const failure = text(spec, 'failurePolicy');
  const program = compilePolicy(spec);
  const conditions = each(spec, 'matchConditions', 'spec');
  const validations = each(spec, 'validations', 'spec');
  const detail = 'validations or auditAnnotations must contain at least one item';
  const none = validations.length === 0 && isEmptyList(spec.auditAnnotations);
  return [
    ...(failure === '' || ['Fail', 'Ignore'].includes(failure) ? [] : [notSupported('spec.failurePolicy', failure, ['Fail', 'Ignore'])]),
    ...(constraints ? matchResources(constraints, 'spec.matchConstraints') : [required('spec.matchConstraints')]),
    ...(constraints && isEmptyList(constraints.resourceRules) ? [required('spec.matchConstraints.resourceRules')] : []),
    ...conditions.flatMap(({ value, path }, i) => {
      const name = text(value, 'name');
      const written = text(value, 'expression').trim();
      const twice = name !== '' && conditions.slice(0, i).some((earlier) => text(earlier.value, 'name') === name);
      return [
        ...(written === ''
          ? [required(`${path}.expression`)]
          : expression(program.conditions[i]!.compiled, written, `${path}.expression`, 'bool')),
        ...(name === '' ? [required(`${path}.name`)] : invalidEach(`${path}.name`, name, qualifiedName(name))),
        ...(twice ? [duplicate(`${path}.name`, name)] : []),
      ];
    }),
    ...each(spec, 'variables', 'spec').flatMap(({ value, path }, i) => {
      const [name, written] = [text(value, 'name'), text(value, 'expression')];
      const named = /^[A-Za-z_]\w*$/.test(name) ? [] : [invalid(`${path}.name`, name, 'must be a valid CEL identifier')];
      return [
        ...(name.trim() === '' ? [required(`${path}.name`, 'name is not specified')] : named),
        ...(written.trim() === ''
          ? [required(`${path}.expression`, 'expression is not specified')]
          : expression(program.variables[i]!.compiled, written, `${path}.expression`)),
      ];
    }),
    ...(none ? [required('spec.validations', detail), required('spec.auditAnnotations', detail)] : []),
    ...validations.flatMap(({ value, path }, i) => {
      const [written, message, told] = ['expression', 'message', 'messageExpression'].map((field) => text(value, field)) as [
        string,
        string,
        string,
      ];
      const { compiled, message: compiledMessage } = program.validations[i]!;
      const causes =
        written.trim() === ''
          ? [required(`${path}.expression`, 'expression is not specified')]
          : expression(compiled, written, `${path}.expression`, 'bool');
      if (told !== '' && told.trim() === '') causes.push(invalid(`${path}.messageExpression`, told, 'must be non-empty if specified'));
      else if (compiledMessage) causes.push(...expression(compiledMessage, told, `${path}.messageExpression`, 'string'));
      if (message !== '' && message.trim() === '') causes.push(invalid(`${path}.message`, message, 'must be non-empty if specified'));
      else if (/[\n\r]/.test(message.trim())) causes.push(invalid(`${path}.message`, message, 'must not contain line breaks'));
      if (value.reason !== undefined && !reasons.includes(text(value, 'reason')))
        causes.push(notSupported(`${path}.reason`, value.reason, reasons));
      return causes;
    }),
  ];
}

const actions = ['Audit', 'Deny', 'Warn'];

export function validatingAdmissionPolicyBinding(object: KubeObject): StatusCause[] {
  const spec = (object['spec'] ?? {}) as JsonObject;
  const given = (spec.validationActions as string[] | undefined) ?? [];
  const path = 'spec.validationActions';
  const param = sub(spec, 'paramRef');
  const both =
    'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
  const matched = sub(spec, 'matchResources');
  return [
    ...(text(spec, 'policyName') === '' ? [required('spec.policyName')] : []),
    ...(param && text(param, 'name') === '' && !sub(param, 'selector')
      ? [required('spec.paramRef', 'one of name or selector must be specified')]
      : []),
    ...(param && text(param, 'parameterNotFoundAction') === '' ? [required('spec.paramRef.parameterNotFoundAction')] : []),
    ...(matched ? matchResources(matched, 'spec.matchResources') : []),
    ...given.flatMap((action, i) => [
      ...(actions.includes(action) ? [] : [notSupported(`${path}[${i}]`, action, actions)]),
      ...(given.indexOf(action) < i ? [duplicate(`${path}[${i}]`, action)] : []),
    ]),
    ...(given.includes('Deny') && given.includes('Warn') ? [invalid(path, given, both)] : []),
    ...(given.length === 0 ? [required(path, 'at least one validation action is required')] : []),
  ];
}
