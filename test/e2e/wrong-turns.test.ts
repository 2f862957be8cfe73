import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SessionClient } from '../../src/lab/client.ts';
import { loadLab } from '../../src/lab/loader.ts';
import { Person } from './kindlab.ts';
import { turns, type Turn } from './wrong-turns.ts';

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

function type(line: string): void {
  const { status, stderr } = spawnSync('sh', ['-c', line], {
    cwd: person.home,
    encoding: 'utf8',
    env: {
      ...person.env,
      PATH: `${join(person.folder(cluster), 'bin')}:${process.env['PATH']}`,
      KUBECONFIG: person.kubeconfig(cluster),
      KINDLAB_CLUSTER: cluster,
    },
  });
  if (status !== 0) throw new Error(`${line}\n${stderr}`);
}

async function take({ lines, fails }: Turn, step: string): Promise<void> {
  for (const line of lines) type(line);
  if (fails.length === 0) return expect.poll(() => stateOf(step), patience).toBe('passed');
  const expected = Object.fromEntries(fails.map((id) => [id, 'fail']));
  await expect.poll(() => statuses(step), patience).toMatchObject(expected);
  expect(await stateOf(step)).toBe('current');
}

describe.each(lab.steps)('$id', ({ id, checks }) => {
  test('unsolved, every check fails but the invariants', async () => {
    const expected = Object.fromEntries(checks.map((check) => [check.id, check.holds ? 'pass' : 'fail']));
    await expect.poll(() => statuses(id), patience).toEqual(expected);
  });

  for (const turn of turns[id] ?? []) {
    test(`${turn.fails.length > 0 ? 'does not pass' : 'passes'}: ${turn.title}`, async () => {
      await take(turn, id);
      await session.reset(id);
    });
  }

  test('passes by its solution', async () => {
    await session.solve(id);
    await expect.poll(() => stateOf(id), patience).toBe('passed');
  });
});
