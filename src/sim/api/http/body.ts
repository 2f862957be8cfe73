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
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${messageOf(error)}`);
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

function asObject(value: unknown): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw badRequest("couldn't get version/kind; json parse error: json: cannot unmarshal into Go value of type struct");
}

export const tooLarge = () => new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maxBody}`);
