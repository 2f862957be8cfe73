import type { Api } from '../api.ts';
import type { Group } from '../group.ts';
import { deployment, map, pod, service } from './manifests.ts';

const asTable = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const gated = { schedulingGates: [{ name: 'e.com/g' }] };
const columns = (path: string) => (api: Api) => api.get(path, asTable);

/** Of these kinds the columns alone are compared: a cluster has some of them from its start. */
const more: Record<string, string> = {
  'flow schemas': '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas?fieldSelector=metadata.name%3Dnone',
  'priority levels': '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations?fieldSelector=metadata.name%3Dnone',
  drivers: '/apis/storage.k8s.io/v1/csidrivers',
  'storage nodes': '/apis/storage.k8s.io/v1/csinodes',
  attachments: '/apis/storage.k8s.io/v1/volumeattachments',
  capacities: '/apis/storage.k8s.io/v1/csistoragecapacities',
  'volume attributes': '/apis/storage.k8s.io/v1/volumeattributesclasses',
  'pod templates': 'podtemplates',
  'validating webhooks': '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations',
  'mutating webhooks': '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations',
  'admission policies': '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
  'admission bindings': '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
  'service ranges': '/apis/networking.k8s.io/v1/servicecidrs?fieldSelector=metadata.name%3Dnone',
  addresses: '/apis/networking.k8s.io/v1/ipaddresses?fieldSelector=metadata.name%3Dnone',
  'device classes': '/apis/resource.k8s.io/v1/deviceclasses',
  'resource claims': 'resource.k8s.io/v1/resourceclaims',
  'claim templates': 'resource.k8s.io/v1/resourceclaimtemplates',
  'resource slices': '/apis/resource.k8s.io/v1/resourceslices',
  'events of the new group': 'events.k8s.io/v1/events',
  'cluster role bindings': '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings?fieldSelector=metadata.name%3Dnone',
  'component statuses': '/api/v1/componentstatuses/etcd-0',
  'autoscalers of version 1': 'autoscaling/v1/horizontalpodautoscalers',
};

/** Tables and partial metadata. */
export const tables: Group = {
  name: 'tables',
  cases: {
    ...Object.fromEntries(Object.entries(more).map(([name, path]) => [`columns of ${name}`, columns(path)])),
    'config maps': async (api) => {
      await api.post('configmaps', map('a', { a: '1', b: '2' }, { labels: { t: '1' } }));
      await api.get('configmaps?labelSelector=t', asTable);
      await api.get('configmaps/a', asTable);
      await api.get('configmaps/a?includeObject=None', asTable);
      await api.get('configmaps/a?includeObject=Object', asTable);
    },
    'an unknown includeObject': async (api) => {
      await api.post('configmaps', map('a'));
      await api.get('configmaps/a?includeObject=Half', asTable);
    },
    pods: async (api) => {
      await api.post('pods', pod('p', gated));
      await api.get('pods', asTable);
    },
    'a pod that runs': async (api) => {
      await api.post('pods', pod('p', gated));
      await api.patch('pods/p/status', {
        status: {
          phase: 'Running',
          podIP: '10.1.2.3',
          podIPs: [{ ip: '10.1.2.3' }],
          conditions: [{ type: 'Ready', status: 'True' }],
          containerStatuses: [{ name: 'c', ready: true, restartCount: 2, image: 'i', imageID: '', state: { running: {} } }],
        },
      });
      await api.get('pods', asTable);
    },
    'a pod that crashes': async (api) => {
      await api.post('pods', pod('p', gated));
      await api.patch('pods/p/status', {
        status: {
          phase: 'Running',
          containerStatuses: [
            { name: 'c', ready: false, restartCount: 7, image: 'i', imageID: '', state: { waiting: { reason: 'CrashLoopBackOff' } } },
          ],
        },
      });
      await api.get('pods', asTable);
    },
    deployments: async (api) => {
      await api.post('apps/v1/deployments', deployment('d', { paused: true }));
      await api.settled('apps/v1/deployments/d');
      await api.get('apps/v1/deployments', asTable);
    },
    services: async (api) => {
      await api.post('services', service('s'));
      await api.get('services', asTable);
    },
    secrets: async (api) => {
      await api.post('secrets', { metadata: { name: 's' }, stringData: { a: '1' } });
      await api.get('secrets', asTable);
    },
    'the namespace': (api) => api.get(`/api/v1/namespaces/${api.ns}`, asTable),
    nodes: async (api) => {
      await api.post('/api/v1/nodes', {
        metadata: { name: `${api.ns}-n`, labels: { 'node-role.kubernetes.io/worker': '' } },
        spec: { unschedulable: true },
      });
      await api.get(`/api/v1/nodes/${api.ns}-n`, asTable);
    },
    'columns of daemon sets': columns('apps/v1/daemonsets'),
    'columns of stateful sets': columns('apps/v1/statefulsets'),
    'columns of replica sets': columns('apps/v1/replicasets'),
    'columns of jobs': columns('batch/v1/jobs'),
    'columns of cron jobs': columns('batch/v1/cronjobs'),
    'columns of ingresses': columns('networking.k8s.io/v1/ingresses'),
    'columns of network policies': columns('networking.k8s.io/v1/networkpolicies'),
    'columns of endpoints': columns('endpoints?labelSelector=none'),
    'columns of slices': columns('discovery.k8s.io/v1/endpointslices?labelSelector=none'),
    'columns of events': columns('events?fieldSelector=reason%3Dnone'),
    'columns of claims': columns('persistentvolumeclaims'),
    'columns of volumes': columns('/api/v1/persistentvolumes?labelSelector=none'),
    'columns of storage classes': columns('/apis/storage.k8s.io/v1/storageclasses?labelSelector=none'),
    'columns of service accounts': columns('serviceaccounts'),
    'columns of quotas': columns('resourcequotas'),
    'columns of limit ranges': columns('limitranges'),
    'columns of budgets': columns('policy/v1/poddisruptionbudgets'),
    'columns of autoscalers': columns('autoscaling/v2/horizontalpodautoscalers'),
    'columns of roles': columns('rbac.authorization.k8s.io/v1/roles'),
    'columns of role bindings': columns('rbac.authorization.k8s.io/v1/rolebindings'),
    'columns of cluster roles': columns('/apis/rbac.authorization.k8s.io/v1/clusterroles?labelSelector=none'),
    'columns of leases': columns('coordination.k8s.io/v1/leases'),
    'columns of priority classes': columns('/apis/scheduling.k8s.io/v1/priorityclasses?labelSelector=none'),
    'columns of definitions': columns('/apis/apiextensions.k8s.io/v1/customresourcedefinitions?labelSelector=none'),
    'columns of ingress classes': columns('/apis/networking.k8s.io/v1/ingressclasses'),
    'columns of runtime classes': columns('/apis/node.k8s.io/v1/runtimeclasses'),
    'columns of controller revisions': columns('apps/v1/controllerrevisions'),
    'columns of replication controllers': columns('replicationcontrollers'),
    'columns of nodes': columns('/api/v1/nodes?labelSelector=none'),
    'columns of certificate requests': columns('/apis/certificates.k8s.io/v1/certificatesigningrequests?labelSelector=none'),
    'columns of API services': columns('/apis/apiregistration.k8s.io/v1/apiservices?labelSelector=none'),
    'partial metadata of an object': async (api) => {
      await api.post('configmaps', map('a'));
      await api.get('configmaps/a', 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io');
    },
    'partial metadata of a list': async (api) => {
      await api.post('configmaps', map('a', {}, { labels: { t: '1' } }));
      await api.get('configmaps?labelSelector=t', 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io');
    },
    'partial metadata of the wrong shape': async (api) => {
      await api.post('configmaps', map('a'));
      await api.get('configmaps/a', 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io');
    },
    'a created object as partial metadata': (api) =>
      api.send('POST', 'configmaps', { body: map('a'), accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' }),
    'the first that there is': async (api) => {
      await api.post('configmaps', map('a'));
      await api.get('configmaps/a', 'text/html,application/json;as=Nonsense;v=v1;g=x,application/json');
    },
    'nothing that there is': async (api) => {
      await api.post('configmaps', map('a'));
      await api.get('configmaps/a', 'text/html');
      await api.get('configmaps/a', 'application/json;as=Nonsense;v=v1;g=meta.k8s.io');
      await api.get('configmaps/a', 'application/json;as=Table;v=v9;g=meta.k8s.io');
    },
    anything: async (api) => {
      await api.post('configmaps', map('a'));
      await api.get('configmaps/a', '*/*');
      await api.get('configmaps/a', 'application/*');
    },
  },
};
