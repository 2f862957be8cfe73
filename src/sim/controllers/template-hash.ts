const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** apimachinery's rand.SafeEncodeString: no vowels and nothing that reads like another. */
const safeEncode = (text: string): string => Array.from(Buffer.from(text), (byte) => alphabet[byte % alphabet.length]).join('');

/**
 * Stands in for controller.ComputeHash: the same shape (FNV-1a, 32 bits, safe-encoded), over JSON with sorted keys
 * instead of Go's dump of the struct. Equal templates hash alike, whatever the order of their fields.
 */
export function templateHash(template: unknown, collisionCount?: number): string {
  let hash = 0x811c9dc5;
  const text = canonical(template) + (collisionCount === undefined ? '' : String(collisionCount));
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return safeEncode(String(hash));
}

/** JSON with sorted keys, without the fields that have no value. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value).filter(([, field]) => field !== undefined && field !== null);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`).join(',')}}`;
}
