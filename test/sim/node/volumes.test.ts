import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { NodeRig } from './rig.ts';

const sleeper = (volumeMounts: { name: string; mountPath: string; subPath?: string }[]) => ({
  image: 'busybox:1.37',
  command: ['sleep', 'infinity'],
  volumeMounts,
});

test('a ConfigMap that changes is seen in its volume, but not in a mount of one of its files', async () => {
  const rig = new NodeRig();
  rig.api.create(r.configMaps, { metadata: { name: 'settings', namespace: 'shop' }, data: { colour: 'green' } });
  const mounts = [
    { name: 'settings', mountPath: '/etc/settings' },
    { name: 'settings', mountPath: '/etc/colour', subPath: 'colour' },
  ];
  rig.create('web', sleeper(mounts), { volumes: [{ name: 'settings', configMap: { name: 'settings' } }] });
  await rig.clock.advance(4000);
  rig.api.modify(r.configMaps, 'shop', 'settings', (copy) => void (copy.data = { colour: 'blue', size: 'large' }));
  await rig.clock.advance(1000);
  expect((await rig.exec('web', 'sh', '-c', 'cat /etc/settings/colour; echo; cat /etc/settings/size; echo; cat /etc/colour')).out).toBe(
    'blue\nlarge\ngreen',
  );
  rig.api.delete(r.configMaps, 'shop', 'settings');
  expect((await rig.exec('web', 'cat', '/etc/settings/colour')).out).toBe('blue');
});

test('keys are chosen, renamed and given modes; one that is missing holds the pod', async () => {
  const rig = new NodeRig();
  rig.api.create(r.secrets, { metadata: { name: 'keys', namespace: 'shop' }, data: { token: Buffer.from('t0p').toString('base64') } });
  const items = [{ key: 'token', path: 'deep/token', mode: 0o400 }];
  const volumes = [{ name: 'keys', secret: { secretName: 'keys', items } }];
  rig.create('web', sleeper([{ name: 'keys', mountPath: '/keys' }]), { volumes });
  rig.create('lost', sleeper([{ name: 'keys', mountPath: '/keys' }]), {
    volumes: [{ name: 'keys', secret: { secretName: 'keys', items: [{ key: 'none', path: 'none' }] } }],
  });
  await rig.clock.advance(4000);
  expect((await rig.exec('web', 'sh', '-c', 'cat /keys/deep/token; echo; stat -c %a /keys/deep/token')).out).toBe('t0p\n400\n');
  expect(rig.events('lost')[0]).toBe('FailedMount: MountVolume.SetUp failed for volume "keys" : references non-existent secret key: none');
});

test('the downward API tells labels as they are now, and resources in the unit that is asked for', async () => {
  const rig = new NodeRig();
  const items = [
    { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
    { path: 'cpu', resourceFieldRef: { containerName: 'c', resource: 'limits.cpu', divisor: '1m' } },
    { path: 'memory', resourceFieldRef: { containerName: 'c', resource: 'requests.memory' } },
  ];
  const resources = { limits: { cpu: '1250m', memory: '64Mi' }, requests: { cpu: '250m', memory: '32Mi' } };
  const env = [{ name: 'CPUS', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } }];
  rig.create(
    'web',
    { ...sleeper([{ name: 'info', mountPath: '/info' }]), resources, env },
    { volumes: [{ name: 'info', downwardAPI: { items } }] },
  );
  await rig.clock.advance(4000);
  rig.api.modify(r.pods, 'shop', 'web', (copy) => void (copy.metadata.labels = { tier: 'front' }));
  expect((await rig.exec('web', 'sh', '-c', 'cat /info/labels; echo; cat /info/cpu; echo; cat /info/memory; echo; echo $CPUS')).out).toBe(
    'tier="front"\n1250\n33554432\n2\n',
  );
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
  const start = () =>
    rig.create(
      'db',
      sleeper([
        { name: 'data', mountPath: '/data' },
        { name: 'scratch', mountPath: '/scratch' },
      ]),
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

test('/etc/hosts and /etc/resolv.conf hold what the pod adds to them', async () => {
  const rig = new NodeRig();
  rig.create('web', sleeper([]), {
    hostAliases: [{ ip: '10.0.0.1', hostnames: ['one.example', 'two.example'] }],
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['1.1.1.1'], searches: ['example.com'], options: [{ name: 'ndots', value: '2' }] },
  });
  await rig.clock.advance(4000);
  expect((await rig.exec('web', 'cat', '/etc/hosts')).out).toContain(
    '# Entries added by HostAliases.\n10.0.0.1\tone.example\ttwo.example\n',
  );
  expect((await rig.exec('web', 'cat', '/etc/resolv.conf')).out).toBe('search example.com\nnameserver 1.1.1.1\noptions ndots:2\n');
});
