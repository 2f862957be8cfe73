import fc from 'fast-check';
import { readPolicies } from '../../src/netpol/read/read.ts';
import type { PolicySet } from '../../src/netpol/model/policies.ts';

/** Random policies over the labels, addresses and ports of compare-property.test.ts's cluster, as manifests. */
const pick = <T>(...values: T[]) => fc.constantFrom(...values);
const some = <T>(arbitrary: fc.Arbitrary<T>, maxLength = 2) => fc.array(arbitrary, { minLength: 1, maxLength });
const maybe = <T>(key: string, arbitrary: fc.Arbitrary<T>) =>
  fc.option(arbitrary, { nil: undefined, freq: 2 }).map((v) => (v === undefined ? {} : { [key]: v }));
const merged = (...parts: fc.Arbitrary<object>[]) => fc.tuple(...parts).map((list) => Object.assign({}, ...list) as object);

const cidr = pick(
  '192.168.0.0/16',
  '10.245.0.0/16',
  '10.1.0.0/24',
  '10.1.0.1/32',
  '198.18.0.0/15',
  '198.18.0.9/32',
  '0.0.0.0/0',
  '192.168.1.5/32',
  '192.168.1.0/24',
  '172.16.0.0/12',
);
const selector = pick(
  'all()',
  "app == 'web'",
  "app != 'web'",
  "app in {'web','db'}",
  'has(tier)',
  '!has(tier)',
  "app starts with 'w'",
  "app contains 'b' || tier == 'x'",
  "projectcalico.org/namespace == 'shop' && app != 'db'",
  "!(app == 'db' && has(tier))",
  "tier not in {'x','y'}",
);
const namespaceSelector = pick(
  'all()',
  'global()',
  "team == 'retail'",
  "team != 'retail'",
  'has(team)',
  "kubernetes.io/metadata.name == 'lab'",
  "projectcalico.org/name == 'shop'",
);
const port = pick<string | number>(80, 443, '8000:8100', 8080, 'http', 9090);
const entity = merged(
  maybe('selector', selector),
  maybe('namespaceSelector', namespaceSelector),
  maybe('nets', some(cidr)),
  maybe('notNets', some(cidr)),
  maybe('notSelector', selector),
  maybe('serviceAccounts', pick<object>({ names: ['seller'] }, { selector: "grade == 'gold'" })),
);
const calicoRule = (direction: 'ingress' | 'egress') =>
  fc
    .record({
      action: pick('Allow', 'Allow', 'Deny', 'Pass', 'Log'),
      source: entity,
      destination: entity,
      proto: pick('', 'TCP', 'UDP', 'ICMP'),
      ports: fc.option(some(port), { freq: 2 }),
      notPorts: fc.option(some(port), { freq: 5 }),
      service: fc.integer({ max: 20, min: 0 }),
    })
    .map(({ action, source, destination, proto, ports, notPorts, service }) => {
      const own = direction === 'ingress' ? 'destination' : 'source';
      const rule: Record<string, unknown> = {
        action,
        source,
        destination,
        ...(proto && { protocol: proto }),
        [own]: service % 5 === 0 ? { source, destination }[own] : {},
      };
      if (proto === 'TCP' || proto === 'UDP')
        rule['destination'] = { ...(rule['destination'] as object), ...(ports && { ports }), ...(notPorts && { notPorts }) };
      else if (service === 20 && direction === 'egress') rule['destination'] = { services: { name: 'db', namespace: 'shop' } };
      if (proto === 'ICMP' && service % 2 === 0) rule['icmp'] = { type: 8, ...(service % 4 === 0 && { code: 0 }) };
      return rule;
    });
const calicoPolicy = fc
  .record({
    global: fc.boolean(),
    namespace: pick('shop', 'lab'),
    selector,
    order: pick(10, 20, undefined),
    tier: pick('default', 'default', 'early'),
    types: pick(['Ingress'], ['Egress'], ['Ingress', 'Egress']),
    ingress: fc.array(calicoRule('ingress'), { maxLength: 3 }),
    egress: fc.array(calicoRule('egress'), { maxLength: 2 }),
    namespaceSelector: fc.option(namespaceSelector, { freq: 3 }),
  })
  .map((p) => (name: string) => ({
    apiVersion: 'projectcalico.org/v3',
    kind: p.global ? 'GlobalNetworkPolicy' : 'NetworkPolicy',
    metadata: { name, ...(!p.global && { namespace: p.namespace }) },
    spec: {
      tier: p.tier,
      selector: p.selector,
      ...(p.order && { order: p.order }),
      types: p.types,
      ingress: p.ingress,
      egress: p.egress,
      ...(p.global && p.namespaceSelector && { namespaceSelector: p.namespaceSelector }),
    },
  }));
const networkSet = fc.record({ nets: some(cidr), tier: pick('x', 'y') }).map(({ nets, tier }) => (name: string) => ({
  apiVersion: 'projectcalico.org/v3',
  kind: 'GlobalNetworkSet',
  metadata: { name, labels: { tier } },
  spec: { nets },
}));

const expression = pick<object>(
  { matchLabels: { app: 'web' } },
  {},
  { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] },
  { matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
  { matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] },
  { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 'db'] }] },
);
const namespaces = pick<object>(
  {},
  { matchLabels: { team: 'retail' } },
  { matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['retail'] }] },
  { matchLabels: { 'kubernetes.io/metadata.name': 'lab' } },
);
const kubernetesPeer = fc.oneof(
  fc.record({ podSelector: expression }),
  fc.record({ namespaceSelector: namespaces }),
  fc.record({ podSelector: expression, namespaceSelector: namespaces }),
  fc.record({ ipBlock: fc.record({ cidr }) }),
);
const kubernetesPort = pick<object>(
  { port: 80 },
  { port: 443, protocol: 'UDP' },
  { port: 8000, endPort: 8100 },
  { port: 'http' },
  { protocol: 'UDP' },
);
const kubernetesRule = (side: string) => merged(maybe(side, some(kubernetesPeer)), maybe('ports', some(kubernetesPort)));
const kubernetesPolicy = fc
  .record({
    namespace: pick('shop', 'lab'),
    podSelector: expression,
    policyTypes: pick(['Ingress'], ['Egress'], ['Ingress', 'Egress']),
    ingress: fc.array(kubernetesRule('from'), { maxLength: 2 }),
    egress: fc.array(kubernetesRule('to'), { maxLength: 2 }),
  })
  .map(({ namespace, ...spec }) => (name: string) => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec,
  }));

const k8s = (key: string) => `k8s:${key}`;
const endpointSelector = pick<object>(
  {},
  { matchLabels: { app: 'web' } },
  { matchLabels: { [k8s('io.kubernetes.pod.namespace')]: 'lab' } },
  { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] },
  { matchExpressions: [{ key: k8s('io.kubernetes.pod.namespace'), operator: 'NotIn', values: ['shop'] }] },
  { matchLabels: { [k8s('io.cilium.k8s.namespace.labels.team')]: 'retail' } },
  { matchLabels: { [k8s('io.cilium.k8s.policy.serviceaccount')]: 'seller' } },
  {
    matchExpressions: [
      { key: 'tier', operator: 'Exists' },
      { key: k8s('io.kubernetes.pod.namespace'), operator: 'Exists' },
    ],
  },
);
const entityName = pick('all', 'world', 'cluster', 'host', 'remote-node', 'kube-apiserver');
const ciliumPeer = (side: 'from' | 'to') =>
  fc.oneof(
    some(endpointSelector).map((v) => ({ [`${side}Endpoints`]: v })),
    some(entityName).map((v) => ({ [`${side}Entities`]: v })),
    some(cidr).map((v) => ({ [`${side}CIDR`]: v })),
    fc.constant({ [`${side}CIDRSet`]: [{ cidr: '192.168.0.0/16', except: ['192.168.1.0/24'] }] }),
    fc.constant({}),
  );
const toPorts = some(
  fc.record({
    ports: some(
      pick<object>(
        { port: '80', protocol: 'TCP' },
        { port: '443', protocol: 'ANY' },
        { port: '8000', endPort: 8100, protocol: 'TCP' },
        { port: 'http', protocol: 'TCP' },
      ),
    ),
  }),
  1,
);
const ciliumEntry = (side: 'from' | 'to') =>
  fc.tuple(ciliumPeer(side), fc.option(toPorts), fc.integer({ min: 0, max: 5 })).map(([peer, ports, icmp]) => ({
    ...peer,
    ...(ports && { toPorts: ports }),
    ...(!ports && icmp === 0 && { icmps: [{ fields: [{ type: 8 }] }] }),
  }));
const ciliumPolicy = fc
  .record({
    wide: fc.boolean(),
    namespace: pick('shop', 'lab'),
    endpointSelector,
    ingress: fc.array(ciliumEntry('from'), { maxLength: 2 }),
    egress: fc.array(ciliumEntry('to'), { maxLength: 2 }),
    ingressDeny: fc.array(ciliumEntry('from'), { maxLength: 1 }),
    egressDeny: fc.array(ciliumEntry('to'), { maxLength: 1 }),
  })
  .map(({ wide, namespace, ...spec }) => (name: string) => ({
    apiVersion: 'cilium.io/v2',
    kind: wide ? 'CiliumClusterwideNetworkPolicy' : 'CiliumNetworkPolicy',
    metadata: { name, ...(!wide && { namespace }) },
    spec: Object.fromEntries(Object.entries(spec).filter(([, v]) => !Array.isArray(v) || v.length > 0)),
  }));

export function read(objects: readonly object[]): PolicySet {
  const { policies, problems } = readPolicies(objects.map((object, i) => ({ file: `random-${i}`, text: JSON.stringify(object) })));
  if (problems.length > 0) throw new Error(`the generator wrote what does not read: ${JSON.stringify(problems)}`);
  return policies;
}

const set = (policy: fc.Arbitrary<(name: string) => object>) =>
  fc.array(policy, { minLength: 0, maxLength: 3 }).map((list) => list.map((make, i) => make(`p${i}`)));
export const policySets = {
  calico: set(fc.oneof({ weight: 5, arbitrary: calicoPolicy }, networkSet, kubernetesPolicy)),
  cilium: set(fc.oneof({ weight: 4, arbitrary: ciliumPolicy }, kubernetesPolicy)),
};
