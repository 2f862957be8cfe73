import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOfText, textOfBytes } from '../../../src/sim/node/file-bytes.ts';

test('any bytes come out of a text as they went in', () => {
  const back = (bytes: Uint8Array) => Buffer.from(bytesOfText(textOfBytes(bytes)));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(back(bytes)).toEqual(Buffer.from(bytes));
    }),
  );
});

test('UTF-8 is kept as the text that it is, also with characters beyond the first plane', () => {
  const text = 'naïve 😀 \ufeff';
  expect(textOfBytes(Buffer.from(text))).toBe(text);
  expect(Buffer.from(bytesOfText(text)).toString()).toBe(text);
});

test('text that is appended to other bytes stays text', () => {
  expect(Buffer.from(bytesOfText(`${textOfBytes(Buffer.from([0xff]))}ä`)).toString('hex')).toBe('ffc3a4');
});
