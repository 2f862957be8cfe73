/** A set of whole numbers as sorted ranges, both ends included, that neither overlap nor touch. Ports and addresses alike. */
export type Ranges = readonly (readonly [bigint, bigint])[];

export const nothing: Ranges = [];
export const range = (from: bigint | number, to: bigint | number): Ranges => [[BigInt(from), BigInt(to)]];

export function union(...sets: readonly Ranges[]): Ranges {
  const sorted = sets.flat().sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const merged: [bigint, bigint][] = [];
  for (const [from, to] of sorted) {
    const last = merged.at(-1);
    if (last && from <= last[1] + 1n) last[1] = to > last[1] ? to : last[1];
    else merged.push([from, to]);
  }
  return merged;
}

export function intersect(a: Ranges, b: Ranges): Ranges {
  const found: [bigint, bigint][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [x, y] = [a[i]!, b[j]!];
    const from = x[0] > y[0] ? x[0] : y[0];
    const to = x[1] < y[1] ? x[1] : y[1];
    if (from <= to) found.push([from, to]);
    if (x[1] < y[1]) i++;
    else j++;
  }
  return found;
}

export function subtract(a: Ranges, b: Ranges): Ranges {
  const left: [bigint, bigint][] = [];
  for (const [start, end] of a) {
    let from = start;
    for (const [low, high] of b) {
      if (high < from || low > end) continue;
      if (low > from) left.push([from, low - 1n]);
      from = high + 1n;
    }
    if (from <= end) left.push([from, end]);
  }
  return left;
}

export const covers = (outer: Ranges, inner: Ranges): boolean => subtract(inner, outer).length === 0;
export function disjoint(a: Ranges, b: Ranges): boolean {
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i]![1] < b[j]![0]) i++;
    else if (b[j]![1] < a[i]![0]) j++;
    else return false;
  }
  return true;
}
