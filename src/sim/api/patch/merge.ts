import { isObject, setKey, type JsonObject } from '../../../kube/json.ts';
import { badRequest } from '../../../kube/status.ts';

const merge = (old: unknown, patch: unknown): unknown => {
  if (!isObject(patch)) return structuredClone(patch);
  const result: JsonObject = isObject(old) ? { ...old } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setKey(result, key, merge(Object.hasOwn(result, key) ? result[key] : undefined, value));
  }
  return result;
};

/** JSON Merge Patch (RFC 7386). Parts that the patch does not touch are shared with `object`. Throws StatusError 400 where the patch is no object. */
export function mergePatch(object: JsonObject, patch: unknown): JsonObject {
  if (isObject(patch)) return merge(object, patch) as JsonObject;
  throw badRequest(
    `error decoding patch: json: cannot unmarshal ${Array.isArray(patch) ? 'array' : typeof patch} into Go value of type map[string]interface {}`,
  );
}
