import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { Store } from '../../../src/sim/store/store.ts';

/** Writes without end, and names every revision that it was told is committed. */
const writer = `
  import { Store } from ${JSON.stringify(new URL('../../../src/sim/store/store.ts', import.meta.url).href)};
  const store = Store.open(process.argv[1]);
  const metadata = (name) => ({ name, uid: name, resourceVersion: '', creationTimestamp: '' });
  for (let i = 0; ; i++) {
    store.put('/things', 'name-' + (i % 50), { apiVersion: 'v1', kind: 'Thing', metadata: metadata('name-' + (i % 50)), i });
    if (i % 7 === 0) store.put('/leases', 'lease', { apiVersion: 'v1', kind: 'Lease', metadata: metadata('lease'), i });
    if (i % 3 === 0) {
      const revision = store.revision;
      await store.committed();
      process.stdout.write(revision + ' ' + i + '\\n');
    }
  }
`;

it('loses nothing that was acknowledged when its process is killed at any moment', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'kindlab-kill-')), 'store.sqlite');
  for (let round = 0; round < 5; round++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', writer, path], { stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = new Promise((resolve) => child.once('close', resolve));
    let acknowledged = { revision: 0, i: 0 };
    let lines = 0;
    const limit = 20 + round * 37;
    for await (const line of createInterface({ input: child.stdout })) {
      const [revision, i] = line.split(' ').map(Number);
      acknowledged = { revision: revision!, i: i! };
      if (++lines === limit) child.kill('SIGKILL');
    }
    await ended;
    const store = Store.open(path);
    expect(store.revision).toBeGreaterThanOrEqual(acknowledged.revision);
    expect(store.get('/things', `name-${acknowledged.i % 50}`)?.['i']).toBeGreaterThanOrEqual(acknowledged.i);
    store.close();
  }
});
