import { describe, expect, test } from 'vitest';
import { layerValues, mergeValues, schemaViolations, type Values } from '../../../src/sim/tools/charts/chart.ts';
import { parseDuration, parseFlags, text, toggle } from '../../../src/sim/tools/flags.ts';
import { setJson, setValues } from '../../../src/sim/tools/set-values.ts';

const set = (written: string, asText = false): Values => {
  const values: Values = {};
  setValues(values, written, asText);
  return values;
};

describe('--set', () => {
  test('types what looks like a boolean, a number or null, and keeps the rest as text', () => {
    expect(set('a=true,b=8473,c=null,d=1.18,e=007,f=')).toEqual({ a: true, b: 8473, c: null, d: '1.18', e: '007', f: '' });
    expect(set('a=true,b=8473', true)).toEqual({ a: 'true', b: '8473' });
  });

  test('makes tables and lists along the path', () => {
    expect(set('a.b.c=1,l={x,y},m[1].k=v')).toEqual({ a: { b: { c: 1 } }, l: ['x', 'y'], m: [undefined, { k: 'v' }] });
  });

  test('a backslash takes the meaning from a dot and a comma', () => {
    expect(set('nodeSelector.kubernetes\\.io/os=linux')).toEqual({ nodeSelector: { 'kubernetes.io/os': 'linux' } });
    expect(set('a=1\\,2')).toEqual({ a: '1,2' });
  });

  test('a key without a value is an error', () => {
    expect(() => set('a')).toThrow('key "a" has no value');
  });

  test('no path leads into an object prototype', () => {
    expect(() => set('__proto__.polluted=true')).toThrow('failed parsing --set data');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('--set-json takes a value or a whole object', () => {
    const values: Values = {};
    setJson(values, 'ipam.operator={"clusterPoolIPv4PodCIDRList":["10.245.0.0/16"]}');
    setJson(values, '{"debug":{"enabled":true}}');
    expect(values).toEqual({ ipam: { operator: { clusterPoolIPv4PodCIDRList: ['10.245.0.0/16'] } }, debug: { enabled: true } });
  });
});

describe('values', () => {
  test('over the chart a null takes a key away; among files it stays', () => {
    expect(mergeValues({ a: { b: 1, c: 2 }, l: [1] }, { a: { b: null }, l: [2] })).toEqual({ a: { c: 2 }, l: [2] });
    expect(layerValues({ a: { b: 1, c: 2 } }, { a: { b: null } })).toEqual({ a: { b: null, c: 2 } });
  });

  test('a value of another type than its default is a violation, an unknown key is none', () => {
    const defaults: Values = { port: 0, list: [], table: { on: false }, free: null };
    expect(schemaViolations({ port: '1', list: 'x', table: { on: 'yes' }, free: 3, other: 1 }, defaults)).toEqual([
      "- at '/port': got string, want integer",
      "- at '/list': got string, want array",
      "- at '/table/on': got string, want boolean",
    ]);
  });
});

describe('flags', () => {
  const specs = { namespace: text('n'), all: toggle('A'), interactive: toggle('i'), tty: toggle('t') };

  test('values stand apart, behind an equals sign, or right after the letter', () => {
    for (const argv of [['-n', 'x'], ['-nx'], ['-n=x'], ['--namespace', 'x'], ['--namespace=x']]) {
      expect(parseFlags(argv, specs).value('namespace')).toBe('x');
    }
  });

  test('letters of switches can be written together', () => {
    const flags = parseFlags(['-it', 'node', 'sh', '-c', 'ls'], specs, { stopAtArgument: true });
    expect([flags.on('interactive'), flags.on('tty'), flags.args, flags.rest]).toEqual([true, true, ['node'], ['sh', '-c', 'ls']]);
  });

  test('a switch can be turned off again', () => {
    expect(parseFlags(['--all', '--all=false'], specs).on('all')).toBe(false);
  });

  test('durations are those of Go', () => {
    expect([parseDuration('5m0s', 't'), parseDuration('1h2m', 't'), parseDuration('90s', 't')]).toEqual([300_000, 3_720_000, 90_000]);
    expect(() => parseDuration('5', 'timeout')).toThrow('invalid argument "5" for "--timeout" flag: time: invalid duration "5"');
  });
});
