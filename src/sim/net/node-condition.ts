import { nodes } from '../../kube/resources.ts';
import type { ApiClient } from '../api/client.ts';

/** Sets a condition of a node; an unchanged one is not written. `now` is RFC 3339. */
export const setNodeCondition = (
  api: ApiClient,
  node: string,
  type: string,
  status: 'True' | 'False',
  reason: string,
  message: string,
  now: string,
): void => {
  const known = api.get(nodes, undefined, node)?.status?.conditions?.find((condition) => condition.type === type);
  if (known?.status === status && known.reason === reason) return;
  const condition = { type, status, reason, message, lastHeartbeatTime: now, lastTransitionTime: now };
  api.modify(
    nodes,
    undefined,
    node,
    (copy) => {
      copy.status ??= {};
      copy.status.conditions = [condition, ...(copy.status.conditions ?? []).filter((other) => other.type !== type)];
    },
    { subresource: 'status' },
  );
};
