import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { NodeRig } from './rig.ts';

test('a pod gets a sandbox, an address, and runs, with the events of a real kubelet', async () => {
  const rig = new NodeRig();
  rig.create('web', { readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 } });
  await rig.clock.advance(2000);
  expect(rig.pod('web')!.status).toMatchObject({ phase: 'Running', podIP: '10.244.1.2', hostIP: '172.18.0.2' });
  expect(rig.container('web')).toMatchObject({ ready: true, started: true, restartCount: 0, lastState: {} });
  expect(rig.condition('web', 'Ready')).toBe('True');
  expect(rig.events('web')).toEqual([
    'Pulled: Container image "kindlab/web:2" already present on machine and can be accessed by the pod',
    'Created: Container created',
    'Started: Container started',
  ]);
});

test('an image that the node lacks is pulled once', async () => {
  const rig = new NodeRig();
  rig.create('one', { image: 'nginx:1.29' });
  await rig.clock.advance(5000);
  rig.create('two', { image: 'nginx:1.29' });
  await rig.clock.advance(2000);
  expect(rig.events('one')[0]).toBe('Pulling: Pulling image "nginx:1.29"');
  expect(rig.events('one')[1]).toMatch(/^Pulled: Successfully pulled image "nginx:1.29" in .*s .* Image size: 59000000 bytes\.$/);
  expect(rig.events('two')[0]).toContain('already present on machine');
});

test('an image that is not there is tried again and again, less and less often', async () => {
  const rig = new NodeRig();
  rig.create('typo', { image: 'nginx:1.161' });
  const failure =
    'rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/nginx:1.161": failed to resolve reference "docker.io/library/nginx:1.161": docker.io/library/nginx:1.161: not found';
  const waiting = () => rig.container('typo').state!.waiting;
  while (waiting()?.reason !== 'ErrImagePull') await rig.clock.advance(200);
  expect(waiting()).toEqual({ reason: 'ErrImagePull', message: failure });
  await rig.clock.advance(2000);
  expect(waiting()).toEqual({ reason: 'ImagePullBackOff', message: `Back-off pulling image "nginx:1.161": ErrImagePull: ${failure}` });
  expect(rig.pod('typo')!.status!.phase).toBe('Pending');
  expect(rig.events('typo')).toEqual(
    expect.arrayContaining([
      'Pulling: Pulling image "nginx:1.161"',
      `Failed: Failed to pull image "nginx:1.161": ${failure}`,
      'Failed: Error: ErrImagePull',
      'BackOff: Back-off pulling image "nginx:1.161"',
      'Failed: Error: ImagePullBackOff',
    ]),
  );
  const pulls = () => rig.api.list(r.events).find(({ reason }) => reason === 'Pulling')!.count!;
  await rig.clock.advance(60_000);
  expect(pulls()).toBe(3);
  await rig.clock.advance(60_000);
  expect(pulls()).toBe(4);
});

test('without a CNI configuration the node is not ready and pods wait; with one they start', async () => {
  const rig = new NodeRig({ cni: false });
  rig.create('web', {});
  await rig.clock.advance(3000);
  const ready = () => rig.api.get(r.nodes, undefined, 'lab-worker')!.status!.conditions!.find(({ type }) => type === 'Ready');
  expect(ready()).toMatchObject({ status: 'False', message: expect.stringContaining('cni plugin not initialized') });
  expect(rig.pod('web')!.status!.phase).toBe('Pending');
  rig.installCni();
  await rig.clock.advance(2000);
  expect(ready()?.status).toBe('True');
  expect(rig.pod('web')!.status!.phase).toBe('Running');
});

test('a plugin that fails is told as FailedCreatePodSandBox and asked again', async () => {
  const rig = new NodeRig();
  rig.plugin.broken = 'connection is unauthorized: Unauthorized';
  rig.create('web', {});
  await rig.clock.advance(1000);
  expect(rig.events('web')[0]).toMatch(
    /^FailedCreatePodSandBox: .*failed to setup network for sandbox "[0-9a-f]{64}": plugin type="ptp" failed \(add\): connection is unauthorized/,
  );
  rig.plugin.broken = undefined;
  await rig.clock.advance(4000);
  expect(rig.pod('web')!.status!.phase).toBe('Running');
});

test('the first configuration in lexicographic order decides, and its plugin must be on the node', async () => {
  const rig = new NodeRig();
  rig.worker.files.write('/etc/cni/net.d/05-cilium.conflist', '{"plugins":[{"type":"cilium-cni"}]}');
  rig.create('web', {});
  await rig.clock.advance(1000);
  expect(rig.events('web')[0]).toContain('failed to find plugin "cilium-cni" in path [/opt/cni/bin]');
  rig.worker.files.rename('/etc/cni/net.d/05-cilium.conflist', '/etc/cni/net.d/05-cilium.conflist.cilium_bak');
  await rig.clock.advance(4000);
  expect(rig.pod('web')!.status!.podIP).toBe('10.244.1.2');
});

test('a crashing container is restarted at once, then after 10 s and 20 s', async () => {
  const rig = new NodeRig();
  rig.create('crash', { image: 'busybox:1.37', command: ['sh', '-c', 'exit 3'] });
  await rig.clock.advance(4000);
  expect(rig.container('crash')).toMatchObject({ restartCount: 1, state: { waiting: { reason: 'CrashLoopBackOff' } } });
  expect(rig.container('crash').state!.waiting!.message).toMatch(/^back-off 10s restarting failed container=c pod=crash_shop\(/);
  expect(rig.container('crash').lastState).toMatchObject({ terminated: { exitCode: 3, reason: 'Error' } });
  await rig.clock.advance(10_000);
  expect(rig.container('crash')).toMatchObject({
    restartCount: 2,
    state: { waiting: { message: expect.stringContaining('back-off 20s') } },
  });
  expect(rig.events('crash').some((event) => event.startsWith('BackOff: Back-off restarting failed container c in pod crash_shop('))).toBe(
    true,
  );
});

test('restartPolicy Never ends as the commands do', async () => {
  const rig = new NodeRig();
  rig.create('good', { image: 'busybox:1.37', command: ['echo', 'done'] }, { restartPolicy: 'Never' });
  rig.create('bad', { image: 'busybox:1.37', command: ['false'] }, { restartPolicy: 'Never' });
  await rig.clock.advance(5000);
  expect(rig.pod('good')!.status!.phase).toBe('Succeeded');
  expect(await rig.log('good')).toBe('done\n');
  expect(rig.pod('bad')!.status!.phase).toBe('Failed');
});

test('init containers end in their order before the app starts; a sidecar goes on', async () => {
  const rig = new NodeRig();
  rig.create(
    'web',
    {},
    {
      initContainers: [
        { name: 'side', image: 'kindlab/web:2', restartPolicy: 'Always' },
        { name: 'setup', image: 'busybox:1.37', command: ['sleep', '3'] },
      ],
    },
  );
  await rig.clock.advance(2500);
  expect(rig.pod('web')!.status).toMatchObject({
    phase: 'Pending',
    containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
  });
  await rig.clock.advance(4000);
  const { initContainerStatuses } = rig.pod('web')!.status!;
  expect(initContainerStatuses![0]).toMatchObject({ name: 'side', ready: true, state: { running: {} } });
  expect(initContainerStatuses![1]).toMatchObject({ name: 'setup', ready: true, state: { terminated: { reason: 'Completed' } } });
  expect(rig.condition('web', 'Ready')).toBe('True');
});

test('a deleted pod runs its preStop sleep, ends, and leaves the API and the network', async () => {
  const rig = new NodeRig();
  const { uid } = rig.create('web', { lifecycle: { preStop: { sleep: { seconds: 3 } } } }).metadata;
  await rig.clock.advance(2000);
  rig.api.delete(r.pods, 'shop', 'web');
  await rig.clock.advance(2500);
  expect(rig.nodes.sandboxTable.listener(uid, 8080, 'TCP')).toBeDefined();
  await rig.clock.advance(1000);
  expect(rig.pod('web')).toBeUndefined();
  expect(rig.nodes.sandboxTable.byUid(uid)).toBeUndefined();
  expect(rig.plugin.attached.has(uid)).toBe(false);
  expect(rig.events('web').at(-1)).toBe('Killing: Stopping container c');
});

test('a bare sleep does not hear SIGTERM: it is killed when its grace period is over', async () => {
  const rig = new NodeRig();
  rig.create('idle', { image: 'busybox:1.37', command: ['sleep', 'infinity'] }, { terminationGracePeriodSeconds: 5 });
  await rig.clock.advance(3000);
  rig.api.delete(r.pods, 'shop', 'idle');
  await rig.clock.advance(4500);
  expect(rig.pod('idle')).toBeDefined();
  await rig.clock.advance(1000);
  expect(rig.pod('idle')).toBeUndefined();
});

test('a failing liveness probe restarts the container, a failing readiness probe only takes it out', async () => {
  const rig = new NodeRig();
  rig.create('live', { livenessProbe: { tcpSocket: { port: 9 }, periodSeconds: 1, failureThreshold: 2 } });
  rig.create('ready', { readinessProbe: { httpGet: { path: '/', port: 9 }, periodSeconds: 1 } });
  await rig.clock.advance(4000);
  expect(rig.container('live').restartCount).toBeGreaterThan(0);
  expect(rig.events('live')).toContain(
    `Unhealthy: Liveness probe failed: dial tcp ${rig.pod('live')!.status!.podIP}:9: connect: connection refused`,
  );
  expect(rig.events('live')).toContain('Killing: Container c failed liveness probe, will be restarted');
  expect(rig.container('ready')).toMatchObject({ ready: false, restartCount: 0 });
  expect(rig.condition('ready', 'ContainersReady')).toBe('False');
});

test('a ConfigMap that is missing holds the pod until it is there; then its keys are files and variables', async () => {
  const rig = new NodeRig();
  rig.create(
    'web',
    {
      image: 'busybox:1.37',
      command: ['sleep', 'infinity'],
      env: [
        { name: 'COLOUR', valueFrom: { configMapKeyRef: { name: 'settings', key: 'colour' } } },
        { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
      ],
      volumeMounts: [{ name: 'settings', mountPath: '/etc/settings' }],
    },
    { volumes: [{ name: 'settings', configMap: { name: 'settings' } }] },
  );
  await rig.clock.advance(2000);
  expect(rig.events('web')[0]).toBe('FailedMount: MountVolume.SetUp failed for volume "settings" : configmap "settings" not found');
  rig.api.create(r.configMaps, { metadata: { name: 'settings', namespace: 'shop' }, data: { colour: 'green' } });
  await rig.clock.advance(6000);
  expect(await rig.exec('web', 'sh', '-c', 'cat /etc/settings/colour; echo; echo $COLOUR $NODE')).toEqual({
    code: 0,
    out: 'green\ngreen lab-worker\n',
  });
});

test('static pods are mirrored, and made again when somebody deletes them', async () => {
  const rig = new NodeRig();
  await rig.clock.advance(3000);
  const name = 'kube-apiserver-lab-control-plane';
  const mirror = rig.api.get(r.pods, 'kube-system', name);
  expect(mirror).toMatchObject({
    status: { phase: 'Running', podIP: '172.18.0.3' },
    metadata: { annotations: { 'kubernetes.io/config.source': 'file' } },
  });
  rig.api.delete(r.pods, 'kube-system', name);
  await rig.clock.advance(3000);
  const again = rig.api.get(r.pods, 'kube-system', name);
  expect(again?.metadata.uid).not.toBe(mirror?.metadata.uid);
  expect(again?.status?.phase).toBe('Running');
});
