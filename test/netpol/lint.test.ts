import { expect, test } from 'vitest';
import { lintPolicies } from '../../src/netpol/lint/lint.ts';
import { readPolicies } from '../../src/netpol/read/read.ts';
import { cluster } from './cluster-fixture.ts';

const cnp = (spec: string) =>
  `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: p, namespace: shop}, spec: {endpointSelector: {matchLabels: {app: web}}, ${spec}}}`;
const lint = (text: string) => {
  const { policies, problems } = readPolicies([{ file: 'f', text }]);
  expect(problems).toEqual([]);
  return lintPolicies(policies, cluster).map(({ trap, effect }) => `${trap} ${effect}`);
};
const ports = Array.from({ length: 41 }, (_, i) => `{port: "${i + 1}"}`).join(', ');
const service = 'toServices: [{k8sService: {serviceName: db, namespace: shop}}]';

test.each([
  ['a deny of entity all', cnp('ingressDeny: [{fromEntities: [all]}]'), '1 cuts-off'],
  ['a deny of ports without a peer', cnp('ingressDeny: [{toPorts: [{ports: [{port: "80", protocol: TCP}]}]}]'), '1 cuts-off'],
  [
    'a lone NotIn of the namespace',
    cnp('ingress: [{fromEndpoints: [{matchExpressions: [{key: io.kubernetes.pod.namespace, operator: NotIn, values: [lab]}]}]}]'),
    '2 fail-open',
  ],
  [
    'a lone DoesNotExist in a NetworkPolicy',
    '{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: k}, spec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: DoesNotExist}]}}]}]}}',
    '2 fail-open',
  ],
  [
    'a negative group selector',
    cnp('ingress: [{fromCIDRSet: [{cidrGroupSelector: {matchExpressions: [{key: x, operator: DoesNotExist}]}}]}]'),
    '3 fail-open',
  ],
  [
    'a group of everything',
    '{apiVersion: cilium.io/v2, kind: CiliumCIDRGroup, metadata: {name: g}, spec: {externalCIDRs: [0.0.0.0/0]}}',
    '3 cuts-off',
  ],
  ['a named port on egress with two numbers', cnp('egress: [{toPorts: [{ports: [{port: http, protocol: TCP}]}]}]'), '4 cuts-off'],
  ['two kinds of peers', cnp('ingress: [{fromCIDR: [203.0.113.0/24], fromEntities: [host]}]'), '5 fail-open'],
  ['ICMP beside ports', cnp('ingress: [{icmps: [{fields: [{type: 8}]}], toPorts: [{ports: [{port: "80"}]}]}]'), '5 fail-open'],
  ['41 ports', cnp(`ingress: [{toPorts: [{ports: [${ports}]}]}]`), '5 fail-open'],
  ['an empty section', cnp('ingress: []'), '6 fail-open'],
  ['a deny of nobody', cnp('ingressDeny: [{}]'), '6 fail-open'],
  ['an empty list of peers', cnp('ingress: [{fromEndpoints: []}]'), '6 cuts-off'],
  [
    'a node selector on kubernetes.io/hostname',
    '{apiVersion: cilium.io/v2, kind: CiliumClusterwideNetworkPolicy, metadata: {name: h}, spec: {nodeSelector: {matchLabels: {kubernetes.io/hostname: n1}}, ingress: [{}]}}',
    '7 fail-open',
  ],
  ['port 0', cnp('ingress: [{toPorts: [{ports: [{port: "0"}]}]}]'), '8 note'],
  ['ingress from kube-apiserver', cnp('ingress: [{fromEntities: [kube-apiserver]}]'), '9 cuts-off'],
  ['egress to 0.0.0.0/0', cnp('egress: [{toCIDR: [0.0.0.0/0]}]'), '10 cuts-off'],
  ['an egress deny of pod addresses', cnp('egressDeny: [{toCIDR: [10.245.7.0/24]}]'), '10 fail-open'],
  [
    'the port of a service instead of its target',
    cnp(`egress: [{${service}, toPorts: [{ports: [{port: "80", protocol: TCP}]}]}]`),
    '11 cuts-off',
  ],
  ['a service without ports', cnp(`egress: [{${service}}]`), '11 note'],
  [
    'a negative namespaceSelector of a GlobalNetworkPolicy',
    `{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: g}, spec: {ingress: [{action: Allow, source: {namespaceSelector: "zone != 'west'"}}]}}`,
    '11 note',
  ],
])('%s is found', (_name, policy, finding) => {
  expect(lint(policy)).toEqual([finding]);
});

test.each([
  ['ordinary peers', cnp('ingress: [{fromEndpoints: [{matchLabels: {app: db}}], toPorts: [{ports: [{port: "80", protocol: TCP}]}]}]')],
  ['a default deny', cnp('ingress: [{}], egress: [{}]')],
  [
    'the cure of trap 1',
    cnp(
      'ingressDeny: [{fromEntities: [world, remote-node, kube-apiserver]}, {fromEndpoints: [{matchExpressions: [{key: io.kubernetes.pod.namespace, operator: Exists}]}]}]',
    ),
  ],
  [
    'the cure of trap 2',
    cnp(
      'ingress: [{fromEndpoints: [{matchExpressions: [{key: io.kubernetes.pod.namespace, operator: NotIn, values: [lab]}, {key: io.kubernetes.pod.namespace, operator: Exists}]}]}]',
    ),
  ],
  ['the target port of a service', cnp(`egress: [{${service}, toPorts: [{ports: [{port: "5432", protocol: TCP}]}]}]`)],
])('%s: nothing is found', (_name, policy) => {
  expect(lint(policy)).toEqual([]);
});
