import { expect, test } from 'vitest';
import { describeProblem } from '../../src/netpol/read/problem.ts';
import { readPolicies } from '../../src/netpol/read/read.ts';

test('a bad field is told with its file, document and path, and the rest is still read', () => {
  const { policies, problems } = readPolicies([
    {
      file: 'p.yaml',
      text: `
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: bad, namespace: a}
spec: {ingress: [{action: Permit}]}
---
: : not yaml [
---
apiVersion: v1
kind: List
items:
- apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata: {name: good, namespace: a}
  spec: {podSelector: {}}
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: typo, namespace: a}
spec: {endpointSelector: {}, ingress: [{fromEndpoint: [{}]}]}
`,
    },
  ]);
  expect(policies.kubernetes.map((p) => p.origin.name)).toEqual(['good']);
  const texts = problems.map(describeProblem);
  expect(texts[0]).toMatch(/^p.yaml, document 2: not YAML/);
  expect(texts).toContain(
    'p.yaml, document 1: NetworkPolicy a/bad: spec.ingress[0].action: expected Allow | Deny | Pass | Log, found "Permit"',
  );
  expect(texts.at(-1)).toContain('CiliumNetworkPolicy a/typo: spec.ingress[0].fromEndpoint: expected one of the fields fromEndpoints');
});

test.each([
  ['{action: Allow, source: {nets: [10.0.0.0/33]}}', 'spec.ingress[0].source.nets[0]'],
  ['{action: Allow, protocol: TCP, destination: {ports: ["9:1"]}}', 'spec.ingress[0].destination.ports[0]'],
  ['{action: Allow, destination: {ports: [80]}}', 'spec.ingress[0].protocol'],
  ['{action: Allow, source: {selector: "app =="}}', 'spec.ingress[0].source.selector'],
  ['{action: Allow, icmp: {type: 300}}', 'spec.ingress[0].icmp.type'],
])('a rule %s is refused at %s', (rule, path) => {
  const text = `{apiVersion: projectcalico.org/v3, kind: GlobalNetworkPolicy, metadata: {name: p}, spec: {ingress: [${rule}]}}`;
  expect(readPolicies([{ file: 'f', text }]).problems.map((p) => p.path)).toEqual([path]);
});
