import type { ObjectQuery } from './cluster-view.ts';
import { assertionOf, type Assertion, type AssertionName } from './schema.ts';

/** What an assertion looks at: collections that can be watched, and whether anything must be asked again and again. */
export interface Reads {
  queries: ObjectQuery[];
  polled: boolean;
}

const podQuery = (namespace: string, name?: string, labelSelector?: string): ObjectQuery => ({
  apiVersion: 'v1',
  kind: 'Pod',
  namespace,
  name,
  labelSelector,
});

const pick = ({ apiVersion, kind, namespace, name, labelSelector, fieldSelector }: ObjectQuery): ObjectQuery => ({
  apiVersion,
  kind,
  namespace,
  name,
  labelSelector,
  fieldSelector,
});

const by: Record<AssertionName, (a: Assertion) => Reads> = {
  object: (a) => ({ queries: [pick(a.object!)], polled: false }),
  absent: (a) => ({ queries: [pick(a.absent!)], polled: false }),
  count: (a) => ({ queries: [pick(a.count!.of)], polled: false }),
  connect: (a) => ({ queries: [podQuery(a.connect!.from.namespace, a.connect!.from.name, a.connect!.from.labelSelector)], polled: true }),
  exec: (a) => ({ queries: [podQuery(a.exec!.in.namespace, a.exec!.in.name, a.exec!.in.labelSelector)], polled: true }),
  node: () => ({ queries: [], polled: true }),
  file: () => ({ queries: [], polled: true }),
  traffic: (a) => ({ queries: [podQuery(a.traffic!.namespace, undefined, a.traffic!.labelSelector)], polled: true }),
  all: (a) => merge(a.all!.map(readsOf)),
  any: (a) => merge(a.any!.map(readsOf)),
  not: (a) => readsOf(a.not!),
};

export function readsOf(assertion: Assertion): Reads {
  const reads = by[assertionOf(assertion)](assertion);
  return assertion.steady === undefined ? reads : { ...reads, polled: true };
}

const merge = (parts: Reads[]): Reads => ({ queries: parts.flatMap((p) => p.queries), polled: parts.some((p) => p.polled) });
