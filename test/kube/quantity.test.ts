import { expect, test } from 'vitest';
import { addQuantities, compareQuantities, formatQuantity, milliValue, parseQuantity, quantityToNumber } from '../../src/kube/quantity.ts';

test.each([
  ['0', '0'],
  ['1000m', '1'],
  ['0.1', '100m'],
  ['.5', '500m'],
  ['1.5Gi', '1536Mi'],
  ['1024Mi', '1Gi'],
  ['1000Ki', '1000Ki'],
  ['512', '512'],
  ['0.5Mi', '512Ki'],
  ['1500M', '1500M'],
  ['2000k', '2M'],
  ['1e3', '1e3'],
  ['12E', '12E'],
  ['1E3', '1e3'],
  ['100Mi', '100Mi'],
  ['-1500m', '-1500m'],
  ['0.0000000001', '1n'],
  ['1.', '1'],
])('%s is canonically %s', (text, canonical) => {
  expect(formatQuantity(parseQuantity(text))).toBe(canonical);
});

test.each(['', 'x', '1x', '1 Gi', '1KiB', '1ki', '--1', '.'])('%j is no quantity', (text) => {
  expect(() => parseQuantity(text)).toThrow('quantities must match the regular expression');
});

test('quantities in different notations compare and add', () => {
  expect(compareQuantities(parseQuantity('1Gi'), parseQuantity('1G'))).toBe(1);
  expect(compareQuantities(parseQuantity('1'), parseQuantity('1000m'))).toBe(0);
  expect(formatQuantity(addQuantities(parseQuantity('250m'), parseQuantity('1')))).toBe('1250m');
  expect(formatQuantity(addQuantities(parseQuantity('0'), parseQuantity('1Gi')))).toBe('1Gi');
  expect(milliValue(parseQuantity('0.1'))).toBe(100);
  expect(quantityToNumber(parseQuantity('1.5Ki'))).toBe(1536);
});
