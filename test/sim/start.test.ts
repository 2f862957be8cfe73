import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import * as r from '../../src/kube/resources.ts';
import type { SimulatedCluster, SimulatedClusterOptions } from '../../src/sim/cluster.ts';
import { startSimulatedCluster } from '../../src/sim/start.ts';

const shop = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx}]}
`;

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'kindlab-start-'))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = (options: Partial<SimulatedClusterOptions> = {}): Promise<SimulatedCluster> =>
  startSimulatedCluster({ name: 'test', workers: 2, cni: 'calico', folder, seed: 1, ...options });

const pods = (cluster: SimulatedCluster) =>
  cluster.api.list(r.pods).map(({ metadata, status }) => ({
    uid: metadata.uid,
    name: metadata.name,
    restarts: status?.containerStatuses?.reduce((sum, container) => sum + container.restartCount, 0),
    ready: status?.conditions?.find((condition) => condition.type === 'Ready')?.status,
  }));

const nodeStates = (cluster: SimulatedCluster) =>
  cluster.api
    .list(r.nodes)
    .map(({ metadata, status }) => `${metadata.name} ${status?.conditions?.find((c) => c.type === 'Ready')?.status}`);

test('a new cluster is handed over with every node and pod ready, and has an age', async () => {
  await using cluster = await start({ manifests: [shop] });
  expect(nodeStates(cluster)).toEqual(['test-control-plane True', 'test-worker True', 'test-worker2 True']);
  expect(pods(cluster).filter((pod) => pod.ready !== 'True')).toEqual([]);
  const owners = cluster.api.list(r.pods).map(({ metadata }) => `${metadata.ownerReferences![0]!.kind} of ${metadata.namespace}`);
  expect([...new Set(owners)].sort().map((owner) => [owner, owners.filter((other) => other === owner).length])).toEqual([
    ['DaemonSet of kube-system', 6],
    ['Node of kube-system', 4],
    ['ReplicaSet of kube-system', 3],
    ['ReplicaSet of shop', 2],
  ]);
  const age = Date.now() - Date.parse(cluster.api.get(r.nodes, undefined, 'test-control-plane')!.metadata.creationTimestamp);
  expect(age).toBeGreaterThanOrEqual(89_000);
  expect(Math.abs(cluster.clock.now() - Date.now())).toBeLessThan(1000);
  expect(cluster.clock.speed).toBe(1);
});

test('the control plane is ready first, as Kind makes it: CoreDNS is there, and it has the first pod subnet', async () => {
  await using cluster = await start({ manifests: [shop] });
  const onControlPlane = (labelSelector: string) =>
    cluster.api.list(r.pods, { labelSelector }).map(({ spec }) => spec?.nodeName === 'test-control-plane');
  expect(onControlPlane('k8s-app=kube-dns')).toEqual([true, true]);
  expect(onControlPlane('app=web')).toEqual([false, false]);
  expect(cluster.api.list(r.nodes).map(({ metadata, spec }) => `${metadata.name} ${spec?.podCIDR}`)).toEqual([
    'test-control-plane 192.168.0.0/24',
    'test-worker 192.168.1.0/24',
    'test-worker2 192.168.2.0/24',
  ]);
});

test('a pod reaches the API server with the token of its service account', async () => {
  const client =
    'apiVersion: v1\nkind: Pod\nmetadata: {name: c}\nspec: {containers: [{name: c, image: busybox, command: [sleep, infinity]}]}\n';
  await using cluster = await start({ manifests: [client] });
  const run = async (script: string) => {
    let out = '';
    const take = (text: string) => void (out += text);
    const io = { argv: ['sh', '-c', script], stdout: take, stderr: take, signal: new AbortController().signal };
    await cluster.podExec({ namespace: 'default', pod: 'c' }, io);
    return out;
  };
  const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
  const ask = (path: string) => run(`curl -sk -H "Authorization: Bearer $(cat ${folder}/token)" https://kubernetes.default${path}`);
  expect(await ask('/healthz')).toBe('ok');
  expect(JSON.parse(await ask('/api'))).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
  expect(JSON.parse(await ask('/api/v1/namespaces/default/pods'))).toMatchObject({
    code: 403,
    message:
      'pods is forbidden: User "system:serviceaccount:default:default" cannot list resource "pods" in API group "" in the namespace "default"',
  });
  expect(JSON.parse(await run('curl -sk -H "Authorization: Bearer x" https://kubernetes.default/api'))).toMatchObject({ code: 401 });
  expect(JSON.parse(await run('curl -sk https://10.96.0.1/api/v1/nodes')).message).toContain('User "system:anonymous" cannot list');
  expect(await run('curl -sS https://kubernetes.default/healthz')).toContain('curl: (60) SSL certificate problem');
  expect(await run(`curl -s --cacert ${folder}/ca.crt https://kubernetes.default/livez`)).toBe('ok');
  const claims = JSON.parse(Buffer.from((await run(`cat ${folder}/token`)).split('.')[1]!, 'base64url').toString()) as object;
  expect(claims).toMatchObject({ sub: 'system:serviceaccount:default:default', 'kubernetes.io': { pod: { name: 'c' } } });
});

test('the kubeconfig names the server and is for its owner only', async () => {
  await using cluster = await start({ cni: 'none' });
  expect(await readFile(cluster.kubeconfigPath, 'utf8')).toContain(`server: ${cluster.server}`);
  expect((await stat(cluster.kubeconfigPath)).mode & 0o777).toBe(0o600);
  const answer = await cluster.request('GET', '/api/v1/namespaces');
  expect((JSON.parse(answer.body) as { items: { metadata: { name: string } }[] }).items.map((item) => item.metadata.name)).toEqual([
    'default',
    'kube-node-lease',
    'kube-public',
    'kube-system',
  ]);
});

test('a cluster is resumed with the same pods, no restarts, and the same port', async () => {
  const first = await start({ manifests: [shop] });
  const before = { pods: pods(first), server: first.server };
  await first[Symbol.asyncDispose]();
  await using second = await start();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect({ pods: pods(second), server: second.server }).toEqual(before);
  expect(nodeStates(second).every((state) => state.endsWith('True'))).toBe(true);
  expect(second.clock.now()).toBeGreaterThanOrEqual(Date.now() - 1000);
});

test('rewinding brings back what was there, and the nodes stay ready long after', async () => {
  await using cluster = await start({ manifests: [shop] });
  const before = pods(cluster);
  cluster.snapshot('start');
  cluster.api.delete(r.namespaces, undefined, 'shop');
  cluster.clock.pause();
  await cluster.clock.advance(120_000);
  expect(cluster.api.get(r.namespaces, undefined, 'shop')).toBeUndefined();
  await cluster.rewind('start');
  await cluster.clock.advance(60_000);
  expect(pods(cluster)).toEqual(before);
  expect(nodeStates(cluster).every((state) => state.endsWith('True'))).toBe(true);
  expect(cluster.snapshots().map(({ name }) => name)).toEqual(['start']);
});

test('an aborted creation leaves nothing in the folder', async () => {
  const abort = new AbortController();
  const onProgress = (step: string) => {
    if (step === 'Installing Calico') abort.abort(new Error('enough'));
  };
  await expect(start({ signal: abort.signal, onProgress })).rejects.toThrow('enough');
  expect(await readdir(folder)).toEqual([]);
});

test('a manifest that cannot be applied fails the creation and says why', async () => {
  await expect(start({ cni: 'none', manifests: ['apiVersion: v1\nkind: Pot\nmetadata: {name: x}\n'] })).rejects.toMatchObject({
    code: 'unknown-kind',
    message: 'no matches for kind "Pot" in version "v1" (object "x")',
  });
  expect(await readdir(folder)).toEqual([]);
});

test('Cilium is installed as a Helm release', async () => {
  await using cluster = await start({ cni: 'cilium' });
  expect(pods(cluster).filter((pod) => pod.ready !== 'True')).toEqual([]);
  expect(cluster.api.list(r.secrets, { namespace: 'kube-system', labelSelector: 'owner=helm,name=cilium' })).toHaveLength(1);
});

test('without a CNI the nodes say that none is there', async () => {
  await using cluster = await start({ cni: 'none' });
  const ready = cluster.api.get(r.nodes, undefined, 'test-worker')!.status!.conditions!.find((c) => c.type === 'Ready')!;
  expect(ready.status).toBe('False');
  expect(ready.message).toContain('cni plugin not initialized');
});
