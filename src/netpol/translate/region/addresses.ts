import type { Cidr } from '../../model/address.ts';
import { covers, disjoint, intersect, nothing, range, subtract, union, type Ranges } from './ranges.ts';

/** A set of IP addresses of both families. */
export interface Addresses {
  readonly v4: Ranges;
  readonly v6: Ranges;
}

const widths = { 4: 32n, 6: 128n } as const;
const whole = (family: 4 | 6): Ranges => range(0n, (1n << widths[family]) - 1n);

export const noAddresses: Addresses = { v4: nothing, v6: nothing };
export const allAddresses: Addresses = { v4: whole(4), v6: whole(6) };
export const familyAddresses = (family: 4 | 6): Addresses => ({ ...noAddresses, [`v${family}`]: whole(family) });

const spanOf = ({ family, base, bits }: Cidr): Ranges => range(base, base + (1n << (widths[family] - BigInt(bits))) - 1n);

export function addressesOf(cidrs: readonly Cidr[]): Addresses {
  const of = (family: 4 | 6): Ranges => union(...cidrs.filter((cidr) => cidr.family === family).map(spanOf));
  return { v4: of(4), v6: of(6) };
}

const both =
  (combine: (a: Ranges, b: Ranges) => Ranges) =>
  (a: Addresses, b: Addresses): Addresses => ({ v4: combine(a.v4, b.v4), v6: combine(a.v6, b.v6) });

export const meetAddresses = both(intersect);
export const joinAddresses = both(union);
export const withoutAddresses = both(subtract);
export const noneOf = ({ v4, v6 }: Addresses): boolean => v4.length === 0 && v6.length === 0;
export const sameAddresses = (a: Addresses, b: Addresses): boolean => noneOf(withoutAddresses(a, b)) && noneOf(withoutAddresses(b, a));
export const coversAddresses = (outer: Addresses, inner: Addresses): boolean => covers(outer.v4, inner.v4) && covers(outer.v6, inner.v6);
export const disjointAddresses = (a: Addresses, b: Addresses): boolean => disjoint(a.v4, b.v4) && disjoint(a.v6, b.v6);

/** One network with what is cut out of it. */
export interface Block {
  readonly cidr: Cidr;
  readonly except: readonly Cidr[];
}

function plain(family: 4 | 6, base: bigint, bits: number, set: Ranges): Cidr[] {
  const self = { family, base, bits };
  const mine = intersect(set, spanOf(self));
  if (mine.length === 0) return [];
  if (covers(mine, spanOf(self))) return [self];
  const half = 1n << (widths[family] - BigInt(bits) - 1n);
  return [...plain(family, base, bits + 1, mine), ...plain(family, base + half, bits + 1, mine)];
}

/** The fewest lines that say a set: networks, or a network with exceptions where that is shorter. Never a /0, which CIDR groups ignore (trap 3). */
function blocks(family: 4 | 6, base: bigint, bits: number, set: Ranges): Block[] {
  const self = { family, base, bits };
  const span = spanOf(self);
  const mine = intersect(set, span);
  if (mine.length === 0) return [];
  if (bits > 0 && covers(mine, span)) return [{ cidr: self, except: [] }];
  const half = 1n << (widths[family] - BigInt(bits) - 1n);
  // Within one half, that half says it in no more lines.
  if (bits > 0 && mine.at(-1)![1] < base + half) return blocks(family, base, bits + 1, mine);
  if (bits > 0 && mine[0]![0] >= base + half) return blocks(family, base + half, bits + 1, mine);
  const split = [...blocks(family, base, bits + 1, mine), ...blocks(family, base + half, bits + 1, mine)];
  if (bits === 0) return split;
  const except = plain(family, base, bits, subtract(span, mine));
  const lines = split.reduce((sum, block) => sum + 1 + block.except.length, 0);
  return 1 + except.length < lines ? [{ cidr: self, except }] : split;
}

export const blocksOf = ({ v4, v6 }: Addresses): Block[] => [...blocks(4, 0n, 0, v4), ...blocks(6, 0n, 0, v6)];
export const cidrsOf = ({ v4, v6 }: Addresses): Cidr[] => [...plain(4, 0n, 0, v4), ...plain(6, 0n, 0, v6)];
