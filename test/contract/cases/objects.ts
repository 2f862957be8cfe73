import type { Group } from '../group.ts';
import { deployment, map, pod, service } from './manifests.ts';

/** POST, GET and PUT. */
export const objects: Group = {
  name: 'objects',
  cases: {
    'creates and reads a config map': async (api) => {
      await api.post('configmaps', map('a'));
      await api.get('configmaps/a');
    },
    'creates without kind and apiVersion': (api) => api.post('configmaps', { metadata: { name: 'a' } }),
    'refuses a name that is taken': async (api) => {
      await api.post('configmaps', map('a'));
      await api.post('configmaps', map('a'));
    },
    'refuses an object without a name': (api) => api.post('configmaps', { metadata: {} }),
    'refuses an object without metadata': (api) => api.post('configmaps', { data: {} }),
    'generates a name': (api) => api.post('configmaps', { metadata: { generateName: 'gen-' } }),
    'prefers a name to generateName': (api) => api.post('configmaps', { metadata: { name: 'a', generateName: 'gen-' } }),
    'refuses a generateName that is no name': (api) => api.post('configmaps', { metadata: { generateName: 'Gen_' } }),
    'refuses a resourceVersion at creation': (api) => api.post('configmaps', map('a', {}, { resourceVersion: '5' })),
    'ignores a uid at creation': (api) => api.post('configmaps', map('a', {}, { uid: 'mine' })),
    'ignores times and generation at creation': (api) =>
      api.post(
        'configmaps',
        map(
          'a',
          {},
          { creationTimestamp: '2020-01-01T00:00:00Z', deletionTimestamp: '2020-01-01T00:00:00Z', generation: 7, selfLink: '/x' },
        ),
      ),
    'refuses another namespace than the path': (api) => api.post('configmaps', map('a', {}, { namespace: 'other' })),
    'refuses a missing namespace': (api) => api.post('/api/v1/namespaces/missing-ns/configmaps', map('a')),
    'refuses to create in all namespaces': (api) => api.post('/api/v1/configmaps', map('a')),
    'refuses another kind': (api) => api.post('configmaps', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' } }),
    'refuses another version': (api) => api.post('configmaps', { apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'a' } }),
    'refuses an unknown kind': (api) => api.post('configmaps', { apiVersion: 'v1', kind: 'Nonsense', metadata: { name: 'a' } }),
    'answers 404 for what is not there': (api) => api.get('configmaps/missing'),
    'answers 404 in a namespace that is not there': (api) => api.get('/api/v1/namespaces/missing-ns/configmaps/a'),
    'lists nothing in a namespace that is not there': (api) => api.get('/api/v1/namespaces/missing-ns/configmaps'),
    'replaces a config map': async (api) => {
      const { body } = await api.post('configmaps', map('a'));
      await api.put('configmaps/a', { ...body, data: { k: 'w' } });
      await api.get('configmaps/a');
    },
    'replaces without resourceVersion': async (api) => {
      await api.post('configmaps', map('a'));
      await api.put('configmaps/a', map('a', { x: 'y' }));
    },
    'keeps the resourceVersion where a PUT changes nothing': async (api) => {
      const { body } = await api.post('configmaps', map('a'));
      await api.put('configmaps/a', body);
    },
    'refuses a stale PUT': async (api) => {
      const { body } = await api.post('configmaps', map('a'));
      await api.put('configmaps/a', { ...body, data: { k: '2' } });
      await api.put('configmaps/a', { ...body, data: { k: '3' } });
    },
    'refuses a PUT of an object that is not there': (api) => api.put('configmaps/a', map('a')),
    'refuses a PUT with a resourceVersion of an object that is not there': (api) =>
      api.put('configmaps/a', map('a', {}, { resourceVersion: '1' })),
    'refuses a PUT with another uid': async (api) => {
      await api.post('configmaps', map('a'));
      await api.put('configmaps/a', map('a', {}, { uid: '11111111-1111-1111-1111-111111111111' }));
    },
    'refuses a PUT with another name': async (api) => {
      await api.post('configmaps', map('a'));
      await api.put('configmaps/a', map('b'));
    },
    'refuses a PUT with another namespace': async (api) => {
      await api.post('configmaps', map('a'));
      await api.put('configmaps/a', map('a', {}, { namespace: 'other' }));
    },
    'refuses a PUT without a name': async (api) => {
      await api.post('configmaps', map('a'));
      await api.put('configmaps/a', { metadata: {}, data: {} });
    },
    'refuses a PUT with a resourceVersion that is no number': async (api) => {
      await api.post('configmaps', map('a'));
      await api.put('configmaps/a', map('a', {}, { resourceVersion: 'abc' }));
    },
    'a PUT cannot change server metadata': async (api) => {
      await api.post('configmaps', map('a'));
      await api.put('configmaps/a', map('a', { k: '2' }, { creationTimestamp: '2020-01-01T00:00:00Z', generation: 4 }));
    },
    'keeps labels, annotations, owners and finalizers': async (api) => {
      const owner = await api.post('configmaps', map('owner'));
      await api.post(
        'configmaps',
        map(
          'a',
          {},
          {
            labels: { a: 'b' },
            annotations: { c: 'd' },
            ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.body.metadata.uid }],
            finalizers: ['example.com/one'],
          },
        ),
      );
    },
    'an immutable config map stays': async (api) => {
      const { body } = await api.post('configmaps', { ...map('a'), immutable: true });
      await api.put('configmaps/a', { ...body, data: { k: 'w' } });
      await api.put('configmaps/a', { ...body, immutable: false });
      await api.put('configmaps/a', { ...body, metadata: { ...body.metadata, labels: { a: 'b' } } });
    },
    'binaryData of a config map': (api) => api.post('configmaps', { metadata: { name: 'a' }, binaryData: { b: 'AAEC' } }),
    'refuses binaryData that is not base64': (api) => api.post('configmaps', { metadata: { name: 'a' }, binaryData: { b: '$$' } }),
    'a secret takes stringData into data': (api) =>
      api.post('secrets', { metadata: { name: 's' }, stringData: { user: 'admin' }, data: { user: 'eA==', other: 'eQ==' } }),
    'a secret of a type needs its keys': async (api) => {
      await api.post('secrets', { metadata: { name: 's' }, type: 'kubernetes.io/tls', data: {} });
      await api.post('secrets', { metadata: { name: 's' }, type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'e30=' } });
      await api.post('secrets', { metadata: { name: 't' }, type: 'kubernetes.io/basic-auth', data: {} });
    },
    "a secret's type stays": async (api) => {
      const { body } = await api.post('secrets', { metadata: { name: 's' } });
      await api.put('secrets/s', { ...body, type: 'kubernetes.io/tls' });
    },
    'creates a namespace and reads it': async (api) => {
      await api.post('/api/v1/namespaces', { metadata: { name: `${api.ns}-two` } });
      await api.get(`/api/v1/namespaces/${api.ns}-two`);
    },
    'a namespace has its name as label': async (api) => {
      await api.post('/api/v1/namespaces', { metadata: { name: `${api.ns}-l`, labels: { 'kubernetes.io/metadata.name': 'no' } } });
      await api.patch(`/api/v1/namespaces/${api.ns}-l`, { metadata: { labels: { 'kubernetes.io/metadata.name': null } } });
    },
    'defaults a service': (api) => api.post('services', service('s')),
    'defaults a NodePort service': (api) => api.post('services', service('s', { type: 'NodePort' })),
    'defaults a LoadBalancer service': (api) => api.post('services', service('s', { type: 'LoadBalancer' })),
    'a headless service has no address': (api) => api.post('services', service('s', { clusterIP: 'None' })),
    'an external name': (api) => api.post('services', service('s', { type: 'ExternalName', externalName: 'example.com' })),
    "a service's address stays": async (api) => {
      const { body } = await api.post('services', service('s'));
      await api.put('services/s', { ...body, spec: { ...body.spec, clusterIP: '10.96.200.200', clusterIPs: ['10.96.200.200'] } });
      await api.put('services/s', { ...body, spec: { ...body.spec, ports: [{ port: 81 }] } });
    },
    'a PUT of a service without an address keeps it': async (api) => {
      await api.post('services', service('s'));
      await api.put('services/s', service('s', { ports: [{ port: 81 }] }));
    },
    'a service changes its type': async (api) => {
      await api.post('services', service('s'));
      await api.patch('services/s', { spec: { type: 'NodePort' } });
      await api.patch('services/s', { spec: { type: 'ClusterIP' } });
      await api.patch('services/s', { spec: { type: 'ExternalName', externalName: 'example.com' } });
    },
    'an address that is taken': async (api) => {
      const { body } = await api.post('services', service('s'));
      await api.post('services', service('t', { clusterIP: body.spec.clusterIP }));
    },
    'an address outside of the range': (api) => api.post('services', service('s', { clusterIP: '1.2.3.4' })),
    'a node port outside of the range': (api) =>
      api.post('services', service('s', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] })),
    'a node port that is taken': async (api) => {
      const { body } = await api.post('services', service('s', { type: 'NodePort' }));
      await api.post('services', service('t', { type: 'NodePort', ports: [{ port: 80, nodePort: body.spec.ports[0].nodePort }] }));
    },
    'defaults a deployment': (api) => api.post('apps/v1/deployments', deployment('d')),
    'defaults a pod': (api) => api.post('pods', pod('p')),
    'defaults a stateful set': (api) => api.post('apps/v1/statefulsets', { ...deployment('s'), kind: 'StatefulSet' }),
    'defaults a daemon set': (api) => {
      const { selector, template } = deployment('s').spec;
      return api.post('apps/v1/daemonsets', { metadata: { name: 's' }, spec: { selector, template } });
    },
    'defaults a replica set': (api) => api.post('apps/v1/replicasets', { ...deployment('s'), kind: 'ReplicaSet' }),
    'defaults a job': (api) =>
      api.post('batch/v1/jobs', {
        metadata: { name: 'j' },
        spec: { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } },
      }),
    'defaults a cron job': (api) =>
      api.post('batch/v1/cronjobs', {
        metadata: { name: 'j' },
        spec: {
          schedule: '0 0 1 1 *',
          suspend: true,
          jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } } },
        },
      }),
    'defaults an ingress': (api) =>
      api.post('networking.k8s.io/v1/ingresses', {
        metadata: { name: 'i' },
        spec: {
          rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } } }] } }],
        },
      }),
    'defaults a network policy': (api) =>
      api.post('networking.k8s.io/v1/networkpolicies', {
        metadata: { name: 'n' },
        spec: { podSelector: {}, egress: [{ to: [{ podSelector: {} }], ports: [{ port: 53 }] }] },
      }),
    'defaults an autoscaler': (api) =>
      api.post('autoscaling/v2/horizontalpodautoscalers', {
        metadata: { name: 'h' },
        spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'none' } },
      }),
    'defaults a claim': (api) =>
      api.post('persistentvolumeclaims', {
        metadata: { name: 'c' },
        spec: { storageClassName: '', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      }),
    'defaults a role and its binding': async (api) => {
      await api.post('rbac.authorization.k8s.io/v1/roles', {
        metadata: { name: 'r' },
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
      });
      await api.post('rbac.authorization.k8s.io/v1/rolebindings', {
        metadata: { name: 'r' },
        roleRef: { kind: 'Role', name: 'r' },
        subjects: [
          { kind: 'ServiceAccount', name: 'default' },
          { kind: 'User', name: 'jane' },
        ],
      });
    },
    "a binding's role stays": async (api) => {
      const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' };
      const { body } = await api.post('rbac.authorization.k8s.io/v1/rolebindings', { metadata: { name: 'r' }, roleRef });
      await api.put('rbac.authorization.k8s.io/v1/rolebindings/r', { ...body, roleRef: { ...roleRef, name: 's' } });
    },
    'defaults a lease': (api) => api.post('coordination.k8s.io/v1/leases', { metadata: { name: 'l' }, spec: { holderIdentity: 'me' } }),
    'defaults a disruption budget': (api) =>
      api.post('policy/v1/poddisruptionbudgets', {
        metadata: { name: 'b' },
        spec: { minAvailable: 1, selector: { matchLabels: { a: 'b' } } },
      }),
    'defaults a quota': (api) => api.post('resourcequotas', { metadata: { name: 'q' }, spec: { hard: { 'count/secrets': '100' } } }),
    'defaults a limit range': (api) =>
      api.post('limitranges', { metadata: { name: 'l' }, spec: { limits: [{ type: 'PersistentVolumeClaim', max: { storage: '10Gi' } }] } }),
    'defaults a service account': (api) => api.post('serviceaccounts', { metadata: { name: 'sa' } }),
    'an event of each group': async (api) => {
      await api.post('events', {
        metadata: { name: 'e' },
        involvedObject: { kind: 'Pod', name: 'p', namespace: api.ns },
        reason: 'R',
        message: 'm',
        type: 'Normal',
      });
      await api.get('events.k8s.io/v1/events/e');
    },
    'quantities are kept as they are written': (api) =>
      api.post(
        'pods',
        pod('p', {
          containers: [
            { name: 'c', image: 'i', resources: { requests: { cpu: '0.5', memory: '1024Mi' }, limits: { cpu: '1000m', memory: '1.5Gi' } } },
          ],
        }),
      ),
    'numbers that are strings in a label': (api) => api.post('configmaps', '{"metadata":{"name":"a","labels":{"n":5}}}'),
    'null fields are absent': (api) =>
      api.post('configmaps', '{"metadata":{"name":"a","labels":null,"annotations":{"x":null}},"data":null}'),
    'YAML is taken too': (api) => api.post('configmaps', 'metadata:\n  name: a\ndata:\n  k: "1"\n', { type: 'application/yaml' }),
  },
};
