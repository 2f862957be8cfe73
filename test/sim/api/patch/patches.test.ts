import { describe, expect, test } from 'vitest';
import { jsonPatch } from '../../../../src/sim/api/patch/json.ts';
import { mergePatch } from '../../../../src/sim/api/patch/merge.ts';
import { strategicMergePatch } from '../../../../src/sim/api/patch/strategic.ts';
import { schemaOf } from '../../../../src/sim/api/schema/schema.ts';

const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(freeze);
  }
  return value;
};

describe('a JSON patch', () => {
  const object = freeze({ data: { x: '1' }, list: [1, 2, 3], 'a/b': { '~': 0 } });
  test.each([
    [[{ op: 'add', path: '/data/y', value: '2' }], { data: { x: '1', y: '2' } }],
    [[{ op: 'add', path: '/list/1', value: 9 }], { list: [1, 9, 2, 3] }],
    [[{ op: 'add', path: '/list/-', value: 9 }], { list: [1, 2, 3, 9] }],
    [[{ op: 'remove', path: '/list/0' }], { list: [2, 3] }],
    [[{ op: 'replace', path: '/a~1b/~0', value: 5 }], { 'a/b': { '~': 5 } }],
    [[{ op: 'move', from: '/data/x', path: '/data/z' }], { data: { z: '1' } }],
    [[{ op: 'copy', from: '/data', path: '/more' }], { more: { x: '1' } }],
    [
      [
        { op: 'test', path: '/data', value: { x: '1' } },
        { op: 'replace', path: '/data/x', value: '3' },
      ],
      { data: { x: '3' } },
    ],
    [[{ op: 'replace', path: '/data/absent', value: '3' }], { data: { x: '1', absent: '3' } }],
  ])('%j applies', (ops, expected) => {
    expect(jsonPatch(object, ops)).toEqual({ ...object, ...expected });
  });

  test.each([
    [{ op: 'test', path: '/data/x', value: '2' }],
    [{ op: 'remove', path: '/data/absent' }],
    [{ op: 'add', path: '/absent/x', value: 1 }],
    [{ op: 'add', path: '/list/9', value: 1 }],
    [{ op: 'move', from: '/data/absent', path: '/data/y' }],
    [{ op: 'unheard', path: '/data/x' }],
    [{ path: '/data/x' }],
  ])('%j is refused with 422, as upstream refuses it', (op) => {
    const message = 'the server rejected our request due to an error in our request';
    expect(() => jsonPatch(object, [op])).toThrow(expect.objectContaining({ message, code: 422, reason: 'Invalid' }));
  });

  test('that is no list is a bad request', () => {
    expect(() => jsonPatch(object, {})).toThrow(
      expect.objectContaining({ code: 400, message: expect.stringContaining('error decoding patch') }),
    );
  });
});

describe('a merge patch', () => {
  test('sets, removes by null, and replaces lists', () => {
    const object = freeze({ a: { b: 1, c: 2 }, list: [1, 2], keep: {} });
    const result = mergePatch(object, { a: { b: null, d: { e: null, f: 3 } }, list: [3], absent: null });
    expect(result).toEqual({ a: { c: 2, d: { f: 3 } }, list: [3], keep: {} });
    expect(result.keep).toBe(object.keep);
  });
});

describe('a strategic merge patch', () => {
  const schema = schemaOf('v1', 'Pod')!;
  const pod = (spec: Record<string, unknown>) => freeze({ metadata: { finalizers: ['a/x', 'a/y'] }, spec });
  const containers = [
    { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] },
    { name: 'b', image: 'b:1' },
  ];
  const patched = (spec: Record<string, unknown>, patch: Record<string, unknown>) =>
    (strategicMergePatch(pod(spec), freeze({ spec: patch }), schema) as { spec: Record<string, unknown> }).spec;

  test('merges lists by their key', () => {
    expect(
      patched(
        { containers },
        {
          containers: [
            { name: 'b', image: 'b:2' },
            { name: 'c', image: 'c:1' },
          ],
        },
      ),
    ).toEqual({
      containers: [
        { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] },
        { name: 'b', image: 'b:2' },
        { name: 'c', image: 'c:1' },
      ],
    });
  });

  test('merges within an item, and deletes by null', () => {
    expect(patched({ containers }, { containers: [{ name: 'a', image: null, env: [{ name: 'Y', value: '2' }] }] })).toMatchObject({
      containers: [
        {
          name: 'a',
          env: [
            { name: 'Y', value: '2' },
            { name: 'X', value: '1' },
          ],
        },
        { name: 'b' },
      ],
    });
  });

  test('$patch: delete removes an item, $patch: replace a whole list or map', () => {
    expect(patched({ containers }, { containers: [{ $patch: 'delete', name: 'a' }] })).toEqual({ containers: [containers[1]] });
    expect(patched({ containers }, { containers: [{ name: 'z' }, { $patch: 'replace' }] })).toEqual({ containers: [{ name: 'z' }] });
    expect(patched({ nodeSelector: { a: 'b' } }, { nodeSelector: { $patch: 'replace', c: 'd' } })).toEqual({ nodeSelector: { c: 'd' } });
  });

  test('atomic lists are replaced', () => {
    expect(patched({ tolerations: [{ key: 'a' }] }, { tolerations: [{ key: 'b' }] })).toEqual({ tolerations: [{ key: 'b' }] });
  });

  test('$setElementOrder orders what it names, and leaves the others where they stood', () => {
    const three = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];
    expect(patched({ containers: three }, { '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }] })).toEqual({
      containers: [{ name: 'b' }, { name: 'c' }, { name: 'a' }],
    });
    const order = { '$setElementOrder/containers': [{ name: 'a' }, { name: 'd' }, { name: 'c' }], containers: [{ name: 'd', image: 'd' }] };
    expect((patched({ containers: three }, order).containers as { name: string }[]).map(({ name }) => name)).toEqual(['a', 'd', 'b', 'c']);
  });

  test('$deleteFromPrimitiveList and $setElementOrder work on lists of scalars', () => {
    const patch = { metadata: { '$deleteFromPrimitiveList/finalizers': ['a/x'], finalizers: ['a/z'] } };
    expect(strategicMergePatch(pod({}), patch, schema)).toMatchObject({ metadata: { finalizers: expect.arrayContaining(['a/y', 'a/z']) } });
    expect(strategicMergePatch(pod({}), { metadata: { '$deleteFromPrimitiveList/finalizers': ['a/x'] } }, schema)).toMatchObject({
      metadata: { finalizers: ['a/y'] },
    });
  });

  test('$retainKeys clears what it does not name', () => {
    const volumes = [{ name: 'v', hostPath: { path: '/x' } }];
    expect(patched({ volumes }, { volumes: [{ name: 'v', $retainKeys: ['name', 'emptyDir'], emptyDir: {} }] })).toEqual({
      volumes: [{ name: 'v', emptyDir: {} }],
    });
  });

  test('directives never get into the object', () => {
    const patch = {
      volumes: [
        { name: 'v', emptyDir: {} },
        { $patch: 'delete', name: 'w' },
      ],
      nodeSelector: { $patch: 'delete' },
    };
    expect(patched({}, patch)).toEqual({ volumes: [{ name: 'v', emptyDir: {} }] });
  });

  test.each([
    [{ data: { $patch: 'foo' } }, 500, 'unknown patch type: foo in map: map[$patch:foo]'],
    [
      { metadata: { finalizers: ['a/b'], '$setElementOrder/finalizers': ['c/d'] } },
      500,
      "The order in patch list:\n[a/b]\n doesn't match $setElementOrder list:\n[c/d]\n",
    ],
    [{ metadata: { $retainKeys: ['name'], labels: { a: 'b' } } }, 400, 'invalid patch format of retainKeys'],
    [[], 400, 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
  ])('%j is refused as upstream refuses it', (patch, code, message) => {
    const configMap = { metadata: { finalizers: ['x/y'] }, data: { a: 'b' } };
    expect(() => strategicMergePatch(configMap, patch, schemaOf('v1', 'ConfigMap'))).toThrow(expect.objectContaining({ code, message }));
  });
});
