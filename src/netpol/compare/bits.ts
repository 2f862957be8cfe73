/** A set of small numbers: of peers, or of services. */
export type Bits = Uint32Array;

export const empty = (size: number): Bits => new Uint32Array((size + 31) >>> 5);
export const has = (bits: Bits, i: number): boolean => (bits[i >>> 5]! & (1 << (i & 31))) !== 0;
export const add = (bits: Bits, i: number): void => {
  bits[i >>> 5]! |= 1 << (i & 31);
};

export function where(size: number, holds: (i: number) => boolean): Bits {
  const bits = empty(size);
  for (let i = 0; i < size; i++) if (holds(i)) add(bits, i);
  return bits;
}

const combine =
  (operation: (a: number, b: number) => number) =>
  (a: Bits, b: Bits): Bits => {
    const result = new Uint32Array(a.length);
    for (let i = 0; i < a.length; i++) result[i] = operation(a[i]!, b[i]!);
    return result;
  };
export const and = combine((a, b) => a & b);
export const or = combine((a, b) => a | b);
export const andNot = combine((a, b) => a & ~b);
export const xor = combine((a, b) => a ^ b);

export const some = (bits: Bits): boolean => bits.some((word) => word !== 0);

export function* members(bits: Bits): Generator<number> {
  for (let w = 0; w < bits.length; w++) {
    for (let word = bits[w]!; word !== 0; word &= word - 1) yield w * 32 + (31 - Math.clz32(word & -word));
  }
}

/** Splits `size` things into groups that no set tells apart; the group of each. */
export function partition(size: number, sets: Iterable<Bits>): Int32Array {
  const group = new Int32Array(size);
  let groups = 1;
  for (const set of new Set(sets)) {
    const inside = new Map<number, number>();
    for (const i of members(set)) {
      const was = group[i]!;
      const now = inside.get(was) ?? groups++;
      inside.set(was, now);
      group[i] = now;
    }
  }
  return group;
}
