import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compare, type Side } from '../../src/netpol/compare/compare.ts';
import { createEvaluator } from '../../src/netpol/evaluate/evaluate.ts';
import { parseSettings } from '../../src/netpol/evaluate/settings.ts';
import type { Cluster, Engine, Pod } from '../../src/netpol/model/cluster.ts';
import type { Flow } from '../../src/netpol/model/flow.ts';
import { readCluster } from '../../src/netpol/read/cluster.ts';
import { policySets, read } from './random-policies.ts';

const described = readCluster(
  'random',
  `
nodes:
  n1: {address: 10.1.0.1, labels: {rack: r1}, tunnel: {calico: 192.168.200.1, cilium: 10.245.200.1}}
  n2: {address: 10.1.0.2}
  cp: {address: 10.1.0.3, controlPlane: true}
outside: 198.18.0.9
addresses:
  calico: pool 192.168.0.0/16, VXLAN Always, natOutgoing; shop/web 192.168.1.5
  cilium: pool 10.245.0.0/16, VXLAN; shop/web 10.245.1.5
namespaces: {shop: {team: retail}, lab: {}}
serviceAccounts: [{namespace: shop, name: seller, labels: {grade: gold}}]
pods:
- {namespace: shop, name: web, labels: {app: web, tier: x}, node: n1, serviceAccount: seller, namedPorts: {http: 8080}}
- {namespace: shop, name: web2, labels: {app: web, tier: x}, node: n1, serviceAccount: seller, namedPorts: {http: 8080}}
- {namespace: shop, name: db, labels: {app: db}, node: n2, namedPorts: {http: 9090}}
- {namespace: lab, name: web, labels: {app: web}, node: n2}
- {namespace: lab, name: scanner, labels: {app: scanner, tier: y}, node: cp}
services:
- {namespace: shop, name: db, selector: {app: db}, ports: [{port: 80, targetPort: http, nodePort: 30080}]}
`,
);

const placements: Record<string, Partial<Record<string, Engine>>> = {
  calico: { n1: 'calico', n2: 'calico', cp: 'calico' },
  cilium: { n1: 'cilium', n2: 'cilium', cp: 'cilium' },
  mixed: { n1: 'calico', n2: 'cilium', cp: 'calico' },
};
const on = (placement: string, cluster: Cluster = described): Cluster => ({
  ...cluster,
  nodes: new Map([...cluster.nodes].map(([name, node]) => [name, { ...node, cni: placements[placement]![name]! }])),
});

const services: Pick<Flow, 'protocol' | 'port' | 'icmpCode'>[] = [
  ...[1, 80, 443, 8050, 8080, 9090, 30_080, 65_535].flatMap((port) => ['tcp', 'udp'].map((protocol) => ({ protocol, port }))),
  { protocol: 'sctp', port: 80 },
  { protocol: 'icmp', port: 8, icmpCode: 0 },
  { protocol: 'icmp', port: 8, icmpCode: 3 },
  { protocol: 'icmp', port: 0 },
  { protocol: '47', port: 0 },
];
const outside = ['out', 'out:8.8.8.8', 'out:172.20.0.1', 'out:198.19.1.1', 'out:10.1.0.77'];

/** Every flow of a sample that the two sides judge differently, one by one. */
function bruteForce(a: Side, b: Side): string[] {
  const [first, second] = [a, b].map((side) => createEvaluator(side.cluster, side.policies, side.settings));
  const ends = [...a.cluster.pods.keys(), ...[...a.cluster.nodes.keys()].map((name) => `node-${name}`), ...outside];
  const found: string[] = [];
  for (const from of ends) {
    for (const to of ends) {
      if (from.startsWith('out') && to.startsWith('out')) continue;
      for (const service of services) {
        const flow = { from, to, ...service };
        if (first!.evaluate(flow).verdict !== second!.evaluate(flow).verdict)
          found.push(`${from} → ${to} ${service.protocol}/${service.port}`);
      }
    }
  }
  return found;
}

const settings = fc.constantFrom('', '', 'nodes-mode', 'localhost=policy', 'sctp', 'enforcement=always');
const side = fc
  .oneof(
    fc.tuple(fc.constant('calico'), policySets.calico),
    fc.tuple(fc.constant('cilium'), policySets.cilium),
    fc.tuple(
      fc.constant('mixed'),
      fc
        .tuple(policySets.calico, policySets.cilium)
        .map(([x, y]) => [
          ...x,
          ...y.map((object, i) => ({ ...object, metadata: { ...(object as { metadata: object }).metadata, name: `c${i}` } })),
        ]),
    ),
  )
  .chain(([placement, objects]) => settings.map((text) => ({ placement, objects, text })));
const made = ({ placement, objects, text }: { placement: string; objects: object[]; text: string }, cluster = described): Side => ({
  cluster: on(placement, cluster),
  policies: read(objects),
  settings: parseSettings(text),
});
/** The second side: anything, or the first with one object fewer, so that equal sets and small differences occur as well. */
const sides = fc
  .tuple(side, side, fc.integer({ min: 0, max: 5 }))
  .map(([a, b, kind]) => [a, kind < 2 ? { ...a, objects: a.objects.slice(kind) } : b] as const);

const runs = Number(process.env['KINDLAB_RUNS'] ?? 40);

test('whatever a search of concrete flows finds, compare finds, and what compare shows the evaluators confirm', async () => {
  let different = 0;
  await fc.assert(
    fc.asyncProperty(sides, async ([x, y]) => {
      const [a, b] = [made(x), made(y)];
      const result = await compare(a, b, { endpoints: 'present' });
      const found = bruteForce(a, b);
      if (found.length > 0) {
        different++;
        expect(result.present.equivalent, found.slice(0, 3).join('; ')).toBe(false);
      }
      expect(result.undecided).toEqual([]);
      const [first, second] = [a, b].map((s) => createEvaluator(s.cluster, s.policies, s.settings));
      for (const { flow, a: shown, b: other } of result.present.differences) {
        expect(first!.evaluate(flow).verdict).toBe(shown.verdict);
        expect(second!.evaluate(flow).verdict).toBe(other.verdict);
        expect(shown.verdict).not.toBe(other.verdict);
      }
    }),
    { numRuns: runs },
  );
  expect(different).toBeGreaterThan(0);
}, 300_000);

const futurePod = fc.record({
  namespace: fc.constantFrom('shop', 'lab', 'elsewhere'),
  app: fc.constantFrom(undefined, 'web', 'db', 'wub', 'zz'),
  tier: fc.constantFrom(undefined, 'x', 'y', 'z'),
  serviceAccount: fc.constantFrom('default', 'seller', 'buyer'),
  node: fc.constantFrom('n1', 'n2', 'cp'),
  team: fc.constantFrom(undefined, 'retail', 'ops'),
  grade: fc.constantFrom(undefined, 'gold'),
});

test('a set that is equivalent for any endpoint stays so when pods, namespaces and service accounts arrive', async () => {
  let arrived = 0;
  await fc.assert(
    fc.asyncProperty(sides, fc.array(futurePod, { minLength: 1, maxLength: 3 }), async ([x, y], arrivals) => {
      const result = await compare(made(x), made(y));
      if (result.verdict === 'different') return;
      arrived++;
      expect(result.undecided).toEqual([]);
      const present = <T extends object>(value: T) =>
        Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as Record<string, string>;
      const pods = arrivals.map(({ namespace, app, tier, serviceAccount, node }, i): Pod => ({
        namespace,
        name: `new${i}`,
        labels: present({ app, tier }),
        node,
        serviceAccount,
        namedPorts: [],
        hostNetwork: false,
        addresses: {},
      }));
      const grown: Cluster = {
        ...described,
        pods: new Map([...described.pods, ...pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod] as const)]),
        namespaces: new Map([...described.namespaces, ['elsewhere', present({ team: arrivals[0]!.team })]]),
        serviceAccounts: new Map([...described.serviceAccounts, ['elsewhere/buyer', present({ grade: arrivals[0]!.grade })]]),
      };
      expect(bruteForce(made(x, grown), made(y, grown))).toEqual([]);
    }),
    { numRuns: Math.ceil(runs / 4) },
  );
  expect(arrived).toBeGreaterThan(0);
}, 300_000);
