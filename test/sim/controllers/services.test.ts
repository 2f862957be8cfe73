import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { endpoints } from '../../../src/sim/controllers/more-resources.ts';
import { harness } from './harness.ts';
import { ascending, deployment, service } from './objects.ts';

const slices = (h: Awaited<ReturnType<typeof harness>>) =>
  h.api.list(r.endpointSlices, { namespace: 'default', labelSelector: 'kubernetes.io/service-name=web' });

test('endpoints follow pods: named target ports, readiness, and their end', async () => {
  await using h = await harness();
  h.addNode('w1');
  const ports = [{ name: 'http', containerPort: 8080 }];
  h.api.create(r.deployments, deployment('web', 2, {}, { containers: [{ name: 'c', image: 'nginx', ports }] }));
  h.api.create(r.services, service('web', { ports: [{ name: 'web', port: 80, targetPort: 'http', protocol: 'TCP' }] }));
  await h.clock.advance(100);
  expect(slices(h).map((slice) => slice.endpoints ?? [])).toEqual([[]]);
  await h.clock.advance(2000);
  const [slice] = slices(h);
  expect(slice!.ports).toEqual([{ name: 'web', port: 8080, protocol: 'TCP' }]);
  expect(slice!.endpoints!.map((e) => [e.addresses[0], e.conditions!.ready, e.nodeName])).toEqual([
    [expect.stringMatching(/^192\.168\.0\./), true, 'w1'],
    [expect.stringMatching(/^192\.168\.0\./), true, 'w1'],
  ]);
  expect(h.api.get(endpoints, 'default', 'web')!.subsets).toMatchObject([{ addresses: [{}, {}], ports: [{ name: 'web', port: 8080 }] }]);
  const [first] = h.pods();
  h.api.delete(r.pods, 'default', first!.metadata.name);
  await h.clock.advance(500);
  const ending = slices(h)[0]!.endpoints!.find((e) => e.targetRef!.uid === first!.metadata.uid);
  expect(ending!.conditions).toEqual({ ready: false, serving: true, terminating: true });
  await h.clock.advance(3000);
  expect(slices(h)[0]!.endpoints!.every((e) => e.conditions!.ready)).toBe(true);
});

test('more than a hundred endpoints take a second slice', async () => {
  await using h = await harness();
  for (const name of ['w1', 'w2']) h.addNode(name, { cpu: '100' });
  h.api.create(r.services, service('web'));
  h.api.create(r.deployments, deployment('web', 150));
  await h.clock.advance(3000);
  expect(
    slices(h)
      .map((slice) => slice.endpoints!.length)
      .sort(ascending),
  ).toEqual([50, 100]);
  h.api.modify(r.deployments, 'default', 'web', (copy) => void (copy.spec!.replicas = 10));
  await h.clock.advance(5000);
  expect(slices(h).reduce((sum, slice) => sum + slice.endpoints!.length, 0)).toBe(10);
});

test('a service without a selector is left to whoever writes its endpoints', async () => {
  await using h = await harness();
  h.api.create(r.services, service('web', { selector: undefined }));
  await h.clock.advance(100);
  expect(slices(h)).toEqual([]);
});
