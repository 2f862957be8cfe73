import type { Node } from '../../../kube/types.ts';
import { age, nameColumn, orNone, text, wide, type Column } from './columns.ts';

const roleLabel = 'node-role.kubernetes.io/';

function status(node: Node): string {
  const ready = node.status?.conditions?.find((c) => c.type === 'Ready');
  const texts = [ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'];
  if (node.spec?.unschedulable) texts.push('SchedulingDisabled');
  return texts.join(',');
}

function roles(node: Node): string {
  const labels = node.metadata.labels ?? {};
  const found = Object.entries(labels).flatMap(([key, value]) =>
    key.startsWith(roleLabel) && key.length > roleLabel.length
      ? [key.slice(roleLabel.length)]
      : key === 'kubernetes.io/role' && value
        ? [value]
        : [],
  );
  return orNone(found.sort().join(','));
}

const address = (node: Node, type: string): string => orNone(node.status?.addresses?.find((a) => a.type === type)?.address);
const info = (node: Node, field: 'osImage' | 'kernelVersion' | 'containerRuntimeVersion'): string =>
  node.status?.nodeInfo?.[field] || '<unknown>';

export const nodeColumns = [
  nameColumn,
  text('Status', status),
  text('Roles', roles),
  age(),
  text('Version', (node: Node) => node.status?.nodeInfo?.kubeletVersion),
  wide('Internal-IP', (node: Node) => address(node, 'InternalIP')),
  wide('External-IP', (node: Node) => address(node, 'ExternalIP')),
  wide('OS-Image', (node: Node) => info(node, 'osImage')),
  wide('Kernel-Version', (node: Node) => info(node, 'kernelVersion')),
  wide('Container-Runtime', (node: Node) => info(node, 'containerRuntimeVersion')),
] as unknown as readonly Column[];
