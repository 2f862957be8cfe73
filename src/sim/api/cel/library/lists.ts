import { EvaluationError, type Environment } from '@marcbachmann/cel-js';
import { celEqual } from '../values.ts';

type Ordered = number | bigint | string;

const extreme = (list: Ordered[], name: string, better: (a: Ordered, b: Ordered) => boolean): Ordered => {
  if (list.length === 0) throw new EvaluationError(`${name} called on empty list`);
  return list.reduce((best, item) => (better(item, best) ? item : best));
};

/** Kubernetes' own list functions (apiserver pkg/cel/library/lists.go). */
export function registerLists(environment: Environment): void {
  environment
    .registerFunction('list<A>.isSorted(): bool', (list: Ordered[]) => list.every((item, i) => i === 0 || list[i - 1]! <= item))
    .registerFunction('list<int>.sum(): int', (list: bigint[]) => list.reduce((sum, item) => sum + item, 0n))
    .registerFunction('list<double>.sum(): double', (list: number[]) => list.reduce((sum, item) => sum + item, 0))
    .registerFunction('list<A>.min(): A', (list: Ordered[]) => extreme(list, 'min', (a, b) => a < b))
    .registerFunction('list<A>.max(): A', (list: Ordered[]) => extreme(list, 'max', (a, b) => a > b))
    .registerFunction('list<A>.indexOf(A): int', (list: unknown[], wanted: unknown) =>
      BigInt(list.findIndex((item) => celEqual(item, wanted))),
    )
    .registerFunction('list<A>.lastIndexOf(A): int', (list: unknown[], wanted: unknown) =>
      BigInt(list.findLastIndex((item) => celEqual(item, wanted))),
    )
    .registerFunction('list<A>.distinct(): list<A>', (list: unknown[]) =>
      list.filter((item, i) => list.findIndex((earlier) => celEqual(earlier, item)) === i),
    )
    .registerFunction('list<A>.slice(int, int): list<A>', (list: unknown[], from: bigint, to: bigint) =>
      list.slice(Number(from), Number(to)),
    )
    .registerFunction('list<A>.reverse(): list<A>', (list: unknown[]) => list.toReversed())
    .registerFunction('list<A>.sort(): list<A>', (list: Ordered[]) => list.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
}
