import { expect, test } from 'vitest';
import { readPolicies } from '../../src/netpol/read/read.ts';
import { translate } from '../../src/netpol/translate/translate.ts';
import { toYaml } from '../../src/netpol/translate/yaml.ts';
import { cluster } from './cluster-fixture.ts';

/** A rule of an ingress policy of shop/db: what becomes of it, and the text of what is written. */
function translated(rule: string, direction = 'ingress') {
  const text = `{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {name: p, namespace: shop}, spec: {selector: "app == 'db'", types: [${direction === 'ingress' ? 'Ingress' : 'Egress'}], ${direction}: [${rule}]}}`;
  const { policies, problems } = readPolicies([{ file: 'f', text }]);
  expect(problems).toEqual([]);
  const { objects, report } = translate(policies, cluster);
  return { outcome: report[0]!.outcome, text: toYaml(objects) };
}

test.each([
  ['a selector', `{action: Allow, source: {selector: "app == 'web'"}}`, 'exact', 'k8s:app: web'],
  ['!=', `{action: Allow, source: {selector: "app != 'web'"}}`, 'exact', 'operator: NotIn'],
  ['!has', `{action: Allow, source: {selector: "!has(app)"}}`, 'exact', 'operator: DoesNotExist'],
  ['contains', `{action: Allow, source: {selector: "app contains 'we'"}}`, 'approximated', 'k8s:app: web'],
  [
    'a namespace label',
    `{action: Allow, source: {namespaceSelector: "team == 'x'"}}`,
    'exact',
    'k8s:io.cilium.k8s.namespace.labels.team: x',
  ],
  ['service accounts', '{action: Allow, source: {serviceAccounts: {names: [s]}}}', 'exact', 'k8s:io.cilium.k8s.policy.serviceaccount: s'],
  ['a network outside', '{action: Allow, source: {nets: [203.0.113.0/24]}}', 'exact', 'cidr: 203.0.113.0/24'],
  ['the pool, from which nodes come, too', '{action: Allow, source: {nets: [192.168.0.0/16]}}', 'exact', '- remote-node'],
  ['a part of the pool', '{action: Allow, source: {nets: [192.168.7.0/24]}}', 'approximated', '- {}'],
  ['ports', '{action: Allow, protocol: TCP, destination: {ports: ["8000:8100"]}}', 'exact', 'endPort: 8100'],
  ['notPorts', '{action: Allow, protocol: TCP, destination: {notPorts: [80]}}', 'exact', 'endPort: 79'],
  ['named ports', '{action: Allow, protocol: TCP, destination: {ports: [http]}}', 'approximated', 'port: "9090"'],
  ['source ports', '{action: Allow, protocol: TCP, source: {ports: [99]}}', 'not-expressible', '- {}'],
  ['ICMP by type', '{action: Allow, protocol: ICMP, icmp: {type: 8}}', 'exact', 'type: 8'],
  ['ICMP by code', '{action: Allow, protocol: ICMP, icmp: {type: 8, code: 1}}', 'not-expressible', '- {}'],
  ['a protocol by number', '{action: Allow, protocol: 47}', 'not-expressible', '- {}'],
  ['Log', '{action: Log}', 'dropped', '- {}'],
  ['a trailing Deny', '{action: Deny}', 'exact', '- {}'],
  ['an ignored label', `{action: Allow, source: {selector: "has(pod-template-hash)"}}`, 'not-expressible', '- {}'],
])('%s', (_name, rule, outcome, written) => {
  const found = translated(rule);
  expect(found.outcome).toBe(outcome);
  expect(found.text).toContain(written);
});

test('the API server on the way out is the entity, and a service its backends on their port', () => {
  expect(translated('{action: Allow, protocol: TCP, destination: {nets: [10.1.0.3], ports: [6443]}}', 'egress').text).toContain(
    '- kube-apiserver',
  );
  const service = translated('{action: Allow, destination: {services: {name: db, namespace: shop}}}', 'egress');
  expect(service.outcome).toBe('exact');
  expect(service.text).toContain('port: "5432"');
});

test('a policy whose pods cannot be named is refused, and says that it fails open', () => {
  const text = `{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {name: p, namespace: shop}, spec: {selector: "has(pod-template-hash)", ingress: [{action: Deny}]}}`;
  const { objects, report } = translate(readPolicies([{ file: 'f', text }]).policies, cluster);
  expect(objects).toEqual([]);
  expect(report[0]).toMatchObject({ outcome: 'not-expressible', notes: [{ differs: expect.stringContaining('FAIL-OPEN') }] });
});
