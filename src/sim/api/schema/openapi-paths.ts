interface PathResource {
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
  verbs: readonly string[];
  subresourceDetails?: Readonly<Record<string, { group: string; version: string; kind: string; verbs: readonly string[] }>>;
}

type Gvk = { group: string; version: string; kind: string };

const text = ['pretty'];
const write = ['dryRun', 'fieldManager', 'fieldValidation'];
const list = [
  'allowWatchBookmarks',
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
  'watch',
];
const removal = ['dryRun', 'gracePeriodSeconds', 'orphanDependents', 'propagationPolicy'];

/** verb → method, x-kubernetes-action and query parameters. */
const operations: Readonly<Record<string, readonly [method: string, action: string, parameters: readonly string[]]>> = {
  get: ['get', 'get', text],
  list: ['get', 'list', list],
  create: ['post', 'post', write],
  update: ['put', 'put', write],
  patch: ['patch', 'patch', [...write, 'force']],
  delete: ['delete', 'delete', removal],
  deletecollection: ['delete', 'deletecollection', [...removal, ...list]],
};

const booleans = new Set(['allowWatchBookmarks', 'force', 'orphanDependents', 'sendInitialEvents', 'watch']);
const integers = new Set(['gracePeriodSeconds', 'limit', 'timeoutSeconds']);
const typeOf = (name: string): string => (booleans.has(name) ? 'boolean' : integers.has(name) ? 'integer' : 'string');

const query = (name: string) => ({ name, in: 'query', schema: { type: typeOf(name), uniqueItems: true } });
const inPath = (name: string) => ({ name, in: 'path', required: true, schema: { type: 'string', uniqueItems: true } });

function item(verbs: readonly string[], kind: Gvk, path: string): Record<string, unknown> | undefined {
  const known = verbs.flatMap((verb) => operations[verb] ?? []);
  if (known.length === 0) return undefined;
  const methods = verbs.flatMap((verb) => {
    const operation = operations[verb];
    if (!operation) return [];
    const [method, action, parameters] = operation;
    return [
      [
        method,
        { 'x-kubernetes-action': action, 'x-kubernetes-group-version-kind': kind, parameters: parameters.map(query), responses: {} },
      ],
    ];
  });
  const parameters = ['name', 'namespace'].filter((name) => path.includes(`{${name}}`)).map(inPath);
  return { ...Object.fromEntries(methods), ...(parameters.length > 0 && { parameters }) };
}

const ofCollection = new Set(['list', 'create', 'deletecollection']);

/** The paths part of a group version's OpenAPI document, also for custom resources. */
export function openapiPaths(resources: readonly PathResource[]): Record<string, unknown> {
  const paths: Record<string, unknown> = {};
  const add = (path: string, verbs: readonly string[], kind: Gvk) => {
    const made = item(verbs, kind, path);
    if (made) paths[path] = made;
  };
  for (const { group, version, plural, kind, namespaced, verbs, subresourceDetails = {} } of resources) {
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    const collection = `${root}/${namespaced ? 'namespaces/{namespace}/' : ''}${plural}`;
    const gvk = { group, version, kind };
    add(
      collection,
      verbs.filter((verb) => ofCollection.has(verb)),
      gvk,
    );
    add(
      `${collection}/{name}`,
      verbs.filter((verb) => !ofCollection.has(verb)),
      gvk,
    );
    if (namespaced && verbs.includes('list')) add(`${root}/${plural}`, ['list'], gvk);
    for (const [name, { verbs: subverbs, ...subkind }] of Object.entries(subresourceDetails)) {
      add(`${collection}/{name}/${name}`, subverbs, { group: subkind.group, version: subkind.version, kind: subkind.kind });
    }
  }
  return paths;
}
