// Policy sets of a size, as large clusters have them: namespaces of a hundred pods, ten applications each, ten policies each.
import { createEvaluator } from '../src/netpol/evaluate/evaluate.ts';
import type { Cluster } from '../src/netpol/model/cluster.ts';
import type { PolicySet } from '../src/netpol/model/policies.ts';
import { readCluster } from '../src/netpol/read/cluster.ts';
import { readPolicies } from '../src/netpol/read/read.ts';

const policiesPerNamespace = 10;
const namespaceKey = 'k8s:io.kubernetes.pod.namespace';

export function clusterOf(namespaces: number, pods: number): Cluster {
  const nodes = Object.fromEntries(
    Array.from({ length: 50 }, (_, i) => [`n${i}`, { address: `172.18.0.${i + 1}`, controlPlane: i === 0 }]),
  );
  const description = {
    nodes,
    outside: '203.0.113.9',
    addresses: { calico: 'pool 10.0.0.0/8, VXLAN Always, natOutgoing', cilium: 'pool 10.0.0.0/8, VXLAN' },
    namespaces: Object.fromEntries(
      Array.from({ length: namespaces }, (_, i) => [`ns${i}`, { team: `team${i % 20}`, 'kubernetes.io/metadata.name': `ns${i}` }]),
    ),
    pods: Array.from({ length: pods }, (_, i) => ({
      namespace: `ns${i % namespaces}`,
      name: `pod${i}`,
      labels: { app: `app${Math.floor(i / namespaces) % 10}`, replica: `r${i}` },
      node: `n${i % 50}`,
    })),
  };
  return readCluster('bench', JSON.stringify(description));
}

/** The same meaning in either language; `wrong` has one rule of the second with another port. */
export function setsOf(policies: number, wrong = false): { calico: PolicySet; cilium: PolicySet } {
  const calico: object[] = [];
  const cilium: object[] = [];
  for (let i = 0; i < policies; i++) {
    const namespace = `ns${Math.floor(i / policiesPerNamespace)}`;
    const app = `app${i % policiesPerNamespace}`;
    const client = `app${(i + 1) % policiesPerNamespace}`;
    const port = 8000 + (i % 40);
    const network = `198.51.${i % 100}.0/24`;
    const name = `p${i}`;
    calico.push({
      apiVersion: 'projectcalico.org/v3',
      kind: 'NetworkPolicy',
      metadata: { name, namespace },
      spec: {
        selector: `app == '${app}'`,
        types: ['Ingress'],
        ingress: [
          { action: 'Allow', protocol: 'TCP', source: { selector: `app == '${client}'` }, destination: { ports: [port] } },
          {
            action: 'Allow',
            protocol: 'TCP',
            source: { namespaceSelector: `team == 'team${i % 20}'`, selector: `app == '${app}'` },
            destination: { ports: [port, 9090] },
          },
          { action: 'Allow', protocol: 'TCP', source: { nets: [network] }, destination: { ports: [443] } },
        ],
      },
    });
    const tcp = (...ports: number[]) => [{ ports: ports.map((p) => ({ port: String(p), protocol: 'TCP' })) }];
    cilium.push({
      apiVersion: 'cilium.io/v2',
      kind: 'CiliumNetworkPolicy',
      metadata: { name, namespace },
      spec: {
        endpointSelector: { matchLabels: { app } },
        ingress: [
          { fromEndpoints: [{ matchLabels: { app: client, [namespaceKey]: namespace } }], toPorts: tcp(wrong && i === 7 ? 22 : port) },
          {
            fromEndpoints: [{ matchLabels: { app, 'k8s:io.cilium.k8s.namespace.labels.team': `team${i % 20}` } }],
            toPorts: tcp(port, 9090),
          },
          { fromCIDR: [network], toPorts: tcp(443) },
        ],
      },
    });
  }
  return { calico: read(calico), cilium: read(cilium) };
}

/**
 * A Calico set as platform teams have them, where order decides: a tier of global policies that deny and pass on, policies with
 * denials before and between their allows, and a default deny for each namespace.
 */
export function orderedSet(policies: number): PolicySet {
  const v3 = { apiVersion: 'projectcalico.org/v3' };
  const global = Math.ceil(policies / 50);
  const globals = Array.from({ length: global }, (_, i) => ({
    ...v3,
    kind: 'GlobalNetworkPolicy',
    metadata: { name: `security.g${i}` },
    spec: {
      tier: 'security',
      order: i,
      selector: `tier == 'tier${i % 20}'`,
      namespaceSelector: `team == 'team${i % 20}'`,
      types: ['Ingress', 'Egress'],
      ingress: [
        { action: 'Deny', source: { selector: "list == 'blocked'" } },
        {
          action: 'Deny',
          protocol: 'TCP',
          source: { namespaceSelector: `team == 'team${(i + 1) % 20}'` },
          destination: { ports: [22] },
        },
        { action: 'Pass' },
      ],
      egress: [{ action: 'Deny', destination: { nets: ['169.254.169.254/32'] } }, { action: 'Pass' }],
    },
  }));
  const defaults = { ...v3, kind: 'NetworkPolicy' };
  const own = Array.from({ length: policies - global }, (_, i) => {
    const namespace = `ns${Math.floor(i / policiesPerNamespace)}`;
    const app = i % policiesPerNamespace;
    if (app === policiesPerNamespace - 1)
      return {
        ...defaults,
        metadata: { name: `d${i}`, namespace },
        spec: { order: 2000, selector: 'all()', types: ['Ingress'], ingress: [{ action: 'Deny' }] },
      };
    return {
      ...defaults,
      metadata: { name: `p${i}`, namespace },
      spec: {
        order: app * 10,
        selector: `app == 'app${app}'`,
        types: ['Ingress', 'Egress'],
        ingress: [
          { action: 'Deny', source: { selector: `app == 'app${(app + 3) % 10}'` } },
          {
            action: 'Allow',
            protocol: 'TCP',
            source: { selector: `app != 'app${(app + 1) % 10}'` },
            destination: { ports: [8000 + (i % 40)] },
          },
          { action: 'Allow', protocol: 'TCP', source: { nets: [`198.51.${i % 100}.0/24`] }, destination: { ports: [443] } },
          { action: 'Deny' },
        ],
        egress: [
          {
            action: 'Allow',
            protocol: 'UDP',
            destination: { namespaceSelector: "kubernetes.io/metadata.name == 'kube-system'", ports: [53] },
          },
          { action: 'Deny', destination: { nets: ['203.0.113.0/24'] } },
          { action: 'Allow' },
        ],
      },
    };
  });
  return read([
    { ...v3, kind: 'Tier', metadata: { name: 'security' }, spec: { order: 100 } },
    {
      ...v3,
      kind: 'GlobalNetworkSet',
      metadata: { name: 'blocked', labels: { list: 'blocked' } },
      spec: { nets: ['198.51.100.0/24', '203.0.113.0/25'] },
    },
    ...globals,
    ...own,
  ]);
}

function read(objects: readonly object[]): PolicySet {
  const { policies, problems } = readPolicies(objects.map((object, i) => ({ file: `policy-${i}`, text: JSON.stringify(object) })));
  if (problems.length > 0) throw new Error(JSON.stringify(problems[0]));
  return policies;
}

/** A single question, from nothing: what `netpol explain` does after reading. */
export const explainOnce = (cluster: Cluster, policies: PolicySet) =>
  createEvaluator(cluster, policies).evaluate({ from: 'ns0/pod0', to: 'ns0/pod0', protocol: 'tcp', port: 80 });
