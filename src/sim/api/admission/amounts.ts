import { addQuantities, compareQuantities, parseQuantity, type Quantity } from '../../../kube/quantity.ts';
import type { Container, PodSpec } from '../../../kube/types.ts';

/** Amounts by the name of a resource. */
export type Amounts = Map<string, Quantity>;

const read = (list: object | undefined): Amounts =>
  new Map(Object.entries(list ?? {}).map(([name, amount]) => [name, parseQuantity(amount as string)]));

export function add(a: Amounts, b: Amounts): Amounts {
  const sum = new Map(a);
  for (const [name, amount] of b) {
    const had = sum.get(name);
    sum.set(name, had ? addQuantities(had, amount) : amount);
  }
  return sum;
}

function greater(a: Amounts, b: Amounts): Amounts {
  const most = new Map(a);
  for (const [name, amount] of b) {
    const had = most.get(name);
    if (!had || compareQuantities(amount, had) > 0) most.set(name, amount);
  }
  return most;
}

/** What a pod asks for in all: containers and sidecars together, or the greediest of the init containers beside the sidecars before it. */
export function podAmounts(spec: PodSpec, kind: 'requests' | 'limits'): Amounts {
  const of = (container: Container): Amounts => read(container.resources?.[kind]);
  let total = (spec.containers ?? []).map(of).reduce(add, new Map());
  let sidecars: Amounts = new Map();
  let initial: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    if (container['restartPolicy'] === 'Always') {
      total = add(total, of(container));
      sidecars = add(sidecars, of(container));
      initial = greater(initial, sidecars);
    } else initial = greater(initial, add(of(container), sidecars));
  }
  total = greater(total, initial);
  for (const [name, amount] of read((spec['resources'] as Record<string, object> | undefined)?.[kind])) total.set(name, amount);
  return kind === 'requests' ? add(total, read(spec['overhead'])) : total;
}
