import { describe, expect, test } from 'vitest';
import {
  applySchemaDefaults,
  builtins,
  compileStructural,
  normalize,
  openapiDocument,
  openapiIndex,
  prune,
  schemaOf,
  unknownFields,
  type JsonSchema,
} from '../../../../src/sim/api/schema/schema.ts';

const deployment = schemaOf('apps/v1', 'Deployment')!;

describe('the schema of a built-in kind', () => {
  test('tells lists, keys and strategies', () => {
    const podSpec = deployment.fields.get('spec')!.fields.get('template')!.fields.get('spec')!;
    const containers = podSpec.fields.get('containers')!;
    expect(containers).toMatchObject({
      type: 'array',
      listType: 'map',
      listMapKeys: ['name'],
      patchStrategy: ['merge'],
      patchMergeKey: 'name',
    });
    expect(containers.items!.fields.get('ports')).toMatchObject({ listType: 'map', listMapKeys: ['containerPort', 'protocol'] });
    expect(containers.items!.fields.get('ports')!.items!.fields.get('protocol')!.default).toBe('TCP');
    expect(podSpec.fields.get('volumes')!.patchStrategy).toEqual(['merge', 'retainKeys']);
    expect(podSpec.fields.get('tolerations')).toMatchObject({ listType: 'atomic' });
    expect(deployment.fields.get('spec')!.fields.get('selector')!.atomic).toBe(true);
  });

  test('is the same object wherever a definition is used, so it is compiled once', () => {
    const inPod = schemaOf('v1', 'Pod')!.fields.get('spec')!;
    expect(inPod.fields).toBe(deployment.fields.get('spec')!.fields.get('template')!.fields.get('spec')!.fields);
  });

  test('is undefined for a kind that is not built in', () => {
    expect(schemaOf('apps/v1', 'Pod')).toBeUndefined();
  });
});

describe('unknown fields', () => {
  test('are named as upstream names them', () => {
    const object = { metadata: { x: 1 }, spec: { foo: 1, template: { spec: { containers: [{ name: 'a' }, { name: 'b', bar: 2 }] } } } };
    expect(unknownFields(deployment, object)).toEqual([
      'unknown field "metadata.x"',
      'unknown field "spec.foo"',
      'unknown field "spec.template.spec.containers[1].bar"',
    ]);
  });

  test('are none in labels, quantities and raw extensions', () => {
    const labels = {
      metadata: { labels: { any: 'x' } },
      spec: { template: { spec: { containers: [{ resources: { limits: { cpu: 1 } } }] } } },
    };
    expect(unknownFields(deployment, labels)).toEqual([]);
    expect(unknownFields(schemaOf('apps/v1', 'ControllerRevision')!, { data: { spec: { anything: 1 } } })).toEqual([]);
  });
});

describe('normalizing', () => {
  test('drops nulls, unknown fields, empty lists and maps, fills in structs and makes quantities canonical', () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', creationTimestamp: null, labels: {} },
      spec: {
        nope: 1,
        volumes: [],
        securityContext: {},
        containers: [{ name: 'c', resources: { limits: { cpu: '0.5', memory: 1024 } } }],
      },
    };
    expect(normalize(schemaOf('v1', 'Pod')!, pod)).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a' },
      spec: { securityContext: {}, containers: [{ name: 'c', resources: { limits: { cpu: '500m', memory: '1024' } } }] },
      status: {},
    });
    expect(pod.spec.nope).toBe(1);
  });

  test.each([
    [{ spec: { replicas: '3' } }, 'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32'],
    [
      { spec: { template: { spec: { containers: {} } } } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
    ],
    [
      { spec: { strategy: { rollingUpdate: { maxSurge: true } } } },
      'json: cannot unmarshal bool into Go struct field RollingUpdateDeployment.spec.strategy.rollingUpdate.maxSurge of type int32',
    ],
    [{ metadata: { creationTimestamp: 'zz' } }, 'parsing time "zz" as "2006-01-02T15:04:05Z07:00": cannot parse "zz" as "2006"'],
    [{ metadata: { labels: { a: 1 } } }, 'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string'],
    [{ spec: { template: { spec: { containers: [{ resources: { limits: { cpu: 'x' } } }] } } } }, /^quantities must match/],
  ])('refuses %j', (object, message) => {
    expect(() => normalize(deployment, object)).toThrow(message);
  });

  test('takes __proto__ for a key like any other', () => {
    const object = normalize(schemaOf('v1', 'ConfigMap')!, JSON.parse('{"data": {"__proto__": "x"}}')) as { data: object };
    expect(Object.keys(object.data)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(object.data)).toBe(Object.prototype);
  });
});

describe('the schema of a CustomResourceDefinition', () => {
  const written: JsonSchema = {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          n: { type: 'integer', default: 2 },
          list: { type: 'array', items: { type: 'object', properties: { v: { type: 'string', default: 'x' } } } },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          nested: { type: 'object', default: {}, properties: { z: { type: 'string', default: 'q' } } },
        },
      },
    },
  };
  const schema = compileStructural(written);

  test('prunes what it does not know, but where it preserves, and keeps apiVersion, kind and metadata', () => {
    const object = { apiVersion: 'a/v1', kind: 'Foo', metadata: { name: 'x', no: 1 }, extra: 1, spec: { no: 1, free: { a: { b: 1 } } } };
    expect(unknownFields(schema, object)).toEqual(['unknown field "metadata.no"', 'unknown field "extra"', 'unknown field "spec.no"']);
    prune(schema, object);
    expect(object).toEqual({ apiVersion: 'a/v1', kind: 'Foo', metadata: { name: 'x' }, spec: { free: { a: { b: 1 } } } });
  });

  test('gives defaults top down, also within lists and defaulted objects', () => {
    const object = { spec: { n: null, list: [{}, { v: 'y' }] } };
    applySchemaDefaults(schema, object);
    expect(object).toEqual({ spec: { n: 2, list: [{ v: 'x' }, { v: 'y' }], nested: { z: 'q' } } });
    const empty = {};
    applySchemaDefaults(schema, empty);
    expect(empty).toEqual({});
  });

  test('without a schema everything is kept', () => {
    expect(unknownFields(compileStructural(undefined), { spec: { a: { b: 1 } } })).toEqual([]);
  });
});

describe('what is served', () => {
  test('pods come with their short name, category, verbs and subresources', () => {
    expect(builtins.find(({ plural }) => plural === 'pods')).toMatchObject({
      group: '',
      version: 'v1',
      singular: 'pod',
      kind: 'Pod',
      namespaced: true,
      shortNames: ['po'],
      categories: ['all'],
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      subresources: ['attach', 'binding', 'ephemeralcontainers', 'eviction', 'exec', 'log', 'portforward', 'proxy', 'resize', 'status'],
    });
  });

  test('groups come in the order of discovery, the preferred version first', () => {
    const versions = [...new Set(builtins.map(({ group, version }) => `${group}/${version}`))];
    expect(versions.slice(0, 8)).toEqual([
      '/v1',
      'apiregistration.k8s.io/v1',
      'apps/v1',
      'events.k8s.io/v1',
      'authentication.k8s.io/v1',
      'authorization.k8s.io/v1',
      'autoscaling/v2',
      'autoscaling/v1',
    ]);
  });

  test('every kind that is served has a schema', () => {
    const without = builtins.filter(({ group, version, kind }) => !schemaOf(group ? `${group}/${version}` : version, kind));
    expect(without).toEqual([]);
  });

  test('the OpenAPI document of a group has what kubectl explain and kubectl apply look up', () => {
    expect(openapiIndex().paths['apis/apps/v1']?.serverRelativeURL).toMatch(/^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]{64}$/);
    const document = openapiDocument('apis/apps/v1') as {
      paths: Record<string, Record<string, unknown>>;
      components: { schemas: Record<string, JsonSchema> };
    };
    const patch = document.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']!.patch as { parameters: { name: string }[] };
    expect(patch).toMatchObject({ 'x-kubernetes-group-version-kind': { group: 'apps', version: 'v1', kind: 'Deployment' } });
    expect(patch.parameters.map(({ name }) => name)).toContain('fieldValidation');
    const { schemas } = document.components;
    expect(schemas['io.k8s.api.apps.v1.DeploymentSpec']!.properties!.replicas!.description).toMatch(/^Number of desired pods/);
    for (const [, reference = ''] of JSON.stringify(schemas).matchAll(/#\/components\/schemas\/([^"]+)/g))
      expect(schemas).toHaveProperty([reference]);
    expect(openapiDocument('apis/nope/v1')).toBeUndefined();
  });
});
