import { StatusError } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { prune, unknownFields } from '../machinery.ts';
import type { WriteOptions } from './core.ts';
import type { Definition } from './definition.ts';

/** Looks for fields that the kind does not have, as `fieldValidation` says, and removes them. */
export function checkFields(definition: Definition, object: KubeObject, options: WriteOptions): void {
  if (!options.fieldValidation) return;
  const schema = definition.schema();
  if (!schema) return;
  const unknown = unknownFields(schema, object);
  if (unknown.length > 0) {
    const texts = unknown.map((field) => `unknown field "${field}"`);
    if (options.fieldValidation === 'Strict') throw strictError(definition, texts);
    if (options.fieldValidation === 'Warn') for (const text of texts) options.warn?.(text);
  }
  prune(schema, object);
}

/** What decoding strictly would say; built-in and custom kinds word it differently. */
export const strictError = (definition: Definition, texts: readonly string[]): StatusError => {
  const text = `strict decoding error: ${texts.join(', ')}`;
  return new StatusError(
    400,
    'BadRequest',
    definition.custom ? text : `${definition.kind} in version "${definition.version}" cannot be handled as a ${definition.kind}: ${text}`,
  );
};
