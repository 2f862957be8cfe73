import { groupResource } from '../../../kube/resources.ts';
import { matchesLabelSelector } from '../../../kube/selectors.ts';
import { StatusError } from '../../../kube/status.ts';
import type { KubeObject, LabelSelector } from '../../../kube/types.ts';
import { CelFailure, type Compiled } from '../cel/compile.ts';
import { dynamicValue } from '../cel/values.ts';
import { keyOf } from '../registry/definition.ts';
import { Authorizer } from './authorizer.ts';
import { matchesResources, namespaceOf, type MatchResources } from './policy-matching.ts';
import { programOf, Variables, type PolicyProgram, type PolicySpec, type Validation } from './policy-program.ts';
import { controllerManager, nameOf, type AdmissionRequest } from './request.ts';

const group = 'admissionregistration.k8s.io';

interface BindingSpec {
  policyName: string;
  paramRef?: { name?: string; namespace?: string; selector?: LabelSelector; parameterNotFoundAction?: string };
  matchResources?: MatchResources;
  validationActions?: string[];
}

interface Decision {
  message: string;
  reason?: string | undefined;
  binding?: string;
}

/** Plugin ValidatingAdmissionPolicy. Audit annotations go nowhere: there is no audit log. */
export function checkPolicies(request: AdmissionRequest): void {
  const { core, definition } = request;
  const policies = core.store.list(`${group}/validatingadmissionpolicies`);
  // Policies are not asked about policies, or nobody could correct one.
  if (policies.length === 0 || definition.group === group) return;
  const bindings = core.store.list(`${group}/validatingadmissionpolicybindings`);
  for (const policy of policies) {
    const spec = policy['spec'] as PolicySpec;
    const bound = bindings.filter((binding) => (binding['spec'] as BindingSpec).policyName === policy.metadata.name);
    if (bound.length === 0 || !matchesResources(spec.matchConstraints, request)) continue;
    const denied = bound.flatMap((binding) => decide(request, policy, spec, binding));
    if (denied.length > 0) throw refusal(request, policy.metadata.name, denied[0]!);
  }
}

/** What a binding denies; what it only warns of is told at once. */
function decide(request: AdmissionRequest, policy: KubeObject, spec: PolicySpec, { metadata, spec: written }: KubeObject): Decision[] {
  const binding = written as BindingSpec;
  if (!matchesResources(binding.matchResources, request)) return [];
  const fails = spec.failurePolicy !== 'Ignore';
  const found = paramsOf(request, spec, binding);
  if ('problem' in found) return fails ? [{ message: `failed to configure ${found.of}: ${found.problem}`, binding: metadata.name }] : [];
  const actions = binding.validationActions ?? [];
  return found.params.flatMap((params) => {
    const decisions = evaluate(request, programOf(policy), params, fails);
    if (actions.includes('Warn')) {
      for (const { message } of decisions)
        request.warn?.(
          `Validation failed for ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${metadata.name}': ${message}`,
        );
    }
    return actions.includes('Deny') ? decisions.map((decision) => ({ ...decision, binding: metadata.name })) : [];
  });
}

type Params = { params: (KubeObject | null)[] } | { problem: string; of: 'policy' | 'binding' };

function paramsOf(request: AdmissionRequest, { paramKind }: PolicySpec, { paramRef }: BindingSpec): Params {
  if (!paramKind || !paramRef) return { params: [null] };
  const { core } = request;
  const definition = core.catalog.byKind(paramKind.apiVersion, paramKind.kind);
  if (!definition) {
    const shown = `${paramKind.apiVersion}, Kind=${paramKind.kind}`;
    return { problem: `failed to find resource referenced by paramKind: '${shown}'`, of: 'policy' };
  }
  const namespace = definition.namespaced ? (paramRef.namespace ?? request.namespace) : undefined;
  if (definition.namespaced && namespace === undefined)
    return { problem: 'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources', of: 'binding' };
  if (!definition.namespaced && paramRef.namespace)
    return { problem: 'paramRef.namespace must not be provided for a cluster-scoped `paramKind`', of: 'binding' };
  const params = paramRef.name
    ? [core.store.get(definition.table, keyOf(namespace, paramRef.name))].filter((one) => one !== undefined)
    : core.store.list(definition.table, namespace).filter((one) => matchesLabelSelector(one.metadata.labels, paramRef.selector));
  if (params.length === 0 && paramRef.parameterNotFoundAction !== 'Allow')
    return { problem: 'no params found for policy binding with `Deny` parameterNotFoundAction', of: 'binding' };
  return { params };
}

function evaluate(request: AdmissionRequest, program: PolicyProgram, params: KubeObject | null, fails: boolean): Decision[] {
  const scope = scopeOf(request, program, params);
  const onError = (message: string): Decision[] => (fails ? [{ message }] : []);
  let failed: string | undefined;
  for (const { name, compiled } of program.conditions) {
    const result = run(compiled, scope);
    if (result.value === false) return [];
    if (result.error !== undefined) failed ??= `expression '${expressionOf(compiled, name)}' resulted in error: ${result.error}`;
  }
  if (failed !== undefined) return onError(failed);
  return program.validations.flatMap(({ written, compiled, message }) => {
    const result = run(compiled, scope);
    if (result.error !== undefined) return onError(`expression '${written.expression}' resulted in error: ${result.error}`);
    if (result.value === true) return [];
    return [{ message: messageOf(written, message, scope), reason: written.reason }];
  });
}

const expressionOf = (compiled: Compiled, fallback: string): string => ('program' in compiled ? compiled.program.expression : fallback);

function run(compiled: Compiled, scope: Record<string, unknown>): { value?: unknown; error?: string } {
  if ('problem' in compiled) return { error: `compilation failed: ${compiled.problem}` };
  try {
    return { value: compiled.program.run(scope) };
  } catch (error) {
    if (error instanceof CelFailure) return { error: error.message };
    throw error;
  }
}

function messageOf({ message, expression }: Validation, compiled: Compiled | undefined, scope: Record<string, unknown>): string {
  const told = compiled && run(compiled, scope).value;
  if (typeof told === 'string' && told.trim() !== '' && !told.trim().includes('\n')) return told.trim();
  return message?.trim() || `failed expression: ${expression.trim()}`;
}

/** What expressions see. */
function scopeOf(request: AdmissionRequest, program: PolicyProgram, params: KubeObject | null): Record<string, unknown> {
  const { core, definition, operation, namespace, name, object, old, subresource, user = controllerManager } = request;
  const { group: apiGroup, version, plural, kind, table } = definition;
  const kinds = { group: apiGroup, version, kind };
  const resource = { group: apiGroup, version, resource: plural };
  const home = table === '/namespaces' ? undefined : namespaceOf(request);
  const scope: Record<string, unknown> = {
    object: dynamicValue(object ?? null),
    oldObject: dynamicValue(old ?? null),
    params: dynamicValue(params),
    namespaceObject: dynamicValue(home ? { ...home, metadata: { ...home.metadata, managedFields: undefined } } : null),
    request: dynamicValue({
      kind: kinds,
      resource,
      subResource: subresource ?? '',
      requestKind: kinds,
      requestResource: resource,
      requestSubResource: subresource ?? '',
      name: name || object?.metadata.name || '',
      namespace: namespace ?? '',
      operation,
      userInfo: { username: user.username, uid: user.uid ?? '', groups: user.groups, extra: user.extra ?? {} },
      dryRun: request.dryRun ?? false,
      options: {},
    }),
    authorizer: new Authorizer(core, user, {
      group: apiGroup,
      resource: plural,
      ...(subresource && { subresource }),
      ...(namespace !== undefined && { namespace }),
      ...(name && { name }),
    }),
  };
  const variables = new Variables();
  for (const { name: variable, compiled } of program.variables) {
    let known: { value?: unknown; error?: string } | undefined;
    Object.defineProperty(variables, variable, {
      enumerable: true,
      get() {
        known ??= run(compiled, scope);
        if (known.error !== undefined) throw new CelFailure(`composited variable "${variable}" fails to evaluate: ${known.error}`);
        return known.value;
      },
    });
  }
  scope['variables'] = variables;
  return scope;
}

const codes: Readonly<Record<string, number>> = { Unauthorized: 401, Forbidden: 403, RequestEntityTooLarge: 413 };

function refusal(request: AdmissionRequest, policy: string, { message, reason = 'Invalid', binding }: Decision): StatusError {
  const { definition } = request;
  const told = `ValidatingAdmissionPolicy '${policy}'${binding === undefined ? '' : ` with binding '${binding}'`} denied request: ${message}`;
  const name = nameOf(request);
  return new StatusError(codes[reason] ?? 422, reason, `${groupResource(definition)}${name && ` "${name}"`} is forbidden: ${told}`, {
    ...(name && { name }),
    ...(definition.group && { group: definition.group }),
    kind: definition.plural,
    causes: [{ message: told }],
  });
}
