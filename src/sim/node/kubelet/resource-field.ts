import { nodes } from '../../../kube/resources.ts';
import type { Container, Pod } from '../../../kube/types.ts';
import type { ApiClient } from '../../api/client.ts';
import { amount } from '../../scheduler/resources.ts';

interface ResourceField {
  containerName?: string;
  resource: string;
  divisor?: string;
}

/** `limits.cpu` and the like in the divisor's unit, rounded up; a limit that is not set is what the node has. */
export function resourceFieldValue(api: ApiClient, pod: Pod, own: Container | undefined, field: ResourceField, node: string): string {
  const [kind, name = ''] = field.resource.split('.') as ['limits' | 'requests', string];
  const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const container = field.containerName ? all.find((one) => one.name === field.containerName) : own;
  const { limits, requests } = container?.resources ?? {};
  const set = (kind === 'limits' ? limits : requests)?.[name];
  const rest = kind === 'limits' ? api.get(nodes, undefined, node)?.status?.allocatable?.[name] : undefined;
  const divisor = amount(field.divisor ?? '1') || 1;
  // A millionth of slack: 0.25 / 0.001 is not 250 in floating point.
  return String(Math.ceil(amount(set ?? rest ?? '0') / divisor - 1e-6));
}
