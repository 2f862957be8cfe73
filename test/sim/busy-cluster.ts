/**
 * A cluster to be killed: `node busy-cluster.ts FOLDER ROUND`. It resumes, complains on stdout of what the resume itself has changed,
 * then writes and moves pods until it is killed, printing `ack NAME` for each ConfigMap that was acknowledged.
 * ROUND -1 only prints the names that are there.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as r from '../../src/kube/resources.ts';
import type { Pod } from '../../src/kube/types.ts';
import type { SimulatedCluster } from '../../src/sim/cluster.ts';
import { startSimulatedCluster } from '../../src/sim/start.ts';
import { Store } from '../../src/sim/store/store.ts';

const [folder = '', roundText = '0'] = process.argv.slice(2);
const round = Number(roundText);
const shop = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 4
  selector: {matchLabels: {app: web}}
  template:
    metadata: {creationTimestamp: null, labels: {app: web}}
    spec:
      containers:
      - name: web
        image: kindlab/web:2
        readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 1}
        lifecycle: {preStop: {sleep: {seconds: 1}}}
`;

const restarts = ({ status }: Pod): number => (status?.containerStatuses ?? []).reduce((sum, one) => sum + one.restartCount, 0);
const seen = (pod: Pod) => ({ node: pod.spec?.nodeName, ip: pod.status?.podIP, restarts: restarts(pod) });
const say = (line: string) => console.log(line);
const quiet = { stdout: () => {}, stderr: () => {}, signal: new AbortController().signal };

/** The pods that the last life has left on disk. */
function leftBehind(): Pod[] {
  const path = join(folder, 'store.sqlite');
  if (!existsSync(path)) return [];
  const store = Store.open(path);
  const pods = store.list('/pods') as Pod[];
  store.close();
  return pods;
}

function compare(cluster: SimulatedCluster, before: readonly Pod[], when: string): void {
  for (const old of before) {
    const { namespace, name, uid, deletionTimestamp } = old.metadata;
    const now = cluster.api.get(r.pods, namespace, name);
    // What was about to go, or moves by a rollout that goes on, may be gone.
    if (deletionTimestamp || (namespace === 'shop' && !now)) continue;
    if (now?.metadata.uid !== uid) say(`${when}: ${name} is gone`);
    else if (restarts(now) !== restarts(old)) say(`${when}: ${name} has restarted: ${JSON.stringify(now.status)}`);
    else if (old.status?.podIP && seen(now).ip !== seen(old).ip)
      say(`${when}: ${name} has moved from ${old.status.podIP} to ${now.status?.podIP}`);
  }
}

const before = leftBehind();
const cluster = await startSimulatedCluster({ name: 'busy', workers: 2, cni: 'calico', folder, seed: 1, manifests: [shop] });
compare(cluster, before, 'at once');
await cluster.clock.advance(1000);
compare(cluster, before, 'a second later');
for (const { metadata, status } of cluster.api.list(r.nodes))
  if (!status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')) say(`${metadata.name} is not ready`);
if (round === -1) {
  await cluster.clock.advance(120_000);
  compare(cluster, before, 'at the end');
  const web = cluster.api.get(r.deployments, 'shop', 'web')!;
  if (web.status?.readyReplicas !== 4 || web.status.updatedReplicas !== 4) say(`the rollout hangs: ${JSON.stringify(web.status)}`);
  for (const { metadata } of cluster.api.list(r.configMaps, { namespace: 'default' })) say(`ack ${metadata.name}`);
  await cluster[Symbol.asyncDispose]();
} else {
  say('active');
  void write();
  await move();
}

async function write(): Promise<void> {
  for (let i = 0; ; i++) {
    const name = `note-${round}-${i}`;
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });
    const { status } = await cluster.request('POST', '/api/v1/namespaces/default/configmaps', { body });
    say(status === 201 ? `ack ${name}` : `refused: ${status}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function move(): Promise<void> {
  cluster.clock.play(4);
  const node = `busy-worker${round % 2 === 0 ? '' : '2'}`;
  const cordon = (name: string, unschedulable: boolean) =>
    cluster.api.modify(r.nodes, undefined, name, (one) => void (one.spec = { ...one.spec, unschedulable }));
  for (const one of cluster.api.list(r.nodes)) cordon(one.metadata.name, one.metadata.name === node);
  for (const { metadata, spec } of cluster.api.list(r.pods, { namespace: 'shop' }))
    if (spec?.nodeName === node) cluster.api.evict('shop', metadata.name, {});
  await new Promise((resolve) => setTimeout(resolve, 800));
  cluster.api.modify(r.deployments, 'shop', 'web', ({ spec }) => {
    spec!.template.metadata = { ...spec!.template.metadata, annotations: { round: roundText } };
  });
  await new Promise((resolve) => setTimeout(resolve, 600));
  const values = [
    'cni.customConf=true',
    'tunnelPort=8473',
    'operator.unmanagedPodWatcher.restart=false',
    'ipam.operator.clusterPoolIPv4PodCIDRList={10.245.0.0/16}',
  ];
  const options = [
    '--repo',
    'https://helm.cilium.io',
    '--version',
    '1.18.14',
    '-n',
    'kube-system',
    ...values.flatMap((value) => ['--set', value]),
  ];
  const verb = cluster.api.list(r.secrets, { namespace: 'kube-system', labelSelector: 'owner=helm' }).length > 0 ? 'upgrade' : 'install';
  await cluster.tool('helm', { argv: [verb, 'cilium', 'cilium', ...options, '--set', `debug.enabled=${round % 3 === 0}`], ...quiet });
}
