import { badRequest, StatusError, unsupportedMediaType } from '../../../kube/status.ts';
import { messageOf } from '../../../base/errors.ts';
import { decodeProtobuf, type Json } from '../machinery.ts';
import type { ApiRequest } from './message.ts';

const accepted = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

/** Upstream's limit for a request's body. */
export const maxBody = 3 * 1024 * 1024;

export interface Body {
  object: Json;
  protobuf: boolean;
}

/** Reads an object in any form that is accepted. Throws 400, 413, 415. */
export async function readObject(request: ApiRequest): Promise<Body> {
  const media = mediaType(request) || 'application/json';
  const bytes = await request.body();
  switch (media) {
    case 'application/json':
      return { object: parseJson(bytes), protobuf: false };
    case 'application/yaml':
      return { object: asObject(await parseYaml(bytes)), protobuf: false };
    case 'application/vnd.kubernetes.protobuf':
      return { object: decodeProtobuf(bytes), protobuf: true };
    default:
      throw unsupportedMediaType(`the body of the request was in an unknown format - accepted media types include: ${accepted}`);
  }
}

export const mediaType = (request: ApiRequest): string => (request.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase();

export function parseJson(bytes: Uint8Array): Json {
  return asObject(parseJsonValue(bytes));
}

export function parseJsonValue(bytes: Uint8Array): unknown {
  try {
    return parseText(bytes);
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${jsonError(error, new TextDecoder().decode(bytes))}`);
  }
}

/** `yaml` is loaded when the first body asks for it. */
export async function parseYaml(bytes: Uint8Array): Promise<unknown> {
  const text = new TextDecoder().decode(bytes);
  if (text.trimStart().startsWith('{')) return parseJsonValue(bytes);
  const { parse } = await import('yaml');
  try {
    return parse(text, { schema: 'yaml-1.1', maxAliasCount: 100 });
  } catch (error) {
    throw badRequest(`error converting YAML to JSON: ${messageOf(error)}`);
  }
}

const versionAndKind = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

function asObject(value: unknown): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  // Go takes null for an object without fields.
  if (value === null) return {};
  throw badRequest(
    `couldn't get version/kind; json parse error: json: cannot unmarshal ${goKind(value)} into Go value of type ${versionAndKind}`,
  );
}

/** Levels of a body; Go stops at 10,000, and what recurses here would not come that far. */
const maxDepth = 1_000;

/** JSON.parse of what is not nested too deeply for all that comes after. Throws SyntaxError. */
export function parseText(bytes: Uint8Array): unknown {
  if (bytes.length > maxDepth && depthOf(bytes) > maxDepth) throw new SyntaxError(tooDeep);
  return JSON.parse(new TextDecoder().decode(bytes));
}

const tooDeep = 'exceeded max depth';

function depthOf(bytes: Uint8Array): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (quoted) {
      if (byte === 0x5c) i++;
      else if (byte === 0x22) quoted = false;
    } else if (byte === 0x22) quoted = true;
    else if (byte === 0x7b || byte === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return deepest;
}

export const goKind = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value);

/** What encoding/json would say of a text that JSON.parse refused. */
export function jsonError(error: unknown, text: string): string {
  const message = messageOf(error);
  if (message === tooDeep) return message;
  const position = Number(/at position (\d+)/.exec(message)?.[1] ?? text.length);
  if (position >= text.length) return 'unexpected end of JSON input';
  const character = `invalid character '${text[position]}'`;
  if (message.startsWith('Unexpected non-whitespace')) return `${character} after top-level value`;
  if (message.startsWith("Expected ',' or '}'")) return `${character} after object key:value pair`;
  if (message.startsWith("Expected ',' or ']'")) return `${character} after array element`;
  if (message.startsWith("Expected ':'")) return `${character} after object key`;
  if (message.startsWith('Expected')) return `${character} looking for beginning of object key string`;
  return `${character} looking for beginning of value`;
}

/** A body in the words of apiserver's summarizeData. */
export function summary(bytes: Uint8Array): string {
  const limit = 30;
  if (bytes.length === 0) return '<empty>';
  const shown = bytes.length > limit ? bytes.subarray(0, limit - 3) : bytes;
  const text = bytes[0] === 0x7b ? new TextDecoder().decode(shown) : Buffer.from(shown).toString('hex');
  return bytes.length > limit ? `${text} ...` : text;
}

export const tooLarge = () => new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maxBody}`);
