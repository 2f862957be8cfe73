import type { Group } from '../group.ts';
import { map, service } from './manifests.ts';

const net = 'networking.k8s.io/v1';
const ingress = (spec: object) => ({ metadata: { name: 'i' }, spec });

/** What other kinds are refused for. */
export const validation: Group = {
  name: 'validation',
  cases: {
    'a config map with a bad key': (api) => api.post('configmaps', map('a', { 'a b': 'x', '..': 'y' })),
    'a config map with one key twice': (api) => api.post('configmaps', { ...map('a', { k: 'x' }), binaryData: { k: 'AA==' } }),
    'a config map that is too large': (api) => api.post('configmaps', map('a', { k: 'x'.repeat(1_048_577) })),
    'a config map with a bad name': (api) => api.post('configmaps', map('A_')),
    'a config map with an empty name part': (api) => api.post('configmaps', map('a..b')),
    'a label that is too long': (api) => api.post('configmaps', map('a', {}, { labels: { k: 'v'.repeat(64) } })),
    'a label with a bad prefix': (api) => api.post('configmaps', map('a', {}, { labels: { 'A B/k': 'v' } })),
    'a label with two slashes': (api) => api.post('configmaps', map('a', {}, { labels: { 'a/b/c': 'v' } })),
    'a namespace with a bad name': (api) => api.post('/api/v1/namespaces', { metadata: { name: 'a.b' } }),
    'a namespace with a long name': (api) => api.post('/api/v1/namespaces', { metadata: { name: 'n'.repeat(64) } }),
    'a service without ports': (api) => api.post('services', service('s', { ports: [] })),
    'a service with a bad port': (api) => api.post('services', service('s', { ports: [{ port: 0 }] })),
    'a service with two ports without names': (api) => api.post('services', service('s', { ports: [{ port: 80 }, { port: 81 }] })),
    'a service with one port twice': (api) =>
      api.post(
        'services',
        service('s', {
          ports: [
            { name: 'a', port: 80 },
            { name: 'b', port: 80 },
          ],
        }),
      ),
    'a service of a bad type': (api) => api.post('services', service('s', { type: 'Magic' })),
    'a service with a bad protocol': (api) => api.post('services', service('s', { ports: [{ port: 80, protocol: 'ICMP' }] })),
    'a service with a bad target': (api) => api.post('services', service('s', { ports: [{ port: 80, targetPort: 'NOT OK' }] })),
    'a service with a bad name': (api) => api.post('services', service('1s')),
    'a service with a bad selector': (api) => api.post('services', service('s', { selector: { 'a b': 'c' } })),
    'a service with a bad affinity': (api) => api.post('services', service('s', { sessionAffinity: 'Hourly' })),
    'a service with affinity': (api) => api.post('services', service('s', { sessionAffinity: 'ClientIP' })),
    'a service with a bad address': (api) => api.post('services', service('s', { clusterIP: 'here' })),
    'an external name that is none': (api) => api.post('services', service('s', { type: 'ExternalName' })),
    'an external policy on a cluster service': (api) => api.post('services', service('s', { externalTrafficPolicy: 'Local' })),
    'a node port on a cluster service': (api) => api.post('services', service('s', { ports: [{ port: 80, nodePort: 30080 }] })),
    'external addresses': (api) => api.post('services', service('s', { externalIPs: ['127.0.0.1', 'x'] })),
    'source ranges on a cluster service': (api) => api.post('services', service('s', { loadBalancerSourceRanges: ['10.0.0.0/8'] })),
    'a bad family policy': (api) => api.post('services', service('s', { ipFamilyPolicy: 'RequireDualStack' })),
    'an ingress without rules': (api) => api.post(`${net}/ingresses`, ingress({})),
    'an ingress without a path type': (api) =>
      api.post(
        `${net}/ingresses`,
        ingress({ rules: [{ http: { paths: [{ path: '/', backend: { service: { name: 's', port: { number: 1 } } } }] } }] }),
      ),
    'an ingress with a bad path': (api) =>
      api.post(
        `${net}/ingresses`,
        ingress({ rules: [{ http: { paths: [{ path: 'x', pathType: 'Exact', backend: { service: { name: 's', port: {} } } }] } }] }),
      ),
    'an ingress with a bad host': (api) =>
      api.post(
        `${net}/ingresses`,
        ingress({ rules: [{ host: 'Bad_Host' }], defaultBackend: { service: { name: '', port: { number: 80 } } } }),
      ),
    'an ingress of a class that is none': (api) =>
      api.post(`${net}/ingresses`, ingress({ ingressClassName: 'BAD', defaultBackend: { service: { name: 's', port: { number: 80 } } } })),
    'a network policy with a bad port': (api) =>
      api.post(`${net}/networkpolicies`, {
        metadata: { name: 'n' },
        spec: { podSelector: {}, ingress: [{ ports: [{ port: 0 }, { port: 80, endPort: 70 }, { endPort: 5 }] }] },
      }),
    'a network policy with a bad block': (api) =>
      api.post(`${net}/networkpolicies`, {
        metadata: { name: 'n' },
        spec: {
          podSelector: {},
          ingress: [{ from: [{ ipBlock: { cidr: 'x' } }, { ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/8'] } }] }],
        },
      }),
    'a network policy with an empty peer': (api) =>
      api.post(`${net}/networkpolicies`, { metadata: { name: 'n' }, spec: { podSelector: {}, ingress: [{ from: [{}] }] } }),
    'a network policy with a peer of two kinds': (api) =>
      api.post(`${net}/networkpolicies`, {
        metadata: { name: 'n' },
        spec: { podSelector: {}, egress: [{ to: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] }] },
      }),
    'a network policy of a bad type': (api) =>
      api.post(`${net}/networkpolicies`, { metadata: { name: 'n' }, spec: { podSelector: {}, policyTypes: ['Sideways'] } }),
    'a network policy with a bad selector': (api) =>
      api.post(`${net}/networkpolicies`, {
        metadata: { name: 'n' },
        spec: { podSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      }),
    'a role without verbs': (api) =>
      api.post('rbac.authorization.k8s.io/v1/roles', { metadata: { name: 'r' }, rules: [{ apiGroups: [''], resources: ['pods'] }] }),
    'a role with paths': (api) =>
      api.post('rbac.authorization.k8s.io/v1/roles', { metadata: { name: 'r' }, rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] }),
    'a binding without a role': (api) =>
      api.post('rbac.authorization.k8s.io/v1/rolebindings', { metadata: { name: 'r' }, subjects: [{ kind: 'Robot', name: 'x' }] }),
    'a claim without a size': (api) =>
      api.post('persistentvolumeclaims', { metadata: { name: 'c' }, spec: { accessModes: ['ReadWriteOnce'] } }),
    'a claim with a bad mode': (api) =>
      api.post('persistentvolumeclaims', {
        metadata: { name: 'c' },
        spec: { accessModes: ['Anything'], resources: { requests: { storage: '0' } } },
      }),
    'a budget with both numbers': (api) =>
      api.post('policy/v1/poddisruptionbudgets', { metadata: { name: 'b' }, spec: { minAvailable: 1, maxUnavailable: 1 } }),
    'a budget with a bad percentage': (api) =>
      api.post('policy/v1/poddisruptionbudgets', { metadata: { name: 'b' }, spec: { minAvailable: '110%' } }),
    'an autoscaler with bad numbers': (api) =>
      api.post('autoscaling/v2/horizontalpodautoscalers', {
        metadata: { name: 'h' },
        spec: { minReplicas: 5, maxReplicas: 3, scaleTargetRef: { kind: '', name: '' } },
      }),
    'a quota with a bad name': (api) => api.post('resourcequotas', { metadata: { name: 'q' }, spec: { hard: { 'a b': '1', pods: '-1' } } }),
    'a limit range that contradicts itself': (api) =>
      api.post('limitranges', { metadata: { name: 'l' }, spec: { limits: [{ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' } }] } }),
    'a lease with a bad duration': (api) =>
      api.post('coordination.k8s.io/v1/leases', { metadata: { name: 'l' }, spec: { leaseDurationSeconds: 0, leaseTransitions: -1 } }),
    'a priority class with a reserved name': (api) =>
      api.post('/apis/scheduling.k8s.io/v1/priorityclasses', { metadata: { name: 'system-mine' }, value: 5 }),
    'a priority class that is too high': (api) =>
      api.post('/apis/scheduling.k8s.io/v1/priorityclasses', { metadata: { name: `${api.ns}-p` }, value: 1_000_000_001 }),
    'a priority class stays': async (api) => {
      await api.post('/apis/scheduling.k8s.io/v1/priorityclasses', { metadata: { name: `${api.ns}-p` }, value: 5 });
      await api.patch(`/apis/scheduling.k8s.io/v1/priorityclasses/${api.ns}-p`, { value: 6 });
    },
    'a storage class without a provisioner': (api) =>
      api.post('/apis/storage.k8s.io/v1/storageclasses', { metadata: { name: `${api.ns}-s` }, volumeBindingMode: 'Someday' }),
    'a storage class stays': async (api) => {
      await api.post('/apis/storage.k8s.io/v1/storageclasses', { metadata: { name: `${api.ns}-s` }, provisioner: 'e.com/p' });
      await api.patch(`/apis/storage.k8s.io/v1/storageclasses/${api.ns}-s`, { provisioner: 'e.com/q' });
    },
    'a node with a bad taint': (api) =>
      api.post('/api/v1/nodes', { metadata: { name: `${api.ns}-n` }, spec: { taints: [{ key: 'a b', effect: 'Never' }] } }),
    'a node with one taint twice': (api) =>
      api.post('/api/v1/nodes', {
        metadata: { name: `${api.ns}-n` },
        spec: {
          taints: [
            { key: 'a', effect: 'NoSchedule' },
            { key: 'a', effect: 'NoSchedule' },
          ],
        },
      }),
    'a volume without a source': (api) =>
      api.post('/api/v1/persistentvolumes', { metadata: { name: `${api.ns}-v` }, spec: { capacity: { storage: '1Gi' } } }),
    'a volume': (api) =>
      api.post('/api/v1/persistentvolumes', {
        metadata: { name: `${api.ns}-v` },
        spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } },
      }),
    'endpoints with a bad address': (api) =>
      api.post('endpoints', { metadata: { name: 'e' }, subsets: [{ addresses: [{ ip: 'x' }], ports: [{ port: 80 }] }] }),
    'a slice with a bad address': (api) =>
      api.post('discovery.k8s.io/v1/endpointslices', {
        metadata: { name: 'e' },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['x'] }],
        ports: [],
      }),
    'a slice without a type': (api) => api.post('discovery.k8s.io/v1/endpointslices', { metadata: { name: 'e' }, endpoints: [] }),
    'an event in another namespace': (api) =>
      api.post('events', { metadata: { name: 'e' }, involvedObject: { kind: 'Pod', namespace: 'other' } }),
    'a runtime class': (api) =>
      api.post('/apis/node.k8s.io/v1/runtimeclasses', { metadata: { name: `${api.ns}-r` }, handler: 'Bad Handler' }),
    'an ingress class': async (api) => {
      await api.post(`/apis/${net}/ingressclasses`, { metadata: { name: `${api.ns}-i` }, spec: { controller: 'e.com/c' } });
      await api.patch(`/apis/${net}/ingressclasses/${api.ns}-i`, { spec: { controller: 'e.com/d' } });
    },
  },
};
