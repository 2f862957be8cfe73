import { expect, test } from 'vitest';
import * as r from '../../../src/kube/resources.ts';
import { EventRecorder } from '../../../src/sim/controllers/event-recorder.ts';
import { harness, seeded } from './harness.ts';

async function recording() {
  const h = await harness();
  const target = h.api.create(r.configMaps, { metadata: { name: 'x', namespace: 'default' } });
  const recorder = new EventRecorder({ api: h.api, clock: h.clock, random: seeded(2) }, 'tester', 'host');
  const events = () => h.api.list(r.events, { namespace: 'default' }).filter((event) => event.involvedObject.name === 'x');
  return { h, target, recorder, events };
}

test('the same event again raises its count and moves its last time', async () => {
  const { h, target, recorder, events } = await recording();
  recorder.warning(target, 'Odd', 'something is odd');
  await h.clock.advance(5000);
  recorder.warning(target, 'Odd', 'something is odd');
  expect(events()).toMatchObject([
    {
      type: 'Warning',
      reason: 'Odd',
      message: 'something is odd',
      count: 2,
      firstTimestamp: '2026-11-23T17:00:00Z',
      lastTimestamp: '2026-11-23T17:00:05Z',
      source: { component: 'tester', host: 'host' },
      involvedObject: { kind: 'ConfigMap', name: 'x', uid: target.metadata.uid },
    },
  ]);
  await h[Symbol.asyncDispose]();
});

test('more than ten similar events become one, and beyond 25 about an object they are dropped', async () => {
  const { h, target, recorder, events } = await recording();
  for (let i = 0; i < 40; i++) recorder.normal(target, 'Made', `made ${i}`);
  expect(events().filter((event) => !event.message!.startsWith('(combined'))).toHaveLength(9);
  const [combined] = events().filter((event) => event.message!.startsWith('(combined'));
  expect(combined).toMatchObject({ count: 16, message: '(combined from similar events): made 24' });
  await h[Symbol.asyncDispose]();
});
