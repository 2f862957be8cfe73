/**
 * Files of the simulated nodes are kept as text. A file that is not UTF-8 keeps each byte from 0x80 on as a lone
 * surrogate U+DC80 to U+DCFF, as Python's `surrogateescape` does, and comes out as it went in.
 */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const escaped = /(?<![\ud800-\udbff])[\udc80-\udcff]/;

export function textOfBytes(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return Buffer.from(bytes)
      .toString('latin1')
      .replaceAll(/[\x80-\xff]/g, (byte) => String.fromCharCode(0xdc00 + byte.charCodeAt(0)));
  }
}

export function bytesOfText(text: string): Uint8Array {
  if (!escaped.test(text)) return Buffer.from(text);
  const parts = text.split(/((?<![\ud800-\udbff])[\udc80-\udcff]+)/);
  return Buffer.concat(
    parts.map((part, i) => (i % 2 === 0 ? Buffer.from(part) : Buffer.from(Array.from(part, (c) => c.charCodeAt(0) & 0xff)))),
  );
}
