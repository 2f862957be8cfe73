import { deepEqual } from '../../kube/json.ts';
import type { Resource } from '../../kube/resources.ts';
import type { KubeObject } from '../../kube/types.ts';
import type { ApiClient } from '../api/client.ts';

/** Writes a status where it differs, and the generation that it was computed from. */
export function writeStatus<T extends KubeObject & { status?: object }>(
  api: ApiClient,
  resource: Resource<T>,
  object: T,
  status: NonNullable<T['status']>,
): void {
  if (deepEqual(object.status, status)) return;
  api.modify(
    resource,
    object.metadata.namespace,
    object.metadata.name,
    (copy) => {
      if (copy.metadata.uid === object.metadata.uid) copy.status = status;
    },
    { subresource: 'status' },
  );
}

/** Go's omitempty: counts of zero are not written. */
export const counted = <C extends Record<string, number>>(counts: C): Partial<C> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)) as Partial<C>;
