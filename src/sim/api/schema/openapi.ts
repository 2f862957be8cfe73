import { createHash } from 'node:crypto';
import { builtins, type BuiltinResource } from './builtins.ts';
import { definitions } from './definitions.ts';
import { lazy, readGenerated } from './generated.ts';
import type { JsonSchema } from './json-schema.ts';
import { openapiPaths } from './openapi-paths.ts';

/** Definition → field → text; '' is the definition's own. */
const descriptions = lazy(() => readGenerated('sim/api/schema/gen/descriptions.json.gz') as Record<string, Record<string, string>>);

const prefix = '#/components/schemas/';
const metaKinds = ['DeleteOptions', 'Patch', 'Status', 'WatchEvent', 'APIResourceList'].map(
  (kind) => `io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`,
);

function describe(name: string, schema: JsonSchema): JsonSchema {
  const texts = descriptions()[name] ?? {};
  const properties = Object.entries(schema.properties ?? {}).map(([field, written]) => {
    // Beside a bare $ref a description would not count.
    const property = written.$ref === undefined ? written : { allOf: [written] };
    return [field, texts[field] === undefined ? written : { description: texts[field], ...property }] as const;
  });
  const { 'x-go-omitted': _omitted, 'x-go-kept': _kept, ...published } = schema;
  return {
    ...(texts[''] && { description: texts[''] }),
    ...published,
    ...(schema.properties && { properties: Object.fromEntries(properties) }),
  };
}

/** A definition and everything that it refers to. */
function collect(name: string, into: Map<string, JsonSchema>): void {
  const schema = definitions()[name];
  if (!schema || into.has(name)) return;
  into.set(name, describe(name, schema));
  for (const [, reference = ''] of JSON.stringify(schema).matchAll(/"\$ref":"([^"]+)"/g)) collect(reference.slice(prefix.length), into);
}

/** Every built-in definition, with its texts. */
export const described = (): Record<string, JsonSchema> =>
  Object.fromEntries(Object.entries(definitions()).map(([name, schema]) => [name, describe(name, schema)]));

const pathOf = ({ group, version }: { group: string; version: string }): string =>
  group === '' ? `api/${version}` : `apis/${group}/${version}`;

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** Documents about no version: what there is. By name, the path's answer. */
const overviews: ReadonlyMap<string, string> = new Map([
  ['api', `${meta}.APIVersions`],
  ['apis', `${meta}.APIGroupList`],
  ...builtins.flatMap(({ group }) => (group === '' ? [] : [[`apis/${group}`, `${meta}.APIGroup`] as const])),
]);

function overview(name: string): Record<string, unknown> | undefined {
  const kind = overviews.get(name);
  if (kind === undefined) return undefined;
  const schemas = new Map<string, JsonSchema>();
  collect(kind, schemas);
  const content = { 'application/json': { schema: { $ref: `${prefix}${kind}` } } };
  const get = { responses: { '200': { description: 'OK', content } } };
  return openapiDocumentOf({ [`/${name}/`]: { get } }, Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** The body of GET /openapi/v3 for the built-in groups: `{ paths: { 'api/v1': { serverRelativeURL } } }`. The hash stands for the data's version. */
export function openapiIndex(): { paths: Record<string, { serverRelativeURL: string }> } {
  const names = [...new Set([...overviews.keys(), ...builtins.map(pathOf)])].sort();
  const entries = names.map((name) => {
    const hash = createHash('sha256').update(`v1.36.3 ${name}`).digest('hex').toUpperCase();
    return [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${hash}` }] as const;
  });
  return { paths: Object.fromEntries(entries) };
}

/**
 * The document of a built-in group and version, named as in the index: `api/v1`, `apis/apps/v1`. undefined for any other.
 * Schemas are complete; paths hold what clients look up in them (kinds and query parameters), not the responses.
 */
export function openapiDocument(groupVersion: string): Record<string, unknown> | undefined {
  const resources = builtins.filter((resource) => pathOf(resource) === groupVersion);
  if (resources.length === 0) return overview(groupVersion);
  const schemas = new Map<string, JsonSchema>();
  const kinds = new Set(resources.flatMap(kindsOf));
  for (const [name, { 'x-kubernetes-group-version-kind': ids = [] }] of Object.entries(definitions())) {
    if (ids.length < 3 && ids.some((id) => kinds.has(`${id.group}/${id.version}/${id.kind}`))) collect(name, schemas);
  }
  for (const name of metaKinds) collect(name, schemas);
  for (const [name, schema] of schemas) if (isEverywhere(schema)) schemas.set(name, inGroup(schema, resources[0]!));
  return openapiDocumentOf(openapiPaths(resources), Object.fromEntries([...schemas].sort(([a], [b]) => (a < b ? -1 : 1))));
}

/** Options and watch events are registered in every group version, of which a document tells the core's and its own. */
const isEverywhere = ({ 'x-kubernetes-group-version-kind': ids = [] }: JsonSchema): boolean => ids.length > 1;

function inGroup(schema: JsonSchema, { group, version }: BuiltinResource): JsonSchema {
  const { kind } = schema['x-kubernetes-group-version-kind']![0]!;
  const core = { group: '', kind, version: 'v1' };
  return { ...schema, 'x-kubernetes-group-version-kind': group === '' ? [core] : [core, { group, kind, version }] };
}

export const openapiDocumentOf = (paths: Record<string, unknown>, schemas: Record<string, unknown>): Record<string, unknown> => ({
  openapi: '3.0.0',
  info: { title: 'Kubernetes', version: '1.36' },
  paths,
  components: { schemas },
});

function kindsOf({ group, version, kind, subresourceDetails }: BuiltinResource): string[] {
  const others = Object.values(subresourceDetails).map((other) => `${other.group}/${other.version}/${other.kind}`);
  return [`${group}/${version}/${kind}`, `${group}/${version}/${kind}List`, ...others];
}
