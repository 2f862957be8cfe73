/** What discovery tells of a resource, without short names and categories: the documents have none. */
export interface DiscoveredResource {
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
  verbs: string[];
  subresources: Record<string, { group: string; version: string; kind: string; verbs: string[] }>;
}

interface Operation {
  'x-kubernetes-action'?: string;
  'x-kubernetes-group-version-kind'?: { group: string; version: string; kind: string };
}

const methods = { get: 'get', post: 'create', put: 'update', patch: 'patch', delete: 'delete' } as const;
const actions: Record<string, string> = { list: 'list', watch: 'watch', watchlist: 'watch', deletecollection: 'deletecollection' };

const pattern = /^\/api(?:s\/([^/]+))?\/(v\d+)\/(watch\/)?(namespaces\/\{namespace\}\/)?([^/{]+)(?:\/\{name\})?(?:\/([^/{]+))?$/;

export function readResources(paths: Record<string, Record<string, unknown>>): DiscoveredResource[] {
  const resources = new Map<string, DiscoveredResource>();
  for (const [path, item] of Object.entries(paths)) {
    const match = pattern.exec(path);
    if (!match) continue;
    const [, group = '', version = '', , namespace, plural = '', subresource] = match;
    for (const [method, verb] of Object.entries(methods)) {
      const operation = item[method] as Operation | undefined;
      const kind = operation?.['x-kubernetes-group-version-kind'];
      if (!operation || !kind) continue;
      const key = `${group}/${version}/${plural}`;
      const resource = resources.get(key) ?? { group, version, plural, kind: '', namespaced: false, verbs: [], subresources: {} };
      resources.set(key, resource);
      resource.namespaced ||= namespace !== undefined;
      if (subresource) {
        const entry = (resource.subresources[subresource] ??= { ...kind, verbs: [] });
        if (!entry.verbs.includes(verb)) entry.verbs.push(verb);
        entry.verbs.sort();
      } else {
        resource.kind = kind.kind;
        const name = actions[operation['x-kubernetes-action'] ?? ''] ?? verb;
        if (!resource.verbs.includes(name)) resource.verbs.push(name);
        resource.verbs.sort();
      }
    }
  }
  return [...resources.values()];
}
