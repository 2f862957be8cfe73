import { expect, test } from 'vitest';
import { readPolicies } from '../../src/netpol/read/read.ts';
import { verdicts } from './cluster-fixture.ts';

const cluster = (tier: string, priority: number, rules: string, subject = 'namespaces: {}') =>
  `{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {name: ${tier.toLowerCase()}-${priority}}, spec: {tier: ${tier}, priority: ${priority}, subject: {${subject}}, ${rules}}}\n---\n`;
const fromTeam = (action: string) => `ingress: [{action: ${action}, from: [{namespaces: {matchLabels: {team: retail}}}]}]`;
const denyAll = '{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: k, namespace: shop}, spec: {podSelector: {}}}\n';
const allowAll =
  '{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: k, namespace: shop}, spec: {podSelector: {}, ingress: [{}]}}\n';

test.each(['calico', 'cilium'] as const)('%s: the Admin tier decides before NetworkPolicies, and Pass leaves it to them', (engine) => {
  expect(verdicts(engine, cluster('Admin', 10, fromTeam('Deny')) + allowAll)('shop/web', 'shop/db')).toBe('deny');
  expect(verdicts(engine, cluster('Admin', 10, fromTeam('Accept')) + denyAll)('shop/web', 'shop/db')).toBe('allow');
  expect(verdicts(engine, cluster('Admin', 10, fromTeam('Accept')) + denyAll)('lab/scanner', 'shop/db')).toBe('deny');
  expect(verdicts(engine, cluster('Admin', 10, fromTeam('Pass')) + denyAll)('shop/web', 'shop/db')).toBe('deny');
});

test.each(['calico', 'cilium'] as const)('%s: the lower priority number decides', (engine) => {
  const both = (first: number, second: number) => cluster('Admin', first, fromTeam('Deny')) + cluster('Admin', second, fromTeam('Accept'));
  expect(verdicts(engine, both(1, 2))('shop/web', 'shop/db')).toBe('deny');
  expect(verdicts(engine, both(2, 1))('shop/web', 'shop/db')).toBe('allow');
});

test.each(['calico', 'cilium'] as const)('%s: the Baseline tier decides only where no NetworkPolicy selects the pod', (engine) => {
  expect(verdicts(engine, cluster('Baseline', 1, fromTeam('Deny')))('shop/web', 'shop/db')).toBe('deny');
  expect(verdicts(engine, cluster('Baseline', 1, fromTeam('Deny')))('lab/scanner', 'shop/db')).toBe('allow');
  expect(verdicts(engine, cluster('Baseline', 1, fromTeam('Deny')) + allowAll)('shop/web', 'shop/db')).toBe('allow');
});

test.each(['calico', 'cilium'] as const)('%s: ports, the subject and networks count', (engine) => {
  const db = 'pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}';
  const web = 'ingress: [{action: Deny, from: [{namespaces: {}}], protocols: [{tcp: {destinationPort: {range: {start: 80, end: 90}}}}]}]';
  const allowed = verdicts(engine, cluster('Admin', 1, web, db));
  expect(allowed('shop/web', 'shop/db', 85)).toBe('deny');
  expect(allowed('shop/web', 'shop/db', 91)).toBe('allow');
  expect(allowed('shop/web', 'shop/db', 85, 'udp')).toBe('allow');
  expect(allowed('shop/db', 'shop/web', 85)).toBe('allow');
  const out = verdicts(engine, cluster('Admin', 1, 'egress: [{action: Deny, to: [{networks: [198.18.0.0/24]}]}]'));
  expect(out('shop/web', 'out', 443)).toBe('deny');
  expect(out('shop/web', 'shop/db', 443)).toBe('allow');
});

test('the own node gets in whatever the tiers say: their ingress peers are pods', () => {
  expect(verdicts('cilium', cluster('Admin', 1, 'ingress: [{action: Deny, from: [{namespaces: {}}]}]'))('kubelet', 'shop/db')).toBe(
    'allow',
  );
});

const admin = (spec: string, kind = 'AdminNetworkPolicy', name = 'a') =>
  `{apiVersion: policy.networking.k8s.io/v1alpha1, kind: ${kind}, metadata: {name: ${name}}, spec: {subject: {namespaces: {}}, ${spec}}}\n---\n`;

test('the predecessors are enforced by Calico, and unknown to Cilium', () => {
  const deny = admin('priority: 5, ingress: [{action: Deny, from: [{namespaces: {}}], ports: [{portNumber: {protocol: TCP, port: 80}}]}]');
  expect(verdicts('calico', deny)('shop/web', 'shop/db')).toBe('deny');
  expect(verdicts('calico', deny)('shop/web', 'shop/db', 81)).toBe('allow');
  expect(verdicts('cilium', deny)('shop/web', 'shop/db')).toBe('allow');
  const baseline = admin('ingress: [{action: Deny, from: [{namespaces: {}}]}]', 'BaselineAdminNetworkPolicy', 'default');
  expect(verdicts('calico', baseline)('shop/web', 'shop/db')).toBe('deny');
  expect(verdicts('calico', baseline + allowAll)('shop/web', 'shop/db')).toBe('allow');
});

test.each([
  [cluster('Admin', 1001, fromTeam('Deny')), 'spec.priority'],
  [cluster('Other', 1, fromTeam('Deny')), 'spec.tier'],
  [cluster('Admin', 1, fromTeam('Allow')), 'spec.ingress[0].action'],
  [cluster('Admin', 1, 'ingress: [{action: Deny, from: [{networks: [10.0.0.0/8]}]}]'), 'spec.ingress[0].from[0].networks'],
  [cluster('Admin', 1, 'ingress: [{action: Deny, from: []}]'), 'spec.ingress[0].from'],
  [admin('priority: 1', 'BaselineAdminNetworkPolicy', 'default'), 'spec.priority'],
  [admin('ingress: []', 'BaselineAdminNetworkPolicy', 'other'), 'metadata.name'],
])('%s does not read, at %s', (text, path) => {
  expect(readPolicies([{ file: 'f', text }]).problems.map((problem) => problem.path)).toEqual([path]);
});
