import { forbidden, notFound } from '../../../kube/status.ts';
import { deepEqual } from '../../../kube/json.ts';
import { authorized, rulesFor } from '../auth/authorize.ts';
import { matchesRule, type Rule } from '../auth/rules.ts';
import { isAdmin, type UserInfo } from '../auth/user.ts';
import type { Core } from '../registry/core.ts';
import { nameOf, type AdmissionRequest } from './request.ts';

const group = 'rbac.authorization.k8s.io';
const roles = new Set(['roles', 'clusterroles']);
const bindings = new Set(['rolebindings', 'clusterrolebindings']);

/** RBAC: nobody grants what he does not have, but for who may `escalate` or `bind` (pkg/registry/rbac). */
export function checkEscalation(request: AdmissionRequest): void {
  const { core, definition, object, old, user, operation } = request;
  if (definition.group !== group || operation === 'DELETE' || !object || !user || isAdmin(user)) return;
  const { plural } = definition;
  if (roles.has(plural)) {
    if (old && deepEqual(old['rules'], object['rules'])) return;
    if (may(request, 'escalate', plural, nameOf(request))) return;
    refuse(request, (object['rules'] as Rule[] | undefined) ?? []);
  }
  if (bindings.has(plural)) {
    if (old && deepEqual(old['subjects'], object['subjects']) && deepEqual(old['roleRef'], object['roleRef'])) return;
    const { kind, name } = object['roleRef'] as { kind: string; name: string };
    const resource = kind === 'ClusterRole' ? 'clusterroles' : 'roles';
    if (may(request, 'bind', resource, name)) return;
    const role = core.store.get(`${group}/${resource}`, kind === 'ClusterRole' ? name : `${request.namespace}/${name}`);
    if (!role) throw notFound(definition, name);
    refuse(request, (role['rules'] as Rule[] | undefined) ?? []);
  }
}

const may = ({ core, user, namespace }: AdmissionRequest, verb: string, resource: string, name: string): boolean =>
  authorized(core, user!, { verb, group, resource, name, ...(namespace !== undefined && { namespace }) });

function refuse(request: AdmissionRequest, rules: readonly Rule[]): void {
  const user = request.user!;
  const missing = rules.flatMap((rule) => breakDown(rule).filter((one) => !covered(request.core, user, one, request.namespace)));
  if (missing.length === 0) return;
  const groups = [...user.groups].map((name) => JSON.stringify(name)).join(' ');
  const lacking = compact(missing).join('\n');
  throw forbidden(
    request.definition,
    nameOf(request),
    `user ${JSON.stringify(user.username)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${lacking}`,
  );
}

type One = Record<'verb', string> & { group?: string; resource?: string; name?: string | undefined; path?: string };

/** Each combination that a rule grants. */
function breakDown(rule: Rule): One[] {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule;
  const named = resourceNames.length > 0 ? resourceNames : [undefined];
  return verbs.flatMap((verb) => [
    ...apiGroups.flatMap((apiGroup) => resources.flatMap((resource) => named.map((name) => ({ verb, group: apiGroup, resource, name })))),
    ...nonResourceURLs.map((path) => ({ verb, path })),
  ]);
}

function covered(
  core: Core,
  user: UserInfo,
  { verb, group: apiGroup = '', resource = '', name, path }: One,
  namespace: string | undefined,
): boolean {
  const [plural = '', subresource] = resource.split('/');
  return rulesFor(core, user, namespace).some((rule) =>
    matchesRule(rule, {
      verb,
      ...(path === undefined
        ? { group: apiGroup, resource: plural, ...(subresource && { subresource }), ...(name !== undefined && { name }) }
        : { path }),
    }),
  );
}

const list = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;

/** What a single right is about, as Go prints it. */
const about = ({ group: apiGroup, resource, name, path }: One): string => {
  if (path !== undefined) return `NonResourceURLs:${list([path])}`;
  return `APIGroups:${list([apiGroup!])}, Resources:${list([resource!])}${name === undefined ? '' : `, ResourceNames:${list([name])}`}`;
};

/** Verbs about the same thing are told together. */
function compact(rights: readonly One[]): string[] {
  const verbs = new Map<string, string[]>();
  for (const right of rights) verbs.set(about(right), [...(verbs.get(about(right)) ?? []), right.verb]);
  return [...verbs].map(([what, all]) => `{${what}, Verbs:${list(all)}}`).sort();
}
