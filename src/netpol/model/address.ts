/** An IP network of either family; a single address is one of full length. */
export interface Cidr {
  readonly family: 4 | 6;
  readonly base: bigint;
  readonly bits: number;
}

const widths = { 4: 32, 6: 128 } as const;

function parseV4(text: string): bigint | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined;
  const parts = text.split('.').map(Number);
  return parts.every((part) => part <= 255) ? parts.reduce((value, part) => value * 256n + BigInt(part), 0n) : undefined;
}

function parseV6(text: string): bigint | undefined {
  if (!/^[0-9a-f:]*:[0-9a-f:]*$/i.test(text)) return undefined;
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<string>(missing).fill('0'), ...tail];
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.reduce((value, group) => value * 65_536n + BigInt(`0x${group}`), 0n)
    : undefined;
}

/** `10.0.0.0/8`, `fd00::/64`, or a bare address as a network of one; undefined for anything else. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length, ...rest] = text.split('/');
  const v4 = parseV4(address);
  const value = v4 ?? parseV6(address);
  const family = v4 === undefined ? 6 : 4;
  const width = widths[family];
  const bits = length === undefined ? width : /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (value === undefined || rest.length > 0 || !(bits <= width)) return undefined;
  const shift = BigInt(width - bits);
  return { family, base: (value >> shift) << shift, bits };
}

/** Whether every address of `inner` is in `outer`. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  if (outer.family !== inner.family || outer.bits > inner.bits) return false;
  const shift = BigInt(widths[outer.family] - outer.bits);
  return inner.base >> shift === outer.base >> shift;
}

export function formatCidr({ family, base, bits }: Cidr): string {
  const size = family === 4 ? 8n : 16n;
  const count = family === 4 ? 4 : 8;
  const groups = Array.from({ length: count }, (_, i) => (base >> (size * BigInt(count - 1 - i))) & ((1n << size) - 1n));
  const address =
    family === 4
      ? groups.join('.')
      : groups
          .map((g) => g.toString(16))
          .join(':')
          .replace(/(?:^|:)0(?::0)+(?::|$)/, '::');
  return bits === widths[family] ? address : `${address}/${bits}`;
}

/** Every IPv4 address: where a source is known to be outside, and nothing more. */
export const anywhere: Cidr = { family: 4, base: 0n, bits: 0 };
