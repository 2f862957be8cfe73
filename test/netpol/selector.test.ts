import { expect, test } from 'vitest';
import { parseSelector, SelectorError } from '../../src/netpol/selector/parse.ts';
import { matches } from '../../src/netpol/selector/selector.ts';

const labels: Record<string, string> = { app: 'web', 'example.com/tier': 'front-end', empty: '' };

test.each([
  ['', true],
  ['all()', true],
  ["app == 'web'", true],
  ['app == "db"', false],
  ["app != 'db'", true],
  ["missing != 'x'", true],
  ["app in {'db', 'web'}", true],
  ['app in {}', false],
  ["app not in {'web'}", false],
  ["missing not in {'x'}", true],
  ['has(example.com/tier)', true],
  ['!has(missing)', true],
  ['has(empty)', true],
  ["example.com/tier contains 't-e'", true],
  ["example.com/tier starts with 'front'", true],
  ["example.com/tier ends with 'front'", false],
  ["missing starts with ''", false],
  ["app == 'db' || app == 'web' && has(missing)", false],
  ["(app == 'db' || app == 'web') && !has(missing)", true],
  ["! (app == 'web' && has(empty))", false],
  ['!!has(app)', true],
  ['global()', true],
])('%s', (text, expected) => {
  expect(matches(parseSelector(text), (key) => labels[key])).toBe(expected);
});

test.each([
  ["app = 'web'", 'unexpected "=" at character 5'],
  ['app == web', 'expected a quoted value, found "web" at character 8'],
  ['has(app', 'expected ")", found the end'],
  ["app == 'web' &&", 'expected a label, has(…), all(), global(), "!" or "(", found the end'],
  ["app == 'a' app == 'b'", 'expected &&, || or the end, found "app" at character 12'],
  ["app not {'a'}", 'expected "in"'],
  ['any()', 'expected has(…), all() or global(), found "any" at character 1'],
])('%s is refused, and the message says where', (text, message) => {
  expect(() => parseSelector(text)).toThrow(SelectorError);
  expect(() => parseSelector(text)).toThrow(message);
});
