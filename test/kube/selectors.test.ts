import { describe, expect, test } from 'vitest';
import {
  formatLabelSelector,
  matchesFields,
  matchesLabels,
  matchesLabelSelector,
  parseFieldSelector,
  parseLabelSelector,
} from '../../src/kube/selectors.ts';

const labels = { app: 'web', tier: 'front', size: '12', empty: '' };

describe('a label selector', () => {
  test.each([
    ['', true],
    ['app=web', true],
    ['app==web,tier=front', true],
    ['app!=web', false],
    ['other!=web', true],
    ['app in (api, web)', true],
    ['app notin (api,web)', false],
    ['other notin (x)', true],
    ['app', true],
    ['!app', false],
    ['!other , app', true],
    ['size>9', true],
    ['size<9', false],
    ['empty=', true],
    ['empty in (,x)', true],
    ['empty in ()', true],
    ['app in (in,notin,web)', true],
    ['in=x', false],
  ])('%j matches app=web,tier=front,size=12,empty=: %s', (text, expected) => {
    expect(matchesLabels(labels, parseLabelSelector(text))).toBe(expected);
  });

  test.each([
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['a=b,', "found '', expected: identifier after ','"],
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a in (-,=)', "unable to parse requirement: found '=', expected: ',', or identifier"],
    ['a>b', `unable to parse requirement: values[0]: Invalid value: "b": for 'Gt', 'Lt' operators, the value must be an integer`],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    [
      'a/b/c=d',
      `unable to parse requirement: <nil>: Invalid value: "a/b/c": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ],
    [
      'a=-',
      `unable to parse requirement: values[0][a]: Invalid value: "-": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    ],
  ])('%j is refused as upstream refuses it', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(expect.objectContaining({ message, code: 400, reason: 'BadRequest' }));
  });
});

describe('a metav1.LabelSelector', () => {
  test('matches nothing where it is absent, and everything where it is empty', () => {
    expect(matchesLabelSelector(labels, undefined)).toBe(false);
    expect(matchesLabelSelector(labels, {})).toBe(true);
  });

  test('joins its labels and expressions by and', () => {
    const selector = { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['back', 'front'] }] };
    expect(matchesLabelSelector(labels, selector)).toBe(true);
    expect(matchesLabelSelector({ app: 'web' }, selector)).toBe(false);
    expect(matchesLabelSelector(labels, { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] })).toBe(false);
  });

  test('is written as kubectl -l takes it', () => {
    const selector = {
      matchLabels: { b: 'c' },
      matchExpressions: [
        { key: 'a', operator: 'NotIn', values: ['y', 'x'] },
        { key: 'd', operator: 'DoesNotExist' },
      ],
    };
    expect(formatLabelSelector(selector)).toBe('a notin (x,y),b=c,!d');
  });
});

describe('a field selector', () => {
  const read = (field: string) => ({ 'metadata.name': 'a,b', 'spec.nodeName': '' })[field] ?? '';
  test.each([
    ['', true],
    ['metadata.name=a\\,b', true],
    ['metadata.name==a\\,b,spec.nodeName=', true],
    ['metadata.name!=x', true],
    ['spec.nodeName!=', false],
  ])('%j: %s', (text, expected) => {
    expect(matchesFields(parseFieldSelector(text), read)).toBe(expected);
  });

  test.each([
    ['a', "invalid selector: 'a'; can't understand 'a'"],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    ['a=b\\x', 'invalid field selector: invalid escape sequence: \\x'],
  ])('%j is refused', (text, message) => {
    expect(() => parseFieldSelector(text)).toThrow(expect.objectContaining({ message, code: 400 }));
  });
});
