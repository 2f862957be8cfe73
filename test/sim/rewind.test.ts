import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as r from '../../src/kube/resources.ts';
import type { SimulatedCluster } from '../../src/sim/cluster.ts';
import type { SimulatedMachine } from '../../src/sim/node/simulated-machine.ts';
import { startSimulatedCluster } from '../../src/sim/start.ts';

const shop = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx
        readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 2}
        lifecycle: {preStop: {exec: {command: [sleep, '3']}}}
---
apiVersion: v1
kind: Pod
metadata: {name: client, namespace: shop}
spec: {containers: [{name: client, image: busybox, command: [sleep, infinity]}]}
`;

let folder: string;
let cluster: SimulatedCluster;
let before: object;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kindlab-rewind-'));
  cluster = await startSimulatedCluster({ name: 'test', workers: 2, cni: 'calico', folder, seed: 1, manifests: [shop] });
  cluster.clock.pause();
  await cluster.clock.advance(30_000);
  cluster.snapshot('start');
  before = picture();
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => cluster.rewind('start'));

/** All that a learner could look at, without what changes by the minute. */
function picture(): object {
  return {
    pods: cluster.api.list(r.pods).map(({ metadata, spec, status }) => ({
      name: metadata.name,
      uid: metadata.uid,
      deleted: metadata.deletionTimestamp,
      node: spec?.nodeName,
      ip: status?.podIP,
      phase: status?.phase,
      conditions: status?.conditions?.map(({ type, status: value, lastTransitionTime }) => `${type} ${value} ${lastTransitionTime}`),
      containers: status?.containerStatuses?.map(({ name, ready, restartCount, containerID }) => ({
        name,
        ready,
        restartCount,
        containerID,
      })),
    })),
    nodes: cluster.api.list(r.nodes).map(({ metadata, spec, status }) => ({
      annotations: metadata.annotations,
      labels: metadata.labels,
      spec,
      conditions: status?.conditions?.map(({ type, status: value, lastTransitionTime }) => `${type} ${value} ${lastTransitionTime}`),
    })),
    machines: cluster.machines().map((machine) => ({
      bootId: machine.bootId,
      running: machine.running,
      kernel: (machine as SimulatedMachine).kernel.toJSON(),
      disk: (machine as SimulatedMachine).disk.toJSON(),
    })),
    endpoints: cluster.api
      .list(cluster.api.resource('discovery.k8s.io', 'endpointslices')!)
      .map((slice) => ({ ...slice, metadata: slice.metadata.uid })),
    events: cluster.api.list(r.events).map(({ reason, involvedObject, message }) => `${reason} ${involvedObject.name}: ${message}`),
  };
}

async function curl(): Promise<string> {
  let out = '';
  const take = (text: string) => void (out += text);
  const argv = ['wget', '-qO-', '-T', '2', 'http://web'];
  const io = { argv, stdout: take, stderr: take, signal: new AbortController().signal };
  const running = cluster.podExec({ namespace: 'shop', pod: 'client' }, io);
  await cluster.clock.advance(5000);
  await running;
  return out;
}

async function asBefore(): Promise<void> {
  await cluster.rewind('start');
  expect(picture()).toEqual(before);
  await cluster.clock.advance(90_000);
  expect(picture()).toEqual(before);
  expect(await curl()).toContain('nginx');
}

const deleteNamespace = () => cluster.api.delete(r.namespaces, undefined, 'shop');
const roll = () =>
  cluster.api.modify(
    r.deployments,
    'shop',
    'web',
    ({ spec }) => void (spec!.template.metadata = { ...spec!.template.metadata, annotations: { again: 'yes' } }),
  );
const drain = () => {
  cluster.api.modify(r.nodes, undefined, 'test-worker', (node) => void (node.spec = { ...node.spec, unschedulable: true }));
  for (const { metadata, spec } of cluster.api.list(r.pods, { namespace: 'shop' }))
    if (spec?.nodeName === 'test-worker') cluster.api.evict('shop', metadata.name, {});
};
const quiet = { stdout: () => {}, stderr: () => {}, signal: new AbortController().signal };
const reboot = () => void cluster.tool('docker', { argv: ['restart', 'test-worker'], ...quiet });

for (const ms of [0, 1000, 3000, 6000, 15_000]) {
  test(`a rewind ${ms} ms after a namespace was deleted undoes it`, async () => {
    deleteNamespace();
    await cluster.clock.advance(ms);
    await asBefore();
  });
}
for (const ms of [0, 500, 2000, 5500, 9000, 60_000]) {
  test(`a rewind ${ms} ms after a node began to restart undoes it`, async () => {
    reboot();
    await cluster.clock.advance(ms);
    await asBefore();
  });
}
for (const ms of [0, 1500, 4000]) {
  test(`a rewind ${ms} ms into a rollout undoes it`, async () => {
    roll();
    await cluster.clock.advance(ms);
    await asBefore();
  });
  test(`a rewind ${ms} ms into a drain undoes it`, async () => {
    drain();
    await cluster.clock.advance(ms);
    await asBefore();
  });
}

test('a rewind to the middle of a rollout goes on with it', async () => {
  roll();
  await cluster.clock.advance(2000);
  cluster.snapshot('middle');
  await cluster.clock.advance(20_000);
  await cluster.rewind('middle');
  await cluster.clock.advance(60_000);
  const pods = cluster.api.list(r.pods, { namespace: 'shop', labelSelector: 'app=web' });
  expect(pods.map(({ metadata, status }) => [metadata.annotations?.['again'], status?.containerStatuses?.[0]?.restartCount])).toEqual(
    Array.from({ length: 3 }, () => ['yes', 0]),
  );
  expect(await curl()).toContain('nginx');
});

test('a rewind to the middle of a restart of a node finishes it', async () => {
  reboot();
  await cluster.clock.advance(500);
  cluster.snapshot('down');
  await cluster.clock.advance(60_000);
  await cluster.rewind('down');
  expect(cluster.machine('test-worker')!.running).toBe(false);
  await cluster.clock.advance(90_000);
  const worst = cluster.api
    .list(r.pods)
    .map(({ status }) => Math.max(...status!.containerStatuses!.map(({ restartCount }) => restartCount)));
  expect(Math.max(...worst)).toBe(1);
  expect(
    cluster.api
      .list(r.pods)
      .every(({ status }) => status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True')),
  ).toBe(true);
  expect(await curl()).toContain('nginx');
});

test('a helm upgrade that is under way ends with the rewind and leaves nothing behind', async () => {
  const argv = ['install', 'cilium', 'cilium', '--repo', 'https://helm.cilium.io', '--version', '1.18.14', '-n', 'kube-system', '--wait'];
  const running = cluster.tool('helm', { argv, ...quiet });
  await cluster.clock.advance(4000);
  expect(cluster.api.list(r.daemonSets, { namespace: 'kube-system' }).map(({ metadata }) => metadata.name)).toContain('cilium');
  await cluster.rewind('start');
  expect(await running).toBe(130);
  await asBefore();
});

test('a rewind to an unknown snapshot says so and changes nothing', async () => {
  await expect(cluster.rewind('nosuch')).rejects.toMatchObject({ code: 'no-such-snapshot' });
  await cluster.clock.advance(30_000);
  expect(picture()).toEqual(before);
});
