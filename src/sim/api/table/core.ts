import type { ConfigMap, Event, KubeObject, Namespace, Secret } from '../../../kube/types.ts';
import type { Core } from '../registry/core.ts';
import { age, ageOf, creationTime, integer, nameColumn, text, wide, type Column } from './columns.ts';

function lastSeen(event: Event, core: Core): string {
  const latest = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp ?? undefined;
  return ageOf(latest || event.metadata.creationTimestamp, core);
}
const firstSeen = (event: Event, core: Core): string =>
  ageOf(event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp, core);

const involved = ({ involvedObject }: Partial<Event>): string =>
  `${(involvedObject?.kind ?? '').toLowerCase()}/${involvedObject?.name ?? ''}`;
const source = (event: Event): string =>
  [event.source?.component || event.reportingComponent || '', event.source?.host || event.reportingInstance || '']
    .filter(Boolean)
    .join(', ');

type ComponentStatus = KubeObject & { conditions?: { status: string; message?: string; error?: string }[] };
type Claim = KubeObject & {
  spec?: {
    volumeName?: string;
    accessModes?: string[];
    storageClassName?: string;
    volumeMode?: string;
    volumeAttributesClassName?: string;
  };
  status?: { phase?: string; capacity?: Record<string, string>; accessModes?: string[] };
};
type Volume = KubeObject & {
  spec?: {
    capacity?: Record<string, string>;
    accessModes?: string[];
    persistentVolumeReclaimPolicy?: string;
    claimRef?: { namespace: string; name: string };
    storageClassName?: string;
    volumeAttributesClassName?: string;
    volumeMode?: string;
  };
  status?: { phase?: string; reason?: string };
};
const shortModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};
const modes = (list: readonly string[] | undefined): string => (list ?? []).map((mode) => shortModes[mode] ?? mode).join(',');
const count = (o: object | undefined): number => Object.keys(o ?? {}).length;
const unset = (value: string | undefined): string => value || '<unset>';
const deletable = (o: KubeObject, phase: string | undefined): string => (o.metadata.deletionTimestamp ? 'Terminating' : (phase ?? ''));

/** As pkg/printers/internalversion prints them. */
export const coreColumns = {
  '/namespaces': [nameColumn, text('Status', (n: Namespace) => n.status?.phase), age()],
  '/configmaps': [nameColumn, text('Data', (c: ConfigMap) => count(c.data) + count(c.binaryData)), age()],
  '/secrets': [nameColumn, text('Type', (s: Secret) => s.type), text('Data', (s: Secret) => count(s.data)), age()],
  '/serviceaccounts': [nameColumn, age()],
  '/events': [
    text('Last Seen', lastSeen),
    text('Type', (e: Event) => e.type),
    text('Reason', (e: Event) => e.reason),
    text('Object', involved),
    wide('Subobject', ({ involvedObject }: Partial<Event>) => involvedObject?.fieldPath),
    wide('Source', source),
    text('Message', (e: Event) => e.message?.trim()),
    wide('First Seen', firstSeen),
    { ...integer('Count', (e: Event) => e.series?.count ?? e.count ?? 1), priority: 1 },
    wide('Name', (e: Event) => e.metadata.name),
  ],
  '/persistentvolumeclaims': [
    nameColumn,
    text('Status', (c: Claim) => deletable(c, c.status?.phase)),
    text('Volume', (c: Claim) => c.spec?.volumeName),
    text('Capacity', (c: Claim) => (c.spec?.volumeName ? c.status?.capacity?.['storage'] : '')),
    text('Access Modes', (c: Claim) => (c.spec?.volumeName ? modes(c.status?.accessModes) : '')),
    text('StorageClass', (c: Claim) => c.spec?.storageClassName),
    text('VolumeAttributesClass', (c: Claim) => unset(c.spec?.volumeAttributesClassName)),
    age(),
    wide('VolumeMode', (c: Claim) => unset(c.spec?.volumeMode)),
  ],
  '/persistentvolumes': [
    nameColumn,
    text('Capacity', (v: Volume) => v.spec?.capacity?.['storage']),
    text('Access Modes', (v: Volume) => modes(v.spec?.accessModes)),
    text('Reclaim Policy', (v: Volume) => v.spec?.persistentVolumeReclaimPolicy),
    text('Status', (v: Volume) => deletable(v, v.status?.phase)),
    text('Claim', (v: Volume) => (v.spec?.claimRef ? `${v.spec.claimRef.namespace}/${v.spec.claimRef.name}` : '')),
    text('StorageClass', (v: Volume) => v.spec?.storageClassName),
    text('VolumeAttributesClass', (v: Volume) => unset(v.spec?.volumeAttributesClassName)),
    text('Reason', (v: Volume) => v.status?.reason),
    age(),
    wide('VolumeMode', (v: Volume) => unset(v.spec?.volumeMode)),
  ],
  '/resourcequotas': [
    nameColumn,
    text('Request', (q: KubeObject) => quota(q, false)),
    text('Limit', (q: KubeObject) => quota(q, true)),
    age(),
  ],
  '/limitranges': [nameColumn, text('Created At', creationTime)],
  '/podtemplates': [nameColumn, age()],
  '/componentstatuses': [
    nameColumn,
    text('Status', (s: ComponentStatus) => (s.conditions?.[0]?.status === 'True' ? 'Healthy' : 'Unhealthy')),
    text('Message', (s: ComponentStatus) => s.conditions?.[0]?.message),
    text('Error', (s: ComponentStatus) => s.conditions?.[0]?.error ?? ''),
  ],
} as unknown as Readonly<Record<string, readonly Column[]>>;

function quota(object: KubeObject, limits: boolean): string {
  const { hard = {}, used = {} } = (object['status'] ?? {}) as { hard?: Record<string, string>; used?: Record<string, string> };
  return Object.keys(hard)
    .filter((name) => name.startsWith('limits.') === limits)
    .sort()
    .map((name) => `${name}: ${used[name] ?? '0'}/${hard[name]}`)
    .join(', ');
}
