import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { harness } from './harness.ts';
import { deployment } from './objects.ts';

const budget = (spec: object) =>
  ({ metadata: { name: 'web', namespace: 'default' }, spec: { selector: { matchLabels: { app: 'web' } }, ...spec } }) as never;

test('minAvailable 1 of 2 allows one eviction, and the next only when the successor is ready', async () => {
  await using h = await harness();
  for (const name of ['w1', 'w2']) h.addNode(name);
  h.api.create(r.podDisruptionBudgets, budget({ minAvailable: 1 }));
  h.api.create(r.deployments, deployment('web', 2));
  await h.clock.advance(3000);
  const status = () => h.api.get(r.podDisruptionBudgets, 'default', 'web')!.status!;
  expect(status()).toMatchObject({ disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 });
  expect(status().conditions).toMatchObject([{ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' }]);
  const [first, second] = h.pods();
  h.api.evict('default', first!.metadata.name);
  expect(() => h.api.evict('default', second!.metadata.name)).toThrow("Cannot evict pod as it would violate the pod's disruption budget.");
  await h.clock.advance(100);
  expect(status()).toMatchObject({ disruptionsAllowed: 0, currentHealthy: 1 });
  await h.clock.advance(3000);
  expect(status()).toMatchObject({ disruptionsAllowed: 1, currentHealthy: 2 });
  h.api.evict('default', second!.metadata.name);
});

test('maxUnavailable counts from what the controllers ask for', async () => {
  await using h = await harness();
  h.addNode('w1');
  h.api.create(r.podDisruptionBudgets, budget({ maxUnavailable: '50%' }));
  h.api.create(r.deployments, deployment('web', 3));
  await h.clock.advance(3000);
  expect(h.api.get(r.podDisruptionBudgets, 'default', 'web')!.status).toMatchObject({
    expectedPods: 3,
    desiredHealthy: 1,
    disruptionsAllowed: 2,
  });
});
