import type { Draft } from '../../../kube/types.ts';
import { valueAt, type Values } from './chart.ts';
import { partOf } from './cilium-agent.ts';

const rbac = 'rbac.authorization.k8s.io';
const read = ['get', 'list', 'watch'];
const rule = (apiGroups: string[], resources: string[], verbs: string[]) => ({ apiGroups, resources, verbs });

const agentRules = [
  rule(['networking.k8s.io'], ['networkpolicies'], read),
  rule(['discovery.k8s.io'], ['endpointslices'], read),
  rule([''], ['namespaces', 'services', 'pods', 'endpoints', 'nodes'], read),
  rule([''], ['nodes/status'], ['patch']),
  rule(['apiextensions.k8s.io'], ['customresourcedefinitions'], ['list', 'watch', 'get']),
  rule(
    ['cilium.io'],
    [
      ...['ciliumloadbalancerippools', 'ciliumbgpnodeconfigs', 'ciliumbgpadvertisements', 'ciliumbgppeerconfigs'],
      ...['ciliumclusterwideenvoyconfigs', 'ciliumclusterwidenetworkpolicies', 'ciliumegressgatewaypolicies'],
      ...['ciliumendpoints', 'ciliumendpointslices', 'ciliumenvoyconfigs', 'ciliumidentities', 'ciliumlocalredirectpolicies'],
      ...[
        'ciliumnetworkpolicies',
        'ciliumnodes',
        'ciliumnodeconfigs',
        'ciliumcidrgroups',
        'ciliuml2announcementpolicies',
        'ciliumpodippools',
      ],
    ],
    ['list', 'watch'],
  ),
  rule(['cilium.io'], ['ciliumidentities', 'ciliumendpoints', 'ciliumnodes'], ['create']),
  rule(['cilium.io'], ['ciliumidentities'], ['update']),
  rule(['cilium.io'], ['ciliumendpoints'], ['delete', 'get']),
  rule(['cilium.io'], ['ciliumnodes', 'ciliumnodes/status'], ['get', 'update']),
  rule(['cilium.io'], ['ciliumendpoints/status', 'ciliumendpoints', 'ciliuml2announcementpolicies/status'], ['patch']),
];

const operatorRules = [
  rule([''], ['pods'], [...read, 'delete']),
  rule([''], ['nodes'], ['list', 'watch']),
  rule([''], ['nodes', 'nodes/status'], ['patch']),
  rule(['discovery.k8s.io'], ['endpointslices'], read),
  rule([''], ['services/status'], ['update', 'patch']),
  rule([''], ['namespaces', 'secrets'], read),
  rule([''], ['services', 'endpoints'], read),
  rule(
    ['cilium.io'],
    ['ciliumnetworkpolicies', 'ciliumclusterwidenetworkpolicies'],
    ['create', 'update', 'deletecollection', 'patch', ...read],
  ),
  rule(['cilium.io'], ['ciliumendpoints', 'ciliumidentities'], ['delete', 'list', 'watch', 'create', 'update']),
  rule(['cilium.io'], ['ciliumnodes', 'ciliumnodes/status'], ['create', 'update', 'delete', ...read]),
  rule(['apiextensions.k8s.io'], ['customresourcedefinitions'], ['create', 'update', ...read]),
  rule(['cilium.io'], ['ciliumloadbalancerippools', 'ciliumpodippools', 'ciliumcidrgroups'], ['create', ...read]),
  rule(['coordination.k8s.io'], ['leases'], ['create', 'get', 'update']),
];

/** Service accounts, cluster roles and bindings of the agent and the operator, and the agent's role for its configuration. */
export function ciliumRbac(values: Values, namespace: string): Draft[] {
  const accounts = [
    { name: String(valueAt(values, 'serviceAccounts.cilium.name')), role: 'cilium', rules: agentRules },
    { name: String(valueAt(values, 'serviceAccounts.operator.name')), role: 'cilium-operator', rules: operatorRules },
  ];
  const subjects = (name: string) => [{ kind: 'ServiceAccount', name, namespace }];
  const configReader = { name: 'cilium-config-agent', namespace, labels: partOf };
  return [
    ...accounts.map(({ name }) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } })),
    ...accounts.map(({ role, rules }) => ({
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: role, labels: partOf },
      rules,
    })),
    ...accounts.map(({ name, role }) => ({
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: role, labels: partOf },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
      subjects: subjects(name),
    })),
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: configReader, rules: [rule([''], ['configmaps'], read)] },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: configReader,
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'cilium-config-agent' },
      subjects: subjects(accounts[0]!.name),
    },
  ];
}
