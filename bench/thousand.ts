/**
 * Many nodes and pods, from apply to Running, in one process: node bench/thousand.ts [NODES] [PODS] [CNI]
 * Every pod goes through scheduler, kubelet, CNI and events as in a small cluster. Build first.
 */
import { load, startSimulated } from './peer/servers.ts';
import { printTable } from './peer/table.ts';
import { request } from 'node:https';

const nodes = Number(process.argv[2] ?? 1000);
const pods = Number(process.argv[3] ?? 10_000);
const cni = process.argv[4] ?? 'calico';
const patienceMs = 900_000;

using peer = await startSimulated(nodes, cni);
const { server, ca, cert, key } = peer.target;

const ask = (method: string, path: string, body?: unknown): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const outgoing = request(`${server}${path}`, { method, ca, cert, key, headers: { 'content-type': 'application/json' } }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()));
      answer.once('end', () => (answer.statusCode! < 300 ? resolve(JSON.parse(text)) : reject(new Error(text))));
    });
    outgoing.once('error', reject);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'many' },
  spec: {
    replicas: pods,
    selector: { matchLabels: { app: 'many' } },
    template: { metadata: { labels: { app: 'many' } }, spec: { containers: [{ name: 'web', image: 'nginx' }] } },
  },
};
const path = '/apis/apps/v1/namespaces/default/deployments';
const begun = performance.now();
await ask('POST', path, deployment);
let ready = 0;
while (ready < pods && performance.now() - begun < patienceMs) {
  await new Promise((resolve) => setTimeout(resolve, 250));
  ready = ((await ask('GET', `${path}/many`)) as { status?: { readyReplicas?: number } }).status?.readyReplicas ?? 0;
}
const seconds = (performance.now() - begun) / 1000;
const memory = await peer.memory();
const get = await load(peer, { job: 'get', path: `${path}/many`, count: 3000, clients: 16 });
printTable([
  {
    figure: `${nodes} nodes with ${cni}: created and Ready`,
    simulated: `${(peer.readyMs / 1000).toFixed(1)} s`,
    goal: '–',
    met: undefined,
  },
  {
    figure: `${ready} of ${pods} pods Running after`,
    simulated: `${seconds.toFixed(1)} s`,
    goal: '≤ 10 s',
    met: ready === pods && seconds <= 10,
  },
  { figure: 'memory then', simulated: `${memory.toFixed(0)} MB`, goal: '≤ 600 MB', met: memory <= 600 },
  { figure: 'GET then, p99 with 16 clients', simulated: `${get.p99.toFixed(1)} ms`, goal: '≤ 5 ms', met: get.p99 <= 5 },
]);
