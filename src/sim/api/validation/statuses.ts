import { isIP } from 'node:net';
import type { JsonObject } from '../../../kube/json.ts';
import type { StatusCause } from '../../../kube/status.ts';
import type { KubeObject } from '../../../kube/types.ts';
import { invalid, nonNegative } from './field.ts';
import { each, number, sub, text } from './read.ts';

/** Counts that are no larger than `replicas`, and readiness that comes before availability. */
function replicas(status: JsonObject, counts: readonly string[]): StatusCause[] {
  const all = number(status, 'replicas') ?? 0;
  const ready = number(status, 'readyReplicas') ?? 0;
  const available = number(status, 'availableReplicas') ?? 0;
  return [
    ...['replicas', ...counts, 'observedGeneration'].flatMap((field) => nonNegative(`status.${field}`, status[field])),
    ...counts
      .filter((field) => (number(status, field) ?? 0) > all)
      .map((field) => invalid(`status.${field}`, number(status, field) ?? 0, 'cannot be greater than status.replicas')),
    ...(available > ready ? [invalid('status.availableReplicas', available, 'cannot be greater than readyReplicas')] : []),
  ];
}

const addressDetail = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';

const validators: Readonly<Record<string, (status: JsonObject) => StatusCause[]>> = {
  Deployment: (status) => replicas(status, ['updatedReplicas', 'readyReplicas', 'availableReplicas']),
  Pod: (status) =>
    ['podIPs', 'hostIPs'].flatMap((list) =>
      each({ podIPs: status.podIP === undefined ? [] : [{ ip: status.podIP }], ...status }, list, 'status').flatMap(({ value, path }) =>
        isIP(text(value, 'ip')) > 0 ? [] : [invalid(list === 'podIPs' ? path : `${path}.ip`, text(value, 'ip'), addressDetail)],
      ),
    ),
};

/** What is wrong with a status that is written. */
export const statusCauses = (object: KubeObject): StatusCause[] => validators[object.kind]?.(sub(object, 'status') ?? {}) ?? [];
