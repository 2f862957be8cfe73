import { assert, ipV4, property } from 'fast-check';
import { expect, test } from 'vitest';
import { contains, formatAddress, formatCidr, overlaps, parseAddress, parseCidr, sizeOf } from '../../../src/sim/net/ipv4.ts';

test('addresses are read and written back', () => {
  assert(property(ipV4(), (text) => formatAddress(parseAddress(text)!) === text));
});

test('what is no address is none', () => {
  for (const text of ['', 'web', '1.2.3', '1.2.3.256', '1.2.3.4.5', 'fe80::1']) expect(parseAddress(text)).toBeUndefined();
  for (const text of ['10.0.0.0/33', '10.0.0/8', 'x/8']) expect(() => parseCidr(text)).toThrow(RangeError);
});

test('a network has its base, its size and its members', () => {
  const cidr = parseCidr('192.168.213.200/26');
  expect([formatCidr(cidr), sizeOf(cidr)]).toEqual(['192.168.213.192/26', 64]);
  expect([contains(cidr, parseAddress('192.168.213.255')!), contains(cidr, parseAddress('192.168.214.0')!)]).toEqual([true, false]);
  expect(contains(parseCidr('0.0.0.0/0'), parseAddress('255.1.2.3')!)).toBe(true);
});

test('overlap is one holding the other', () => {
  expect(overlaps(parseCidr('10.245.0.0/16'), parseCidr('10.245.3.0/24'))).toBe(true);
  expect(overlaps(parseCidr('10.245.3.0/24'), parseCidr('10.245.0.0/16'))).toBe(true);
  expect(overlaps(parseCidr('10.245.3.0/24'), parseCidr('10.245.4.0/24'))).toBe(false);
});
