import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenApi } from './openapi.ts';

interface Property {
  items?: { enum?: unknown };
  additionalProperties?: { enum?: unknown };
  enum?: unknown;
}

const propertyBlock = /^\t{5}"(\w+)": \{\n([\s\S]*?)\n\t{5}\},/gm;
const enumLine = /^\t+Enum: +\[\]interface\{\}\{(.*)\},$/m;

/**
 * The server tells the words that a field may hold, the published documents don't: they are read from the Go source that the server's
 * own documents are made of, with the descriptions that list them.
 */
export function addEnums(kubernetes: string, { definitions, descriptions }: OpenApi): void {
  const source = readFileSync(join(kubernetes, 'pkg/generated/openapi/zz_generated.openapi.go'), 'utf8');
  for (const [name, definition] of Object.entries(definitions)) {
    const properties = (definition as { properties?: Record<string, Property> }).properties ?? {};
    const start = source.indexOf(`func schema_${name.replace(/^io\.k8s\./, 'k8sio_').replaceAll(/[.-]/g, '_')}(`);
    if (start < 0) continue;
    const body = source.slice(start, source.indexOf('\n}\n', start));
    for (const [, field = '', block = ''] of body.matchAll(propertyBlock)) {
      const words = enumLine.exec(block)?.[1];
      const property = properties[field];
      if (words === undefined || !property) continue;
      (property.items ?? property.additionalProperties ?? property).enum = JSON.parse(`[${words}]`);
      const description = /^\t{7}Description: ("(?:[^"\\]|\\.)*"),$/m.exec(block)?.[1];
      if (description !== undefined) descriptions[name]![field] = JSON.parse(description) as string;
    }
  }
}
