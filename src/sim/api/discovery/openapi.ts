import { createHash } from 'node:crypto';
import {
  openapiDocument,
  openapiDocumentOf,
  openapiIndex,
  openapiPaths,
  openapiV2Text,
  fromStructural,
  builtins,
  type Json,
  type JsonSchema,
} from '../machinery.ts';
import type { Catalog } from '../registry/catalog.ts';
import type { Definition } from '../registry/definition.ts';

const metadataSchema = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** GET /openapi/v3: built-in group versions, and those that only custom resources have. */
export function openapiRoot(catalog: Catalog): Json {
  const { paths } = openapiIndex();
  const custom: Record<string, { serverRelativeURL: string }> = {};
  for (const apiVersion of new Set(customOf(catalog).map((d) => d.apiVersion))) {
    const path = `apis/${apiVersion}`;
    const schemas = JSON.stringify(customOf(catalog, apiVersion).map((d) => d.custom!.written));
    const hash = createHash('sha256').update(schemas).digest('hex').toUpperCase();
    custom[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` };
  }
  return { paths: { ...paths, ...custom } };
}

/** GET /openapi/v3/apis/GROUP/VERSION. */
export function openapiOf(catalog: Catalog, path: string): Json | undefined {
  const builtin = openapiDocument(path);
  if (builtin) return builtin;
  const definitions = customOf(catalog, path.replace(/^apis\//, ''));
  if (definitions.length === 0) return undefined;
  const borrowed = (openapiDocument('api/v1')!['components'] as { schemas: Json }).schemas;
  const schemas: Json = Object.fromEntries(Object.entries(borrowed).filter(([name]) => name.startsWith('io.k8s.apimachinery.')));
  for (const definition of definitions) Object.assign(schemas, schemasOf(definition));
  return openapiDocumentOf(openapiPaths(definitions.map((d) => ({ ...d, subresourceDetails: d.subresources }))), schemas);
}

/** GET /openapi/v2. Paths are those of custom resources only: what clients look up in it are definitions. */
export function openapiV2(catalog: Catalog): { text: string; hash: string } {
  const all = catalog.all().filter((d) => d.custom);
  const paths = openapiPaths(all.map((d) => ({ ...d, subresourceDetails: d.subresources })));
  const custom = JSON.stringify(Object.fromEntries(all.flatMap(definitionsV2)));
  return {
    text: openapiV2Text(custom, JSON.stringify(paths)),
    hash: createHash('sha256').update(`v1.36.3${custom}`).digest('hex').toUpperCase(),
  };
}

function definitionsV2({ group, version, kind, listKind, custom }: Definition): [string, Json][] {
  const name = `${group.split('.').toReversed().join('.')}.${version}`;
  const own: JsonSchema = custom!.written;
  const id = (of: string) => ({ 'x-kubernetes-group-version-kind': [{ group, version, kind: of }] });
  const texts = { apiVersion: { type: 'string' }, kind: { type: 'string' } };
  const meta = (of: string) => ({ $ref: `#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.${of}` });
  // kubectl would forbid everything else beside the usual three.
  const open = Object.keys(own).length === 0 || own['x-kubernetes-preserve-unknown-fields'] === true;
  const schema = fromStructural(own);
  const properties = { ...(schema['properties'] as Json), ...texts, metadata: meta('ObjectMeta') };
  return [
    [`${name}.${kind}`, { ...(open ? {} : { ...schema, properties }), type: 'object', ...id(kind) }],
    [
      `${name}.${listKind}`,
      {
        type: 'object',
        required: ['items'],
        properties: { ...texts, metadata: meta('ListMeta'), items: { type: 'array', items: { $ref: `#/definitions/${name}.${kind}` } } },
        ...id(listKind),
      },
    ],
  ];
}

const builtinGroupVersions = new Set(builtins.map((b) => `${b.group}/${b.version}`));
const customOf = (catalog: Catalog, apiVersion?: string): Definition[] =>
  catalog
    .all()
    .filter((d) => d.custom && !builtinGroupVersions.has(d.apiVersion) && (apiVersion === undefined || d.apiVersion === apiVersion));

function schemasOf({ group, version, kind, listKind, custom }: Definition): Json {
  const name = `${group.split('.').toReversed().join('.')}.${version}`;
  const own = custom!.written as { properties?: Json };
  const gvk = (of: string) => [{ group, version, kind: of }];
  const text = { type: 'string' };
  return {
    [`${name}.${kind}`]: {
      ...own,
      type: 'object',
      properties: {
        ...own.properties,
        apiVersion: text,
        kind: text,
        metadata: { allOf: [{ $ref: `#/components/schemas/${metadataSchema}` }] },
      },
      'x-kubernetes-group-version-kind': gvk(kind),
    },
    [`${name}.${listKind}`]: {
      type: 'object',
      required: ['items'],
      properties: {
        apiVersion: text,
        kind: text,
        metadata: { allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta' }] },
        items: { type: 'array', items: { allOf: [{ $ref: `#/components/schemas/${name}.${kind}` }] } },
      },
      'x-kubernetes-group-version-kind': gvk(listKind),
    },
  };
}
