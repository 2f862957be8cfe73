import { badRequest, StatusError, unsupportedMediaType } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { deepCopy } from '../../store/object.ts';
import { builtins, jsonPatch, mergePatch, strategicMergePatch, type Json } from '../machinery.ts';
import { goValue } from '../patch/go-value.ts';
import type { WriteOptions } from '../registry/core.ts';
import type { Definition } from '../registry/definition.ts';
import { goKind, jsonError, mediaType, parseText, parseYaml, readObject, summary, type Body } from './body.ts';
import type { ApiRequest } from './message.ts';

/** Reads an object of the kind that the path says. */
export async function readKind(request: ApiRequest, definition: Definition, options: WriteOptions): Promise<KubeObject> {
  const { object, protobuf } = await readBuiltin(request, definition);
  // A protobuf message has no place for fields that its kind does not know.
  if (protobuf) options.fieldValidation = 'Ignore';
  checkKind(definition, object, definition.apiVersion, definition.kind);
  return asObject(object, definition);
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
    throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(object).slice(0, 200)}'`);
  }
  if (!definition.custom && (isOther(givenKind, kind) || isOther(given, apiVersion)))
    throw wrongKind(definition, String(given ?? apiVersion), String(givenKind ?? kind));
  if (isOther(givenKind, kind)) {
    throw badRequest(`the kind in the data (${String(givenKind)}) does not match the expected kind (${kind})`);
  }
  if (isOther(given, apiVersion)) {
    throw badRequest(`the API version in the data (${String(given)}) does not match the expected API version (${apiVersion})`);
  }
}

const isOther = (given: unknown, expected: string): boolean => given !== undefined && given !== '' && given !== expected;

/** As decoding into Go's types words it. */
function wrongKind({ group, version, kind }: Definition, apiVersion: string, given: string): Error {
  const short = (of: string) => of.split('/').at(-1)!;
  const known = builtins.some((b) => b.kind === given && (b.group ? `${b.group}/${b.version}` : b.version) === apiVersion);
  const why = known
    ? `converting (${short(apiVersion)}.${given}) to (${group ? group.split('.')[0] : 'core'}.${kind}): unknown conversion`
    : `no kind "${given}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`;
  return badRequest(`${given} in version "${short(known ? apiVersion : version)}" cannot be handled as a ${kind}: ${why}`);
}

function asObject(object: Json, definition?: Definition): KubeObject {
  const { metadata } = object;
  if (metadata === undefined || metadata === null) object['metadata'] = {};
  else if (typeof metadata !== 'object' || Array.isArray(metadata)) {
    const { kind = '', version = '' } = definition ?? {};
    const why = `json: cannot unmarshal ${goKind(metadata)} into Go struct field ${kind}.metadata of type v1.ObjectMeta`;
    throw badRequest(kind ? `${kind} in version "${version}" cannot be handled as a ${kind}: ${why}` : why);
  }
  return object as unknown as KubeObject;
}

const builtinPatches = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
  'application/strategic-merge-patch+json',
];
const customPatches = builtinPatches.slice(0, 3);

export type Patch =
  | { type: 'apply'; object: KubeObject }
  | { type: 'change'; change: (old: KubeObject) => KubeObject; describe: (outcome: KubeObject) => string };

const maxOperations = 10_000;

const sorted = (object: Json): Json => Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));

/** Reads a patch of any type that the resource takes. */
export async function readPatch(request: ApiRequest, definition: Definition): Promise<Patch> {
  const media = mediaType(request);
  const allowed = definition.custom ? customPatches : builtinPatches;
  if (!builtinPatches.includes(media)) throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  if (!allowed.includes(media)) {
    throw unsupportedMediaType(`the body of the request was in an unknown format - accepted media types include: ${allowed.join(', ')}`);
  }
  const bytes = await request.body();
  if (media === 'application/apply-patch+yaml') {
    const value = await parseYaml(bytes);
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw badRequest(
        `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${goKind(value)} into Go value of type map[string]interface {}`,
      );
    checkApplied(definition, value as Json);
    return { type: 'apply', object: asObject(value as Json) };
  }
  const patch = parsePatch(bytes);
  if (media === 'application/json-patch+json' && Array.isArray(patch) && patch.length > maxOperations) {
    const message = `Request entity too large: The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`;
    throw new StatusError(413, 'RequestEntityTooLarge', message);
  }
  const describe = (outcome: KubeObject): string =>
    media === 'application/strategic-merge-patch+json' ? goValue(patch) : JSON.stringify(sorted(outcome));
  return { type: 'change', change: (old) => patched(definition, deepCopy(old), media, patch), describe };
}

/** What is applied says itself what it is. */
function checkApplied({ apiVersion, kind }: Definition, value: Json): void {
  if (value['apiVersion'] === apiVersion && value['kind'] === kind) return;
  const given = typeof value['apiVersion'] === 'string' ? value['apiVersion'] : '';
  const version = given === '' ? '/' : given.includes('/') ? given : `/${given}`;
  throw badRequest(`invalid object type: ${version}, Kind=${typeof value['kind'] === 'string' ? value['kind'] : ''}`);
}

function parsePatch(bytes: Uint8Array): unknown {
  try {
    return parseText(bytes);
  } catch (error) {
    throw badRequest(`error decoding patch: ${jsonError(error, new TextDecoder().decode(bytes))}`);
  }
}

function patched(definition: Definition, object: KubeObject, media: string, patch: unknown): KubeObject {
  const before = object as unknown as Json;
  const after =
    media === 'application/json-patch+json'
      ? jsonPatch(before, patch)
      : media === 'application/merge-patch+json'
        ? mergePatch(before, patch)
        : strategicMergePatch(before, patch, definition.schema());
  // Patch functions may share parts with the patch, which is applied once only, or with the copy.
  return asObject(after);
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
