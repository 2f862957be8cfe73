import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEvaluator } from '../../src/netpol/evaluate/evaluate.ts';
import { parseSettings } from '../../src/netpol/evaluate/settings.ts';
import { lintPolicies } from '../../src/netpol/lint/lint.ts';
import type { Cluster, Engine } from '../../src/netpol/model/cluster.ts';
import { readCluster } from '../../src/netpol/read/cluster.ts';
import { readPolicies } from '../../src/netpol/read/read.ts';
import { isExact } from '../../src/netpol/translate/report.ts';
import { translate } from '../../src/netpol/translate/translate.ts';
import { toYaml } from '../../src/netpol/translate/yaml.ts';

/** Two namespaces, five pods, three nodes; no node ports, whose differences no policy can make up for. */
const described = readCluster(
  'small',
  `
nodes:
  n1: {address: 10.1.0.1}
  n2: {address: 10.1.0.2}
  cp: {address: 10.1.0.3, controlPlane: true}
outside: 198.18.0.9
addresses:
  calico: pool 192.168.0.0/16, VXLAN Always, natOutgoing
  cilium: pool 10.245.0.0/16, VXLAN
namespaces: {a: {zone: east}, b: {zone: west}}
serviceAccounts:
- {namespace: a, name: gold, labels: {grade: g}}
pods:
- {namespace: a, name: web, labels: {app: web, env: dev}, node: n1, serviceAccount: gold, namedPorts: {http: 80}}
- {namespace: a, name: db, labels: {app: db}, node: n2, namedPorts: {http: 443}}
- {namespace: a, name: cp, labels: {app: web}, node: cp}
- {namespace: b, name: web, labels: {app: web, env: prod}, node: n2}
- {namespace: b, name: job, labels: {}, node: n1}
services:
- {namespace: a, name: db, selector: {app: db}, ports: [{port: 8000, targetPort: 443}]}
`,
);
const on = (cni: Engine): Cluster => ({
  ...described,
  nodes: new Map([...described.nodes].map(([name, node]) => [name, { ...node, cni }])),
});

const one = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const perhaps = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 3 });
const selector = one(
  "app == 'web'",
  "app != 'web'",
  'has(env)',
  '!has(env)',
  "env in {'dev', 'prod'}",
  "env not in {'dev'}",
  "app == 'web' && env == 'prod'",
  "app == 'db' || env == 'dev'",
  "!(app == 'web' && has(env))",
  "app starts with 'w'",
  "set == 'x'",
  "set != 'x'",
  'all()',
  "projectcalico.org/orchestrator == 'k8s'",
);
const namespaceSelector = one(
  "zone == 'east'",
  "zone != 'east'",
  'all()',
  'global()',
  "projectcalico.org/name == 'b'",
  "projectcalico.org/name not in {'a'}",
);
const net = one(
  '0.0.0.0/0',
  '192.168.0.0/16',
  '192.168.0.0/17',
  '10.1.0.0/24',
  '10.1.0.3/32',
  '203.0.113.0/24',
  '203.0.113.7/32',
  '198.18.0.0/15',
  '10.245.0.0/16',
);
const nets = fc.array(net, { minLength: 1, maxLength: 2 });
const peer = fc.record(
  {
    nets: perhaps(nets),
    notNets: perhaps(nets),
    selector: perhaps(selector),
    notSelector: perhaps(selector),
    namespaceSelector: perhaps(namespaceSelector),
    serviceAccounts: perhaps(one({ names: ['gold'] }, { selector: "grade == 'g'" }, { selector: "grade != 'g'" })),
  },
  { requiredKeys: [] },
);
const ports = one<(string | number)[]>([80], [443, '1000:2000'], ['0:65535'], [22, 80, 443], ['http']);
const said = fc.oneof(
  fc.constant({}),
  fc.record({ protocol: one<string | number>('TCP', 'UDP', 'ICMP', 47) }),
  fc.record({ notProtocol: one('TCP', 'ICMP') }),
  fc.record({ protocol: fc.constant('ICMP'), icmp: one({ type: 8 }, { type: 8, code: 1 }) }),
  fc.record({ protocol: fc.constant('ICMP'), notICMP: one({ type: 8 }, { type: 8, code: 1 }) }),
  fc.record({ ipVersion: one(4, 6) }),
);
const rule = (direction: 'ingress' | 'egress') =>
  fc
    .record({
      action: one('Allow', 'Allow', 'Deny', 'Pass', 'Log'),
      spoken: said,
      peer,
      own: fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: peer }),
      ports: perhaps(fc.oneof(fc.record({ ports }), fc.record({ notPorts: one<(string | number)[]>([80], [22, '443:500']) }))),
    })
    .map(({ action, spoken, peer: other, own, ports: numbers }) => {
      const destination = direction === 'ingress' ? own : other;
      const source = direction === 'ingress' ? other : own;
      return numbers
        ? { action, protocol: 'TCP', source, destination: { ...destination, ...numbers } }
        : { action, ...spoken, source, destination };
    });
const rules = (direction: 'ingress' | 'egress') => fc.array(rule(direction), { maxLength: 3 });
const calico = fc
  .record({
    global: fc.boolean(),
    order: perhaps(one(10, 20, 2000)),
    tier: one('default', 'default', 'sec', 'late'),
    selector,
    namespaceSelector: perhaps(namespaceSelector),
    types: one(['Ingress'], ['Egress'], ['Ingress', 'Egress']),
    ingress: rules('ingress'),
    egress: rules('egress'),
    namespace: one('a', 'b'),
  })
  .map(({ global, namespace, namespaceSelector: subjects, types, ingress, egress, ...spec }) => ({
    apiVersion: 'projectcalico.org/v3',
    kind: global ? 'GlobalNetworkPolicy' : 'NetworkPolicy',
    metadata: global ? {} : { namespace },
    spec: {
      ...spec,
      ...(global && { namespaceSelector: subjects }),
      types,
      ingress: types.includes('Ingress') ? ingress : [],
      egress: types.includes('Egress') ? egress : [],
    },
  }));
const labelSelector = one(
  {},
  { matchLabels: { app: 'web' } },
  { matchExpressions: [{ key: 'env', operator: 'DoesNotExist' }] },
  { matchExpressions: [{ key: 'env', operator: 'NotIn', values: ['dev'] }] },
);
const namespaceLabels = one(
  {},
  { matchLabels: { zone: 'east' } },
  { matchExpressions: [{ key: 'zone', operator: 'NotIn', values: ['east'] }] },
);
const kubernetesPeer = fc.oneof(
  fc.record({ podSelector: labelSelector }),
  fc.record({ namespaceSelector: namespaceLabels, podSelector: labelSelector }),
  fc.record({ ipBlock: fc.record({ cidr: net }) }),
);
const kubernetes = fc
  .record({
    namespace: one('a', 'b'),
    podSelector: labelSelector,
    ingress: fc.array(
      fc.record(
        {
          from: fc.array(kubernetesPeer, { maxLength: 2 }),
          ports: fc.constant([{ port: 80 }, { port: 'http' }, { protocol: 'UDP', port: 53, endPort: 60 }]),
        },
        { requiredKeys: [] },
      ),
      { maxLength: 2 },
    ),
    egress: perhaps(
      fc.array(fc.record({ to: fc.array(kubernetesPeer, { maxLength: 2 }), ports: fc.constant([{ port: 80 }]) }, { requiredKeys: [] }), {
        maxLength: 2,
      }),
    ),
  })
  .map(({ namespace, ...spec }) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace },
    spec: { ...spec, policyTypes: spec.egress ? ['Ingress', 'Egress'] : ['Ingress'] },
  }));
const tiers = [
  { apiVersion: 'projectcalico.org/v3', kind: 'Tier', metadata: { name: 'sec' }, spec: { order: 100, defaultAction: 'Deny' } },
  { apiVersion: 'projectcalico.org/v3', kind: 'Tier', metadata: { name: 'late' }, spec: { order: 2e6, defaultAction: 'Deny' } },
];
const sets = [
  {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkSet',
    metadata: { name: 'x', labels: { set: 'x' } },
    spec: { nets: ['203.0.113.0/24'] },
  },
  { apiVersion: 'projectcalico.org/v3', kind: 'NetworkSet', metadata: { name: 'y', namespace: 'a' }, spec: { nets: ['198.18.0.9'] } },
];
const policySets = fc
  .record({
    policies: fc.array(fc.oneof({ weight: 4, arbitrary: calico }, { weight: 1, arbitrary: kubernetes }), { minLength: 1, maxLength: 4 }),
    actions: fc.record({ sec: one('Deny', 'Pass'), late: one('Deny', 'Pass') }),
    withSets: fc.boolean(),
  })
  .map(({ policies, actions, withSets }) => [
    ...tiers.map((tier) => ({
      ...tier,
      spec: { ...tier.spec, defaultAction: actions[tier.metadata.name as keyof typeof actions] },
    })),
    ...(withSets ? sets : []),
    ...policies.map((policy, i) => ({ ...policy, metadata: { ...policy.metadata, name: `p${i}` } })),
  ]);

const ends = [...described.pods.keys(), 'node-n1', 'node-n2', 'node-cp', 'out', 'out:203.0.113.7', 'out:203.0.113.8'];
const spoken = [
  { protocol: 'tcp', port: 80 },
  { protocol: 'tcp', port: 443 },
  { protocol: 'tcp', port: 1500 },
  { protocol: 'udp', port: 53 },
  { protocol: 'icmp', port: 8 },
  { protocol: 'icmp', port: 0 },
  { protocol: 'gre', port: 0 },
];
const flows = ends.flatMap((from) =>
  ends
    .filter((to) => to !== from && !(from.startsWith('out') && to.startsWith('out')))
    .flatMap((to) => spoken.map((s) => ({ from, to, ...s }))),
);

const runs = Number(process.env['KINDLAB_PROPERTY_RUNS'] ?? 150);

test('random Calico and Kubernetes policies, translated, mean the same on Cilium, or the report names what differs; never more is open', () => {
  fc.assert(
    fc.property(policySets, (objects) => {
      const { policies, problems } = readPolicies([
        { file: 'calico', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: JSON.parse(JSON.stringify(objects)) }) },
      ]);
      expect(problems).toEqual([]);
      const translation = translate(policies, on('calico'), { sctp: true });
      const text = toYaml(translation.objects);
      const { policies: written, problems: bad } = readPolicies([{ file: 'cilium', text }]);
      expect(bad).toEqual([]);
      expect(written.cilium.policies.filter((policy) => policy.invalid !== undefined)).toEqual([]);
      expect(lintPolicies(written, on('cilium'))).toEqual([]);
      const before = createEvaluator(on('calico'), policies);
      const after = createEvaluator(on('cilium'), written, parseSettings('sctp'));
      const refused = translation.report.some((rule) => rule.notes.some((note) => note.differs.startsWith('FAIL-OPEN')));
      const differences = flows.flatMap((flow) => {
        const [old, now] = [before.evaluate(flow).verdict, after.evaluate(flow).verdict];
        return old === now ? [] : [`${flow.from} → ${flow.to} ${flow.protocol}/${flow.port}: ${old} → ${now}\n${text}`];
      });
      // No fail-open but what is named so; and nothing at all where the report says exact.
      if (!refused) expect(differences.filter((difference) => difference.includes(': deny → allow'))).toEqual([]);
      if (isExact(translation)) expect(differences).toEqual([]);
    }),
    { numRuns: runs, endOnFailure: process.env['KINDLAB_NO_SHRINK'] !== undefined },
  );
}, 120_000);

test('the property is not empty: many random sets are translated exactly', () => {
  const exact = fc.sample(policySets, { numRuns: 100, seed: 7 }).filter((objects) => {
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: JSON.parse(JSON.stringify(objects)) });
    return isExact(translate(readPolicies([{ file: 'calico', text }]).policies, on('calico'), { sctp: true }));
  });
  expect(exact.length).toBeGreaterThan(15);
});
