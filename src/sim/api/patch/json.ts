import { deepEqual, isObject, setKey, type JsonObject } from '../../../kube/json.ts';
import { badRequest, StatusError } from '../../../kube/status.ts';

/** Upstream tells nothing of what failed. */
const rejected = () => new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

const unescape = (segment: string): string => segment.replaceAll('~1', '/').replaceAll('~0', '~');

interface Place {
  container: JsonObject | unknown[];
  key: string;
}

function locate(document: unknown, pointer: unknown): Place {
  if (typeof pointer !== 'string') throw rejected();
  const segments = pointer.split('/').slice(1).map(unescape);
  const key = segments.pop();
  if (key === undefined) throw rejected();
  const container = segments.reduce(read, document);
  if (!Array.isArray(container) && !isObject(container)) throw rejected();
  return { container, key };
}

const index = (list: readonly unknown[], key: string): number => {
  const position = /^-?\d+$/.test(key) ? Number(key) : Number.NaN;
  return position < 0 ? position + list.length : position;
};

function read(container: unknown, key: string): unknown {
  if (Array.isArray(container)) return container[index(container, key)];
  return isObject(container) && Object.hasOwn(container, key) ? container[key] : undefined;
}

function add({ container, key }: Place, value: unknown): void {
  if (!Array.isArray(container)) return setKey(container, key, value);
  const at = key === '-' ? container.length : index(container, key);
  if (!(at >= 0 && at <= container.length)) throw rejected();
  container.splice(at, 0, value);
}

function replace({ container, key }: Place, value: unknown): void {
  if (!Array.isArray(container)) return setKey(container, key, value);
  const at = index(container, key);
  if (!(at >= 0 && at < container.length)) throw rejected();
  container[at] = value;
}

function remove({ container, key }: Place): unknown {
  const old = read(container, key);
  if (old === undefined) throw rejected();
  if (Array.isArray(container)) container.splice(index(container, key), 1);
  else delete container[key];
  return old;
}

function apply(document: JsonObject, operation: unknown): void {
  if (!isObject(operation)) throw rejected();
  const { op, path, from, value = null } = operation;
  const place = locate(document, path);
  const source = () => {
    const { container, key } = locate(document, from);
    return structuredClone(read(container, key) ?? null);
  };
  if (op === 'add') add(place, structuredClone(value));
  else if (op === 'replace') replace(place, structuredClone(value));
  else if (op === 'remove') remove(place);
  else if (op === 'copy') add(place, source());
  else if (op === 'move') {
    const moved = remove(locate(document, from));
    add(locate(document, path), moved);
  } else if (op !== 'test' || !deepEqual(read(place.container, place.key) ?? null, value)) throw rejected();
}

/**
 * JSON Patch (RFC 6902), as lenient as the server's library: replacing or copying what is absent is allowed in a map.
 * Throws StatusError 400 where `ops` is no list, 422 where an operation does not apply.
 */
export function jsonPatch(object: JsonObject, ops: unknown): JsonObject {
  if (!Array.isArray(ops))
    throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp');
  const document = structuredClone(object);
  for (const operation of ops) apply(document, operation);
  return document;
}
