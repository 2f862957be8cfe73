import { describe, expect, it } from 'vitest';
import { pods } from '../../../src/kube/resources.ts';
import { maps, newServer, pod, podsPath } from './harness.ts';

const namesOf = (body: { items: { metadata: { name: string } }[] }): string[] => body.items.map((o) => o.metadata.name);
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

async function withMaps(...names: string[]) {
  const server = newServer();
  for (const name of names) await server.send('POST', maps, { metadata: { name, labels: { name } } });
  return server;
}

describe('a list', () => {
  it('comes in chunks of one state, however much is written meanwhile', async () => {
    const { send } = await withMaps('a', 'b', 'c', 'd');
    const { body: first } = await send('GET', `${maps}?limit=2`);
    expect(namesOf(first)).toEqual(['a', 'b']);
    expect(first.metadata).toMatchObject({ remainingItemCount: 2, continue: expect.any(String) });
    await send('DELETE', `${maps}/c`);
    await send('POST', maps, { metadata: { name: 'bb' } });
    const { body: second } = await send('GET', `${maps}?limit=2&continue=${first.metadata.continue}`);
    expect(namesOf(second)).toEqual(['c', 'd']);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    expect(second.metadata.continue).toBeUndefined();
  });

  it('ends a continued list with 410 and a token for the rest where its state is forgotten', async () => {
    const { send, store } = await withMaps('a', 'b', 'c');
    const { body: first } = await send('GET', `${maps}?limit=1`);
    await send('DELETE', `${maps}/b`);
    store.table('/configmaps').forget(store.revision);
    const { body: expired } = await send('GET', `${maps}?limit=1&continue=${first.metadata.continue}`);
    expect(expired).toMatchObject({ code: 410, reason: 'Expired', metadata: { continue: expect.any(String) } });
    const { body: rest } = await send('GET', `${maps}?continue=${expired.metadata.continue}`);
    expect(namesOf(rest)).toEqual(['c']);
  });

  it('selects by labels and fields, and refuses fields that it does not know', async () => {
    const { send } = await withMaps('a', 'b');
    expect(namesOf((await send('GET', `${maps}?labelSelector=name+in+(a,x)`)).body)).toEqual(['a']);
    expect(namesOf((await send('GET', `${maps}?fieldSelector=metadata.name!%3Da`)).body)).toEqual(['b']);
    expect((await send('GET', `${podsPath}?fieldSelector=spec.color%3Dred`)).body).toMatchObject({
      code: 400,
      message: 'field label not supported: spec.color',
    });
  });

  it('keeps the rules of resourceVersion', async () => {
    const { send, store } = await withMaps('a', 'b');
    const exact = await send('GET', `${maps}?resourceVersion=2&resourceVersionMatch=Exact`);
    expect(namesOf(exact.body)).toEqual(['a']);
    expect(exact.body.metadata.resourceVersion).toBe('2');
    expect((await send('GET', `${maps}?resourceVersionMatch=Exact`)).status).toBe(422);
    expect((await send('GET', `${maps}?resourceVersion=${store.revision + 9}`)).body).toMatchObject({
      code: 504,
      reason: 'Timeout',
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 },
    });
    store.table('/configmaps').forget(store.revision);
    expect((await send('GET', `${maps}?resourceVersion=2&resourceVersionMatch=Exact`)).body).toMatchObject({
      code: 410,
      reason: 'Expired',
    });
  });

  it('is printed as a table, of metadata alone, or refused', async () => {
    const { send } = newServer();
    await send('POST', podsPath, pod('web', { nodeName: 'n1' }));
    const { body } = await send('GET', podsPath, undefined, { accept: table });
    expect(body.columnDefinitions.map((c: { name: string; priority: number }) => `${c.name}${c.priority}`)).toEqual([
      'Name0',
      'Ready0',
      'Status0',
      'Restarts0',
      'Age0',
      'IP1',
      'Node1',
      'Nominated Node1',
      'Readiness Gates1',
    ]);
    expect(body.rows[0].cells).toEqual(['web', '0/1', 'Pending', '0', '0s', '<none>', 'n1', '<none>', '<none>']);
    expect(body.rows[0].object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'web' } });
    const partial = await send('GET', podsPath, undefined, { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' });
    expect(partial.body).toMatchObject({ kind: 'PartialObjectMetadataList', items: [{ metadata: { name: 'web' } }] });
    expect(partial.body.items[0]).not.toHaveProperty('spec');
    expect((await send('GET', podsPath, undefined, { accept: 'application/cbor' })).body).toMatchObject({ kind: 'Status', code: 406 });
  });
});

describe('a watch', () => {
  it('goes on from a revision, with every change once', async () => {
    const { watch, send, patch } = await withMaps('a');
    const events = await watch(`${maps}?watch=true&resourceVersion=2`, async () => {
      await send('POST', maps, { metadata: { name: 'b' } });
      await patch(`${maps}/b`, { data: { x: 'y' } });
      await send('DELETE', `${maps}/b`);
    });
    expect(events.map((e) => `${e.type} ${e.object.metadata.name} ${e.object.metadata.resourceVersion}`)).toEqual([
      'ADDED b 3',
      'MODIFIED b 4',
      'DELETED b 5',
    ]);
  });

  it('tells what enters and leaves its selection as added and deleted', async () => {
    const { watch, patch } = await withMaps('a');
    const events = await watch(`${maps}?watch=true&resourceVersion=2&labelSelector=on`, async () => {
      await patch(`${maps}/a`, { metadata: { labels: { on: 'yes' } } });
      await patch(`${maps}/a`, { metadata: { labels: { on: null } } });
    });
    expect(events.map((e) => e.type)).toEqual(['ADDED', 'DELETED']);
    expect(events[1]?.object.metadata).toMatchObject({ labels: { on: 'yes' }, resourceVersion: '4' });
  });

  it('as WatchList sends what there is, then the bookmark that clients wait for', async () => {
    const { watch, send } = await withMaps('a');
    const path = `${maps}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`;
    const events = await watch(path, () => send('POST', maps, { metadata: { name: 'b' } }));
    expect(events.map((e) => e.type)).toEqual(['ADDED', 'BOOKMARK', 'ADDED']);
    expect(events[1]?.object.metadata).toMatchObject({ annotations: { 'k8s.io/initial-events-end': 'true' }, resourceVersion: '2' });
  });

  it('that is too old gets 410 as an event, and one from the future 504', async () => {
    const { watch, store, clock } = await withMaps('a', 'b');
    store.table('/configmaps').forget(store.revision);
    const events = await watch(`${maps}?watch=true&resourceVersion=1`, () => {});
    expect(events).toEqual([{ type: 'ERROR', object: expect.objectContaining({ code: 410, reason: 'Expired' }) }]);
    const late = await watch(`${maps}?watch=true&resourceVersion=99`, () => clock.advance(3_000));
    expect(late).toEqual([{ type: 'ERROR', object: expect.objectContaining({ code: 504, reason: 'Timeout' }) }]);
  });

  it('ends with 410 at a rewind', async () => {
    const { watch, store, send } = await withMaps('a');
    store.snapshot('before');
    const events = await watch(`${maps}?watch=true&resourceVersion=2`, async () => {
      await send('POST', maps, { metadata: { name: 'b' } });
      store.rewind('before');
    });
    expect(events.at(-1)).toMatchObject({ type: 'ERROR', object: { code: 410 } });
  });

  it('ends by itself after timeoutSeconds of the cluster', async () => {
    const { server, clock } = await withMaps('a');
    const answer = server.request('GET', `${maps}?watch=true&timeoutSeconds=5`);
    await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(5_000);
    expect((await answer).body).toContain('"ADDED"');
  });

  it('inside the process tells what is there at once, and changes within the write', () => {
    const { api } = newServer();
    api.create(pods, { ...pod('a'), metadata: { name: 'a', namespace: 'default' } });
    const seen: string[] = [];
    const stop = api.watch(pods, (event) => seen.push(`${event.type} ${event.object.metadata.name}`));
    api.create(pods, { ...pod('b'), metadata: { name: 'b', namespace: 'default' } });
    expect(seen).toEqual(['ADDED a', 'ADDED b']);
    stop();
    api.delete(pods, 'default', 'b');
    expect(seen).toHaveLength(2);
  });
});
