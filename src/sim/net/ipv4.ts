/** An IPv4 network: `base` and `mask` as unsigned 32-bit numbers. */
export interface Cidr {
  base: number;
  mask: number;
  bits: number;
}

const pattern = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** The address as a number; undefined for anything but a dotted quad. */
export const parseAddress = (text: string): number | undefined => {
  const match = pattern.exec(text);
  if (!match) return undefined;
  let value = 0;
  for (let i = 1; i <= 4; i++) {
    const part = Number(match[i]);
    if (part > 255) return undefined;
    value = value * 256 + part;
  }
  return value;
};

export const formatAddress = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');

/** Parses `10.245.0.0/16`, or a bare address as its /32. Throws RangeError on anything else. */
export const parseCidr = (text: string): Cidr => {
  const [address = '', length = '32'] = text.split('/');
  const value = parseAddress(address);
  const bits = Number(length);
  if (value === undefined || !(bits >= 0 && bits <= 32)) throw new RangeError(`${text} is no IPv4 network in CIDR notation`);
  const mask = bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
  return { base: (value & mask) >>> 0, mask, bits };
};

export const contains = (cidr: Cidr, address: number): boolean => (address & cidr.mask) >>> 0 === cidr.base;

export const overlaps = (a: Cidr, b: Cidr): boolean => (a.bits <= b.bits ? contains(a, b.base) : contains(b, a.base));

export const sizeOf = (cidr: Cidr): number => 2 ** (32 - cidr.bits);

export const formatCidr = (cidr: Cidr): string => `${formatAddress(cidr.base)}/${cidr.bits}`;
