import { matchesLabelSelector } from '../../../kube/selectors.ts';
import type { KubeObject, LabelSelector } from '../../../kube/types.ts';
import type { AdmissionRequest } from './request.ts';

export interface ResourceRule {
  apiGroups?: string[];
  apiVersions?: string[];
  operations?: string[];
  resources?: string[];
  resourceNames?: string[];
  scope?: string;
}

export interface MatchResources {
  resourceRules?: ResourceRule[];
  excludeResourceRules?: ResourceRule[];
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  matchPolicy?: string;
}

const isEmpty = (selector: LabelSelector | undefined): boolean =>
  !selector || (Object.keys(selector.matchLabels ?? {}).length === 0 && !selector.matchExpressions?.length);

/** Whether a request is among what a policy, or its binding, is about (apiserver pkg/admission/plugin/policy/matching). */
export function matchesResources(constraints: MatchResources | undefined, request: AdmissionRequest): boolean {
  if (!constraints) return true;
  const { resourceRules, excludeResourceRules = [], namespaceSelector, objectSelector } = constraints;
  if (!isEmpty(namespaceSelector)) {
    const namespace = namespaceOf(request);
    // What is in no namespace is out of no selector's reach.
    if (namespace && !matchesLabelSelector(namespace.metadata.labels, namespaceSelector)) return false;
  }
  if (!isEmpty(objectSelector)) {
    const selected = [request.object, request.old].some((object) => object && matchesLabelSelector(object.metadata.labels, objectSelector));
    if (!selected) return false;
  }
  if (excludeResourceRules.some((rule) => matchesRule(rule, request))) return false;
  return !resourceRules?.length || resourceRules.some((rule) => matchesRule(rule, request));
}

/** A namespace is in itself, as it will be. */
export function namespaceOf({ core, definition, namespace, object, old }: AdmissionRequest): KubeObject | undefined {
  if (definition.table === '/namespaces') return object ?? old;
  return namespace === undefined ? undefined : core.store.get('/namespaces', namespace);
}

/** Versions of one resource stand for each other, as matchPolicy Equivalent wants it. */
function matchesRule(rule: ResourceRule, request: AdmissionRequest): boolean {
  const { core, definition, operation, subresource, name } = request;
  const has = (list: string[] | undefined, ...values: string[]) => list?.includes('*') || values.some((value) => list?.includes(value));
  const versions = core.catalog
    .all()
    .filter((one) => one.table === definition.table)
    .map(({ version }) => version);
  const scope = definition.namespaced ? 'Namespaced' : 'Cluster';
  const resources = rule.resources?.some((resource) => {
    const [plural, part] = resource.split('/');
    const right = plural === '*' || plural === definition.plural;
    return right && (part === undefined ? !subresource : part === '*' ? true : part === subresource);
  });
  return Boolean(
    has(rule.apiGroups, definition.group) &&
    has(rule.apiVersions, ...versions) &&
    has(rule.operations, operation) &&
    resources &&
    (!rule.scope || rule.scope === '*' || rule.scope === scope) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(name)),
  );
}
