import { GoJsonReader, JsonSyntaxError, type Written } from './go-json.ts';

export interface JsonText {
  value: unknown;
  /** Present where the text says more than the value holds. */
  written?: Written;
}

/** Levels of a body; Go stops at 10,000, and what recurses here would not come that far. */
const maxDepth = 1_000;

/** Reads a JSON text. Throws JsonSyntaxError in the words of Go's decoder. */
export function readJson(bytes: Uint8Array): JsonText {
  const { depth, keys, odd } = survey(bytes);
  if (depth > maxDepth) throw new JsonSyntaxError('exceeded max depth');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes));
  } catch (error) {
    new GoJsonReader(bytes).read();
    throw error;
  }
  if (!odd && keys === countKeys(value)) return { value };
  return { value, written: new GoJsonReader(bytes).read() };
}

/** What there is outside of strings: levels, keys, numbers with a fraction or an exponent. */
function survey(bytes: Uint8Array): { depth: number; keys: number; odd: boolean } {
  let [level, depth, keys] = [0, 0, 0];
  let odd = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 0x22) {
      for (i++; i < bytes.length && bytes[i] !== 0x22; i++) if (bytes[i] === 0x5c) i++;
    } else if (byte === 0x7b || byte === 0x5b) depth = Math.max(depth, ++level);
    else if (byte === 0x7d || byte === 0x5d) level--;
    else if (byte === 0x3a) keys++;
    else if (byte === 0x2e || ((byte === 0x65 || byte === 0x45) && isDigit(bytes[i - 1]))) odd = true;
  }
  return { depth, keys, odd };
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) for (const item of value) count += countKeys(item);
  else {
    for (const key in value as object) {
      count += 1 + countKeys((value as Record<string, unknown>)[key]);
    }
  }
  return count;
}
