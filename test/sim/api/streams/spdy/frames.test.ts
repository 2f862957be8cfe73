import { createDeflate, constants } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { dictionary } from '../../../../../src/sim/api/streams/spdy/dictionary.ts';
import { FrameError, FrameReader, serialize, type Frame } from '../../../../../src/sim/api/streams/spdy/frames.ts';
import { HeaderReader, HeaderWriter } from '../../../../../src/sim/api/streams/spdy/header-blocks.ts';

const id = fc.integer({ min: 1, max: 0x7fff_ffff });
const bytes = fc.uint8Array({ maxLength: 40 }).map((data) => Buffer.from(data));
const frame: fc.Arbitrary<Exclude<Frame, { type: 'other' }>> = fc.oneof(
  fc.record({ type: fc.constant('data' as const), stream: id, fin: fc.boolean(), data: bytes }),
  fc.record({ type: fc.constant('syn-stream' as const), stream: id, fin: fc.boolean(), unidirectional: fc.boolean(), block: bytes }),
  fc.record({ type: fc.constantFrom('syn-reply' as const, 'headers' as const), stream: id, fin: fc.boolean(), block: bytes }),
  fc.record({ type: fc.constant('rst-stream' as const), stream: id, status: id }),
  fc.record({ type: fc.constant('ping' as const), id }),
  fc.record({ type: fc.constant('goaway' as const), lastStream: id, status: id }),
  fc.record({ type: fc.constant('window-update' as const), stream: id, delta: id }),
);

test('frames are read as they were written, wherever the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), fc.integer({ min: 1, max: 30 }), (frames, size) => {
      const reader = new FrameReader();
      const wire = Buffer.concat(frames.map(serialize));
      const found: Frame[] = [];
      for (let at = 0; at < wire.length; at += size) found.push(...reader.push(wire.subarray(at, at + size)));
      expect(found).toEqual(frames);
    }),
  );
});

test('much data goes in several frames, of which the last says that it is the end', () => {
  const found = [...new FrameReader().push(serialize({ type: 'data', stream: 1, fin: true, data: Buffer.alloc(70_000, 7) }))];
  expect(found.map((f) => f.type === 'data' && [f.data.length, f.fin])).toEqual([
    [32_768, false],
    [32_768, false],
    [4464, true],
  ]);
});

test('what is no SPDY/3 is refused, and nothing else is thrown', () => {
  expect(() => [...new FrameReader().push(Buffer.from('80020001000000000000', 'hex'))]).toThrow(FrameError);
  expect(() => [...new FrameReader().push(Buffer.from('8003000100ffffff', 'hex'))]).toThrow('longer than');
  expect(() => [...new FrameReader().push(Buffer.from('8003000100000002abcd', 'hex'))]).toThrow('too short');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (noise) => {
      try {
        void [...new FrameReader().push(noise)];
        new HeaderReader().read(noise);
      } catch (error) {
        expect(error).toBeInstanceOf(FrameError);
      }
    }),
  );
});

/** Blocks as Go's clients write them: one zlib stream with SPDY's dictionary, flushed after each. */
async function blocksOf(...plain: Buffer[]): Promise<Buffer[]> {
  const deflate = createDeflate({ dictionary });
  const blocks: Buffer[] = [];
  for (const text of plain) {
    const parts: Buffer[] = [];
    const take = (part: Buffer) => void parts.push(part);
    deflate.on('data', take);
    deflate.write(text);
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, () => resolve()));
    deflate.off('data', take);
    blocks.push(Buffer.concat(parts));
  }
  return blocks;
}

const text = (value: string) => Buffer.concat([Buffer.from([0, 0, 0, value.length]), Buffer.from(value)]);
const plainBlock = (headers: Record<string, string>) =>
  Buffer.concat([Buffer.from([0, 0, 0, Object.keys(headers).length]), ...Object.entries(headers).flat().map(text)]);

test('the dictionary is the one of the draft', async () => {
  // Its Adler-32 stands in the third to sixth byte of a stream that uses it.
  expect((await blocksOf(Buffer.alloc(1)))[0]!.subarray(2, 6).toString('hex')).toBe('e3c6a7c2');
});

test('header blocks are read one after another, as one stream', async () => {
  const sent: Record<string, string>[] = [
    { streamtype: 'error', port: '80', requestid: '0' },
    { streamtype: 'data', port: '80', requestid: '0' },
    {},
    { streamtype: 'data' },
  ];
  const reader = new HeaderReader();
  const blocks = await blocksOf(...sent.map(plainBlock));
  expect(blocks.map((block) => Object.fromEntries(reader.read(block)))).toEqual(sent);
});

test('header blocks that we write are read again, one after another', () => {
  const [writer, reader] = [new HeaderWriter(), new HeaderReader()];
  for (const headers of [
    [['a', 'b']],
    [],
    [
      ['name', 'wört'],
      ['x', ''],
    ],
  ] as [string, string][][])
    expect([...reader.read(writer.write(headers))]).toEqual(headers);
});
