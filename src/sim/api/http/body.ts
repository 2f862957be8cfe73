import { badRequest, StatusError, unsupportedMediaType } from '../../../kube/status.ts';
import { messageOf } from '../../../base/errors.ts';
import { decodeProtobuf, readJson, type Json, type JsonText, type Written } from '../machinery.ts';
import type { ApiRequest } from './message.ts';

const accepted = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

/** Upstream's limit for a request's body. */
export const maxBody = 3 * 1024 * 1024;

export interface Body {
  object: Json;
  protobuf: boolean;
  written?: Written;
}

/** Reads an object in any form that is accepted. Throws 400, 413, 415. */
export async function readObject(request: ApiRequest): Promise<Body> {
  const media = mediaType(request) || 'application/json';
  const bytes = await request.body();
  switch (media) {
    case 'application/json':
      return objectBody(parseJson(bytes));
    case 'application/yaml':
      return objectBody(await parseYaml(bytes));
    case 'application/vnd.kubernetes.protobuf':
      return { object: decodeProtobuf(bytes), protobuf: true };
    default:
      throw unsupportedMediaType(`the body of the request was in an unknown format - accepted media types include: ${accepted}`);
  }
}

export const mediaType = (request: ApiRequest): string => (request.header('content-type') ?? '').split(';')[0]!.trim().toLowerCase();

const objectBody = ({ value, written }: JsonText): Body => ({ object: asObject(value), protobuf: false, ...(written && { written }) });

function parseJson(bytes: Uint8Array): JsonText {
  try {
    return readJson(bytes);
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${messageOf(error)}`);
  }
}

/** `yaml` is loaded when the first body asks for it. */
export async function parseYaml(bytes: Uint8Array): Promise<JsonText> {
  if (bytes.find((byte) => byte > 0x20) === 0x7b) return parseJson(bytes);
  const { readYaml, YamlSyntaxError } = await import('../codec/yaml.ts');
  try {
    const { value, repeatedKeys } = readYaml(new TextDecoder().decode(bytes));
    if (repeatedKeys.length === 0) return { value };
    return { value, written: { duplicates: [], offsets: new Map(), floats: [], repeatedKeys } };
  } catch (error) {
    throw error instanceof YamlSyntaxError ? badRequest(error.message) : error;
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

export const goKind = (value: unknown): string => (Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value);

/** A body in the words of apiserver's summarizeData. */
export function summary(bytes: Uint8Array): string {
  const limit = 30;
  if (bytes.length === 0) return '<empty>';
  const shown = bytes.length > limit ? bytes.subarray(0, limit) : bytes;
  const text = bytes[0] === 0x7b ? new TextDecoder().decode(shown) : Buffer.from(shown).toString('hex');
  return bytes.length > limit ? `${text} ...` : text;
}

export const tooLarge = () => new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${maxBody}`);
