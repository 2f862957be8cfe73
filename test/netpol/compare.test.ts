import { expect, test } from 'vitest';
import { compare, type Side } from '../../src/netpol/compare/compare.ts';
import { matchProvenance } from '../../src/netpol/compare/carried.ts';
import { provenanceOf } from '../../src/netpol/compare/provenance.ts';
import { parseSettings } from '../../src/netpol/evaluate/settings.ts';
import type { Engine } from '../../src/netpol/model/cluster.ts';
import { describeOrigin } from '../../src/netpol/model/policies.ts';
import { readPolicies } from '../../src/netpol/read/read.ts';
import { cluster as described } from './cluster-fixture.ts';

// Without services: node ports and hairpins mean something else on the two engines whatever the policies say.
const cluster = { ...described, services: [] };

function side(engine: Engine, text: string, settings = 'sctp'): Side {
  const { policies, problems } = readPolicies([{ file: engine, text }]);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const nodes = new Map([...cluster.nodes].map(([name, node]) => [name, { ...node, cni: engine }]));
  return { cluster: { ...cluster, nodes }, policies, settings: parseSettings(settings) };
}

const calico = (spec: string, kind = 'NetworkPolicy') => `
apiVersion: projectcalico.org/v3
kind: ${kind}
metadata: {name: p${kind === 'NetworkPolicy' ? ', namespace: shop' : ''}}
spec: ${spec}
`;
const cilium = (spec: string, rules = '') => `
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: p, namespace: shop, annotations: {kindlab.dev/rules: ${JSON.stringify(rules)}}}
spec: ${spec}
`;

const web = calico(
  `{selector: "app == 'db'", ingress: [{action: Allow, protocol: TCP, source: {selector: "app == 'web'"}, destination: {ports: [80, '8000:8100']}}]}`,
);
const same = cilium(
  `{endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEndpoints: [{matchLabels: {app: web}}], toPorts: [{ports: [{port: '80', protocol: TCP}, {port: '8000', endPort: 8100, protocol: TCP}]}]}]}`,
  'NetworkPolicy shop/p spec.ingress[0] -> spec.ingress[0]',
);

test('the same rule in two languages is equivalent, for present endpoints and for any that may come', async () => {
  const result = await compare(side('calico', web), side('cilium', same));
  expect(result).toMatchObject({ verdict: 'equivalent', present: { differences: [] }, future: { differences: [] }, undecided: [] });
  expect(result.size.futureKinds).toBeGreaterThan(0);
  expect(result.assumptions.join('\n')).toContain('encapsulation always');
});

test('one port more in a range is found, with a flow, both traces and where it holds', async () => {
  const wider = same.replace('8100', '8101');
  const { verdict, present } = await compare(side('calico', web), side('cilium', wider), { endpoints: 'present' });
  expect(verdict).toBe('different');
  expect(present.differences).toHaveLength(1);
  expect(present.differences[0]).toMatchObject({
    flow: { from: 'shop/web', to: 'shop/db', protocol: 'tcp', port: 8101 },
    a: { verdict: 'deny' },
    b: { verdict: 'allow' },
    services: 'tcp 8101',
  });
  expect(present.differences[0]!.b.trace.at(-1)!.by).toMatchObject({ kind: 'CiliumNetworkPolicy', path: 'spec.ingress[0]' });
});

test('values that only present pods happen to have are no proof for pods that may come', async () => {
  const starts = calico(`{selector: "app == 'db'", ingress: [{action: Allow, source: {selector: "app starts with 'w'"}}]}`);
  const listed = cilium(`{endpointSelector: {matchLabels: {app: db}}, ingress: [{fromEndpoints: [{matchLabels: {app: web}}]}]}`);
  const result = await compare(side('calico', starts), side('cilium', listed));
  expect(result.present.equivalent).toBe(true);
  expect(result.future?.equivalent).toBe(false);
  expect(result.future!.differences[0]!.pods[0]).toMatch(/labels \{app: "w"\} in namespace shop/);
});

test('a selector of nothing but negations lets the outside in on Cilium (trap 2), and compare shows it', async () => {
  const knp = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{namespaceSelector: {matchExpressions: [{key: team, operator: NotIn, values: [retail]}]}}]}]}
`;
  const { present } = await compare(side('calico', knp), side('cilium', knp), { endpoints: 'present' });
  expect(present.differences.some(({ flow, a, b }) => flow.from.startsWith('out') && a.verdict === 'deny' && b.verdict === 'allow')).toBe(
    true,
  );
});

test('a deny of everything drops the local host on Cilium (trap 1), which Calico never does', async () => {
  const denied = cilium('{endpointSelector: {}, ingressDeny: [{fromEntities: [all]}]}');
  const { present } = await compare(side('calico', calico(`{ingress: [{action: Deny}]}`)), side('cilium', denied), {
    endpoints: 'present',
  });
  expect(present.differences.map(({ flow }) => flow.from)).toEqual([expect.stringMatching(/^node-/)]);
});

test('coverage joins what decides with what is declared, and lists rules that account for nothing', async () => {
  const more = same.replace(']}]}\n', ']}, {fromEntities: [world], toPorts: [{ports: [{port: "22", protocol: TCP}]}]}]}\n');
  const { coverage } = await compare(side('calico', web), side('cilium', more), { endpoints: 'present' });
  const { rules, unaccounted } = matchProvenance(coverage, provenanceOf([{ file: 'cilium', text: more }]));
  expect(rules).toMatchObject([{ state: 'covered', carriedBy: [{ path: 'spec.ingress[0]' }], declared: [{ path: 'spec.ingress[0]' }] }]);
  expect(unaccounted.map(describeOrigin)).toEqual(['CiliumNetworkPolicy shop/p spec.ingress[1]']);
});

test('a rule that another verdict meets is uncovered, with the flow', async () => {
  const narrower = same.replace("{port: '80', protocol: TCP}, ", '');
  const { coverage } = await compare(side('calico', web), side('cilium', narrower), { endpoints: 'present' });
  expect(coverage.rules).toMatchObject([{ state: 'uncovered', against: [expect.stringContaining('shop/web → shop/db')] }]);
});

test('a comparison ends when it is told to', async () => {
  await expect(compare(side('calico', web), side('cilium', same), { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
});
