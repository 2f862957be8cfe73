import type { Schema } from '../schema/node.ts';
import { compile, type Compiled } from './compile.ts';
import { kubernetesEnvironment } from './environment.ts';
import { ObjectTypes, type CelType } from './object-types.ts';

/** One of x-kubernetes-validations. */
export interface ValidationRule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: string;
  fieldPath?: string;
  optionalOldSelf?: boolean;
}

export interface CompiledRule {
  written: ValidationRule;
  compiled: Compiled;
  message: Compiled | undefined;
  /** Of self and oldSelf in this rule. */
  type: CelType;
}

export const rulesOf = (schema: Schema): ValidationRule[] =>
  (schema.raw['x-kubernetes-validations'] as unknown as ValidationRule[] | undefined) ?? [];

const compiledPlaces = new WeakMap<Schema, CompiledRule[]>();

/** The rules of one place, without those below it, compiled once. `root`: the place is the resource itself. */
export function compileRules(schema: Schema, root: boolean): CompiledRule[] {
  let rules = compiledPlaces.get(schema);
  if (!rules) {
    const scopes = new Map<boolean, ReturnType<typeof scopeOf>>();
    rules = rulesOf(schema).map((written) => {
      const optional = written.optionalOldSelf === true;
      const scope = scopes.get(optional) ?? scopeOf(schema, root, optional);
      scopes.set(optional, scope);
      return {
        written,
        type: scope.type,
        compiled: compile(scope.environment, written.rule),
        message: written.messageExpression ? compile(scope.environment, written.messageExpression) : undefined,
      };
    });
    compiledPlaces.set(schema, rules);
  }
  return rules;
}

function scopeOf(schema: Schema, root: boolean, optional: boolean) {
  const environment = kubernetesEnvironment();
  const type = new ObjectTypes(environment).of(schema, root) ?? { name: 'dyn', value: (json: unknown) => json };
  environment.registerVariable('self', type.name);
  environment.registerVariable('oldSelf', optional ? `optional<${type.name}>` : type.name);
  return { environment, type };
}
