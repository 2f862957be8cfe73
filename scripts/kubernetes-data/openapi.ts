import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Json = Record<string, unknown>;

interface Document {
  paths: Record<string, Json>;
  components?: { schemas?: Record<string, Json> };
}

export interface OpenApi {
  /** Every definition of the served versions by its name, without descriptions. */
  definitions: Record<string, unknown>;
  /** Definition → field → description; '' for the definition's own. */
  descriptions: Record<string, Record<string, string>>;
  paths: Record<string, Json>;
}

const withoutDescriptions = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(withoutDescriptions);
  if (typeof node !== 'object' || node === null) return node;
  // A property may itself be named description: then it is an object.
  const kept = Object.entries(node).filter(([key, value]) => key !== 'description' || typeof value !== 'string');
  return Object.fromEntries(kept.map(([key, value]) => [key, withoutDescriptions(value)]));
};

/** Only generally available versions are served by default since 1.24, so only they are read. */
export function readOpenApi(kubernetes: string): OpenApi {
  const folder = join(kubernetes, 'api/openapi-spec/v3');
  const result: OpenApi = { definitions: {}, descriptions: {}, paths: {} };
  const files = readdirSync(folder).filter((file) => /^(api|apis__[^_]+)__v\d+_openapi\.json$/.test(file));
  for (const file of files.sort()) {
    const document = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Document;
    Object.assign(result.paths, document.paths);
    for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
      result.definitions[name] = withoutDescriptions(schema);
      const texts: Record<string, string> = {};
      if (typeof schema.description === 'string') texts[''] = schema.description;
      for (const [field, property] of Object.entries((schema.properties ?? {}) as Record<string, Json>)) {
        if (typeof property.description === 'string') texts[field] = property.description;
      }
      result.descriptions[name] = texts;
    }
  }
  return result;
}
