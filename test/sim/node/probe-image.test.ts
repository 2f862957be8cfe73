import { expect, test } from 'vitest';
import { NodeRig } from './rig.ts';

test('the traffic client logs each change of state and every 300th request, in the recorded form', async () => {
  const rig = new NodeRig();
  rig.network.outcomes.set('web.shop', 'connected');
  rig.create('client', { image: 'kindlab/probe:2', args: ['http://web.shop'] });
  await rig.clock.advance(20_000);
  rig.network.outcomes.set('web.shop', 'timeout');
  await rig.clock.advance(3000);
  rig.network.outcomes.set('web.shop', 'connected');
  await rig.clock.advance(20_000);
  const lines = (await rig.log('client')).trimEnd().split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} lab-worker http:\/\/web\.shop ok=1 lost=0 ok$/);
  expect(lines[1]).toMatch(
    / http:\/\/web\.shop ok=\d+ lost=1 LOST Get "http:\/\/web\.shop": dial tcp 10\.96\.0\.7:80: i\/o timeout \(Client\.Timeout exceeded while awaiting headers\)$/,
  );
  // Each lost request takes its 900 ms, so 3 s lose four.
  expect(lines[2]).toMatch(/ lost=4 ok$/);
  const [, ok, lost] = / ok=(\d+) lost=(\d+) ok$/.exec(lines[3]!)!;
  expect(Number(ok) + Number(lost)).toBe(300);
});

test('a refusal is told at once, with the text of Go', async () => {
  const rig = new NodeRig();
  rig.network.outcomes.set('web.shop', 'refused');
  rig.create('client', { image: 'kindlab/probe:2', args: ['http://web.shop:8080'] });
  await rig.clock.advance(3000);
  expect(await rig.log('client')).toMatch(
    /ok=0 lost=1 LOST Get "http:\/\/web\.shop:8080": dial tcp 10\.96\.0\.7:8080: connect: connection refused\n$/,
  );
});
