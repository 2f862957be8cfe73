import { isObject, type JsonObject } from '../../../kube/json.ts';
import { fieldsOf, knownMessage, scalarTypes, type Field, type Fields } from './messages.ts';
import { WireWriter } from './wire-writer.ts';

const meta = 'k8s.io.apimachinery.pkg.apis.meta.v1';
const extensions = 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1';
const schemaProps = `${extensions}.JSONSchemaProps`;

type Encode = (value: unknown, out: WireWriter) => void;

const time: Encode = (value, out) => {
  const ms = Date.parse(String(value));
  const micros = Number((/\.(\d{1,9})/.exec(String(value))?.[1] ?? '').padEnd(9, '0'));
  out.tag(1, 0);
  out.varint(Math.floor(ms / 1000));
  out.tag(2, 0);
  out.varint(micros);
};
const raw: Encode = (value, out) => {
  out.tag(1, 2);
  out.text(JSON.stringify(value));
};
const quantity: Encode = (value, out) => {
  out.tag(1, 2);
  out.text(String(value));
};
const part = (out: WireWriter, field: number, type: string, value: unknown): void => {
  out.tag(field, 2);
  out.bytes(encodeMessage(type, value));
};

/** Messages whose JSON is not an object of their fields; the other way round in well-known.ts. */
const special: Readonly<Record<string, Encode>> = {
  [`${meta}.Time`]: time,
  [`${meta}.MicroTime`]: time,
  [`${meta}.FieldsV1`]: raw,
  'k8s.io.apimachinery.pkg.runtime.RawExtension': raw,
  [`${extensions}.JSON`]: raw,
  'k8s.io.apimachinery.pkg.api.resource.Quantity': quantity,
  'k8s.io.apimachinery.pkg.api.resource.QuantityValue': quantity,
  'k8s.io.apimachinery.pkg.util.intstr.IntOrString': (value, out) => {
    const isText = typeof value === 'string';
    out.tag(1, 0);
    out.varint(isText ? 1 : 0);
    out.tag(isText ? 3 : 2, isText ? 2 : 0);
    if (isText) out.text(value);
    else out.varint(Number(value));
  },
  [`${extensions}.JSONSchemaPropsOrBool`]: (value, out) => {
    out.tag(1, 0);
    out.varint(value === false ? 0 : 1);
    if (isObject(value)) part(out, 2, schemaProps, value);
  },
  [`${extensions}.JSONSchemaPropsOrArray`]: (value, out) => {
    if (Array.isArray(value)) for (const item of value) part(out, 2, schemaProps, item);
    else part(out, 1, schemaProps, value);
  },
  [`${extensions}.JSONSchemaPropsOrStringArray`]: (value, out) => {
    if (isObject(value)) return part(out, 1, schemaProps, value);
    for (const item of value as string[]) {
      out.tag(2, 2);
      out.text(item);
    }
  },
};

function encodeMessage(type: string, value: unknown): Buffer {
  const out = new WireWriter();
  const own = special[type];
  if (own) own(value, out);
  else fields(fieldsOf(type), value, out);
  return out.done();
}

function fields(known: Fields, value: unknown, out: WireWriter): void {
  for (const [number, field] of known) {
    if (field.name === '[]') for (const item of value as unknown[]) one(number, field.type, item, out);
    // What is inline in JSON is a message of its own here.
    else if (field.name === '') part(out, number, field.type, value);
    else if (isObject(value) && value[field.name] !== undefined && value[field.name] !== null)
      member(number, field, value[field.name], out);
  }
}

function member(number: number, field: Field, value: unknown, out: WireWriter): void {
  if (field.map) {
    for (const [key, item] of Object.entries(value as JsonObject)) {
      const entry = new WireWriter();
      entry.tag(1, 2);
      entry.text(key);
      if (item !== null) one(2, field.type, item, entry);
      out.tag(number, 2);
      out.bytes(entry.done());
    }
  } else if (field.repeated) for (const item of value as unknown[]) one(number, field.type, item, out);
  else one(number, field.type, value, out);
}

function one(number: number, type: string, value: unknown, out: WireWriter): void {
  if (type === 'string' || type === 'bytes' || !scalarTypes.has(type)) {
    out.tag(number, 2);
    if (type === 'string') out.text(String(value));
    else out.bytes(type === 'bytes' ? Buffer.from(String(value), 'base64') : encodeMessage(type, value));
  } else if (type === 'double') {
    out.tag(number, 1);
    out.double(Number(value));
  } else if (type === 'float') {
    out.tag(number, 5);
    out.float(Number(value));
  } else {
    out.tag(number, 0);
    out.varint(Number(value));
  }
}

const messages = new WeakMap<object, Buffer>();

/** An object as its kind's message; that of a frozen object is made once. Undefined where the kind has none. */
function messageBytes(object: JsonObject): Buffer | undefined {
  const known = messages.get(object);
  if (known) return known;
  const type = knownMessage(String(object['apiVersion']), String(object['kind']));
  const made = type === undefined ? undefined : encodeMessage(type, object);
  if (made && Object.isFrozen(object)) messages.set(object, made);
  return made;
}

function envelope(apiVersion: string, kind: string, message: Uint8Array): Buffer {
  const type = new WireWriter();
  type.tag(1, 2);
  type.text(apiVersion);
  type.tag(2, 2);
  type.text(kind);
  const out = new WireWriter();
  out.tag(1, 2);
  out.bytes(type.done());
  out.tag(2, 2);
  out.bytes(message);
  // contentEncoding and contentType, which are empty.
  for (const field of [3, 4]) {
    out.tag(field, 2);
    out.text('');
  }
  return Buffer.concat([Buffer.from('k8s\0'), out.done()]);
}

/** `k8s\0` and a runtime.Unknown with a built-in object, as decodeProtobuf reads it. Undefined where its kind has no message. */
export function encodeProtobuf(object: JsonObject): Buffer | undefined {
  const message = messageBytes(object);
  return message && envelope(String(object['apiVersion']), String(object['kind']), message);
}

/** A list of a built-in kind: ListMeta metadata = 1, repeated items = 2. */
export function encodeProtobufList(apiVersion: string, kind: string, metadata: object, items: readonly JsonObject[]): Buffer {
  const out = new WireWriter();
  part(out, 1, `${meta}.ListMeta`, metadata);
  for (const item of items) {
    out.tag(2, 2);
    out.bytes(messageBytes(item)!);
  }
  return envelope(apiVersion, kind, out.done());
}

/** A frame of a watch: its length in four bytes, and a WatchEvent { type = 1, object = 2 }. */
export function encodeWatchFrame(type: string, object: Uint8Array): Buffer {
  const extension = new WireWriter();
  extension.tag(1, 2);
  extension.bytes(object);
  const out = new WireWriter();
  out.tag(1, 2);
  out.text(type);
  out.tag(2, 2);
  out.bytes(extension.done());
  const event = out.done();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}

/** A value with its fields in the order of its Go struct, which is that of the message's fields. */
export function inGoOrder(type: string, value: unknown): unknown {
  if (special[type] || scalarTypes.has(type) || !isObject(value)) return value;
  const out: JsonObject = {};
  const place = (known: Fields): void => {
    for (const field of known.values()) {
      if (field.name === '') place(fieldsOf(field.type));
      else if (Object.hasOwn(value, field.name)) {
        const child = value[field.name];
        out[field.name] =
          Array.isArray(child) && field.repeated
            ? child.map((item) => inGoOrder(field.type, item))
            : field.map
              ? child
              : inGoOrder(field.type, child);
      }
    }
  };
  place(fieldsOf(type));
  return { ...out, ...value, ...out };
}
