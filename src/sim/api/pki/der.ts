/** The little of ASN.1 DER that certificates take. Every function gives a complete encoded value. */

const encode = (tag: number, content: Buffer): Buffer => {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>= 8) bytes.unshift(rest & 0xff);
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length, ...bytes]), content]);
};

export const sequence = (...items: Buffer[]): Buffer => encode(0x30, Buffer.concat(items));
export const set = (...items: Buffer[]): Buffer => encode(0x31, Buffer.concat(items));
export const octets = (content: Buffer): Buffer => encode(0x04, content);
export const bits = (content: Buffer, unused = 0): Buffer => encode(0x03, Buffer.concat([Buffer.from([unused]), content]));
export const utf8 = (text: string): Buffer => encode(0x0c, Buffer.from(text));
export const yes = (): Buffer => Buffer.from([0x01, 0x01, 0xff]);
/** [n], constructed. */
export const explicit = (n: number, content: Buffer): Buffer => encode(0xa0 | n, content);
/** [n], primitive. */
export const implicit = (n: number, content: Buffer): Buffer => encode(0x80 | n, content);

export function integer(bytes: Buffer | number): Buffer {
  const content = typeof bytes === 'number' ? Buffer.from([bytes]) : bytes;
  return encode(0x02, content[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), content]) : content);
}

export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const part of rest) {
    const groups = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return encode(0x06, Buffer.from(bytes));
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280 §4.1.2.5). */
export function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return text < '2050' ? encode(0x17, Buffer.from(text.slice(2))) : encode(0x18, Buffer.from(text));
}
