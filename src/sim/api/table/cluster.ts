import type { KubeObject, Lease, PodDisruptionBudget } from '../../../kube/types.ts';
import { age, integer, nameColumn, orNone, text, wide, type Column } from './columns.ts';

type Binding = KubeObject & {
  roleRef?: { kind: string; name: string };
  subjects?: { kind: string; name: string; namespace?: string }[];
};
const role = text('Role', (b: Binding) => `${b.roleRef?.kind ?? ''}/${b.roleRef?.name ?? ''}`);
const subjects = (kind: string) => (b: Binding) =>
  (b.subjects ?? [])
    .filter((s) => s.kind === kind)
    .map((s) => (s.namespace ? `${s.namespace}/${s.name}` : s.name))
    .join(', ');
const bindingColumns = [
  nameColumn,
  role,
  age(),
  wide('Users', subjects('User')),
  wide('Groups', subjects('Group')),
  wide('ServiceAccounts', subjects('ServiceAccount')),
];

type StorageClass = KubeObject & {
  provisioner?: string;
  reclaimPolicy?: string;
  volumeBindingMode?: string;
  allowVolumeExpansion?: boolean;
};
const className = (c: KubeObject): string =>
  c.metadata.annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true' ? `${c.metadata.name} (default)` : c.metadata.name;

interface Metric {
  type?: string;
  resource?: { name: string; target?: Amount; current?: Amount };
}
interface Amount {
  averageUtilization?: number;
  averageValue?: string;
}
type Autoscaler = KubeObject & {
  spec?: { scaleTargetRef?: { kind: string; name: string }; minReplicas?: number; maxReplicas?: number; metrics?: Metric[] };
  status?: { currentReplicas?: number; currentMetrics?: Metric[] };
};
function targets({ spec, status }: Autoscaler): string {
  const texts = (spec?.metrics ?? []).map(({ resource }) => {
    const current = status?.currentMetrics?.find((m) => m.resource?.name === resource?.name)?.resource?.current;
    return resource?.target?.averageUtilization === undefined
      ? `${resource?.name}: ${current?.averageValue ?? '<unknown>'}/${resource?.target?.averageValue ?? '<unset>'}`
      : `${resource.name}: ${current?.averageUtilization === undefined ? '<unknown>' : `${current.averageUtilization}%`}/${resource.target.averageUtilization}%`;
  });
  return orNone(texts.join(', '));
}

type Class = KubeObject & { value?: number; globalDefault?: boolean; preemptionPolicy?: string; handler?: string };

/** As pkg/printers/internalversion prints them. */
export const clusterColumns = {
  'rbac.authorization.k8s.io/rolebindings': bindingColumns,
  'rbac.authorization.k8s.io/clusterrolebindings': bindingColumns,
  'storage.k8s.io/storageclasses': [
    { ...text('Name', className), format: 'name' },
    text('Provisioner', (c: StorageClass) => c.provisioner),
    text('ReclaimPolicy', (c: StorageClass) => c.reclaimPolicy ?? 'Delete'),
    text('VolumeBindingMode', (c: StorageClass) => c.volumeBindingMode ?? '<unset>'),
    text('AllowVolumeExpansion', (c: StorageClass) => String(c.allowVolumeExpansion ?? false)),
    age(),
  ],
  'policy/poddisruptionbudgets': [
    nameColumn,
    text('Min Available', (p: PodDisruptionBudget) => String(p.spec?.minAvailable ?? 'N/A')),
    text('Max Unavailable', (p: PodDisruptionBudget) => String(p.spec?.maxUnavailable ?? 'N/A')),
    integer('Allowed Disruptions', (p: PodDisruptionBudget) => p.status?.disruptionsAllowed ?? 0),
    age(),
  ],
  'coordination.k8s.io/leases': [nameColumn, text('Holder', (l: Lease) => l.spec?.holderIdentity), age()],
  'autoscaling/horizontalpodautoscalers': [
    nameColumn,
    text('Reference', (h: Autoscaler) => `${h.spec?.scaleTargetRef?.kind}/${h.spec?.scaleTargetRef?.name}`),
    text('Targets', targets),
    text('MinPods', (h: Autoscaler) => String(h.spec?.minReplicas ?? '<unset>')),
    integer('MaxPods', (h: Autoscaler) => h.spec?.maxReplicas),
    integer('Replicas', (h: Autoscaler) => h.status?.currentReplicas ?? 0),
    age(),
  ],
  'scheduling.k8s.io/priorityclasses': [
    nameColumn,
    integer('Value', (c: Class) => c.value ?? 0),
    text('Global-Default', (c: Class) => String(c.globalDefault ?? false)),
    age(),
    text('PreemptionPolicy', (c: Class) => c.preemptionPolicy ?? 'PreemptLowerPriority'),
  ],
  'node.k8s.io/runtimeclasses': [nameColumn, text('Handler', (c: Class) => c.handler), age()],
} as unknown as Readonly<Record<string, readonly Column[]>>;
