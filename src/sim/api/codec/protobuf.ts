import { badRequest } from '../../../kube/status.ts';
import { fieldsOf, messageOf, scalarTypes, type Field } from './messages.ts';
import { wellKnown, type DecodeContext } from './well-known.ts';
import { WireReader } from './wire.ts';

type Json = Record<string, unknown>;

function value(reader: WireReader, type: string, wire: number): unknown {
  switch (type) {
    case 'string':
      return reader.bytes().toString('utf8');
    case 'bytes':
      return reader.bytes().toString('base64');
    case 'bool':
      return reader.varint() !== 0;
    case 'double':
      return reader.double();
    case 'float':
      return reader.float();
    default:
      return wire === 0 && scalarTypes.has(type) ? reader.varint() : message(type, reader.bytes());
  }
}

const context: DecodeContext = { message };

function message(type: string, bytes: Buffer): unknown {
  const reader = new WireReader(bytes);
  const special = wellKnown[type];
  if (special) return special(reader, context);
  const fields = fieldsOf(type);
  const out: Json = {};
  while (!reader.done) {
    const { field: number, wire } = reader.tag();
    const field = fields.get(number);
    if (field) read(reader, wire, field, out);
    else reader.skip(wire);
  }
  return fields.get(1)?.name === '[]' ? (out['[]'] ?? []) : out;
}

function read(reader: WireReader, wire: number, field: Field, out: Json): void {
  if (field.map) {
    const [key, item] = mapEntry(new WireReader(reader.bytes()), field.type);
    const map = (out[field.name] ??= {}) as Json;
    Object.defineProperty(map, key, { value: item, enumerable: true, configurable: true, writable: true });
    return;
  }
  const decoded = value(reader, field.type, wire);
  if (field.repeated) ((out[field.name] ??= []) as unknown[]).push(decoded);
  else if (field.name === '') Object.assign(out, decoded);
  else if (decoded !== undefined && (field.keptWhenZero || !isZero(decoded))) out[field.name] = decoded;
}

/** What omitempty leaves out. */
const isZero = (decoded: unknown): boolean => decoded === '' || decoded === 0 || decoded === false;

const zeroOf = (type: string): unknown =>
  type === 'string' || type === 'bytes' ? '' : type === 'bool' ? false : scalarTypes.has(type) ? 0 : message(type, Buffer.alloc(0));

function mapEntry(reader: WireReader, type: string): [key: string, item: unknown] {
  let key = '';
  let item: unknown;
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (field === 1) key = reader.bytes().toString('utf8');
    else if (field === 2) item = value(reader, type, wire);
    else reader.skip(wire);
  }
  return [key, item ?? zeroOf(type)];
}

/**
 * Decodes a request body of media type application/vnd.kubernetes.protobuf: `k8s\0` and a runtime.Unknown that holds a built-in
 * kind. The result is as JSON would have it. Throws StatusError 400 for anything else.
 */
export function decodeProtobuf(bytes: Uint8Array): Json {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.subarray(0, 4).toString('latin1') !== 'k8s\0') {
    throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  const reader = new WireReader(buffer.subarray(4));
  let type: Json = {};
  let raw = Buffer.alloc(0);
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (field === 1) type = message('k8s.io.apimachinery.pkg.runtime.TypeMeta', reader.bytes()) as Json;
    else if (field === 2) raw = Buffer.from(reader.bytes());
    else reader.skip(wire);
  }
  const apiVersion = typeof type.apiVersion === 'string' ? type.apiVersion : '';
  const kind = typeof type.kind === 'string' ? type.kind : '';
  return { apiVersion, kind, ...(message(messageOf(apiVersion, kind), raw) as Json) };
}
