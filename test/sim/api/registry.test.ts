import { describe, expect, it } from 'vitest';
import { deployments as deploymentResource, pods } from '../../../src/kube/resources.ts';
import { maps, newServer, pod, podsPath } from './harness.ts';

const deployments = '/apis/apps/v1/namespaces/default/deployments';
const deployment = (name: string) => ({
  metadata: { name },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } },
  },
});

describe('creating', () => {
  it('fills in what belongs to the server', async () => {
    const { send } = newServer();
    const { status, body } = await send('POST', maps, { metadata: { name: 'a' }, data: { x: 'y' } });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'a', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z', resourceVersion: '2' },
    });
    expect(body.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('draws a name from generateName', async () => {
    const { send } = newServer();
    const { body } = await send('POST', maps, { metadata: { generateName: 'a-' } });
    expect(body.metadata.name).toMatch(/^a-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('refuses a taken name, a namespace that is not there, and one that contradicts the path', async () => {
    const { send } = newServer();
    await send('POST', maps, { metadata: { name: 'a' } });
    expect((await send('POST', maps, { metadata: { name: 'a' } })).body).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'configmaps "a" already exists',
    });
    expect((await send('POST', '/api/v1/namespaces/nope/configmaps', { metadata: { name: 'a' } })).body).toMatchObject({
      code: 404,
      message: 'namespaces "nope" not found',
      details: { kind: 'namespaces' },
    });
    expect((await send('POST', maps, { metadata: { name: 'b', namespace: 'other' } })).body).toMatchObject({
      code: 400,
      reason: 'BadRequest',
    });
  });

  it('drops nulls of typed objects on every way in, as those of kubectl in pod templates', async () => {
    const { send, patch, api } = newServer();
    const written = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', creationTimestamp: null, labels: null },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        strategy: {},
        template: {
          metadata: { creationTimestamp: null, labels: { app: 'web' }, annotations: null },
          spec: { containers: [{ name: 'c', image: 'nginx', resources: {}, env: null }], volumes: null, nodeSelector: null },
        },
      },
      status: {},
    };
    const templateOf = async () => JSON.stringify((await send('GET', `${deployments}/web`)).body.spec.template);
    const ways: (() => Promise<{ status: number }> | { status: number })[] = [
      () => send('POST', deployments, written),
      () => send('PUT', `${deployments}/web`, written),
      () => patch(`${deployments}/web`, { spec: { template: { metadata: { creationTimestamp: null } } } }),
      () => patch(`${deployments}/web`, { spec: { template: { spec: { volumes: null } } } }, 'strategic-merge-patch+json'),
      () => patch(`${deployments}/web?fieldManager=me&force=true`, JSON.parse(JSON.stringify(written)), 'apply-patch+yaml'),
      () => {
        api.apply(deploymentResource, { ...written, metadata: { name: 'web', namespace: 'default' } } as never, {
          fieldManager: 'helm',
          force: true,
        });
        return { status: 200 };
      },
      () => {
        api.delete(deploymentResource, 'default', 'web');
        api.create(deploymentResource, { ...written, metadata: { name: 'web', namespace: 'default' } } as never);
        return { status: 200 };
      },
    ];
    for (const way of ways) {
      expect((await way()).status).toBeLessThan(300);
      expect(await templateOf()).not.toContain('null');
    }
    const { body } = await send('GET', `${deployments}/web`);
    expect(body.metadata.generation).toBe(1);
  });

  it('answers unknown fields by fieldValidation, and drops them', async () => {
    const { send } = newServer();
    const strict = await send('POST', `${podsPath}?fieldValidation=Strict`, pod('a', { color: 'red' }));
    expect(strict.body).toMatchObject({
      code: 400,
      message: 'Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.color"',
    });
    const warned = await send('POST', podsPath, pod('a', { color: 'red' }));
    expect(warned.status).toBe(201);
    expect(warned.body.spec).not.toHaveProperty('color');
  });

  it('leaves nothing behind in a dry run', async () => {
    const { send, store } = newServer();
    const revision = store.revision;
    expect((await send('POST', `${maps}?dryRun=All`, { metadata: { name: 'a' } })).status).toBe(201);
    expect(store.revision).toBe(revision);
    expect((await send('POST', `${maps}?dryRun=Some`, { metadata: { name: 'a' } })).status).toBe(422);
  });

  it('lists the causes of what is invalid', async () => {
    const { send } = newServer();
    const { body } = await send('POST', podsPath, { metadata: { name: 'Bad' }, spec: { containers: [] } });
    expect(body).toMatchObject({ code: 422, reason: 'Invalid', details: { kind: 'Pod', name: 'Bad' } });
    expect(body.details.causes.map((c: { field: string }) => c.field)).toContain('spec.containers');
  });
});

describe('changing', () => {
  it('writes nothing where a patch changes nothing', async () => {
    const { send, patch } = newServer();
    const { body: before } = await send('POST', maps, { metadata: { name: 'a' }, data: { x: 'y' } });
    const { body: after } = await patch(`${maps}/a`, { data: { x: 'y' } });
    expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  it('counts changes of the spec as generations, but not those of labels and status', async () => {
    const { send, patch } = newServer();
    await send('POST', deployments, deployment('web'));
    const generation = async () => (await send('GET', `${deployments}/web`)).body.metadata.generation;
    await patch(`${deployments}/web`, { metadata: { labels: { a: 'b' } } });
    await patch(`${deployments}/web/status`, { status: { replicas: 1 } });
    expect(await generation()).toBe(1);
    await patch(`${deployments}/web`, { spec: { replicas: 2 } });
    expect(await generation()).toBe(2);
  });

  it('keeps status and the rest apart', async () => {
    const { send, patch } = newServer();
    await send('POST', deployments, { ...deployment('web'), status: { replicas: 9 } });
    await patch(`${deployments}/web`, { status: { replicas: 9 } });
    await patch(`${deployments}/web/status`, {
      spec: { replicas: 9 },
      metadata: { labels: { a: 'b' } },
      status: { observedGeneration: 1 },
    });
    const { body } = await send('GET', `${deployments}/web`);
    expect(body.spec.replicas).toBe(1);
    expect(body.metadata.labels).toBeUndefined();
    expect(body.status).toEqual({ observedGeneration: 1 });
  });

  it('refuses a stale object and one of another uid', async () => {
    const { send, patch } = newServer();
    const { body } = await send('POST', maps, { metadata: { name: 'a' } });
    await patch(`${maps}/a`, { data: { x: 'y' } });
    expect((await send('PUT', `${maps}/a`, body)).body).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message: expect.stringContaining('the object has been modified; please apply your changes to the latest version and try again'),
    });
    expect((await send('PUT', `${maps}/a`, { metadata: { name: 'a', uid: 'other' } })).status).toBe(409);
    expect((await send('PUT', `${maps}/a`, { metadata: { name: 'b' } })).status).toBe(400);
  });

  it('gives in-process callers frozen objects, and no write for a change that is none', () => {
    const { api, store } = newServer();
    const created = api.create(pods, { ...pod('a'), metadata: { name: 'a', namespace: 'default' } });
    expect(Object.isFrozen(created.spec)).toBe(true);
    const revision = store.revision;
    api.modify(pods, 'default', 'a', () => {});
    expect(store.revision).toBe(revision);
  });

  it('tracks who applied what, and tells conflicts', async () => {
    const { send } = newServer();
    const apply = (manager: string, value: string, force = '') =>
      send(
        'PATCH',
        `${maps}/a?fieldManager=${manager}${force}`,
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { x: value } },
        { contentType: 'application/apply-patch+yaml' },
      );
    expect((await apply('one', '1')).status).toBe(201);
    const { body: again } = await apply('one', '1');
    expect(again.metadata.resourceVersion).toBe('2');
    const { body: refused } = await apply('two', '2');
    expect(refused).toMatchObject({ code: 409, details: { causes: [{ reason: 'FieldManagerConflict', field: '.data.x' }] } });
    expect((await apply('two', '2', '&force=true')).body.data).toEqual({ x: '2' });
  });
});

describe('deleting', () => {
  it('answers with a Status, and then not found', async () => {
    const { send } = newServer();
    const { body: created } = await send('POST', maps, { metadata: { name: 'a' } });
    expect((await send('DELETE', `${maps}/a`)).body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: created.metadata.uid },
    });
    expect((await send('DELETE', `${maps}/a`)).body).toMatchObject({ code: 404, message: 'configmaps "a" not found' });
  });

  it('waits for finalizers, takes no new ones, and ends with the last', async () => {
    const { send, patch } = newServer();
    await send('POST', maps, { metadata: { name: 'a', finalizers: ['example.com/hold'] } });
    const { status, body } = await send('DELETE', `${maps}/a`);
    expect(status).toBe(200);
    expect(body.metadata).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 });
    const { body: again } = await send('DELETE', `${maps}/a`);
    expect(again.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
    const added = await patch(`${maps}/a`, { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } });
    expect(added.body).toMatchObject({
      code: 422,
      details: { causes: [{ field: 'metadata.finalizers' }, { field: 'metadata.finalizers' }] },
    });
    expect((await patch(`${maps}/a`, { metadata: { finalizers: null } })).status).toBe(200);
    expect((await send('GET', `${maps}/a`)).status).toBe(404);
  });

  it('holds to preconditions', async () => {
    const { send } = newServer();
    await send('POST', maps, { metadata: { name: 'a' } });
    expect((await send('DELETE', `${maps}/a`, { preconditions: { uid: 'other' } })).body).toMatchObject({ code: 409, reason: 'Conflict' });
  });

  it('marks for the garbage collector what is to be orphaned or to wait for its dependents', async () => {
    const { send } = newServer();
    await send('POST', deployments, deployment('a'));
    const { body } = await send('DELETE', `${deployments}/a?propagationPolicy=Foreground`);
    expect(body.metadata).toMatchObject({ finalizers: ['foregroundDeletion'], generation: 2 });
    await send('POST', deployments, deployment('b'));
    expect((await send('DELETE', `${deployments}/b`, { propagationPolicy: 'Orphan' })).body.metadata.finalizers).toEqual(['orphan']);
  });

  it('gives a pod on a node its grace period, and an unscheduled one none', async () => {
    const { send, api } = newServer();
    await send('POST', podsPath, pod('waiting'));
    await send('DELETE', `${podsPath}/waiting`);
    expect(api.get(pods, 'default', 'waiting')).toBeUndefined();

    await send('POST', podsPath, pod('placed', { nodeName: 'n1' }));
    const { body } = await send('DELETE', `${podsPath}/placed`);
    expect(body.metadata).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:30Z', deletionGracePeriodSeconds: 30 });
    const { body: shorter } = await send('DELETE', `${podsPath}/placed?gracePeriodSeconds=5`);
    expect(shorter.metadata).toMatchObject({ deletionTimestamp: '2026-01-01T00:00:05Z', deletionGracePeriodSeconds: 5 });
    api.delete(pods, 'default', 'placed', { gracePeriodSeconds: 0 });
    expect(api.get(pods, 'default', 'placed')).toBeUndefined();
  });

  it('of a namespace lets nothing new in until /finalize lets it go', async () => {
    const { send } = newServer();
    await send('POST', '/api/v1/namespaces', { metadata: { name: 'foo' } });
    const { body } = await send('DELETE', '/api/v1/namespaces/foo');
    expect(body).toMatchObject({ status: { phase: 'Terminating' }, spec: { finalizers: ['kubernetes'] } });
    expect((await send('POST', '/api/v1/namespaces/foo/configmaps', { metadata: { name: 'a' } })).body).toMatchObject({
      code: 403,
      message: 'configmaps "a" is forbidden: unable to create new content in namespace foo because it is being terminated',
      details: { causes: [{ reason: 'NamespaceTerminating' }] },
    });
    await send('PUT', '/api/v1/namespaces/foo/finalize', { ...body, spec: {} });
    expect((await send('GET', '/api/v1/namespaces/foo')).status).toBe(404);
  });

  it('deletes a collection by its labels', async () => {
    const { send } = newServer();
    for (const name of ['a', 'b']) await send('POST', maps, { metadata: { name, labels: { name } } });
    const { body } = await send('DELETE', `${maps}?labelSelector=name%3Da`);
    expect(body.items.map((o: { metadata: { name: string } }) => o.metadata.name)).toEqual(['a']);
    expect((await send('GET', maps)).body.items).toHaveLength(1);
  });
});
