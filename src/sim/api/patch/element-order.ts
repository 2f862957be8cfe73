import { isObject } from '../../../kube/json.ts';

/** The orders that a merged list obeys: first the patch's own, then the server's. */
export interface Order {
  /** Of lists of maps; undefined for scalars. */
  mergeKey: string | undefined;
  patch: readonly unknown[];
  server: readonly unknown[];
}

/**
 * Items named by the patch stand in the patch's order, the others in the server's; where the server had an item of the second
 * kind before one of the first, it stays before it, else the patch's item comes first (strategicpatch.normalizeElementOrder).
 */
export function inElementOrder(merged: readonly unknown[], { mergeKey, patch, server }: Order): unknown[] {
  const identity = (item: unknown): unknown => (mergeKey !== undefined && isObject(item) ? item[mergeKey] : item);
  const positions = (list: readonly unknown[]) => new Map(list.map((item, i) => [identity(item), i] as const).reverse());
  const [inPatch, onServer] = [positions(patch), positions(server)];
  const position = (of: Map<unknown, number>, item: unknown) => of.get(identity(item)) ?? Number.POSITIVE_INFINITY;
  const sorted = (list: unknown[], by: Map<unknown, number>) => list.sort((a, b) => compare(position(by, a), position(by, b)));
  const named = sorted(
    merged.filter((item) => inPatch.has(identity(item))),
    inPatch,
  );
  const others = sorted(
    merged.filter((item) => !inPatch.has(identity(item))),
    onServer,
  );
  const result: unknown[] = [];
  while (named.length > 0 && others.length > 0) {
    const before = position(onServer, others[0]) < position(onServer, named[0]) && onServer.has(identity(named[0]));
    result.push(before ? others.shift() : named.shift());
  }
  return [...result, ...named, ...others];
}

const compare = (a: number, b: number): number => (a === b ? 0 : a - b);
