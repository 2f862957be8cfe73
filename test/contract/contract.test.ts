/**
 * The same requests to the simulated API server and to the real kube-apiserver v1.36.3: live where
 * KINDLAB_REAL_KUBECONFIG names one, otherwise what it answered when compare.ts --record last asked it.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groups } from './cases/index.ts';
import { known } from './differences.ts';
import { differences } from './normalize.ts';
import { Stage } from './run.ts';
import { real, simulated, type Server } from './servers.ts';

const target = real();
let server: Server;
beforeAll(async () => {
  server = await simulated();
});
afterAll(() => server[Symbol.asyncDispose]());

describe.each(groups)('$name', (group) => {
  let ours: Stage;
  let theirs: Stage | undefined;
  const recorded = JSON.parse(readFileSync(new URL(`recorded/${group.name}.json`, import.meta.url), 'utf8')) as Record<string, unknown>;

  beforeAll(async () => {
    ours = new Stage(server.target);
    theirs = target && new Stage(target);
    await Promise.all([ours.prepare(group), theirs?.prepare(group)]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([ours.dispose(), theirs?.dispose()]);
  }, 60_000);

  it.each(Object.entries(group.cases))(
    '%s',
    async (name, run) => {
      const expected = theirs ? await theirs.perform(run) : recorded[name];
      // A case that waits for what never comes differs, too.
      const actual = await ours.perform(run).catch((error: unknown) => [{ error: String(error) }]);
      const found = differences(expected, actual);
      const reason = known[group.name]?.[name];
      if (reason === undefined) expect(found).toEqual([]);
      else expect(found, `answered alike now: take it out of differences.ts (${reason})`).not.toEqual([]);
    },
    30_000,
  );
});

it('every difference in the list is of a case', () => {
  for (const [group, cases] of Object.entries(known)) {
    const names = Object.keys(groups.find(({ name }) => name === group)?.cases ?? {});
    for (const name of Object.keys(cases)) expect(names, group).toContain(name);
  }
});
