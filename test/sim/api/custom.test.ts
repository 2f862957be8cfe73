import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newServer } from './harness.ts';

const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const widgets = '/apis/example.com/v1/namespaces/default/widgets';
const spec = {
  type: 'object',
  required: ['size'],
  properties: { size: { type: 'integer' }, color: { type: 'string', default: 'red' }, replicas: { type: 'integer' } },
};
const definition = {
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList', shortNames: ['wg'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: 'object', properties: { spec, status: { type: 'object', properties: { phase: { type: 'string' } } } } },
        },
        subresources: { status: {}, scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } },
        additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
      },
      {
        name: 'v1beta1',
        served: true,
        storage: false,
        deprecated: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};
const widget = (fields: object = {}) => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'w' },
  spec: { size: 3, ...fields },
});

async function withWidgets(path?: string) {
  const server = newServer(path);
  const { status, body } = await server.send('POST', crds, definition);
  expect(status, JSON.stringify(body)).toBe(201);
  return server;
}

describe('a custom resource', () => {
  it('is served and discovered from the moment of its definition', async () => {
    const { send } = await withWidgets();
    const { body: crd } = await send('GET', `${crds}/widgets.example.com`);
    expect(crd.status.conditions.map((c: { type: string; status: string }) => `${c.type}=${c.status}`)).toEqual([
      'NamesAccepted=True',
      'Established=True',
    ]);
    expect((await send('GET', '/apis/example.com/v1')).body.resources.map((r: { name: string }) => r.name)).toEqual([
      'widgets',
      'widgets/status',
      'widgets/scale',
    ]);
    expect((await send('GET', '/openapi/v3/apis/example.com/v1')).body.components.schemas['com.example.v1.Widget']).toMatchObject({
      'x-kubernetes-group-version-kind': [{ group: 'example.com', version: 'v1', kind: 'Widget' }],
    });
  });

  it('is pruned and defaulted by its schema, and printed by its columns', async () => {
    const { send } = await withWidgets();
    const { body } = await send('POST', `${widgets}?fieldValidation=Ignore`, { ...widget({ extra: 1 }), status: { phase: 'no' } });
    expect(body.spec).toEqual({ size: 3, color: 'red' });
    expect(body).not.toHaveProperty('status');
    expect(body.metadata.generation).toBe(1);
    const { body: table } = await send('GET', widgets, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
    expect(table.rows[0].cells).toEqual(['w', 3]);
  });

  it('is refused where its schema says no', async () => {
    const { send } = await withWidgets();
    const { body } = await send('POST', widgets, widget({ size: 'large' }));
    expect(body).toMatchObject({
      code: 422,
      reason: 'Invalid',
      details: { group: 'example.com', kind: 'Widget', causes: [{ field: 'spec.size' }] },
    });
    expect((await send('POST', widgets, { ...widget(), spec: {} })).body.details.causes).toMatchObject([
      { reason: 'FieldValueRequired', field: 'spec.size' },
    ]);
  });

  it('takes no strategic merge patch, and no replacement without a resourceVersion', async () => {
    const { send, patch } = await withWidgets();
    await send('POST', widgets, widget());
    expect((await patch(`${widgets}/w`, {}, 'strategic-merge-patch+json')).body).toMatchObject({
      code: 415,
      message: expect.stringContaining('application/merge-patch+json'),
    });
    expect((await send('PUT', `${widgets}/w`, widget())).body).toMatchObject({
      code: 422,
      details: { causes: [{ field: 'metadata.resourceVersion' }] },
    });
  });

  it('has its status and scale written apart', async () => {
    const { send, patch } = await withWidgets();
    await send('POST', widgets, widget());
    await patch(`${widgets}/w/status`, { status: { phase: 'Ready' }, spec: { size: 9 }, metadata: { labels: { a: 'b' } } });
    await patch(`${widgets}/w/scale`, { spec: { replicas: 4 } });
    const { body } = await send('GET', `${widgets}/w`);
    expect(body).toMatchObject({ spec: { size: 3, replicas: 4 }, status: { phase: 'Ready' }, metadata: { generation: 2 } });
    expect(body.metadata.labels).toBeUndefined();
  });

  it('is the same object in all its versions, the deprecated one with a warning', async () => {
    const { send } = await withWidgets();
    await send('POST', widgets, widget());
    expect((await send('GET', '/apis/example.com/v1beta1/namespaces/default/widgets/w')).body).toMatchObject({
      apiVersion: 'example.com/v1beta1',
      spec: { size: 3 },
    });
  });

  it('goes with its definition, after its finalizers', async () => {
    const { server, send, patch } = await withWidgets();
    await send('POST', widgets, { ...widget(), metadata: { name: 'w', finalizers: ['example.com/hold'] } });
    const { body } = await send('DELETE', `${crds}/widgets.example.com`);
    expect(body.metadata).toMatchObject({
      finalizers: ['customresourcecleanup.apiextensions.k8s.io'],
      deletionTimestamp: expect.any(String),
    });
    await patch(`${widgets}/w`, { metadata: { finalizers: null } });
    expect((await send('GET', `${crds}/widgets.example.com`)).status).toBe(404);
    expect(await server.request('GET', widgets)).toMatchObject({ status: 404, body: '404 page not found\n' });
  });

  it('that held its definition back still lets it go after a restart', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'kindlab-crd-')), 'store.sqlite');
    const before = await withWidgets(path);
    await before.send('POST', widgets, { ...widget(), metadata: { name: 'w', finalizers: ['example.com/hold'] } });
    await before.send('DELETE', `${crds}/widgets.example.com`);
    before.store.close();
    const after = newServer(path);
    expect((await after.send('GET', `${crds}/widgets.example.com`)).status).toBe(200);
    await after.patch(`${widgets}/w`, { metadata: { finalizers: null } });
    expect((await after.send('GET', `${crds}/widgets.example.com`)).status).toBe(404);
    after.store.close();
  });
});
