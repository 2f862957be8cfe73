import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SessionClient } from '../../src/lab/client.ts';
import { loadLab } from '../../src/lab/loader.ts';
import { Person } from './kindlab.ts';

const lab = await loadLab(fileURLToPath(new URL('../../labs/', import.meta.url)), 'calico-to-cilium');
const cluster = lab.cluster.name;

let person: Person;
let session: SessionClient;
beforeAll(async () => {
  person = new Person();
  expect(person.kindlab('up', lab.id).code).toBe(0);
  session = new SessionClient(JSON.parse(readFileSync(join(person.folder(cluster), 'process.json'), 'utf8')));
  await session.setClockSpeed(10);
});
afterAll(() => person[Symbol.dispose]());

const statuses = async (step: string) =>
  Object.fromEntries((await session.check(step)).reports.map(({ id, verdict }) => [id, verdict.status]));
const stateOf = async (step: string) => (await session.view()).steps.find(({ id }) => id === step)?.state;
const patience = { timeout: 40_000, interval: 200 };

describe.each(lab.steps)('$id', ({ id, checks }) => {
  test('unsolved, every check fails but the invariants', async () => {
    const expected = Object.fromEntries(checks.map((check) => [check.id, check.holds ? 'pass' : 'fail']));
    await expect.poll(() => statuses(id), patience).toEqual(expected);
  });

  test('passes by its solution', async () => {
    await session.solve(id);
    await expect.poll(() => stateOf(id), patience).toBe('passed');
  });
});
