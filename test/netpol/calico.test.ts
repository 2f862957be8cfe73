import { expect, test } from 'vitest';
import { verdicts } from './cluster-fixture.ts';

const policy = (name: string, spec: string, extra = '') => `
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: ${name}, namespace: shop}
spec: {selector: "app == 'db'", ${spec}}
---
${extra}`;

test('within a tier the first match by order decides, and Log does not end it', () => {
  const allowed = verdicts(
    'calico',
    policy(
      'late',
      'order: 20, ingress: [{action: Deny}]',
      policy('early', 'order: 10, ingress: [{action: Log}, {action: Allow, source: {selector: "app == \'web\'"}}]'),
    ),
  );
  expect(allowed('shop/web', 'shop/db')).toBe('allow');
  expect(allowed('lab/scanner', 'shop/db')).toBe('deny');
});

test('a policy without an order comes last', () => {
  const allowed = verdicts('calico', policy('a', 'ingress: [{action: Allow}]', policy('b', 'order: 99999, ingress: [{action: Deny}]')));
  expect(allowed('shop/web', 'shop/db')).toBe('deny');
});

test('Pass in the last tier means Allow', () => {
  expect(verdicts('calico', policy('p', 'ingress: [{action: Pass}]'))('lab/scanner', 'shop/db')).toBe('allow');
});

test('a staged policy is not enforced', () => {
  const staged = policy('p', 'ingress: [{action: Deny}]').replace('kind: NetworkPolicy', 'kind: StagedNetworkPolicy');
  expect(verdicts('calico', staged)('shop/web', 'shop/db')).toBe('allow');
});

test('crd.projectcalico.org/v1 and its default. prefix mean the same policy', () => {
  const stored = policy('default.p', 'ingress: [{action: Deny}]').replace('projectcalico.org/v3', 'crd.projectcalico.org/v1');
  expect(verdicts('calico', stored)('shop/web', 'shop/db')).toBe('deny');
});

test('a named port means the number that the destination itself gives it', () => {
  const allowed = verdicts('calico', policy('p', 'ingress: [{action: Allow, protocol: TCP, destination: {ports: [http]}}]'));
  expect(allowed('shop/web', 'shop/db', 9090)).toBe('allow');
  expect(allowed('shop/web', 'shop/db', 8080)).toBe('deny');
});

test('the own node always gets in; another one comes from its tunnel address in the pool', () => {
  const byNodeNet = verdicts('calico', policy('p', 'ingress: [{action: Allow, source: {nets: [10.1.0.0/24]}}]'));
  expect(byNodeNet('node-n2', 'shop/db')).toBe('allow');
  expect(byNodeNet('node-n1', 'shop/db')).toBe('deny');
  expect(verdicts('calico', policy('p', 'ingress: [{action: Allow, source: {nets: [192.168.0.0/16]}}]'))('node-n1', 'shop/db')).toBe(
    'allow',
  );
});

test('notSelector of a namespaced rule stays within its namespace', () => {
  const allowed = verdicts('calico', policy('p', `ingress: [{action: Allow, source: {notSelector: "app == 'scanner'"}}]`));
  expect(allowed('shop/web', 'shop/db')).toBe('allow');
  expect(allowed('lab/scanner', 'shop/db')).toBe('deny');
  expect(allowed('out', 'shop/db')).toBe('deny');
});

test('service account selectors look at the labels of the account', () => {
  const allowed = verdicts('calico', policy('p', `ingress: [{action: Allow, source: {serviceAccounts: {selector: "grade == 'gold'"}}}]`));
  expect(allowed('shop/web', 'shop/db')).toBe('allow');
  expect(allowed('lab/scanner', 'shop/db')).toBe('deny');
});

test('a host endpoint without a policy drops all but the failsafe ports', () => {
  const endpoint = `
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: n1}
spec: {node: n1, interfaceName: eth0, expectedIPs: [10.1.0.1]}`;
  const allowed = verdicts('calico', endpoint);
  expect(allowed('out', 'node-n1', 7777)).toBe('deny');
  expect(allowed('out', 'node-n1', 22)).toBe('allow');
  expect(allowed('node-n1', 'out', 443)).toBe('deny');
  expect(allowed('node-n1', 'node-cp', 6443)).toBe('allow');
});

test('a host endpoint polices what it forwards only by policies with applyOnForward', () => {
  const at = (applyOnForward: boolean) => `
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: n1, labels: {host: n1}}
spec: {node: n1, interfaceName: eth0, expectedIPs: [10.1.0.1]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: f}
spec: {selector: "host == 'n1'", applyOnForward: ${applyOnForward}, types: [Ingress], ingress: [{action: Allow, source: {nets: [203.0.113.0/24]}}]}`;
  expect(verdicts('calico', at(false))('out', 'shop/web')).toBe('allow');
  const allowed = verdicts('calico', at(true));
  expect(allowed('out', 'shop/web')).toBe('deny');
  expect(allowed('out:203.0.113.7', 'shop/web')).toBe('allow');
  expect(allowed('shop/db', 'shop/web')).toBe('allow');
  expect(allowed('out', 'node-n1', 30080)).toBe('deny');
});
