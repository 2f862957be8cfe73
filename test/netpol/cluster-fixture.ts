import { createEvaluator } from '../../src/netpol/evaluate/evaluate.ts';
import { parseSettings } from '../../src/netpol/evaluate/settings.ts';
import type { Cluster, Engine } from '../../src/netpol/model/cluster.ts';
import type { Verdict } from '../../src/netpol/model/flow.ts';
import { readCluster } from '../../src/netpol/read/cluster.ts';
import { readPolicies } from '../../src/netpol/read/read.ts';

/** The cluster as a file's text. */
export const description = `
nodes:
  n1: {address: 10.1.0.1, labels: {rack: r1}}
  n2: {address: 10.1.0.2}
  cp: {address: 10.1.0.3, controlPlane: true}
outside: 198.18.0.9
addresses:
  calico: pool 192.168.0.0/16, VXLAN Always, natOutgoing; shop/web 192.168.1.5
  cilium: pool 10.245.0.0/16, VXLAN; shop/web 10.245.1.5
namespaces:
  shop: {team: retail}
  lab: {}
serviceAccounts:
- {namespace: shop, name: seller, labels: {grade: gold}}
pods:
- {namespace: shop, name: web, labels: {app: web, pod-template-hash: h1}, node: n1, serviceAccount: seller, namedPorts: {http: 8080}}
- {namespace: shop, name: db, labels: {app: db}, node: n2, namedPorts: {http: 9090}}
- {namespace: lab, name: scanner, labels: {app: scanner}, node: n2}
services:
- {namespace: shop, name: db, selector: {app: db}, ports: [{port: 80, targetPort: 5432, nodePort: 30080}]}
`;

/** A small cluster of our own: two namespaces, three pods, one control plane node. */
export const cluster: Cluster = readCluster('fixture', description);

/** Evaluates `from → to port[/protocol]` under some policies, with one engine everywhere. Throws where the policies do not read. */
export function verdicts(
  engine: Engine,
  policies: string,
  settings = '',
): (from: string, to: string, port?: number, protocol?: string) => Verdict {
  const { policies: set, problems } = readPolicies([{ file: 'test', text: policies }]);
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const nodes = new Map([...cluster.nodes].map(([name, node]) => [name, { ...node, cni: engine }]));
  const evaluator = createEvaluator({ ...cluster, nodes }, set, parseSettings(settings));
  return (from, to, port = 80, protocol = 'tcp') => evaluator.evaluate({ from, to, port, protocol }).verdict;
}
