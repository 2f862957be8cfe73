import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { formatDuration, parseDuration } from '../../src/grade/duration.ts';
import { Check, Duration } from '../../src/grade/schema.ts';
import { LabFile, StepFile } from '../../src/lab/schema.ts';

const messages = (value: unknown) =>
  Check.safeParse(value)
    .error?.issues.map((i) => i.message)
    .join('\n') ?? '';
const check = (more: object) => ({ id: 'a', title: 'A', ...more });

describe('a check', () => {
  it('has exactly one assertion', () => {
    expect(messages(check({}))).toContain('found none');
    const both = { absent: { apiVersion: 'v1', kind: 'Pod' }, file: { on: {}, path: '/x' } };
    expect(messages(check(both))).toContain('found absent and file');
  });

  it('is refused for an expression that does not parse', () => {
    expect(messages(check({ object: { apiVersion: 'v1', kind: 'Pod', cel: 'object.spec.' } }))).toContain('not a CEL expression');
  });

  it('is refused for a field that it does not know, deep in a combinator', () => {
    expect(messages(check({ any: [{ object: { apiVersion: 'v1', kind: 'Pod', nmae: 'x' } }] }))).toContain('nmae');
  });

  it('nests combinators', () => {
    expect(messages(check({ any: [{ all: [{ not: { absent: { apiVersion: 'v1', kind: 'Pod' } } }], description: 'one way' }] }))).toBe('');
  });
});

describe('durations', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['2h', 7_200_000],
  ])('%s is %i ms', (text, ms) => {
    expect(Duration.safeParse(text).success).toBe(true);
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '10', 's', '1.5s', '10s1m', ' 1s'])('%j is none', (text) => {
    expect(Duration.safeParse(text).success).toBe(false);
  });

  it('are shown as a person says them', () => {
    expect([400, 12_000, 180_000].map(formatDuration)).toEqual(['0.4s', '12s', '3m']);
  });
});

describe('the JSON Schemas for editors', () => {
  it.each([
    ['lab', LabFile],
    ['step', StepFile],
  ])('labs/schema/%s.json is what scripts/json-schema.ts makes of the zod schema', (name, schema) => {
    const stored: unknown = JSON.parse(readFileSync(new URL(`../../labs/schema/${name}.json`, import.meta.url), 'utf8'));
    expect(stored).toEqual(JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input', reused: 'ref' }))));
  });
});
