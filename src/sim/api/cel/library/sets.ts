import type { Environment } from '@marcbachmann/cel-js';
import { celEqual } from '../values.ts';
import { registerNamespace } from './namespace.ts';

const has = (list: unknown[], wanted: unknown): boolean => list.some((item) => celEqual(item, wanted));
const contains = (list: unknown[], others: unknown[]): boolean => others.every((item) => has(list, item));

/** cel-go's ext.Sets. */
export function registerSets(environment: Environment): void {
  registerNamespace(environment, 'sets');
  environment
    .registerFunction('sets.library.contains(list<A>, list<A>): bool', (_library: unknown, a: unknown[], b: unknown[]) => contains(a, b))
    .registerFunction(
      'sets.library.equivalent(list<A>, list<A>): bool',
      (_library: unknown, a: unknown[], b: unknown[]) => contains(a, b) && contains(b, a),
    )
    .registerFunction('sets.library.intersects(list<A>, list<A>): bool', (_library: unknown, a: unknown[], b: unknown[]) =>
      a.some((item) => has(b, item)),
    );
}
