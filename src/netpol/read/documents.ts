import { parseAllDocuments } from 'yaml';
import { isObject } from '../../kube/json.ts';
import type { Origin } from '../model/policies.ts';
import { Field } from './field.ts';
import type { Problem } from './problem.ts';

/** A text with the name by which a person knows it. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

export interface Document {
  readonly field: Field;
  readonly origin: Origin;
  readonly apiVersion: string;
}

/** Splits YAML (or JSON) into objects; the items of a `List` count as documents of their own. */
export function readDocuments({ file, text }: Source, problems: Problem[]): Document[] {
  return parseAllDocuments(text, { prettyErrors: false }).flatMap((parsed, i) => {
    const document = i + 1;
    const wrong = parsed.errors[0];
    if (wrong) {
      problems.push({ file, document, path: '', message: `not YAML: ${wrong.message}` });
      return [];
    }
    return objects(parsed.toJS(), file, document, problems);
  });
}

/** An object that is already parsed. */
export const readObject = (value: unknown, file: string, problems: Problem[]): Document[] => objects(value, file, 1, problems);

function objects(value: unknown, file: string, document: number, problems: Problem[]): Document[] {
  if (value === null || value === undefined || value === 'none') return [];
  if (!isObject(value) || typeof value['kind'] !== 'string' || typeof value['apiVersion'] !== 'string') {
    problems.push({ file, document, path: '', message: 'expected a Kubernetes object with apiVersion and kind' });
    return [];
  }
  if (value['kind'].endsWith('List') && Array.isArray(value['items'])) {
    return value['items'].flatMap((item: unknown) => objects(item, file, document, problems));
  }
  const { apiVersion, kind, metadata } = value;
  const { name, namespace } = isObject(metadata) ? metadata : {};
  if (typeof name !== 'string') {
    problems.push({ file, document, object: kind, path: 'metadata.name', message: 'expected a name, found nothing' });
    return [];
  }
  const origin = { file, document, kind, name, ...(typeof namespace === 'string' && { namespace }) };
  return [{ field: new Field(value, ''), origin, apiVersion }];
}
