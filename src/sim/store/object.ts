type Json = unknown;

/** Freezes an object tree. What is frozen already is not visited again, so shared parts cost nothing. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    if (Array.isArray(value)) for (const item of value) deepFreeze(item);
    else for (const key in value) deepFreeze(value[key]);
  }
  return value;
}

/** A deep copy that may be changed. Fields that are undefined are left out, as JSON would. */
export function deepCopy<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const length = value.length;
    const items: Json[] = Array.from({ length });
    for (let i = 0; i < length; i++) items[i] = copy(value[i]);
    return items;
  }
  const source = value as Record<string, Json>;
  const result: Record<string, Json> = {};
  for (const key of Object.keys(source)) {
    const field = source[key];
    if (field === undefined) continue;
    // A key of this name must stay data: assignment would set the prototype.
    if (key === '__proto__')
      Object.defineProperty(result, key, { value: copy(field), enumerable: true, writable: true, configurable: true });
    else result[key] = copy(field);
  }
  return result;
}

/** Equality as JSON: the order of keys and fields that are undefined do not count. */
export function deepEqual(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!deepEqual(a[i], b[i])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  const left = a as Record<string, Json>;
  const right = b as Record<string, Json>;
  for (const key of Object.keys(left)) if (!deepEqual(left[key], right[key])) return false;
  for (const key of Object.keys(right)) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}

const texts = new WeakMap<object, string>();

/** The JSON of a frozen object, made once: the database, lists and watches share it. */
export function jsonOf(object: object): string {
  let text = texts.get(object);
  if (text === undefined) texts.set(object, (text = JSON.stringify(object)));
  return text;
}
