import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { StatusCause } from '../../../../src/kube/status.ts';
import type { KubeObject } from '../../../../src/kube/types.ts';
import { applyDefaults } from '../../../../src/sim/api/defaults/defaults.ts';
import { compileStructural, normalize, schemaOf } from '../../../../src/sim/api/schema/schema.ts';
import { validateCustomResource } from '../../../../src/sim/api/validation/structural.ts';
import { validateObject } from '../../../../src/sim/api/validation/validate.ts';

const complete = (object: Record<string, unknown>): KubeObject => {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  const normalized = normalize(schemaOf(apiVersion, kind)!, object);
  applyDefaults(apiVersion, kind, normalized);
  return normalized as unknown as KubeObject;
};

const causes = (object: Record<string, unknown>, old?: Record<string, unknown>, subresource?: string): StatusCause[] => {
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  return validateObject({ apiVersion, kind, object: complete(object), old: old && complete(old), subresource });
};

const texts = (list: readonly StatusCause[]): string[] => list.map(({ reason, field, message }) => `${reason} ${field}: ${message}`);

/** What kube-apiserver v1.36.3 answered to a POST with dryRun=All. */
const recorded = JSON.parse(readFileSync(new URL('../../../fixtures/kubernetes/invalid-objects.json', import.meta.url), 'utf8')) as {
  object: Record<string, unknown>;
  causes: StatusCause[];
}[];

describe('an invalid object is refused for the causes that the real server gave', () => {
  test.each(
    recorded.map((one, i) => [`${i} ${String(one.object.kind)}: ${one.causes.map(({ field }) => field).join(', ')}`, one] as const),
  )('%s', (_name, one) => {
    expect(texts(causes(one.object)).sort()).toEqual(texts(one.causes).sort());
  });
});

const container = { name: 'c', image: 'x:1' };
const pod = (spec: object = {}, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'n', ...metadata },
  spec: { containers: [container], ...spec },
});
const deployment = (app: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd', namespace: 'n' },
  spec: { selector: { matchLabels: { app } }, template: { metadata: { labels: { app } }, spec: { containers: [container] } } },
});

describe('an update', () => {
  test('of a pod may change images and add tolerations', () => {
    const old = pod({ tolerations: [{ key: 'a', operator: 'Exists' }] });
    const now = pod({
      containers: [{ ...container, image: 'x:2' }],
      tolerations: [
        { key: 'a', operator: 'Exists' },
        { key: 'b', operator: 'Exists' },
      ],
    });
    expect(causes(now, old)).toEqual([]);
  });

  test('of a pod may change nothing else, and says what it tried', () => {
    const [cause] = causes(pod({ nodeName: 'other' }), pod({ nodeName: 'one' }));
    expect(cause).toMatchObject({ reason: 'FieldValueForbidden', field: 'spec' });
    expect(cause?.message).toMatch(/^Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`,/);
    expect(cause?.message).toContain('- nodeName: "one"\n+ nodeName: "other"');
  });

  test('of a pod may add no containers', () => {
    const two = pod({ containers: [container, { name: 'd', image: 'y' }] });
    expect(texts(causes(two, pod()))).toEqual([
      'FieldValueForbidden spec.containers: Forbidden: pod updates may not add or remove containers',
    ]);
  });

  test('of ephemeralcontainers may only add', () => {
    const debug = { name: 'debug', image: 'sh', targetContainerName: 'c' };
    expect(causes(pod({ ephemeralContainers: [debug] }), pod(), 'ephemeralcontainers')).toEqual([]);
    expect(causes(pod(), pod({ ephemeralContainers: [debug] }), 'ephemeralcontainers')).toHaveLength(1);
  });

  test.each([
    [
      'a selector',
      deployment('b'),
      deployment('a'),
      'FieldValueInvalid spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable',
    ],
    [
      'the address of a service',
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { clusterIPs: ['10.96.1.1'], ports: [{ port: 1 }] } },
      { apiVersion: 'v1', kind: 'Service', metadata: { name: 's' }, spec: { clusterIPs: ['10.96.0.1'], ports: [{ port: 1 }] } },
      'FieldValueInvalid spec.clusterIPs[0]: Invalid value: ["10.96.1.1"]: may not change once set',
    ],
    [
      'immutable data',
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, immutable: true, data: { a: '2' } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, immutable: true, data: { a: '1' } },
      'FieldValueForbidden data: Forbidden: field is immutable when `immutable` is set',
    ],
    [
      'the type of a secret',
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, type: 'x' },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } },
      'FieldValueInvalid type: Invalid value: "x": field is immutable',
    ],
    [
      'the role of a binding',
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'b' }, roleRef: { kind: 'Role', name: 'y' } },
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: { name: 'b' }, roleRef: { kind: 'Role', name: 'x' } },
      'FieldValueInvalid roleRef: Invalid value: {"APIGroup":"rbac.authorization.k8s.io","Kind":"Role","Name":"y"}: cannot change roleRef',
    ],
    ['the name', pod({}, { name: 'q' }), pod(), 'FieldValueInvalid metadata.name: Invalid value: "q": field is immutable'],
    [
      'finalizers while it is deleted',
      pod({}, { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a/b'] }),
      pod({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }),
      'FieldValueForbidden metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a/b"}',
    ],
  ])('may not change %s', (_what, now, old, expected) => {
    expect(texts(causes(now, old))).toEqual([expected]);
  });
});

describe('a custom resource', () => {
  const schema = compileStructural({
    type: 'object',
    required: ['spec'],
    properties: {
      spec: {
        type: 'object',
        required: ['r'],
        properties: {
          r: { type: 'string' },
          n: { type: 'integer', minimum: 1, maximum: 5 },
          e: { type: 'string', enum: ['a', 'b'] },
          p: { type: 'string', pattern: '^a+$', maxLength: 3 },
          l: { type: 'array', minItems: 1, items: { type: 'string' } },
          s: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
          ios: { 'x-kubernetes-int-or-string': true },
          d: { type: 'string', format: 'date-time' },
        },
      },
    },
  });
  // Texts as apiextensions-apiserver v1.36.3 gives them.
  test.each([
    [undefined, ['FieldValueRequired spec: Required value']],
    [{}, ['FieldValueRequired spec.r: Required value']],
    [{ r: 1 }, ['FieldValueTypeInvalid spec.r: Invalid value: "integer": spec.r in body must be of type string: "integer"']],
    [{ r: '', n: 0 }, ['FieldValueInvalid spec.n: Invalid value: 0: spec.n in body should be greater than or equal to 1']],
    [{ r: '', e: 'z' }, ['FieldValueNotSupported spec.e: Unsupported value: "z": supported values: "a", "b"']],
    [{ r: '', p: 'b' }, [`FieldValueInvalid spec.p: Invalid value: "b": spec.p in body should match '^a+$'`]],
    [{ r: '', p: 'bbbb' }, ['FieldValueTooLong spec.p: Too long: may not be more than 3 bytes']],
    [{ r: '', l: [] }, ['FieldValueInvalid spec.l: Invalid value: 0: spec.l in body should have at least 1 items']],
    [{ r: '', s: ['a', 'a'] }, ['FieldValueDuplicate spec.s[1]: Duplicate value: "a"']],
    [
      { r: '', ios: true },
      ['FieldValueTypeInvalid spec.ios: Invalid value: "boolean": spec.ios in body must be of type integer,string: "boolean"'],
    ],
    [{ r: '', d: 'x' }, ['FieldValueTypeInvalid spec.d: Invalid value: "x": spec.d in body must be of type date-time: "x"']],
    [{ r: '', n: 3, e: 'a', p: 'aa', l: ['x'], s: ['a', 'b'], ios: '5%', d: '2026-01-01T00:00:00Z' }, []],
  ])('with spec %j', (spec, expected) => {
    const object = { apiVersion: 'a/v1', kind: 'Foo', metadata: { name: 'x' }, ...(spec && { spec }) } as unknown as KubeObject;
    expect(texts(validateCustomResource(schema, object))).toEqual(expected);
  });
});
