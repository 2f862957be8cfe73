import type { KubeObject } from '../../../kube/types.ts';
import { age, createdAt, humanDuration, integer, nameColumn, orNone, text, type Cell, type Column } from './columns.ts';

type Fields = KubeObject & { spec?: Record<string, unknown>; status?: Record<string, unknown>; [field: string]: unknown };

/** A value by its path, of an object whose fields are known from its schema. */
const at = (object: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((value, field) => (value as Record<string, unknown> | undefined)?.[field], object);
const str =
  (...path: string[]) =>
  (object: Fields): string | undefined =>
    at(object, ...path) as string | undefined;
const count =
  (...path: string[]) =>
  (object: Fields): number =>
    ((at(object, ...path) as unknown[] | undefined) ?? []).length;
const truth = (name: string, ...path: string[]): Column<Fields> => ({
  name,
  type: 'boolean',
  value: (object) => (at(object, ...path) ?? false) as Cell,
});

function requestStatus(object: Fields): string {
  const types = ((at(object, 'status', 'conditions') ?? []) as { type: string }[]).map(({ type }) => type);
  const decision = types.includes('Denied') ? 'Denied' : types.includes('Approved') ? 'Approved' : 'Pending';
  return [decision, ...(types.includes('Failed') ? ['Failed'] : []), ...(at(object, 'status', 'certificate') ? ['Issued'] : [])].join(',');
}

function available(object: Fields): string {
  const found = ((at(object, 'status', 'conditions') ?? []) as { type: string; status: string; reason?: string }[]).find(
    ({ type }) => type === 'Available',
  );
  if (!found) return 'Unknown';
  return found.status === 'True' || !found.reason ? found.status : `${found.status} (${found.reason})`;
}

function parent(object: Fields): string {
  const { group = '', resource = '', namespace = '', name = '' } = (at(object, 'spec', 'parentRef') ?? {}) as Record<string, string>;
  return [group === '' ? resource : `${resource}.${group}`, namespace, name].filter(Boolean).join('/');
}

const webhooks = [nameColumn, integer('Webhooks', count('webhooks')), age()];
const seconds = (object: Fields): string => {
  const duration = at(object, 'spec', 'expirationSeconds') as number | undefined;
  return duration === undefined ? '<none>' : humanDuration(duration * 1000);
};
const labels = (object: Fields): string =>
  orNone(
    Object.entries((at(object, 'template', 'metadata', 'labels') ?? {}) as Record<string, string>)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(','),
  );
const each = (field: string) => (object: Fields) =>
  ((at(object, 'template', 'spec', 'containers') ?? []) as Record<string, string>[]).map((container) => container[field]).join(',');

/** Kinds that few people list. */
export const moreColumns = {
  'certificates.k8s.io/certificatesigningrequests': [
    nameColumn,
    age(),
    text('SignerName', (o: Fields) => orNone(str('spec', 'signerName')(o))),
    text('Requestor', str('spec', 'username')),
    text('RequestedDuration', seconds),
    text('Condition', requestStatus),
  ],
  'apiregistration.k8s.io/apiservices': [
    nameColumn,
    text('Service', (o: Fields) => {
      const service = at(o, 'spec', 'service') as { namespace: string; name: string } | undefined;
      return service ? `${service.namespace}/${service.name}` : 'Local';
    }),
    text('Available', available),
    age(),
  ],
  'flowcontrol.apiserver.k8s.io/flowschemas': [
    nameColumn,
    text('PriorityLevel', str('spec', 'priorityLevelConfiguration', 'name')),
    integer('MatchingPrecedence', (o: Fields) => at(o, 'spec', 'matchingPrecedence') as number),
    text('DistinguisherMethod', (o: Fields) => orNone(str('spec', 'distinguisherMethod', 'type')(o))),
    age(),
    text('MissingPL', (o: Fields) => {
      const conditions = (at(o, 'status', 'conditions') ?? []) as { type: string; status: string }[];
      return conditions.find(({ type }) => type === 'Dangling')?.status ?? '?';
    }),
  ],
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations': [
    nameColumn,
    text('Type', str('spec', 'type')),
    ...(
      [
        ['NominalConcurrencyShares', 'limited', 'nominalConcurrencyShares'],
        ['Queues', 'limited', 'limitResponse', 'queuing', 'queues'],
        ['HandSize', 'limited', 'limitResponse', 'queuing', 'handSize'],
        ['QueueLengthLimit', 'limited', 'limitResponse', 'queuing', 'queueLengthLimit'],
      ] as const
    ).map(([name, ...path]) => text(name, (o: Fields) => (at(o, 'spec', ...path) as Cell | undefined) ?? '<none>')),
    age(),
  ],
  'storage.k8s.io/csidrivers': [
    nameColumn,
    truth('AttachRequired', 'spec', 'attachRequired'),
    truth('PodInfoOnMount', 'spec', 'podInfoOnMount'),
    truth('StorageCapacity', 'spec', 'storageCapacity'),
    text('TokenRequests', (o: Fields) => {
      const requests = (at(o, 'spec', 'tokenRequests') ?? []) as { audience: string }[];
      return requests.length > 0 ? requests.map(({ audience }) => audience).join(',') : '<unset>';
    }),
    truth('RequiresRepublish', 'spec', 'requiresRepublish'),
    text('Modes', (o: Fields) => orNone(((at(o, 'spec', 'volumeLifecycleModes') ?? []) as string[]).join(','))),
    age(),
  ],
  'storage.k8s.io/csinodes': [nameColumn, integer('Drivers', count('spec', 'drivers')), age()],
  'storage.k8s.io/csistoragecapacities': [nameColumn, createdAt],
  'storage.k8s.io/volumeattributesclasses': [nameColumn, text('DriverName', str('driverName')), age()],
  'storage.k8s.io/volumeattachments': [
    nameColumn,
    { ...text('Attacher', str('spec', 'attacher')), format: 'name' },
    text('PV', str('spec', 'source', 'persistentVolumeName')),
    text('Node', str('spec', 'nodeName')),
    truth('Attached', 'status', 'attached'),
    age(),
  ],
  '/podtemplates': [nameColumn, text('Containers', each('name')), text('Images', each('image')), text('Pod Labels', labels)],
  'admissionregistration.k8s.io/validatingwebhookconfigurations': webhooks,
  'admissionregistration.k8s.io/mutatingwebhookconfigurations': webhooks,
  'admissionregistration.k8s.io/validatingadmissionpolicies': [
    nameColumn,
    integer('Validations', count('spec', 'validations')),
    text('ParamKind', (o: Fields) => {
      const kind = at(o, 'spec', 'paramKind') as { apiVersion: string; kind: string } | undefined;
      return kind ? `${kind.apiVersion}/${kind.kind}` : '<unset>';
    }),
    age(),
  ],
  'admissionregistration.k8s.io/validatingadmissionpolicybindings': [
    nameColumn,
    text('PolicyName', str('spec', 'policyName')),
    text('ParamRef', (o: Fields) => {
      const ref = at(o, 'spec', 'paramRef') as { namespace?: string; name?: string } | undefined;
      return ref ? [ref.namespace, ref.name].filter(Boolean).join('/') : '<unset>';
    }),
    age(),
  ],
  'networking.k8s.io/servicecidrs': [
    nameColumn,
    text('CIDRs', (o: Fields) => ((at(o, 'spec', 'cidrs') ?? []) as string[]).join(',')),
    age(),
  ],
  'networking.k8s.io/ipaddresses': [nameColumn, text('ParentRef', parent)],
  'resource.k8s.io/resourceclaims': [
    nameColumn,
    text('State', (o: Fields) => {
      const parts = [
        ...(o.metadata.deletionTimestamp ? ['deleted'] : []),
        ...(at(o, 'status', 'allocation') ? ['allocated'] : []),
        ...(at(o, 'status', 'reservedFor') ? ['reserved'] : []),
      ];
      return parts.length > 0 ? parts.join(',') : 'pending';
    }),
    age(),
  ],
  'resource.k8s.io/resourceslices': [
    nameColumn,
    text('Node', (o: Fields) => str('spec', 'nodeName')(o) ?? (at(o, 'spec', 'allNodes') ? '<all>' : '')),
    text('Driver', str('spec', 'driver')),
    text('Pool', str('spec', 'pool', 'name')),
    age(),
  ],
  '/componentstatuses': [
    nameColumn,
    text('Status', (o: Fields) => (at(o, 'conditions', '0', 'status') === 'True' ? 'Healthy' : 'Unhealthy')),
    text('Message', (o: Fields) => at(o, 'conditions', '0', 'message') as string),
    text('Error', (o: Fields) => at(o, 'conditions', '0', 'error') as string),
  ],
} as unknown as Readonly<Record<string, readonly Column[]>>;
