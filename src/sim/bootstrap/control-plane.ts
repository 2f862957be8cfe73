import { clusterRole, clusterRoleBinding, group, rule, type Manifest } from './objects.ts';

const bootstrapping = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };

export const namespaces = (): Manifest[] =>
  ['kube-system', 'kube-public', 'kube-node-lease', 'default'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }));

/** What kube-apiserver itself keeps in place. */
export const priorityClasses = (): Manifest[] =>
  [
    {
      name: 'system-node-critical',
      value: 2_000_001_000,
      description: 'Used for system critical pods that must not be moved from their current node.',
    },
    {
      name: 'system-cluster-critical',
      value: 2_000_000_000,
      description: 'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
    },
  ].map(({ name, value, description }) => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    description,
    preemptionPolicy: 'PreemptLowerPriority',
  }));

/** The range of service addresses; service `kubernetes` in namespace default, and where it leads. */
export const kubernetesService = (address: string): Manifest[] => [
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'kubernetes' },
    spec: { cidrs: ['10.96.0.0/16'] },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }],
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
    },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
    ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
  },
  {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
    subsets: [{ addresses: [{ ip: address }], ports: [{ name: 'https', port: 6443, protocol: 'TCP' }] }],
  },
];

const workloads: [group: string, resources: string[]][] = [
  ['', ['pods', 'services', 'configmaps', 'endpoints', 'persistentvolumeclaims', 'replicationcontrollers', 'serviceaccounts']],
  ['apps', ['controllerrevisions', 'daemonsets', 'deployments', 'replicasets', 'statefulsets']],
  ['autoscaling', ['horizontalpodautoscalers']],
  ['batch', ['cronjobs', 'jobs']],
  ['discovery.k8s.io', ['endpointslices']],
  ['networking.k8s.io', ['ingresses', 'networkpolicies']],
  ['policy', ['poddisruptionbudgets']],
];
const read = ['get', 'list', 'watch'];
const write = ['create', 'delete', 'deletecollection', 'patch', 'update'];

/** The user-facing roles; what the API server's own components are allowed is not modelled. */
export function rbac(): Manifest[] {
  const reading = [
    ...workloads.map(([apiGroup, resources]) => rule([apiGroup], resources, read)),
    rule([''], ['namespaces', 'events', 'limitranges', 'resourcequotas', 'pods/log', 'pods/status'], read),
  ];
  const writing = [
    ...workloads.map(([apiGroup, resources]) => rule([apiGroup], resources, write)),
    rule([''], ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'secrets', 'services/proxy'], [...read, ...write]),
    rule([''], ['pods/eviction'], ['create']),
    rule([''], ['serviceaccounts'], ['impersonate']),
  ];
  const administering = [
    rule(['rbac.authorization.k8s.io'], ['rolebindings', 'roles'], [...read, ...write]),
    rule(['authorization.k8s.io'], ['localsubjectaccessreviews'], ['create']),
  ];
  return [
    clusterRole('cluster-admin', [rule(['*'], ['*'], ['*']), { nonResourceURLs: ['*'], verbs: ['*'] }], bootstrapping),
    clusterRole('admin', [...reading, ...writing, ...administering], bootstrapping),
    clusterRole('edit', [...reading, ...writing], {
      ...bootstrapping,
      'rbac.authorization.k8s.io/aggregate-to-admin': 'true',
    }),
    clusterRole('view', reading, { ...bootstrapping, 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' }),
    clusterRole(
      'system:basic-user',
      [
        rule(['authorization.k8s.io'], ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], ['create']),
        rule(['authentication.k8s.io'], ['selfsubjectreviews'], ['create']),
      ],
      bootstrapping,
    ),
    clusterRole(
      'system:discovery',
      [
        {
          nonResourceURLs: [
            '/api',
            '/api/*',
            '/apis',
            '/apis/*',
            '/healthz',
            '/livez',
            '/openapi',
            '/openapi/*',
            '/readyz',
            '/version',
            '/version/',
          ],
          verbs: ['get'],
        },
      ],
      bootstrapping,
    ),
    clusterRole(
      'system:public-info-viewer',
      [{ nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'], verbs: ['get'] }],
      bootstrapping,
    ),
    clusterRole(
      'system:node-proxier',
      [
        rule([''], ['endpoints', 'services', 'nodes'], ['list', 'watch']),
        rule(['discovery.k8s.io'], ['endpointslices'], ['list', 'watch']),
      ],
      bootstrapping,
    ),
    ...['system:basic-user', 'system:discovery', 'system:public-info-viewer'].map((name) =>
      clusterRoleBinding(name, name, [group('system:authenticated')], bootstrapping),
    ),
    clusterRoleBinding('cluster-admin', 'cluster-admin', [group('system:masters')], bootstrapping),
    clusterRoleBinding('kubeadm:cluster-admins', 'cluster-admin', [group('kubeadm:cluster-admins')]),
  ];
}
