import { messageOf } from '../../../base/errors.ts';
import { isObject } from '../../../kube/json.ts';
import { badRequest, StatusError, unsupportedMediaType } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { deepCopy } from '../../store/object.ts';
import { inGoOrder, jsonPatch, knownMessage, mergePatch, readJson, strategicMergePatch, type Json, type JsonText } from '../machinery.ts';
import { goValue } from '../patch/go-value.ts';
import type { Definition } from '../registry/definition.ts';
import type { PatchDescription } from '../registry/update.ts';
import { goKind, mediaType, parseYaml } from './body.ts';
import type { ApiRequest } from './message.ts';
import { asObject } from './write.ts';

const jsonType = 'application/json-patch+json';
const mergeType = 'application/merge-patch+json';
const applyType = 'application/apply-patch+yaml';
const strategicType = 'application/strategic-merge-patch+json';
const builtinPatches = [jsonType, mergeType, applyType, strategicType];
const customPatches = builtinPatches.slice(0, 3);

export type Patch =
  | { type: 'apply'; object: KubeObject; written: JsonText['written'] }
  | { type: 'change'; change: (old: KubeObject) => KubeObject; describe: PatchDescription };

const maxOperations = 10_000;

/** Reads a patch of any type that the resource takes. What is wrong with its text is told once the object is found. */
export async function readPatch(request: ApiRequest, definition: Definition): Promise<Patch> {
  const media = mediaType(request);
  const allowed = definition.custom ? customPatches : builtinPatches;
  if (!builtinPatches.includes(media)) throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  if (!allowed.includes(media)) {
    throw unsupportedMediaType(`the body of the request was in an unknown format - accepted media types include: ${allowed.join(', ')}`);
  }
  const bytes = await request.body();
  if (media === applyType) return readApply(bytes, definition);
  let patch: JsonText | undefined;
  const read = () => (patch ??= parsePatch(bytes, media));
  return {
    type: 'change',
    change: (old) => asObject(patched(definition, deepCopy(old), media, read().value)),
    describe: {
      text: (outcome, old) => (media === strategicType ? goValue(read().value) : JSON.stringify(inTextOrder(outcome, old, definition))),
      unknown: () => strictTexts(media, read()),
      byReflection: media === strategicType,
    },
  };
}

async function readApply(bytes: Uint8Array, definition: Definition): Promise<Patch> {
  let read: JsonText;
  try {
    read = await parseYaml(bytes);
  } catch (error) {
    throw badRequest(`error decoding YAML: error converting YAML to JSON: ${messageOf(error)}`);
  }
  const { value } = read;
  if (!isObject(value))
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${goKind(value)} into Go value of type map[string]interface {}`,
    );
  checkApplied(definition, value);
  return { type: 'apply', object: asObject(value), written: read.written };
}

/** What is applied says itself what it is. */
function checkApplied({ apiVersion, kind }: Definition, value: Json): void {
  if (value['apiVersion'] === apiVersion && value['kind'] === kind) return;
  const given = typeof value['apiVersion'] === 'string' ? value['apiVersion'] : '';
  const version = given === '' ? '/' : given.includes('/') ? given : `/${given}`;
  throw badRequest(`invalid object type: ${version}, Kind=${typeof value['kind'] === 'string' ? value['kind'] : ''}`);
}

function parsePatch(bytes: Uint8Array, media: string): JsonText {
  let patch: JsonText;
  try {
    patch = readJson(bytes);
  } catch (error) {
    throw badRequest(media === strategicType ? messageOf(error) : `error decoding patch: ${messageOf(error)}`);
  }
  if (media === jsonType && Array.isArray(patch.value) && patch.value.length > maxOperations) {
    const message = `Request entity too large: The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.value.length}`;
    throw new StatusError(413, 'RequestEntityTooLarge', message);
  }
  return patch;
}

const operationFields = ['op', 'path', 'from', 'value'];

/** What is odd about the patch's own text, beside what its outcome has too much. */
function strictTexts(media: string, { value, written }: JsonText): string[] {
  const repeated = (written?.duplicates ?? []).map((path) => `duplicate field ${JSON.stringify(path)}`);
  if (media !== jsonType) return repeated;
  const unknown = (value as Json[]).flatMap((operation, i) =>
    Object.keys(operation)
      .filter((field) => !operationFields.includes(field))
      .map((field) => `unknown field ${JSON.stringify(`[${i}].${field}`)}`),
  );
  return [...repeated, ...unknown].map((text) => `json patch ${text}`);
}

function patched(definition: Definition, object: KubeObject, media: string, patch: unknown): Json {
  const before = object as unknown as Json;
  if (media === jsonType) return jsonPatch(before, patch);
  return media === mergeType ? mergePatch(before, patch) : strategicMergePatch(before, patch, definition.schema());
}

/** As the patch library writes its outcome: what it went into by key, the rest as it was encoded. */
function inTextOrder(outcome: KubeObject, old: KubeObject, { apiVersion, kind }: Definition): Json {
  const type = knownMessage(apiVersion, kind);
  const ordered = (type ? inGoOrder(type, old) : old) as Json;
  const mix = (now: unknown, before: unknown, was: unknown): unknown => {
    if (!isObject(now) || !isObject(was)) return now;
    if (JSON.stringify(now) === JSON.stringify(was)) return before;
    const keys = Object.keys(now).sort();
    return Object.fromEntries(keys.map((key) => [key, mix(now[key], (before as Json)[key], was[key])]));
  };
  return mix(outcome, ordered, old) as Json;
}
