import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { NodeRig } from './rig.ts';

test('a reboot keeps the disk, empties the kernel, and brings pods back under their name with a new address', async () => {
  const rig = new NodeRig();
  rig.create('web', {});
  await rig.clock.advance(2000);
  rig.worker.kernel.set('net.routes', ['x']);
  rig.worker.disk.set('kept', 1);
  const bootId = rig.worker.bootId;
  const restarted = rig.worker.restart();
  expect(rig.worker.running).toBe(false);
  await rig.clock.advance(1000);
  await restarted;
  expect(rig.worker).toMatchObject({ running: true });
  expect(rig.worker.bootId).not.toBe(bootId);
  expect(rig.worker.kernel.get('net.routes')).toBeUndefined();
  expect(rig.worker.disk.get('kept')).toBe(1);
  // Nobody has told the API yet: the pod still looks as it did.
  expect(rig.container('web')).toMatchObject({ restartCount: 0, ready: true });
  expect(rig.nodes.sandboxTable.byUid(rig.pod('web')!.metadata.uid)).toBeUndefined();
  await rig.clock.advance(8000);
  expect(rig.pod('web')!.status).toMatchObject({ phase: 'Running', podIP: '10.244.1.3' });
  expect(rig.container('web')).toMatchObject({
    restartCount: 1,
    ready: true,
    lastState: { terminated: { exitCode: 255, reason: 'Unknown' } },
  });
  expect(rig.events('web')).toContain('SandboxChanged: Pod sandbox changed, it will be killed and re-created.');
});

test('pods wait for a CNI that is not ready after the reboot', async () => {
  const rig = new NodeRig();
  rig.create('web', {});
  await rig.clock.advance(2000);
  void rig.worker.restart();
  rig.plugin.broken = 'agent not ready';
  await rig.clock.advance(15_000);
  expect(rig.container('web').ready).toBe(false);
  rig.plugin.broken = undefined;
  await rig.clock.advance(5000);
  expect(rig.container('web')).toMatchObject({ restartCount: 1, ready: true });
});

test('after a kill -9 of the simulator pods run on: same address, no restart, their log and counters', async () => {
  const before = new NodeRig();
  before.create('client', { image: 'kindlab/probe:2', args: ['http://web'] });
  before.network.outcomes.set('web', 'connected');
  await before.clock.advance(40_000);
  const log = await before.log('client');
  const { podIP } = before.pod('client')!.status!;
  const status = before.container('client');

  const after = new NodeRig({ from: before });
  after.network.outcomes.set('web', 'connected');
  expect(await after.log('client')).toBe(log);
  await after.clock.advance(60_000);
  expect(after.pod('client')!.status!.podIP).toBe(podIP);
  expect(after.container('client')).toEqual(status);
  const counts = (await after.log('client'))
    .trimEnd()
    .split('\n')
    .map((line) => Number(/ok=(\d+)/.exec(line)![1]));
  expect(counts).toEqual([1, 300, 600, 900]);
});

test('a rewind of the store brings back files, slots, sandboxes and pods', async () => {
  const rig = new NodeRig();
  rig.create('web', {});
  await rig.clock.advance(2000);
  rig.worker.files.write('/etc/cni/net.d/99-note', 'then');
  rig.worker.kernel.set('seen', 'then');
  rig.snapshot('then');
  const { podIP, containerStatuses } = rig.pod('web')!.status!;

  rig.worker.files.remove('/etc/cni/net.d/99-note');
  rig.worker.kernel.set('seen', 'now');
  void rig.worker.restart();
  await rig.clock.advance(10_000);
  rig.create('later', {});
  rig.api.delete(r.pods, 'shop', 'web', { gracePeriodSeconds: 0 });
  await rig.clock.advance(3000);
  expect(rig.pod('web')).toBeUndefined();

  rig.rewind('then');
  await rig.clock.advance(5000);
  expect(rig.worker.files.read('/etc/cni/net.d/99-note')).toBe('then');
  expect(rig.worker.kernel.get('seen')).toBe('then');
  expect(rig.pod('later')).toBeUndefined();
  expect(rig.pod('web')!.status).toMatchObject({ podIP, containerStatuses });
  expect([...rig.nodes.sandboxTable.all()].filter(({ cni }) => cni !== 'host').map(({ ip }) => ip)).toEqual([podIP]);
  const { uid } = rig.pod('web')!.metadata;
  expect(rig.nodes.sandboxTable.listener(uid, 8080, 'TCP')).toBeDefined();
});

test('a rewind past a restart of a container undoes the restart', async () => {
  const rig = new NodeRig();
  rig.create('web', {});
  await rig.clock.advance(2000);
  rig.snapshot('then');
  void rig.worker.restart();
  await rig.clock.advance(12_000);
  expect(rig.container('web').restartCount).toBe(1);
  rig.rewind('then');
  await rig.clock.advance(5000);
  expect(rig.container('web')).toMatchObject({ restartCount: 0, ready: true });
  const worker = rig.nodes.worker('shop', 'web')!;
  expect(worker.sandbox?.ip).toBe(rig.pod('web')!.status!.podIP);
});

test('a rewind while the node is down, to when it ran, brings its pods back as they were', async () => {
  const rig = new NodeRig();
  rig.create('web', {});
  await rig.clock.advance(2000);
  rig.snapshot('then');
  void rig.worker.restart();
  await rig.clock.advance(500);
  rig.rewind('then');
  await rig.clock.advance(20_000);
  expect(rig.worker.running).toBe(true);
  expect(rig.container('web')).toMatchObject({ restartCount: 0, ready: true });
  expect(rig.nodes.sandboxTable.listener(rig.pod('web')!.metadata.uid, 8080, 'TCP')).toBeDefined();
});

test('nothing starts on a node that is down; it does when the node is back', async () => {
  const rig = new NodeRig();
  await rig.worker.stop();
  rig.create('web', {});
  rig.api.modify(r.pods, 'shop', 'web', (pod) => void (pod.metadata.labels = { touched: 'yes' }));
  await rig.clock.advance(10_000);
  expect(rig.pod('web')!.status!.phase).toBe('Pending');
  await rig.worker.start();
  await rig.clock.advance(8000);
  expect(rig.container('web')).toMatchObject({ restartCount: 0, ready: true });
});

test('what nodes store every few seconds leaves no history in memory', async () => {
  const rig = new NodeRig();
  rig.create('client', { image: 'kindlab/probe:2', args: ['http://web'] });
  const before = rig.store.revision;
  await rig.clock.advance(20_000);
  expect(rig.store.revision).toBeGreaterThan(before + 5);
  expect(rig.store.table('sim.kindlab.dev/sandboxes').since(before)).toBeUndefined();
  expect(rig.store.table('/pods').since(before)).toBeDefined();
});
