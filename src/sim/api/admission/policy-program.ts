import type { KubeObject } from '../../../kube/types.ts';
import { compile, type Compiled } from '../cel/compile.ts';
import { kubernetesEnvironment } from '../cel/environment.ts';
import { registerAuthorizer } from './authorizer.ts';
import type { MatchResources } from './policy-matching.ts';

export interface Validation {
  expression: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
}

export interface PolicySpec {
  failurePolicy?: string;
  paramKind?: { apiVersion: string; kind: string };
  matchConstraints?: MatchResources;
  matchConditions?: { name: string; expression: string }[];
  variables?: { name: string; expression: string }[];
  validations?: Validation[];
  auditAnnotations?: { key: string; valueExpression: string }[];
}

/** A policy's expressions, compiled. */
export interface PolicyProgram {
  conditions: { name: string; compiled: Compiled }[];
  variables: { name: string; compiled: Compiled }[];
  validations: { written: Validation; compiled: Compiled; message: Compiled | undefined }[];
}

/** Holds the values of variables, each computed when first asked for. */
export class Variables {
  [name: string]: unknown;
}

const programs = new WeakMap<KubeObject, PolicyProgram>();

/** Of a stored policy: compiled once. */
export function programOf(policy: KubeObject): PolicyProgram {
  let program = programs.get(policy);
  if (!program) programs.set(policy, (program = compilePolicy(policy['spec'] as PolicySpec)));
  return program;
}

/** `declare` gives the type of object and oldObject in an environment; `dyn` where nothing is said. */
export function compilePolicy(
  spec: PolicySpec,
  declare: (environment: ReturnType<typeof kubernetesEnvironment>) => string = () => 'dyn',
): PolicyProgram {
  const scope = (variables: Readonly<Record<string, string>>, full: boolean) => {
    const environment = kubernetesEnvironment();
    const type = declare(environment);
    for (const name of ['object', 'oldObject']) environment.registerVariable(name, type);
    for (const name of ['request', 'namespaceObject']) environment.registerVariable(name, 'dyn');
    if (spec.paramKind) environment.registerVariable('params', 'dyn');
    if (full) registerAuthorizer(environment);
    if (Object.keys(variables).length > 0)
      environment.registerType('Variables', { ctor: Variables, fields: { ...variables } }).registerVariable('variables', 'Variables');
    return environment;
  };
  const bare = scope({}, true);
  const declared: Record<string, string> = {};
  const variables = (spec.variables ?? []).map(({ name, expression }) => {
    const compiled = compile(scope(declared, true), expression);
    declared[name] = 'program' in compiled ? compiled.program.declaredType : 'dyn';
    return { name, compiled };
  });
  const environment = variables.length > 0 ? scope(declared, true) : bare;
  const messages = scope(declared, false);
  return {
    conditions: (spec.matchConditions ?? []).map(({ name, expression }) => ({ name, compiled: compile(bare, expression) })),
    variables,
    validations: (spec.validations ?? []).map((written) => ({
      written,
      compiled: compile(environment, written.expression),
      message: written.messageExpression ? compile(messages, written.messageExpression) : undefined,
    })),
  };
}
