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
  const read = (objects: readonly object[]): PolicySet => {
    const { policies, problems } = readPolicies(objects.map((object, i) => ({ file: `policy-${i}`, text: JSON.stringify(object) })));
    if (problems.length > 0) throw new Error(JSON.stringify(problems[0]));
    return policies;
  };
  return { calico: read(calico), cilium: read(cilium) };
}

/** A single question, from nothing: what `netpol explain` does after reading. */
export const explainOnce = (cluster: Cluster, policies: PolicySet) =>
  createEvaluator(cluster, policies).evaluate({ from: 'ns0/pod0', to: 'ns0/pod0', protocol: 'tcp', port: 80 });
