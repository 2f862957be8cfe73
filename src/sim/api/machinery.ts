/** The one door to codec, schema, patch, defaults and validation. */
export type { Written } from './codec/go-json.ts';
export { readJson, type JsonText } from './codec/json.ts';
export { encodeProtobuf, encodeProtobufList, encodeWatchFrame, inGoOrder } from './codec/encode.ts';
export { knownMessage } from './codec/messages.ts';
export { decodeProtobuf } from './codec/protobuf.ts';
export { applyDefaults } from './defaults/defaults.ts';
export { serverSideApply, trackUpdate } from './patch/apply.ts';
export { afterScale } from './patch/scale-managers.ts';
export { jsonPatch } from './patch/json.ts';
export { mergePatch } from './patch/merge.ts';
export { strategicMergePatch } from './patch/strategic.ts';
export { openapiDocumentOf } from './schema/openapi.ts';
export { openapiPaths } from './schema/openapi-paths.ts';
export { fromStructural, openapiV2Text } from './schema/openapi-v2.ts';
export type { JsonSchema } from './schema/json-schema.ts';
export {
  applySchemaDefaults,
  builtins,
  compileStructural,
  normalize,
  openapiDocument,
  openapiIndex,
  prune,
  schemaOf,
  unknownFields,
  type BuiltinResource,
  type Schema,
} from './schema/schema.ts';

export { validateCustomResource } from './validation/structural.ts';
export { validateObject } from './validation/validate.ts';

export type Json = Record<string, unknown>;
