import { badRequest, invalid, StatusError } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { builtins, type Json } from '../machinery.ts';
import type { WriteOptions } from '../registry/core.ts';
import type { Definition } from '../registry/definition.ts';
import { goKind, readObject, summary, type Body } from './body.ts';
import type { ApiRequest } from './message.ts';

/** Reads an object of the kind that the path says. */
export async function readKind(request: ApiRequest, definition: Definition, options: WriteOptions): Promise<KubeObject> {
  const { object, protobuf, written } = await readBuiltin(request, definition);
  if (written) options.written = written;
  // A protobuf message has no place for fields that its kind does not know.
  if (protobuf) options.fieldValidation = 'Ignore';
  checkKind(definition, object, definition.apiVersion, definition.kind);
  if (definition.custom) return asObject(object, definition);
  // Go's decoder takes both from the path where the body leaves them out.
  return asObject(
    { ...object, apiVersion: object['apiVersion'] || definition.apiVersion, kind: object['kind'] || definition.kind },
    definition,
  );
}

/** A body that is no object at all is told with its beginning. */
async function readBuiltin(request: ApiRequest, definition: Definition): Promise<Body> {
  try {
    return await readObject(request);
  } catch (error) {
    if (definition.custom || !(error instanceof StatusError) || error.code !== 400) throw error;
    throw badRequest(
      `the object provided is unrecognized (must be of type ${definition.kind}): ${error.message} (${summary(await request.body())})`,
    );
  }
}

export function checkKind(definition: Definition, object: Json, apiVersion: string, kind: string): void {
  const { apiVersion: given, kind: givenKind } = object;
  if (definition.custom && (typeof givenKind !== 'string' || givenKind === '')) {
    const text = JSON.stringify(object);
    const why = `Object 'Kind' is missing in '${text.slice(0, 200)}' (${summary(Buffer.from(text))})`;
    throw badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why}`);
  }
  if (!definition.custom && (isOther(givenKind, kind) || isOther(given, apiVersion)))
    throw wrongKind(definition, String(given ?? apiVersion), String(givenKind ?? kind));
  if (isOther(givenKind, kind)) {
    const message = `Invalid value: ${JSON.stringify(givenKind)}: must be ${kind}`;
    const name = (object.metadata as { name?: string } | undefined)?.name ?? '';
    throw invalid({ group: definition.group, kind: String(givenKind) }, name, [{ reason: 'FieldValueInvalid', message, field: 'kind' }]);
  }
  if (isOther(given, apiVersion)) {
    throw badRequest(`the API version in the data (${String(given)}) does not match the expected API version (${apiVersion})`);
  }
}

const isOther = (given: unknown, expected: string): boolean => given !== undefined && given !== '' && given !== expected;

/** As decoding into Go's types words it. */
function wrongKind({ group, kind }: Definition, apiVersion: string, given: string): Error {
  const short = (of: string) => of.split('/').at(-1)!;
  const known = builtins.some((b) => b.kind === given && (b.group ? `${b.group}/${b.version}` : b.version) === apiVersion);
  const why = known
    ? `converting (${short(apiVersion)}.${given}) to (${group ? group.split('.')[0] : 'core'}.${kind}): unknown conversion`
    : `no kind "${given}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`;
  return badRequest(`${given} in version "${short(apiVersion)}" cannot be handled as a ${kind}: ${why}`);
}

export function asObject(object: Json, definition?: Definition): KubeObject {
  const { metadata } = object;
  if (metadata === undefined || metadata === null) object['metadata'] = {};
  else if (typeof metadata !== 'object' || Array.isArray(metadata)) {
    const { kind = '', version = '' } = definition ?? {};
    const why = `json: cannot unmarshal ${goKind(metadata)} into Go struct field ${kind}.metadata of type v1.ObjectMeta`;
    throw badRequest(kind ? `${kind} in version "${version}" cannot be handled as a ${kind}: ${why}` : why);
  }
  return object as unknown as KubeObject;
}

/** Server-side apply needs to know who applies. */
export function applyManager(request: ApiRequest): string {
  const manager = request.query.get('fieldManager');
  if (manager) return manager;
  throw new StatusError(
    422,
    'Invalid',
    'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    {
      group: 'meta.k8s.io',
      kind: 'PatchOptions',
      causes: [{ reason: 'FieldValueRequired', message: 'Required value: is required for apply patch', field: 'fieldManager' }],
    },
  );
}
