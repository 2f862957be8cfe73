import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import type { PodSpec } from '../../../src/kube/types.ts';
import { NodeRig } from './rig.ts';

const agnhost = 'registry.k8s.io/e2e-test-images/agnhost:2.63.0';

/** The log of a pod that runs one command of agnhost to its end. */
async function logOf(args: string[], container: object = {}, spec: Partial<PodSpec> = {}, prepare: (rig: NodeRig) => void = () => {}) {
  const rig = new NodeRig();
  prepare(rig);
  rig.create('reader', { image: agnhost, args, ...container }, { restartPolicy: 'Never', ...spec });
  await rig.clock.advance(6000);
  return { log: await rig.log('reader'), phase: rig.pod('reader')!.status!.phase };
}

const configMap = (rig: NodeRig, data: Record<string, string>) =>
  rig.api.create(r.configMaps, { metadata: { name: 'settings', namespace: 'shop' }, data });

test('a file of a ConfigMap has the mode that its item, or its volume, says', async () => {
  const volumes = [{ name: 'v', configMap: { name: 'settings', defaultMode: 0o400, items: [{ key: 'a', path: 'x/y', mode: 0o440 }] } }];
  const { log, phase } = await logOf(
    ['mounttest', '--file_content=/v/x/y', '--file_mode=/v/x/y'],
    { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
    { volumes },
    (rig) => configMap(rig, { a: 'one' }),
  );
  expect(log).toBe('mode of file "/v/x/y": -r--r-----\ncontent of file "/v/x/y": one\n');
  expect(phase).toBe('Succeeded');
});

test("fsGroup owns an emptyDir and what is written there, by the container's user", async () => {
  const { log } = await logOf(
    ['mounttest', '--new_file_0644=/v/f', '--file_perm=/v/f', '--file_owner=/v/f', '--fs_type=/v'],
    { volumeMounts: [{ name: 'v', mountPath: '/v' }] },
    { volumes: [{ name: 'v', emptyDir: { medium: 'Memory' } }], securityContext: { runAsUser: 1001, fsGroup: 123 } },
  );
  expect(log).toContain('mount type of "/v": tmpfs');
  expect(log).toContain('perms of file "/v/f": -rw-r--r--');
  expect(log).toContain('owner UID of "/v/f": 1001\nowner GID of "/v/f": 123');
});

test('a change of a ConfigMap is seen in its volume after a while, but not in a sub-path', async () => {
  const rig = new NodeRig();
  configMap(rig, { a: 'before' });
  const volumeMounts = [
    { name: 'v', mountPath: '/v' },
    { name: 'v', mountPath: '/fixed', subPath: 'a' },
  ];
  rig.create('web', { volumeMounts }, { volumes: [{ name: 'v', configMap: { name: 'settings' } }] });
  await rig.clock.advance(3000);
  rig.api.modify(r.configMaps, 'shop', 'settings', (copy) => void (copy.data = { b: 'after' }));
  await rig.clock.advance(1000);
  expect((await rig.exec('web', 'cat', '/v/a', '/fixed')).out).toBe('beforebefore');
  await rig.clock.advance(60_000);
  expect((await rig.exec('web', 'cat', '/v/b', '/fixed')).out).toBe('afterbefore');
  expect((await rig.exec('web', 'ls', '/v')).out).toBe('b\n');
});

test('a sub-path that cannot be keeps the container from being made', async () => {
  const rig = new NodeRig();
  const volumeMounts = [{ name: 'v', mountPath: '/v', subPathExpr: '$(POD)/logs' }];
  rig.create('web', { env: [{ name: 'POD', value: '/etc' }], volumeMounts }, { volumes: [{ name: 'v', emptyDir: {} }] });
  await rig.clock.advance(3000);
  expect(rig.container('web').state!.waiting).toEqual({
    reason: 'CreateContainerConfigError',
    message: 'error SubPath `/etc/logs` must not be an absolute path',
  });
});

test('resourceFieldRef counts in its divisor, and takes a missing limit from the node', async () => {
  const items = [
    { path: 'memory', resourceFieldRef: { containerName: 'c', resource: 'limits.memory', divisor: '1Mi' } },
    { path: 'cpu', resourceFieldRef: { containerName: 'c', resource: 'requests.cpu', divisor: '1m' } },
    { path: 'node', resourceFieldRef: { containerName: 'c', resource: 'limits.cpu' } },
  ];
  const rig = new NodeRig();
  const resources = { requests: { cpu: '250m' }, limits: { memory: '64Mi' } };
  rig.create('web', { resources, volumeMounts: [{ name: 'v', mountPath: '/v' }] }, { volumes: [{ name: 'v', downwardAPI: { items } }] });
  await rig.clock.advance(3000);
  const cores = rig.api.get(r.nodes, undefined, 'lab-worker')!.status!.allocatable!['cpu'];
  expect((await rig.exec('web', 'cat', '/v/memory')).out).toBe('64');
  expect((await rig.exec('web', 'cat', '/v/cpu')).out).toBe('250');
  expect((await rig.exec('web', 'cat', '/v/node')).out).toBe(cores);
});

test('a container leaves its termination message, or the end of its log where it failed', async () => {
  const rig = new NodeRig();
  const run = (name: string, script: string) =>
    rig.create(
      name,
      { image: 'busybox', command: ['sh', '-c', script], terminationMessagePolicy: 'FallbackToLogsOnError' },
      { restartPolicy: 'Never' },
    );
  run('written', '/bin/echo -n OK > /dev/termination-log; /bin/false');
  run('failed', '/bin/echo DONE; /bin/false');
  run('well', '/bin/echo DONE; /bin/true');
  await rig.clock.advance(10_000);
  const message = (name: string) => rig.container(name).state!.terminated!.message;
  expect([message('written'), message('failed'), message('well')]).toEqual(['OK', 'DONE', undefined]);
});

test('a root file system that is read-only takes no file, and the shell says so', async () => {
  const rig = new NodeRig();
  const command = ['/bin/sh', '-c', 'echo test > /file; sleep 240'];
  rig.create('web', { image: 'busybox', command, securityContext: { readOnlyRootFilesystem: true } });
  await rig.clock.advance(5000);
  expect(await rig.log('web')).toBe("sh: can't create /file: Read-only file system\n");
  expect(rig.pod('web')!.status!.phase).toBe('Running');
});

test('what a pod writes to its claim is there for the next one; an emptyDir ends with the pod', async () => {
  const rig = new NodeRig();
  rig.api.create(r.persistentVolumes, {
    metadata: { name: 'disk' },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/var/disk' } },
  });
  rig.api.create(r.persistentVolumeClaims, {
    metadata: { name: 'data', namespace: 'shop' },
    spec: { volumeName: 'disk', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  const volumeMounts = ['data', 'scratch'].map((name) => ({ name, mountPath: `/${name}` }));
  const start = () =>
    rig.create(
      'db',
      { image: 'busybox', command: ['sleep', 'infinity'], volumeMounts },
      {
        volumes: [
          { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
          { name: 'scratch', emptyDir: {} },
        ],
        terminationGracePeriodSeconds: 1,
      },
    );
  start();
  await rig.clock.advance(4000);
  await rig.exec('db', 'sh', '-c', 'echo kept > /data/file; echo lost > /scratch/file');
  rig.api.delete(r.pods, 'shop', 'db');
  await rig.clock.advance(5000);
  expect(rig.pod('db')).toBeUndefined();
  start();
  await rig.clock.advance(4000);
  expect((await rig.exec('db', 'cat', '/data/file')).out).toBe('kept\n');
  expect((await rig.exec('db', 'cat', '/scratch/file')).code).not.toBe(0);
  expect(rig.worker.files.read('/var/disk/file')).toBe('kept\n');
});
