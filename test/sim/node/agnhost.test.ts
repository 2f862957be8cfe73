import { expect, test } from 'vitest';
import { NodeRig } from './rig.ts';

const image = 'registry.k8s.io/e2e-test-images/agnhost:2.63.0';

test('netexec says its name, its answers and what another pod answered it', async () => {
  const rig = new NodeRig();
  rig.create('one', { image, args: ['netexec', '--http-port=8083', '--udp-port=8084'] });
  rig.create('two', { image, args: ['netexec', '--udp-port=8081'] });
  await rig.clock.advance(6000);
  const [one, two] = ['one', 'two'].map((name) => rig.pod(name)!.status!.podIP!);
  const get = (path: string) => {
    const { response } = rig.network.connect({ from: { node: 'lab-worker' }, host: one!, port: 8083, http: { method: 'GET', path } });
    return [response?.status, response?.body];
  };
  expect(get('/hostname')).toEqual([200, 'one']);
  expect(get('/echo?msg=hello&code=418')).toEqual([418, 'hello']);
  expect(get(`/dial?request=hostname&protocol=http&host=${two}&port=8080&tries=2`)).toEqual([200, '{"responses":["two","two"]}']);
  expect(get(`/dial?request=hostname&protocol=udp&host=${two}&port=8081&tries=1`)).toEqual([200, '{"responses":["two"]}']);
  expect(get(`/dial?request=hostname&host=${two}&port=9&tries=1`)[1]).toContain('connection refused');
});

test('agnhost without arguments pauses, ends well on SIGTERM, and runs its other commands by exec', async () => {
  const rig = new NodeRig();
  const pod = rig.create('idle', { image }, { terminationGracePeriodSeconds: 30 });
  await rig.clock.advance(5000);
  expect(await rig.log('idle')).toBe('Paused\n');
  const connecting = rig.exec('idle', '/agnhost', 'connect', '--timeout=1s', '10.244.1.99:80');
  await rig.clock.advance(100);
  expect(await connecting).toEqual({ code: 1, out: 'TIMEOUT\n' });
  expect((await rig.exec('idle', 'sh', '-c', '/agnhost dns-suffix && id -u')).out).toBe(
    'shop.svc.cluster.local,svc.cluster.local,cluster.local\n0\n',
  );
  rig.api.delete({ group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true }, 'shop', 'idle', {
    preconditions: { uid: pod.metadata.uid },
  });
  await rig.clock.advance(2000);
  expect(rig.pod('idle')).toBeUndefined();
});

test('entrypoint-tester shows whose words are run: the image’s, or the manifest’s', async () => {
  const rig = new NodeRig();
  rig.create('args', { image, args: ['entrypoint-tester', 'override', 'arguments'] }, { restartPolicy: 'Never' });
  rig.create('both', { image, command: ['/agnhost-2'], args: ['entrypoint-tester', 'a'] }, { restartPolicy: 'Never' });
  await rig.clock.advance(6000);
  expect(await rig.log('args')).toBe('[/agnhost entrypoint-tester override arguments]\n');
  expect(await rig.log('both')).toBe('[/agnhost-2 entrypoint-tester a]\n');
});

test('liveness is healthy for ten seconds, and is restarted', async () => {
  const rig = new NodeRig();
  const livenessProbe = { httpGet: { path: '/healthz', port: 8080 }, initialDelaySeconds: 1, failureThreshold: 1, periodSeconds: 2 };
  rig.create('sick', { image, args: ['liveness'], livenessProbe });
  await rig.clock.advance(9000);
  expect(rig.container('sick').restartCount).toBe(0);
  await rig.clock.advance(12_000);
  expect(rig.container('sick').restartCount).toBe(1);
});

test('the gRPC health of a service that is asked for decides a probe', async () => {
  const rig = new NodeRig();
  const livenessProbe = { grpc: { port: 5000 }, failureThreshold: 1, periodSeconds: 1 };
  rig.create('well', { image, args: ['grpc-health-checking'], livenessProbe });
  rig.create('ill', { image, args: ['grpc-health-checking', '--delay-unhealthy-sec=3'], livenessProbe });
  await rig.clock.advance(10_000);
  expect(rig.container('well').restartCount).toBe(0);
  expect(rig.container('ill').restartCount).toBeGreaterThan(0);
});
