import { expect, test } from 'vitest';
import { verdicts } from './cluster-fixture.ts';

const policy = (spec: string, app = 'db') => `
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: p, namespace: shop}
spec: {endpointSelector: {matchLabels: {app: ${app}}}, ${spec}}
---
`;

test('an explicit deny beats every allow, whatever their order or width', () => {
  const allowed = verdicts('cilium', policy('ingress: [{fromEntities: [all]}], ingressDeny: [{fromEndpoints: [{}]}]'));
  expect(allowed('shop/web', 'shop/db')).toBe('deny');
  expect(allowed('lab/scanner', 'shop/db')).toBe('allow');
});

test('ingress: [{}] denies all, ingress: [] nothing', () => {
  expect(verdicts('cilium', policy('ingress: [{}]'))('shop/web', 'shop/db')).toBe('deny');
  expect(verdicts('cilium', policy('ingress: []'))('shop/web', 'shop/db')).toBe('allow');
});

test('CIDR rules never match managed pods', () => {
  const allowed = verdicts('cilium', policy('ingress: [{fromCIDR: [0.0.0.0/0]}]'));
  expect(allowed('shop/web', 'shop/db')).toBe('deny');
  expect(allowed('out', 'shop/db')).toBe('allow');
});

test('a deny of entity all cuts the own node off, and so the probes (trap 1)', () => {
  expect(verdicts('cilium', policy('ingressDeny: [{fromEntities: [all]}]'))('kubelet', 'shop/db')).toBe('deny');
  expect(verdicts('cilium', policy('ingressDeny: [{fromEntities: [world]}]'))('kubelet', 'shop/db')).toBe('allow');
});

test('a namespace selector of nothing but negations lets the world in (trap 2)', () => {
  const open = policy(
    'ingress: [{fromEndpoints: [{matchExpressions: [{key: io.kubernetes.pod.namespace, operator: NotIn, values: [lab]}]}]}]',
  );
  expect(verdicts('cilium', open)('out', 'shop/db')).toBe('allow');
  expect(verdicts('cilium', open)('lab/scanner', 'shop/db')).toBe('deny');
});

test('a group of 0.0.0.0/0 selects nothing, a negative group selector everything (trap 3)', () => {
  const group = `
apiVersion: cilium.io/v2
kind: CiliumCIDRGroup
metadata: {name: zero, labels: {set: zero}}
spec: {externalCIDRs: [0.0.0.0/0]}`;
  expect(verdicts('cilium', policy('ingress: [{fromCIDRSet: [{cidrGroupRef: zero}]}]') + group)('out', 'shop/db')).toBe('deny');
  const negative =
    policy('ingress: [{fromCIDRSet: [{cidrGroupSelector: {matchExpressions: [{key: set, operator: DoesNotExist}]}}]}]') + group;
  expect(verdicts('cilium', negative)('lab/scanner', 'shop/db')).toBe('allow');
});

test('a named port with two numbers in the cluster allows nothing on egress (trap 4)', () => {
  const allowed = verdicts('cilium', policy('egress: [{toPorts: [{ports: [{port: http, protocol: TCP}]}]}]', 'web'));
  expect(allowed('shop/web', 'shop/db', 9090)).toBe('deny');
  expect(allowed('shop/web', 'shop/db', 8080)).toBe('deny');
});

test('two kinds of peers in one entry, or 41 ports, leave everything open (traps 5 and 6)', () => {
  expect(verdicts('cilium', policy('ingress: [{fromCIDR: [203.0.113.0/24], fromEntities: [host]}]'))('lab/scanner', 'shop/db')).toBe(
    'allow',
  );
  const ports = Array.from({ length: 41 }, (_, i) => `{port: "${i + 1}"}`).join(', ');
  expect(verdicts('cilium', policy(`ingress: [{toPorts: [{ports: [${ports}]}]}]`))('lab/scanner', 'shop/db', 99)).toBe('allow');
});

test('an entry with ports leaves ICMP out, one with only peers includes it (trap 8)', () => {
  expect(verdicts('cilium', policy('ingress: [{toPorts: [{ports: [{port: "0"}]}]}]'))('out', 'shop/db', 8, 'icmp')).toBe('deny');
  expect(verdicts('cilium', policy('ingress: [{fromEntities: [world]}]'))('out', 'shop/db', 8, 'icmp')).toBe('allow');
});

test('SCTP is dropped for pods unless enabled', () => {
  expect(verdicts('cilium', '')('shop/web', 'shop/db', 5000, 'sctp')).toBe('deny');
  expect(verdicts('cilium', '', 'sctp')('shop/web', 'shop/db', 5000, 'sctp')).toBe('allow');
});

test('kube-apiserver matches the way out, never the way in through the tunnel (trap 9)', () => {
  expect(verdicts('cilium', policy('egress: [{toEntities: [kube-apiserver]}]'))('shop/db', 'node-cp', 6443)).toBe('allow');
  expect(verdicts('cilium', policy('ingress: [{fromEntities: [kube-apiserver]}]'))('node-cp', 'shop/db')).toBe('deny');
});

test('toServices with toPorts means the target port (trap 11)', () => {
  const to = (port: number) =>
    policy(`egress: [{toServices: [{k8sService: {serviceName: db, namespace: shop}}], toPorts: [{ports: [{port: "${port}"}]}]}]`, 'web');
  expect(verdicts('cilium', to(80))('shop/web', 'svc-db')).toBe('deny');
  expect(verdicts('cilium', to(5432))('shop/web', 'svc-db')).toBe('allow');
});

test('labels that identities leave out select nobody', () => {
  const by = (key: string, value: string) => policy(`ingress: [{fromEndpoints: [{matchLabels: {${key}: ${value}}}]}]`);
  expect(verdicts('cilium', by('pod-template-hash', 'h1'))('shop/web', 'shop/db')).toBe('deny');
  expect(verdicts('cilium', by('app', 'web'))('shop/web', 'shop/db')).toBe('allow');
});

test('enforcement never and always', () => {
  expect(verdicts('cilium', policy('ingress: [{}]'), 'enforcement=never')('shop/web', 'shop/db')).toBe('allow');
  expect(verdicts('cilium', '', 'enforcement=always')('shop/web', 'shop/db')).toBe('deny');
});

test('the host firewall selects nodes by labels that are no kubernetes.io ones', () => {
  const host = (label: string) => `
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: h}
spec: {nodeSelector: {matchLabels: {${label}}}, ingress: [{fromEntities: [remote-node]}]}`;
  expect(verdicts('cilium', host('rack: r1'), 'hostfw')('out', 'node-n1', 22)).toBe('deny');
  expect(verdicts('cilium', host('rack: r1'), 'hostfw')('node-n2', 'node-n1', 22)).toBe('allow');
  expect(verdicts('cilium', host('kubernetes.io/hostname: n1'), 'hostfw')('out', 'node-n1', 22)).toBe('allow');
});

test('a host firewall that does not admit the other nodes cuts the overlay, and with it remote pods', () => {
  const host = (entity: string) => `
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: h}
spec: {nodeSelector: {matchLabels: {rack: r1}}, ingress: [{fromEntities: [${entity}]}]}`;
  expect(verdicts('cilium', host('none'), 'hostfw')('shop/db', 'shop/web')).toBe('deny');
  expect(verdicts('cilium', host('none'), 'hostfw')('shop/db', 'lab/scanner')).toBe('allow');
  expect(verdicts('cilium', host('remote-node'), 'hostfw')('shop/db', 'shop/web')).toBe('allow');
});
