import { badRequest } from '../../../kube/status.ts';
import type { WireReader } from './wire.ts';

/** What a decoder of one message is given: its reader, and the way back to decode a message of another type. */
export interface DecodeContext {
  message(type: string, bytes: Buffer): unknown;
}

type Decode = (reader: WireReader, context: DecodeContext) => unknown;

const meta = 'k8s.io.apimachinery.pkg.apis.meta.v1';
const extensions = 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1';

/** Fields by number, for messages of few scalar fields. */
function scalars(reader: WireReader): Map<number, number | Buffer> {
  const fields = new Map<number, number | Buffer>();
  while (!reader.done) {
    const { field, wire } = reader.tag();
    if (wire === 0) fields.set(field, reader.varint());
    else if (wire === 2) fields.set(field, reader.bytes());
    else reader.skip(wire);
  }
  return fields;
}

const time =
  (fraction: (nanos: number) => string): Decode =>
  (reader) => {
    const fields = scalars(reader);
    const [seconds, nanos] = [Number(fields.get(1) ?? 0), Number(fields.get(2) ?? 0)];
    // The zero time has no text.
    if (seconds === 0 && nanos === 0) return undefined;
    const date = new Date(seconds * 1000);
    if (Number.isNaN(date.getTime())) throw badRequest(`unable to decode the request body: ${seconds} s is no time`);
    return `${date.toISOString().slice(0, 19)}${fraction(nanos)}Z`;
  };

const text = (value: number | Buffer | undefined): string => (Buffer.isBuffer(value) ? value.toString('utf8') : '');

const rawJson: Decode = (reader) => {
  const raw = text(scalars(reader).get(1));
  if (raw === '') return undefined;
  try {
    return JSON.parse(raw) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) throw badRequest(`unable to decode the request body: ${error.message}`);
    throw error;
  }
};

const quantity: Decode = (reader) => text(scalars(reader).get(1)) || '0';

const intOrString: Decode = (reader) => {
  const fields = scalars(reader);
  return fields.get(1) === 1 ? text(fields.get(3)) : Number(fields.get(2) ?? 0);
};

/** `{schema}` or the plain alternative in field 2, as JSON has it. */
const schemaOr =
  (alternative: (value: number | Buffer | undefined) => unknown): Decode =>
  (reader, { message }) => {
    const fields = scalars(reader);
    const schema = fields.get(Buffer.isBuffer(fields.get(1)) ? 1 : 2);
    return Buffer.isBuffer(schema) ? message(`${extensions}.JSONSchemaProps`, schema) : alternative(fields.get(1));
  };

/** Messages whose JSON is not an object of their fields: their Go types marshal themselves. */
export const wellKnown: Readonly<Record<string, Decode>> = {
  [`${meta}.Time`]: time(() => ''),
  [`${meta}.MicroTime`]: time((nanos) => `.${String(Math.trunc(nanos / 1000)).padStart(6, '0')}`),
  [`${meta}.FieldsV1`]: rawJson,
  'k8s.io.apimachinery.pkg.runtime.RawExtension': rawJson,
  [`${extensions}.JSON`]: rawJson,
  'k8s.io.apimachinery.pkg.api.resource.Quantity': quantity,
  'k8s.io.apimachinery.pkg.api.resource.QuantityValue': quantity,
  'k8s.io.apimachinery.pkg.util.intstr.IntOrString': intOrString,
  // optional bool allows = 1; optional JSONSchemaProps schema = 2
  [`${extensions}.JSONSchemaPropsOrBool`]: schemaOr((allows) => allows === 1),
  // optional JSONSchemaProps schema = 1; repeated JSONSchemaProps jSONSchemas = 2 (no structural schema has the latter)
  [`${extensions}.JSONSchemaPropsOrArray`]: schemaOr(() => undefined),
  // optional JSONSchemaProps schema = 1; repeated string property = 2
  [`${extensions}.JSONSchemaPropsOrStringArray`]: schemaOr(() => undefined),
};
