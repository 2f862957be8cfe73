import { stringify } from 'yaml';
import type { WrittenObject } from './report.ts';

/** Manifests as one stream of YAML documents, the same for the same objects. */
export const toYaml = (objects: readonly WrittenObject[]): string =>
  objects.map((object) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false, blockQuote: 'literal' })).join('---\n');
