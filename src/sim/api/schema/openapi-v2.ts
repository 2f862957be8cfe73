import type { JsonSchema } from './json-schema.ts';
import { described } from './openapi.ts';
import { lazy } from './generated.ts';

/** A schema as OpenAPI 2.0 writes it: a reference stands alone, or with a text beside it. */
type Schema2 = Record<string, unknown>;

const refersTo = (reference: string): string => reference.replace('#/components/schemas/', '#/definitions/');

/** `allOf` of one reference is how 3.0 gives it a text or a default. */
function fromBuiltIn(schema: JsonSchema): Schema2 {
  const { allOf, $ref, properties, items, additionalProperties, ...rest } = schema;
  const reference = $ref ?? (allOf?.length === 1 ? allOf[0]!.$ref : undefined);
  if (reference !== undefined)
    return { ...(rest.description !== undefined && { description: rest.description }), $ref: refersTo(reference) };
  return {
    ...rest,
    ...(properties && { properties: mapValues(properties, fromBuiltIn) }),
    ...(items && { items: fromBuiltIn(items) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: typeof additionalProperties === 'boolean' ? additionalProperties : fromBuiltIn(additionalProperties),
    }),
  };
}

const mapValues = <T, U>(values: Record<string, T>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));

/** Without the braces around it. */
const builtInText = lazy(() => JSON.stringify(mapValues(described(), fromBuiltIn)).slice(1, -1));

/** What 2.0 cannot say is left out, so that kubectl forbids nothing that the server allows (apiextensions' openapi/v2/conversion.go). */
export function fromStructural(schema: JsonSchema): Schema2 {
  const {
    allOf: _allOf,
    oneOf: _oneOf,
    anyOf: _anyOf,
    not: _not,
    nullable,
    properties,
    items,
    additionalProperties,
    type,
    required,
    ...rest
  } = schema;
  const open = rest['x-kubernetes-preserve-unknown-fields'] === true;
  const hidden = nullable === true || open;
  const shownItems = hidden ? undefined : items;
  const untyped = nullable === true || (type === 'array' && !shownItems) || (open && type === 'object');
  const nullables = Object.entries(properties ?? {}).flatMap(([name, property]) => (property.nullable ? [name] : []));
  const kept = required?.filter((name) => !nullables.includes(name));
  return {
    ...rest,
    ...(type && !untyped && { type }),
    ...(kept && kept.length > 0 && { required: kept }),
    ...(properties && !hidden && { properties: mapValues(properties, fromStructural) }),
    ...(shownItems && { items: fromStructural(shownItems) }),
    ...(additionalProperties !== undefined && {
      additionalProperties: typeof additionalProperties === 'boolean' ? additionalProperties : fromStructural(additionalProperties),
    }),
  };
}

/** GET /openapi/v2: one document of all groups, put together from JSON texts for its size. `custom` are the definitions of custom resources. */
export const openapiV2Text = (custom: string, paths: string): string =>
  `{"swagger":"2.0","info":{"title":"Kubernetes","version":"v1.36.3"},"paths":${paths},"definitions":{${[builtInText(), custom.slice(1, -1)].filter(Boolean).join(',')}}}`;
