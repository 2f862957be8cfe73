import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { Store } from '../../src/sim/store/store.ts';
import { apply, Model } from '../fixtures/kill/operations.ts';

/** How often the store's process is killed. */
const kills = Number(process.env['KINDLAB_KILLS'] ?? 1000);
const writer = new URL('../fixtures/kill/writer.ts', import.meta.url).pathname;

/** Lets a process write from operation `first` on, and kills it at a moment of chance; the last operation that was acknowledged. */
async function killedWriter(path: string, first: number): Promise<number> {
  const child = spawn(process.execPath, [writer, path, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let acknowledged = first - 1;
  let doomed = false;
  for await (const line of createInterface({ input: child.stdout })) {
    // What it told before it died was acknowledged, however late it is read.
    acknowledged = Number(line);
    if (!doomed) setTimeout(() => child.kill('SIGKILL'), Math.random() * 25);
    doomed = true;
  }
  await ended;
  return acknowledged;
}

test(`after each of ${kills} kills at any moment the store is what its writes up to some moment made it, none of the acknowledged ones missing`, async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'kindlab-kills-')), 'store.sqlite');
  const model = new Model();
  let next = 0;
  let checked = 0;
  for (let round = 1; round <= kills; round++) {
    const acknowledged = await killedWriter(path, next);
    const store = Store.open(path);
    checked += acknowledged - next + 1;
    // All that was acknowledged, and of what was not, a part from its beginning.
    while (next <= acknowledged || model.revision < store.revision) apply(model, next++);
    expect(store.revision).toBe(model.revision);
    const found = store.list('/things').map((object) => [object.metadata.name, object['i']]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(model.things));
    store.close();
    if (round % 100 === 0) console.log(`${round} of ${kills} kills, ${checked} acknowledged writes checked`);
  }
  const store = Store.open(path);
  store.rewind('mark');
  expect(Object.fromEntries(store.list('/things').map((object) => [object.metadata.name, object['i']]))).toEqual(
    Object.fromEntries(model.marked!),
  );
  store.close();
}, 3_600_000);
