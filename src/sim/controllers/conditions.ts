import { rfc3339 } from '../../base/clock.ts';

interface AnyCondition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
}

/** Conditions of workload objects: the same status and reason change nothing; the transition time moves with the status only. */
export function withCondition<C extends AnyCondition>(
  conditions: readonly C[] | undefined,
  condition: Pick<C, 'type' | 'status' | 'reason' | 'message'>,
  now: number,
  options: { updateTime?: boolean } = {},
): C[] {
  const before = conditions?.find((c) => c.type === condition.type);
  if (before && before.status === condition.status && before.reason === condition.reason) return [...(conditions ?? [])];
  const lastTransitionTime = before?.status === condition.status ? before.lastTransitionTime : rfc3339(now);
  const made = { ...condition, ...(options.updateTime && { lastUpdateTime: rfc3339(now) }), lastTransitionTime } as C;
  return [...withoutCondition(conditions, condition.type), made];
}

export const withoutCondition = <C extends AnyCondition>(conditions: readonly C[] | undefined, type: string): C[] =>
  (conditions ?? []).filter((c) => c.type !== type);
