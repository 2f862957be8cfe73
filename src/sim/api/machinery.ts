/**
 * The one door to codec, schema, patch, defaults and validation. What is not there yet stands in here in its plainest
 * form; each fallback goes when its module comes.
 */
import type { StatusCause } from '../../kube/status.ts';
import type { KubeObject } from '../../kube/types.ts';
import { mergePatch as mergePatchOf } from './patch/merge.ts';
import type { Schema } from './schema/schema.ts';

export { decodeProtobuf } from './codec/protobuf.ts';
export { jsonPatch } from './patch/json.ts';
export { mergePatch } from './patch/merge.ts';
export { strategicMergePatch } from './patch/strategic.ts';
export {
  builtins,
  compileStructural,
  openapiDocument,
  openapiIndex,
  prune,
  schemaOf,
  unknownFields,
  type BuiltinResource,
  type Schema,
} from './schema/schema.ts';

export type Json = Record<string, unknown>;

export interface ApplyRequest {
  live: KubeObject | undefined;
  applied: Json;
  manager: string;
  force: boolean;
  schema: Schema | undefined;
  now: string;
  apiVersion: string;
  subresource?: string;
}
export const serverSideApply = ({ live, applied }: ApplyRequest): KubeObject => mergePatchOf(live ?? {}, applied) as unknown as KubeObject;

export interface TrackRequest {
  before: KubeObject | undefined;
  after: KubeObject;
  manager: string;
  apiVersion: string;
  subresource?: string;
  now: string;
}
export const trackUpdate = (_request: TrackRequest): void => {};

export const applyDefaults = (_apiVersion: string, _kind: string, _object: Json): void => {};
export const validateObject = (_request: {
  apiVersion: string;
  kind: string;
  object: KubeObject;
  old?: KubeObject;
  subresource?: string;
}): StatusCause[] => [];
