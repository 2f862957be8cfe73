import type { JsonObject } from '../../../kube/json.ts';
import { percentage } from '../../../kube/names.ts';
import type { StatusCause } from '../../../kube/status.ts';
import { invalid, invalidEach, nonNegative } from './field.ts';

/** An amount of pods as a count or a share of all. */
export function intOrPercent(field: string, value: unknown): StatusCause[] {
  if (typeof value === 'number') return nonNegative(field, value);
  return typeof value === 'string' ? invalidEach(field, value, percentage(value)) : [];
}

/** A percentage counts as its number. */
export const amount = (value: unknown): number => (typeof value === 'number' ? value : Number.parseInt(String(value ?? 0), 10));

export function atMostAll(field: string, value: unknown): StatusCause[] {
  return typeof value === 'string' && amount(value) > 100 ? [invalid(field, value, 'must not be greater than 100%')] : [];
}

/** maxUnavailable and maxSurge: not both zero, not more than all. */
export function rollingUpdate(
  value: JsonObject | undefined,
  path: string,
  bothZero: (field: string, value: unknown) => StatusCause,
): StatusCause[] {
  const { maxUnavailable, maxSurge } = value ?? {};
  return [
    ...intOrPercent(`${path}.maxUnavailable`, maxUnavailable),
    ...intOrPercent(`${path}.maxSurge`, maxSurge),
    ...(amount(maxUnavailable) === 0 && amount(maxSurge) === 0 ? [bothZero(`${path}.maxUnavailable`, maxUnavailable)] : []),
    ...atMostAll(`${path}.maxUnavailable`, maxUnavailable),
  ];
}
