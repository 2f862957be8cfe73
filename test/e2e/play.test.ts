import { expect, test } from 'vitest';
import { kubectls, pathWith, Person } from './kindlab.ts';

test.each(kubectls())('every step of calico-to-cilium fails unsolved and passes solved, with %s', (kubectl) => {
  using person = new Person({ PATH: pathWith(kubectl) });
  const { code, stdout, stderr } = person.kindlab('play', 'calico-to-cilium');
  expect(stderr).toBe('');
  expect(stdout).toMatch(/12 of 12 steps passed/);
  expect(code).toBe(0);
  expect(person.kindlab('cluster', 'list').stdout).toBe('no clusters\n');
});
