import { expect, test } from 'vitest';
import { Person } from './kindlab.ts';

test('a simulated cluster’s clock is shown, stepped, let run and stopped', () => {
  using person = new Person();
  expect(person.kindlab('cluster', 'create', 'timely', '--workers', '0', '--seed', '7', '--paused').code).toBe(0);
  const clock = (...words: string[]) => {
    const { stdout, stderr } = person.kindlab('cluster', 'clock', 'timely', ...words, '--json');
    expect(stderr).toBe('');
    const { time, speed } = JSON.parse(stdout) as { time: string; speed: number };
    return { at: Date.parse(time), speed };
  };
  const handedOver = clock();
  expect(handedOver.speed).toBe(0);
  expect(clock('step', '1h30m')).toEqual({ at: handedOver.at + 5_400_000, speed: 0 });
  // The kubelet lived through it: its lease was renewed on the way.
  const lease = person.run(
    'kubectl',
    '--kubeconfig',
    person.kubeconfig('timely'),
    '-n',
    'kube-node-lease',
    'get',
    'lease',
    'timely-control-plane',
    '-o',
    'jsonpath={.spec.renewTime}',
  );
  expect(handedOver.at + 5_400_000 - Date.parse(lease.stdout)).toBeLessThan(20_000);
  expect(clock('speed', '60').speed).toBe(60);
  expect(clock('resume').speed).toBe(1);
  const paused = clock('pause');
  expect(clock()).toEqual(paused);

  const wrong = person.kindlab('cluster', 'clock', 'timely', 'step', 'soon');
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('expected a duration')]);
});
