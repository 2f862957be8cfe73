import type { Origin } from '../model/policies.ts';
import { rulesAnnotation } from '../translate/emit/objects.ts';
import { readDocuments, type Source } from '../read/documents.ts';

/** What an object says of itself that it carries (the translation writes it; see docs/netpol.md). */
export interface Provenance {
  /** The rule that is carried, as describeOrigin writes it. */
  readonly source: string;
  readonly target: Origin;
}

/** Reads the annotation `kindlab.dev/rules`: a line `KIND NAMESPACE/NAME PATH -> PATH` for each rule and the place that carries it. */
export function provenanceOf(sources: readonly Source[]): Provenance[] {
  return sources
    .flatMap((source) => readDocuments(source, []))
    .flatMap(({ field, origin }) => {
      const text = field.get('metadata').get('annotations').get(rulesAnnotation).value;
      if (typeof text !== 'string') return [];
      return text.split('\n').flatMap((line) => {
        const match = /^(.+?) -> (\S+)/.exec(line);
        return match ? [{ source: match[1]!, target: { ...origin, path: match[2]! } }] : [];
      });
    });
}
