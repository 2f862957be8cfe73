import { parseQuantity } from '../../../kube/quantity.ts';
import { nodes } from '../../../kube/resources.ts';
import type { Container, Pod } from '../../../kube/types.ts';
import type { ApiClient } from '../../api/client.ts';

interface ResourceField {
  containerName?: string;
  resource: string;
  divisor?: string | number;
}

/**
 * resourceFieldRef (pkg/api/v1/resource): in units of the divisor, rounded up. A limit that is not set is what the node
 * can allocate.
 */
export function resourceValue(pod: Pod, own: Container | undefined, field: ResourceField, allocatable: Record<string, string>): string {
  const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const container = field.containerName ? all.find(({ name }) => name === field.containerName) : own;
  const [kind = '', ...rest] = field.resource.split('.');
  const name = rest.join('.');
  const set = container?.resources?.[kind as 'limits' | 'requests']?.[name];
  const amount = parseQuantity(set ?? (kind === 'limits' ? (allocatable[name] ?? '0') : '0'));
  const divisor = parseQuantity(field.divisor ?? '1').nanos || parseQuantity('1').nanos;
  return String((amount.nanos + divisor - 1n) / divisor);
}

export const allocatableOf = ({ api, machine }: { api: ApiClient; machine: { name: string } }): Record<string, string> =>
  api.get(nodes, undefined, machine.name)?.status?.allocatable ?? {};
