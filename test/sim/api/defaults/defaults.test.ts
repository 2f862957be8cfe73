import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { applyDefaults } from '../../../../src/sim/api/defaults/defaults.ts';
import { pullPolicy } from '../../../../src/sim/api/defaults/references.ts';
import { normalize, schemaOf } from '../../../../src/sim/api/schema/schema.ts';

/** What kube-apiserver v1.36.3 made of each object, without what admission and the registry add (addresses, tokens, priorities). */
const recorded = JSON.parse(readFileSync(new URL('../../../fixtures/kubernetes/defaulted-objects.json', import.meta.url), 'utf8')) as {
  object: { apiVersion: string; kind: string };
  defaulted: unknown;
}[];

describe('an object gets the defaults that the real server gave', () => {
  test.each(recorded.map((one, i) => [`${i} ${one.object.kind}`, one] as const))('%s', (_name, { object, defaulted }) => {
    const { apiVersion, kind } = object;
    const mine = normalize(schemaOf(apiVersion, kind)!, object);
    applyDefaults(apiVersion, kind, mine);
    expect(mine).toEqual(defaulted);
    const once = structuredClone(mine);
    applyDefaults(apiVersion, kind, mine);
    expect(mine).toEqual(once);
  });
});

test.each([
  ['nginx', 'Always'],
  ['nginx:latest', 'Always'],
  ['nginx:1.2', 'IfNotPresent'],
  ['registry:5000/nginx', 'Always'],
  ['registry:5000/nginx:1', 'IfNotPresent'],
  [`nginx@sha256:${'a'.repeat(64)}`, 'IfNotPresent'],
])('image %s is pulled %s', (image, expected) => {
  expect(pullPolicy(image)).toBe(expected);
});
