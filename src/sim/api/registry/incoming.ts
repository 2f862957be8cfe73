import { badRequest, StatusError } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { normalize, prune, unknownFields } from '../machinery.ts';
import type { WriteOptions } from './core.ts';
import type { Definition } from './definition.ts';

/** Looks for fields that the kind does not have, as `fieldValidation` says, and removes them. In place. */
export function checkFields(
  definition: Definition,
  object: KubeObject,
  options: WriteOptions & { describe?: { unknown(): string[] } },
): void {
  const schema = options.fieldValidation && definition.schema();
  if (!schema) return;
  if (options.fieldValidation !== 'Ignore') {
    const repeated = options.written?.repeatedKeys ?? [];
    const texts = [...(options.describe?.unknown() ?? []), ...unknownFields(schema, object, options.written)];
    if (options.fieldValidation === 'Strict') {
      // Strictly, they are one failure of the YAML library's.
      const all = repeated.length > 0 ? [yamlFailure(repeated), ...texts] : texts;
      if (all.length > 0) throw strictError(definition, all);
    }
    for (const text of [...repeated, ...texts]) options.warn?.(text);
  }
  prune(schema, object);
}

/** What came from outside as the kind's own types hold it. Throws StatusError 400 where a type is wrong. */
export function decodeFields(
  definition: Definition,
  object: KubeObject,
  options: WriteOptions & { describe?: { unknown(): string[] } },
): KubeObject {
  checkFields(definition, object, options);
  if (definition.custom && options.fieldValidation) settleMetadata(definition, object);
  const schema = options.fieldValidation && !definition.custom && definition.schema();
  if (!schema) return object;
  try {
    return normalize(schema, object, options.written) as unknown as KubeObject;
  } catch (error) {
    if (error instanceof StatusError) throw badRequest(`${unhandled(definition)}: ${error.message}`);
    throw error;
  }
}

/** The metadata of a custom resource passes through Go's type: what is empty is gone, and what is no text refused. */
function settleMetadata(definition: Definition, { metadata }: KubeObject): void {
  const fields = metadata as unknown as Record<string, unknown>;
  for (const field of ['labels', 'annotations', 'finalizers', 'ownerReferences']) {
    const value = fields[field];
    if (typeof value !== 'object') continue;
    if (value === null || Object.keys(value).length === 0) delete fields[field];
    else if (field === 'labels' || field === 'annotations') {
      const wrong = Object.values(value).find((text) => typeof text !== 'string' && text !== null);
      if (wrong === undefined) continue;
      const type = Array.isArray(wrong) ? 'array' : typeof wrong === 'boolean' ? 'bool' : typeof wrong;
      throw badRequest(`${unhandled(definition)}: json: cannot unmarshal ${type} into Go struct field ObjectMeta.${field} of type string`);
    }
  }
}

export const yamlFailure = (lines: readonly string[]): string => `yaml: unmarshal errors:${lines.map((line) => `\n  ${line}`).join('')}`;

const unhandled = ({ kind, version }: Definition): string => `${kind} in version "${version}" cannot be handled as a ${kind}`;

/** What decoding strictly would say; built-in and custom kinds word it differently. */
export const strictError = (definition: Definition, texts: readonly string[]): StatusError => {
  const text = `strict decoding error: ${texts.join(', ')}`;
  return new StatusError(
    400,
    'BadRequest',
    `${definition.kind} in version "${definition.version}" cannot be handled as a ${definition.kind}: ${text}`,
  );
};
