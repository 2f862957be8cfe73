import { describe, expect, it } from 'vitest';
import { assert, integer, jsonValue, property } from 'fast-check';
import { firstMismatch } from '../../src/grade/match.ts';

const deployment = {
  metadata: { name: 'web', labels: { 'app.kubernetes.io/name': 'web' } },
  spec: {
    replicas: 2,
    template: {
      spec: {
        containers: [
          { name: 'c', image: 'web:1' },
          { name: 'side', image: 'proxy:2' },
        ],
      },
    },
  },
};

/** Leaves out some fields and elements of a JSON value, by the bits of a seed. */
function partOf(value: unknown, seed: number): unknown {
  const keep = (index: number) => ((seed >> (index % 31)) & 1) === 1;
  if (Array.isArray(value)) return value.filter((_, index) => keep(index)).map((element) => partOf(element, seed));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([field], index) => !field.startsWith('$') && keep(index));
  return Object.fromEntries(fields.map(([field, inner]) => [field, partOf(inner, seed)]));
}

describe('a partial object', () => {
  it('agrees with an object that has more', () => {
    expect(firstMismatch({ spec: { replicas: 2 } }, deployment)).toBeUndefined();
  });

  it('names the path of the first difference', () => {
    expect(firstMismatch({ metadata: { labels: { 'app.kubernetes.io/name': 'shop' } } }, deployment)).toEqual({
      path: ".metadata.labels['app.kubernetes.io/name']",
      expected: '"shop"',
      observed: '"web"',
    });
  });

  it('tells a number from a string that looks like it', () => {
    expect(firstMismatch({ spec: { replicas: '2' } }, deployment)).toMatchObject({ expected: '"2"', observed: '2' });
  });

  it('asks of a list only that each named element is in it, in any order', () => {
    expect(firstMismatch({ spec: { template: { spec: { containers: [{ name: 'side' }, { name: 'c' }] } } } }, deployment)).toBeUndefined();
    expect(firstMismatch({ spec: { template: { spec: { containers: [{ name: 'third' }] } } } }, deployment)).toMatchObject({
      path: '.spec.template.spec.containers',
      expected: 'an element like {"name":"third"}',
    });
  });

  it('looks within the element of the same name, and names those that there are', () => {
    const image = (name: string) => ({ spec: { template: { spec: { containers: [{ name, image: 'web:2' }] } } } });
    expect(firstMismatch(image('side'), deployment)).toEqual({
      path: '.spec.template.spec.containers[1].image',
      expected: '"web:2"',
      observed: '"proxy:2"',
    });
    expect(firstMismatch(image('third'), deployment)).toMatchObject({ observed: 'none with this name; there are c, side' });
  });

  it('agrees with any object that it is a part of', () => {
    assert(
      property(jsonValue({ maxDepth: 4 }), integer(), (value, seed) => {
        expect(firstMismatch(partOf(value, seed), value)).toBeUndefined();
      }),
    );
  });

  it('takes $cel, $matches and $absent for operators', () => {
    expect(firstMismatch({ spec: { replicas: { $cel: 'value >= 2' } } }, deployment)).toBeUndefined();
    expect(firstMismatch({ spec: { replicas: { $cel: 'value >= 3' } } }, deployment)).toMatchObject({
      path: '.spec.replicas',
      expected: 'value >= 3',
      observed: '2',
    });
    expect(firstMismatch({ metadata: { name: { $matches: '^w' } } }, deployment)).toBeUndefined();
    expect(firstMismatch({ spec: { paused: { $absent: true } } }, deployment)).toBeUndefined();
    expect(firstMismatch({ spec: { replicas: { $absent: true } } }, deployment)).toMatchObject({ expected: 'absent', observed: '2' });
  });

  it('says absent of a field that is not there, also of one that every JavaScript object inherits', () => {
    expect(firstMismatch({ spec: { paused: true } }, deployment)).toMatchObject({ path: '.spec.paused', observed: 'absent' });
    expect(firstMismatch({ constructor: { name: 'Object' } }, deployment)).toMatchObject({ path: '.constructor', observed: 'absent' });
  });
});
