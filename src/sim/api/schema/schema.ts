import type { JsonSchema } from './json-schema.ts';
import { definitions } from './definitions.ts';
import { lazy } from './generated.ts';
import { SchemaNode, type Schema, type SchemaScope } from './node.ts';

export type { JsonSchema } from './json-schema.ts';
export type { Schema } from './node.ts';
export { builtins, type BuiltinResource } from './builtins.ts';
export { openapiDocument, openapiIndex } from './openapi.ts';
export { normalize, prune, unknownFields } from './decode.ts';
export { applySchemaDefaults } from './schema-defaults.ts';

const nodes = new Map<string, SchemaNode>();

const builtinScope: SchemaScope = {
  emptyIsOpen: true,
  definition(name) {
    const known = nodes.get(name);
    if (known) return known;
    const written = definitions()[name];
    if (!written) return undefined;
    const node = new SchemaNode(written, builtinScope, name);
    nodes.set(name, node);
    return node;
  },
  objectMeta: () => builtinScope.definition('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'),
};

/** `apiVersion/kind` → definition's name. */
const byKind = lazy(() => {
  const names = new Map<string, string>();
  for (const [name, { 'x-kubernetes-group-version-kind': kinds = [] }] of Object.entries(definitions())) {
    for (const { group, version, kind } of kinds) names.set(`${group ? `${group}/` : ''}${version}/${kind}`, name);
  }
  return names;
});

/** The schema of a built-in kind; undefined for any other. */
export function schemaOf(apiVersion: string, kind: string): Schema | undefined {
  const name = byKind().get(`${apiVersion}/${kind}`);
  return name === undefined ? undefined : builtinScope.definition(name);
}

const structuralScope: SchemaScope = { emptyIsOpen: false, definition: () => undefined, objectMeta: builtinScope.objectMeta };

/** The schema of a version of a CustomResourceDefinition. The root gets apiVersion, kind and metadata as upstream adds them. */
export function compileStructural(openAPIV3Schema: JsonSchema | undefined): Schema {
  const written: JsonSchema = openAPIV3Schema ?? { 'x-kubernetes-preserve-unknown-fields': true };
  return new SchemaNode({ ...written, type: 'object', 'x-kubernetes-embedded-resource': true }, structuralScope);
}

/** One place within such a schema. */
export const compilePlace = (written: JsonSchema): Schema => new SchemaNode(written, structuralScope);
