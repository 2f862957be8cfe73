import { describe, expect, test } from 'vitest';
import type { KubeObject, ManagedFieldsEntry } from '../../../../src/kube/types.ts';
import { serverSideApply, trackUpdate } from '../../../../src/sim/api/patch/apply.ts';
import { compileStructural, normalize, schemaOf } from '../../../../src/sim/api/schema/schema.ts';

// Every expectation here was compared with what kube-apiserver v1.36.3 answers to the same requests.

const deepFreeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
};

interface Options {
  manager?: string;
  force?: boolean;
  now?: string;
  subresource?: string;
}

const apply = (live: KubeObject | undefined, applied: Record<string, unknown>, options: Options = {}): KubeObject => {
  const { apiVersion, kind } = applied as { apiVersion: string; kind: string };
  const schema = schemaOf(apiVersion, kind);
  const { object } = serverSideApply({
    live: live && deepFreeze(structuredClone(live)),
    applied: deepFreeze(structuredClone(applied)),
    manager: 'one',
    now: '2026-01-01T00:00:00Z',
    apiVersion,
    schema,
    ...options,
  });
  return object;
};

const fieldsBy = (object: KubeObject): Record<string, unknown> =>
  Object.fromEntries((object.metadata.managedFields ?? []).map(({ manager, fieldsV1 }) => [manager, fieldsV1]));

const configMap = (data: Record<string, string> | undefined, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'n', ...metadata },
  ...(data && { data }),
});

describe('applying a ConfigMap', () => {
  test('creates it and owns what was said, but not the identity', () => {
    expect(apply(undefined, configMap({ x: '1' }, { labels: { l: 'm' } })).metadata.managedFields).toEqual([
      {
        manager: 'one',
        operation: 'Apply',
        apiVersion: 'v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:data': { 'f:x': {} }, 'f:metadata': { 'f:labels': { 'f:l': {} } } },
      },
    ]);
  });

  test('again changes nothing, and gives back the very object', () => {
    const live = deepFreeze(apply(undefined, configMap({ x: '1' })));
    const request = {
      live,
      applied: configMap({ x: '1' }),
      manager: 'one',
      now: 'later',
      apiVersion: 'v1',
      schema: schemaOf('v1', 'ConfigMap'),
    };
    expect(serverSideApply(request).object).toBe(live);
  });

  test('with the same values by another manager makes both owners', () => {
    const both = apply(apply(undefined, configMap({ x: '1', y: '2' })), configMap({ x: '1' }), { manager: 'two' });
    expect(fieldsBy(both)).toEqual({ one: { 'f:data': { 'f:x': {}, 'f:y': {} } }, two: { 'f:data': { 'f:x': {} } } });
  });

  test('conflicts where another manager owns the field, and says which', () => {
    const live = apply(undefined, configMap({ x: '1' }));
    expect(() => apply(live, configMap({ x: '2' }), { manager: 'two' })).toThrow(
      expect.objectContaining({
        code: 409,
        reason: 'Conflict',
        message: 'Apply failed with 1 conflict: conflict with "one": .data.x',
        status: expect.objectContaining({
          details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.x' }] },
        }),
      }),
    );
  });

  test('lists several conflicts by manager', () => {
    const created = apply(undefined, configMap({ x: '1' }));
    const live = withUpdate(created, { ...created, data: { x: '1', y: '2' } } as KubeObject, 'editor');
    expect(() => apply(live, configMap({ x: '3', y: '3' }), { manager: 'two' })).toThrow(
      'Apply failed with 2 conflicts: conflicts with "editor" using v1:\n- .data.y\nconflicts with "one":\n- .data.x',
    );
  });

  test('by force takes the field over', () => {
    const live = apply(undefined, configMap({ x: '1', y: '2' }));
    const forced = apply(live, configMap({ x: '2' }), { manager: 'two', force: true });
    expect(forced).toMatchObject({ data: { x: '2', y: '2' } });
    expect(fieldsBy(forced)).toEqual({ one: { 'f:data': { 'f:y': {} } }, two: { 'f:data': { 'f:x': {} } } });
  });

  test('removes what the manager no longer says, unless another owns it too', () => {
    const both = apply(apply(undefined, configMap({ x: '1', y: '2' })), configMap({ x: '1' }), { manager: 'two' });
    expect(apply(both, configMap(undefined))).toMatchObject({ data: { x: '1' } });
    const alone = apply(undefined, configMap({ x: '1', y: '2' }));
    expect(apply(alone, configMap({ x: '1' })).data).toEqual({ x: '1' });
    expect(apply(alone, configMap(undefined)).data).toBeUndefined();
  });

  test('onto an object without managers leaves the rest to before-first-apply', () => {
    const live = configMap({ x: '1', y: '2' }) as unknown as KubeObject;
    expect(() => apply(live, configMap({ x: '3' }))).toThrow('conflict with "before-first-apply" using v1: .data.x');
    expect(fieldsBy(apply(live, configMap({ x: '3' }), { force: true }))).toEqual({
      'before-first-apply': { 'f:data': { '.': {}, 'f:y': {} } },
      one: { 'f:data': { 'f:x': {} } },
    });
  });

  test('refuses a configuration that holds managedFields', () => {
    expect(() => apply(undefined, configMap({}, { managedFields: [] }))).toThrow('metadata.managedFields must be nil');
  });
});

const container = { name: 'c', image: 'nginx', ports: [{ containerPort: 80 }], env: [{ name: 'A', value: 'b' }] };
const deployment = (spec: object = {}, replicas: number | undefined = 1) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', namespace: 'n' },
  spec: {
    ...(replicas !== undefined && { replicas }),
    selector: { matchLabels: { app: 'd' } },
    template: { metadata: { labels: { app: 'd' } }, spec: { containers: [container], tolerations: [{ key: 'a' }], ...spec } },
  },
});

describe('applying a Deployment', () => {
  test('names list items by their keys, defaults included, and atomic lists as a whole', () => {
    expect(fieldsBy(apply(undefined, deployment()))).toEqual({
      one: {
        'f:spec': {
          'f:replicas': {},
          'f:selector': {},
          'f:template': {
            'f:metadata': { 'f:labels': { 'f:app': {} } },
            'f:spec': {
              'f:containers': {
                'k:{"name":"c"}': {
                  '.': {},
                  'f:env': { 'k:{"name":"A"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                  'f:image': {},
                  'f:name': {},
                  'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { '.': {}, 'f:containerPort': {} } },
                },
              },
              'f:tolerations': {},
            },
          },
        },
      },
    });
  });

  const containers = (object: KubeObject) => (object.spec as ReturnType<typeof deployment>['spec']).template.spec.containers;

  test('merges another manager’s items into the list, and leaves them when it is applied again', () => {
    const live = apply(undefined, deployment());
    const side = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: { template: { spec: { containers: [{ name: 's', image: 's' }] } } },
    };
    const both = apply(live, side, { manager: 'two' });
    expect(containers(both).map(({ name }) => name)).toEqual(['c', 's']);
    const again = apply(both, deployment({ containers: [{ ...container, image: 'nginx:2' }] }));
    expect(containers(again)).toMatchObject([{ name: 'c', image: 'nginx:2' }, { name: 's' }]);
  });

  test('drops an item that the manager no longer says', () => {
    const live = apply(undefined, deployment({ containers: [{ name: 'side', image: 's' }, container] }));
    expect(containers(apply(live, deployment())).map(({ name }) => name)).toEqual(['c']);
  });

  test('leaves a field to another when it is no longer said', () => {
    const live = apply(undefined, deployment());
    const scaled = withUpdate(live, { ...live, spec: { ...(live.spec as object), replicas: 3 } } as KubeObject, 'scaler');
    expect(() => apply(scaled, deployment())).toThrow('Apply failed with 1 conflict: conflict with "scaler" using apps/v1: .spec.replicas');
    const left = apply(scaled, { ...deployment(), spec: { ...deployment().spec, replicas: undefined } });
    expect(left).toMatchObject({ spec: { replicas: 3 } });
  });

  test('a conflict within a list item is told by its keys', () => {
    const live = apply(undefined, deployment());
    const other = deployment({ containers: [{ ...container, image: 'other' }] });
    expect(() => apply(live, other, { manager: 'two' })).toThrow('conflict with "one": .spec.template.spec.containers[name="c"].image');
  });

  test('status said on the main endpoint is nobody’s', () => {
    expect(fieldsBy(apply(undefined, { ...deployment(), status: { replicas: 5 } })).one).not.toHaveProperty('f:status');
  });
});

describe('an object of client-side apply', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const body = configMap({ k: '1', l: '2' });
  const text = `${JSON.stringify({ ...body, metadata: { ...body.metadata, annotations: {} } })}\n`;
  const created = { ...body, metadata: { ...body.metadata, annotations: { [annotation]: text } } } as unknown as KubeObject;
  const live = withUpdate(undefined, created, 'kubectl-client-side-apply');

  test('is handed over to kubectl’s server-side apply without a conflict, and its annotation follows', () => {
    const upgraded = apply(live, configMap({ k: '5', l: '2' }), { manager: 'kubectl' });
    expect(upgraded).toMatchObject({ data: { k: '5', l: '2' } });
    expect(upgraded.metadata.annotations?.[annotation]).toBe(
      '{"apiVersion":"v1","data":{"k":"5","l":"2"},"kind":"ConfigMap","metadata":{"name":"a","namespace":"n"}}\n',
    );
  });

  test('still conflicts with any other manager', () => {
    expect(() => apply(live, configMap({ k: '5' }), { manager: 'two' })).toThrow(
      'conflict with "kubectl-client-side-apply" using v1: .data.k',
    );
  });

  test('still conflicts where somebody changed the field since', () => {
    const edited = withUpdate(live, { ...live, data: { k: '9', l: '2' } } as KubeObject, 'editor');
    expect(() => apply(edited, configMap({ k: '5' }), { manager: 'kubectl' })).toThrow('conflict with "editor" using v1: .data.k');
  });
});

describe('a custom resource', () => {
  const schema = compileStructural({
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          set: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
          plain: { type: 'array', items: { type: 'string' } },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    },
  });

  test('knows sets by value, plain lists as a whole, and free fields one by one', () => {
    const applied = {
      apiVersion: 'a/v1',
      kind: 'Foo',
      metadata: { name: 'x' },
      spec: { set: ['p'], plain: ['q'], free: { a: { b: 1 }, l: [1] } },
    };
    const { object } = serverSideApply({ live: undefined, applied, manager: 'one', now: 'now', apiVersion: 'a/v1', schema });
    expect(fieldsBy(object)).toEqual({
      one: { 'f:spec': { 'f:free': { 'f:a': { '.': {}, 'f:b': {} }, 'f:l': {} }, 'f:plain': {}, 'f:set': { 'v:"p"': {} } } },
    });
  });
});

/** The object after an update, with its managedFields. */
function withUpdate(before: KubeObject | undefined, after: KubeObject, manager: string): KubeObject {
  return { ...after, metadata: { ...after.metadata, managedFields: track(before, after, manager) } };
}

function track(before: KubeObject | undefined, after: KubeObject, manager: string, subresource?: string): ManagedFieldsEntry[] {
  const { apiVersion, kind } = after;
  const { managedFields: _, ...metadata } = after.metadata;
  const request = { before, after: { ...after, metadata }, manager, apiVersion, subresource, now: '2026-01-01T00:00:00Z' };
  return trackUpdate({ ...deepFreeze(structuredClone(request)), schema: schemaOf(apiVersion, kind) });
}

describe('tracking an update', () => {
  const pod = (spec: object, more: object = {}) => {
    const written = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', finalizers: ['a.b/c'] }, spec, ...more };
    return normalize(schemaOf('v1', 'Pod')!, written) as unknown as KubeObject;
  };
  const spec = { containers: [{ name: 'c', image: 'x:1', securityContext: { runAsUser: 1 } }], securityContext: {} };

  test('gives a created object’s fields to its creator, as Go’s types have them', () => {
    expect(track(undefined, pod(spec), 'kubectl-run')).toMatchObject([
      {
        manager: 'kubectl-run',
        operation: 'Update',
        fieldsV1: {
          'f:metadata': { 'f:finalizers': { '.': {}, 'v:"a.b/c"': {} } },
          'f:spec': {
            'f:containers': {
              'k:{"name":"c"}': {
                '.': {},
                'f:image': {},
                'f:name': {},
                'f:resources': {},
                'f:securityContext': { '.': {}, 'f:runAsUser': {} },
              },
            },
            'f:securityContext': {},
          },
        },
      },
    ]);
  });

  test('of a subresource makes an entry of its own', () => {
    const created = withUpdate(undefined, pod(spec), 'kubectl-run');
    const running = { ...created, status: { phase: 'Running' } } as KubeObject;
    expect(track(created, running, 'kubelet', 'status')).toMatchObject([
      { manager: 'kubectl-run' },
      { manager: 'kubelet', subresource: 'status', fieldsV1: { 'f:status': { 'f:phase': {} } } },
    ]);
  });

  test('takes changed fields from their owners, and removed ones from everybody', () => {
    const created = withUpdate(undefined, configMap({ x: '1', y: '2' }) as unknown as KubeObject, 'maker');
    const changed = { ...created, data: { x: '2' } } as KubeObject;
    expect(track(created, changed, 'editor')).toMatchObject([
      { manager: 'editor', fieldsV1: { 'f:data': { 'f:x': {} } } },
      { manager: 'maker', fieldsV1: { 'f:data': {} } },
    ]);
  });

  test('that changes nothing keeps the time', () => {
    const created = withUpdate(undefined, configMap({ x: '1' }) as unknown as KubeObject, 'maker');
    expect(track(created, created, 'maker')).toEqual(created.metadata.managedFields);
  });

  test('keeps an object without managers without, and [] resets', () => {
    const plain = configMap({ x: '1' }) as unknown as KubeObject;
    expect(track(plain, { ...plain, data: { x: '2' } } as KubeObject, 'editor')).toEqual([]);
    const created = withUpdate(undefined, plain, 'maker');
    const reset = { ...created, metadata: { ...created.metadata, managedFields: [] } };
    expect(
      trackUpdate({ before: created, after: reset, manager: 'm', apiVersion: 'v1', now: 'now', schema: schemaOf('v1', 'ConfigMap') }),
    ).toEqual([]);
  });

  test('folds the oldest updates together where there are more than ten', () => {
    let live = withUpdate(undefined, configMap({}) as unknown as KubeObject, 'm0');
    for (let i = 1; i <= 14; i++)
      live = withUpdate(live, { ...live, data: { ...(live.data as object), [`k${i}`]: '1' } } as KubeObject, `m${i}`);
    const managers = (live.metadata.managedFields ?? []).map(({ manager }) => manager);
    expect(managers).toHaveLength(10);
    expect(managers).toContain('ancient-changes');
  });
});
