import { expect, test } from 'vitest';
import { sniffed, withLinksThrough } from '../../../../src/sim/api/streams/proxied-page.ts';

test('a page is told by how it begins', () => {
  expect(sniffed('<a href="/x">x</a>')).toBe('text/html; charset=utf-8');
  expect(sniffed('<abc>')).toBe('text/plain; charset=utf-8');
});

test('links from the root lead through the proxy, others stay', () => {
  const page = '<a href="/x">x</a><img src="/p/y.png"><a href="z">z</a> "/x"';
  expect(withLinksThrough(page, '/p')).toBe('<a href="/p/x">x</a><img src="/p/y.png"><a href="z">z</a> "/x"');
});
