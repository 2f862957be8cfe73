/** The one door to codec, schema, patch, defaults and validation. */
import type { StatusCause } from '../../kube/status.ts';
import type { KubeObject } from '../../kube/types.ts';

export { decodeProtobuf } from './codec/protobuf.ts';
export { applyDefaults } from './defaults/defaults.ts';
export { serverSideApply, trackUpdate } from './patch/apply.ts';
export { jsonPatch } from './patch/json.ts';
export { mergePatch } from './patch/merge.ts';
export { strategicMergePatch } from './patch/strategic.ts';
export { openapiDocumentOf } from './schema/openapi.ts';
export { openapiPaths } from './schema/openapi-paths.ts';
export {
  applySchemaDefaults,
  builtins,
  compileStructural,
  openapiDocument,
  openapiIndex,
  prune,
  schemaOf,
  unknownFields,
  type BuiltinResource,
  type JsonSchema,
  type Schema,
} from './schema/schema.ts';

export type Json = Record<string, unknown>;

export const validateObject = (_request: {
  apiVersion: string;
  kind: string;
  object: KubeObject;
  old?: KubeObject;
  subresource?: string;
}): StatusCause[] => [];
