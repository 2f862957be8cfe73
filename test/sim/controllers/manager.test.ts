import { expect, test } from 'vitest';
import { VariableClock } from '../../../src/base/variable-clock.ts';
import * as r from '../../../src/kube/resources.ts';
import { conflict } from '../../../src/kube/status.ts';
import { createApiClient } from '../../../src/sim/api/in-process.ts';
import { Catalog } from '../../../src/sim/api/registry/catalog.ts';
import type { Controller } from '../../../src/sim/controllers/controller.ts';
import { ControllerManager } from '../../../src/sim/controllers/manager.ts';
import { Store } from '../../../src/sim/store/store.ts';
import { born, seeded } from './harness.ts';

function running(reconcile: Controller['reconcile']) {
  const clock = new VariableClock(born);
  const store = Store.open();
  const api = createApiClient({ store, clock, random: seeded(), catalog: new Catalog(store) });
  const failures: string[] = [];
  const manager = new ControllerManager({
    api,
    clock,
    controllers: [{ name: 'test', sources: [{ resource: r.namespaces }], reconcile }],
    onFailure: ({ key, error }) => failures.push(`${key}: ${String(error)}`),
  });
  return { api, clock, manager, failures };
}

test('a change is reacted to before any timer, and many changes of an object at once', async () => {
  const seen: string[] = [];
  const { api, manager } = running((key) => void seen.push(key));
  api.create(r.namespaces, { metadata: { name: 'a' } });
  api.modify(r.namespaces, undefined, 'a', (copy) => void (copy.metadata.labels = { x: 'y' }));
  await Promise.resolve();
  expect(seen).toEqual(['a']);
  await manager.stop();
});

test('failures are retried after 5 ms, 10 ms, 20 ms, and told', async () => {
  const at: number[] = [];
  const { api, clock, manager, failures } = running(() => {
    at.push(clock.now() - born);
    if (at.length < 4) throw new Error('not yet');
  });
  api.create(r.namespaces, { metadata: { name: 'a' } });
  await clock.advance(1000);
  expect(at).toEqual([0, 5, 15, 35]);
  expect(failures).toEqual(['a: Error: not yet', 'a: Error: not yet', 'a: Error: not yet']);
  await manager.stop();
});

test('a conflict is retried at once and is no failure; a lasting one backs off', async () => {
  const at: number[] = [];
  const { api, clock, manager, failures } = running(() => {
    at.push(clock.now() - born);
    if (at.length < 5) throw conflict(r.namespaces, 'a', 'modified');
  });
  api.create(r.namespaces, { metadata: { name: 'a' } });
  await clock.advance(1000);
  expect(at).toEqual([0, 0, 0, 0, 40]);
  expect(failures).toEqual([]);
  await manager.stop();
});

test('a key is never reconciled twice at a time: what changes meanwhile brings it back', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  let [active, most, runs] = [0, 0, 0];
  const { api, clock, manager } = running(async () => {
    runs++;
    most = Math.max(most, ++active);
    await promise;
    active--;
  });
  api.create(r.namespaces, { metadata: { name: 'a' } });
  await clock.advance(1);
  api.modify(r.namespaces, undefined, 'a', (copy) => void (copy.metadata.labels = { x: 'y' }));
  await clock.advance(1);
  expect(runs).toBe(1);
  resolve();
  await clock.advance(1);
  expect({ most, runs }).toEqual({ most: 1, runs: 2 });
  await manager.stop();
});

test('after stop nothing runs any more', async () => {
  let runs = 0;
  const { api, clock, manager } = running(() => {
    runs++;
    return { requeueAfterMs: 10 };
  });
  api.create(r.namespaces, { metadata: { name: 'a' } });
  await clock.advance(25);
  await manager.stop();
  api.create(r.namespaces, { metadata: { name: 'b' } });
  await clock.advance(100);
  expect(runs).toBe(3);
});
