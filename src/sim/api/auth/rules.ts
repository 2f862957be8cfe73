/** What a request is about, as the authorizer sees it. */
export interface Attributes {
  verb: string;
  group?: string;
  resource?: string;
  subresource?: string;
  namespace?: string;
  name?: string;
  /** Of a request that is about no resource. */
  path?: string;
}

/** rbac/v1 PolicyRule. */
export interface Rule {
  verbs: readonly string[];
  apiGroups?: readonly string[];
  resources?: readonly string[];
  resourceNames?: readonly string[];
  nonResourceURLs?: readonly string[];
}

const has = (list: readonly string[] | undefined, value: string): boolean =>
  list !== undefined && (list.includes('*') || list.includes(value));

export function matchesRule(rule: Rule, { verb, group = '', resource, subresource, name, path }: Attributes): boolean {
  if (!has(rule.verbs, verb)) return false;
  if (path !== undefined) {
    return (rule.nonResourceURLs ?? []).some((url) => url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))));
  }
  if (resource === undefined || !has(rule.apiGroups, group)) return false;
  const full = subresource ? `${resource}/${subresource}` : resource;
  const covered = rule.resources?.some((r) => r === '*' || r === full || (subresource !== undefined && r === `*/${subresource}`));
  if (!covered) return false;
  return !rule.resourceNames?.length || (name !== undefined && rule.resourceNames.includes(name));
}
