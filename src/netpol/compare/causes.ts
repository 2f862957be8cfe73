import type { Way } from './reach.ts';
import { has } from './bits.ts';

/** Differences that have the same reason on both sides. */
export interface Cause {
  readonly cells: number[];
  readonly example: { readonly pair: readonly [string, string]; readonly cell: number };
  readonly examples: (readonly [string, string])[];
  readonly future: boolean;
  count: number;
}

interface Group {
  readonly a: Way;
  readonly b: Way;
  readonly future: boolean;
  readonly examples: readonly (readonly [string, string])[];
  readonly count: number;
}

/** Groups differences by what decides: the rule that denies on one side, and what lets through at the same place on the other. */
export function createCauses() {
  const found = new Map<string, Cause & { seen: Set<number> }>();

  function reasonAt(group: Group, cell: number): string {
    const denied = has(group.a.allowed, cell) ? group.b : group.a;
    const place = denied.places.find(({ row }) => !has(row.allowed, cell))!;
    const of = (way: Way) => way.places.flatMap((p) => (p.direction === place.direction ? [p.row.decisions[cell]!] : []));
    return `${group.future} ${denied === group.a} ${place.direction} ${of(group.a)} ${of(group.b)}`;
  }

  return {
    add(group: Group, cells: Iterable<number>): void {
      const counted = new Set<string>();
      for (const cell of cells) {
        const key = reasonAt(group, cell);
        const known = found.get(key) ?? {
          cells: [],
          seen: new Set<number>(),
          example: { pair: group.examples[0]!, cell },
          examples: [],
          future: group.future,
          count: 0,
        };
        found.set(key, known);
        if (!known.seen.has(cell)) known.cells.push(cell);
        known.seen.add(cell);
        if (counted.has(key)) continue;
        counted.add(key);
        known.count += group.count;
        for (const pair of group.examples) if (known.examples.length < 5) known.examples.push(pair);
      }
    },
    /** What one side lets through and the other does not first where the second is the one that lets. */
    all: (): Cause[] => [...found.values()].sort((x, y) => y.count - x.count),
  };
}
