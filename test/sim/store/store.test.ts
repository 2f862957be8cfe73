import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VariableClock } from '../../../src/base/variable-clock.ts';
import type { KubeObject } from '../../../src/kube/types.ts';
import { Store } from '../../../src/sim/store/store.ts';

const table = '/configmaps';

const thing = (name: string, value = ''): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', uid: name, resourceVersion: '', creationTimestamp: '' },
  data: { value },
});

const put = (store: Store, name: string, value = ''): KubeObject => store.put(table, `default/${name}`, thing(name, value));
const valueOf = (store: Store, name: string): unknown =>
  (store.get(table, `default/${name}`)?.['data'] as { value: string } | undefined)?.value;
const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'kindlab-store-')), 'store.sqlite');

describe('the store', () => {
  it('gives every write a revision of its own and freezes what it keeps', () => {
    const store = Store.open();
    const first = put(store, 'a');
    const second = put(store, 'b');
    expect([first.metadata.resourceVersion, second.metadata.resourceVersion]).toEqual(['1', '2']);
    expect(() => ((first['data'] as { value: string }).value = 'changed')).toThrow(TypeError);
  });

  it('lists in the order of etcd: by the bytes of namespace/name', () => {
    const store = Store.open();
    for (const key of ['b/x', 'a/y', 'a-b/x', 'a/x']) store.put(table, key, thing(key));
    expect(store.list(table).map((o) => o.metadata.name)).toEqual(['a-b/x', 'a/x', 'a/y', 'b/x']);
    expect(store.list(table, 'a').map((o) => o.metadata.name)).toEqual(['a/x', 'a/y']);
  });

  it('tells every listener the changes in order, also when a listener writes', () => {
    const store = Store.open();
    const seen: string[] = [];
    store.subscribe(table, ({ object }) => {
      if (object.metadata.name === 'first') put(store, 'second');
    });
    store.subscribe(table, ({ object }) => seen.push(object.metadata.name));
    put(store, 'first');
    expect(seen).toEqual(['first', 'second']);
  });

  it('remembers changes since a revision, and says when they are forgotten', () => {
    const store = Store.open();
    put(store, 'a', '1');
    put(store, 'a', '2');
    store.delete(table, 'default/a');
    expect(
      store
        .table(table)
        .since(1)
        ?.map((c) => c.deleted),
    ).toEqual([false, true]);
    store.table(table).forget(2);
    expect(store.table(table).since(1)).toBeUndefined();
    expect(store.table(table).since(2)).toHaveLength(1);
  });

  it('shows a table as of an older revision', () => {
    const store = Store.open();
    put(store, 'a', 'old');
    put(store, 'b');
    const revision = store.revision;
    put(store, 'a', 'new');
    store.delete(table, 'default/b');
    put(store, 'c');
    const then = store.table(table).at(revision)!;
    expect([...then.keys()]).toEqual(['default/a', 'default/b']);
    expect(then.get('default/a')).toMatchObject({ data: { value: 'old' } });
  });

  it('has everything again after it was closed: objects, revision, settings, time', async () => {
    const path = newPath();
    const clock = new VariableClock(1_000_000);
    const store = Store.open(path);
    store.keepTime(clock);
    store.setSetting('seed', '7');
    put(store, 'a', 'kept');
    put(store, 'b');
    store.delete(table, 'default/b');
    await clock.advance(5_000);
    store.close();
    const again = Store.open(path);
    expect(again.revision).toBe(3);
    expect(again.list(table)).toEqual([expect.objectContaining({ data: { value: 'kept' } })]);
    expect(again.setting('seed')).toBe('7');
    expect(again.lastTime).toBe(1_005_000);
    expect(again.table(table).since(2)).toBeUndefined();
    again.close();
  });

  it('keeps one row for an object however often it is written', async () => {
    const store = Store.open();
    for (let i = 0; i < 500; i++) {
      put(store, 'lease', String(i));
      if (i % 50 === 0) await store.committed();
    }
    await store.committed();
    expect(store.storedRows).toBe(1);
  });

  it('moves a file that is no database aside and says so', () => {
    const path = newPath();
    writeFileSync(path, 'this was never a database, but it is long enough to look like one'.repeat(50));
    expect(() => Store.open(path)).toThrow(expect.objectContaining({ code: 'store-corrupt' }));
    expect(readdirSync(join(path, '..'))).toEqual([expect.stringMatching(/^store\.sqlite\.corrupt-/)]);
    expect(Store.open(path).revision).toBe(0);
  });
});

describe('a snapshot', () => {
  it('is gone back to by writes of what differs alone', () => {
    const store = Store.open();
    put(store, 'same');
    put(store, 'changed', 'before');
    put(store, 'removed', 'before');
    store.snapshot('start');
    put(store, 'changed', 'after');
    put(store, 'added');
    store.delete(table, 'default/removed');
    const revision = store.revision;
    const told: string[] = [];
    store.subscribe(table, ({ object, deleted }) => told.push(`${deleted ? '-' : '+'}${object.metadata.name}`));
    store.rewind('start');
    expect(told.toSorted()).toEqual(['+changed', '+removed', '-added']);
    expect(valueOf(store, 'changed')).toBe('before');
    expect(valueOf(store, 'removed')).toBe('before');
    expect(store.revision).toBe(revision + 3);
    expect(store.table(table).since(revision)).toBeUndefined();
  });

  it('outlives a restart, and going back does not spoil later ones', () => {
    const path = newPath();
    const store = Store.open(path);
    put(store, 'a', 'one');
    store.snapshot('one');
    put(store, 'a', 'two');
    store.snapshot('two');
    put(store, 'a', 'three');
    store.close();
    const again = Store.open(path);
    expect(again.snapshots().map((s) => s.name)).toEqual(['one', 'two']);
    again.rewind('one');
    expect(valueOf(again, 'a')).toBe('one');
    again.rewind('two');
    expect(valueOf(again, 'a')).toBe('two');
    again.close();
  });

  it('hides what was deleted after it, and takes its rows along when it is dropped', () => {
    const path = newPath();
    const store = Store.open(path);
    put(store, 'a');
    store.snapshot('with');
    store.delete(table, 'default/a');
    store.flush();
    expect(store.storedRows).toBe(1);
    store.close();
    const again = Store.open(path);
    expect(again.list(table)).toEqual([]);
    again.dropSnapshot('with');
    expect(again.storedRows).toBe(0);
    again.close();
  });

  it('that does not exist is named in the error', () => {
    expect(() => Store.open().rewind('nope')).toThrow(expect.objectContaining({ code: 'no-such-snapshot' }));
  });
});
