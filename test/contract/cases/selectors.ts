import type { Api } from '../api.ts';
import type { Group } from '../group.ts';

/** Fields by which the real server selects, and one that it does not know, a kind. */
const kinds: Record<string, readonly string[]> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.nominatedNodeName',
    'spec.priority',
  ],
  services: ['spec.clusterIP', 'spec.type', 'spec.ports'],
  secrets: ['type', 'data'],
  events: [
    'involvedObject.kind',
    'involvedObject.uid',
    'involvedObject.fieldPath',
    'reason',
    'source',
    'type',
    'reportingComponent',
    'message',
  ],
  replicationcontrollers: ['status.replicas', 'spec.replicas'],
  persistentvolumeclaims: ['name', 'metadata.uid'],
  serviceaccounts: ['secrets'],
  endpoints: ['subsets'],
  'apps/v1/replicasets': ['status.replicas', 'spec.replicas'],
  'apps/v1/daemonsets': ['status.numberReady'],
  'apps/v1/statefulsets': ['status.replicas'],
  'batch/v1/jobs': ['status.successful', 'status.active'],
  'batch/v1/cronjobs': ['status.active'],
  'networking.k8s.io/v1/ingresses': ['spec.ingressClassName'],
  'events.k8s.io/v1/events': ['regarding.kind', 'regarding.name', 'reason', 'reportingController', 'type', 'note'],
  'policy/v1/poddisruptionbudgets': ['spec.minAvailable'],
};
const cluster: Record<string, readonly string[]> = {
  '/api/v1/nodes': ['spec.unschedulable', 'spec.providerID'],
  '/api/v1/namespaces': ['status.phase', 'name', 'spec.finalizers'],
  '/api/v1/persistentvolumes': ['name', 'spec.storageClassName'],
  '/apis/certificates.k8s.io/v1/certificatesigningrequests': ['spec.signerName', 'spec.username'],
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions': ['spec.group'],
};

const one = (path: string, field: string) => (api: Api) => api.get(`${path}?fieldSelector=${field}%3Dno-such-value`);

/** Field selectors of every kind that has some. */
export const selectors: Group = {
  name: 'selectors',
  cases: {
    ...Object.fromEntries(
      Object.entries({ ...kinds, ...cluster }).flatMap(([path, fields]) =>
        fields.map((field) => [`${path} by ${field}`, one(path, field)]),
      ),
    ),
    'a namespace by name': (api) => api.get(`/api/v1/namespaces?fieldSelector=metadata.name%3D${api.ns}`),
    'two fields': (api) => api.get('pods?fieldSelector=metadata.name%3Dx%2Cstatus.phase!%3DRunning'),
    'a double equals sign': (api) => api.get('pods?fieldSelector=metadata.name%3D%3Dx'),
    'an escaped comma': (api) => api.get('pods?fieldSelector=metadata.name%3Dx%5C%2Cy'),
    'an escape that is none': (api) => api.get('pods?fieldSelector=metadata.name%3Dx%5Cy'),
    'an empty value': (api) => api.get('pods?fieldSelector=spec.nodeName%3D'),
    'a set': (api) => api.get('pods?fieldSelector=metadata.name+in+(x)'),
    'an object with a field selector': (api) => api.get('pods/none?fieldSelector=metadata.name%3Dx'),
  },
};
