import { expect, test } from 'vitest';
import { FrameReader, serialize, type Frame } from '../../../../../src/sim/api/streams/spdy/frames.ts';
import { HeaderWriter } from '../../../../../src/sim/api/streams/spdy/header-blocks.ts';
import { SpdySession, type SpdyStream } from '../../../../../src/sim/api/streams/spdy/session.ts';

function open() {
  const reader = new FrameReader();
  const answers: Frame[] = [];
  const streams: SpdyStream[] = [];
  let closed = false;
  const carrier = { write: (bytes: Uint8Array) => void answers.push(...reader.push(bytes)), close: () => void (closed = true) };
  const session = new SpdySession(carrier, (stream) => streams.push(stream));
  const headers = new HeaderWriter();
  const send = (frame: Parameters<typeof serialize>[0]) => session.receive(serialize(frame));
  const syn = (stream: number, fields: Record<string, string> = {}, fin = false) =>
    send({ type: 'syn-stream', stream, fin, unidirectional: false, block: headers.write(Object.entries(fields)) });
  return { session, answers, streams, send, syn, closed: () => closed };
}

async function all(stream: SpdyStream): Promise<string> {
  let text = '';
  for await (const bytes of stream.input) text += Buffer.from(bytes).toString();
  return text;
}

test('a stream is accepted, read to its end, and answered', async () => {
  const { answers, streams, send, syn } = open();
  syn(1, { streamType: 'stdin' });
  send({ type: 'data', stream: 1, fin: false, data: Buffer.from('he') });
  send({ type: 'data', stream: 1, fin: true, data: Buffer.from('llo') });
  expect(streams[0]!.headers.get('streamtype')).toBe('stdin');
  expect(await all(streams[0]!)).toBe('hello');
  streams[0]!.write('yes');
  streams[0]!.end();
  streams[0]!.write('too late');
  expect(answers.map((f) => (f.type === 'data' ? Buffer.from(f.data).toString() : f.type))).toEqual(['syn-reply', 'yes', '']);
  expect(answers.at(-1)).toMatchObject({ type: 'data', stream: 1, fin: true });
});

test('pings of the client come back; ours would not', () => {
  const { answers, send } = open();
  send({ type: 'ping', id: 3 });
  send({ type: 'ping', id: 4 });
  expect(answers).toEqual([{ type: 'ping', id: 3 }]);
});

test('a reset ends a stream from either side', async () => {
  const { answers, streams, send, syn } = open();
  syn(1);
  syn(3);
  send({ type: 'rst-stream', stream: 1, status: 5 });
  streams[1]!.reset();
  expect(await all(streams[0]!)).toBe('');
  expect(streams.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  streams[0]!.write('nobody hears it');
  expect(answers.map(({ type }) => type)).toEqual(['syn-reply', 'syn-reply', 'rst-stream']);
});

test('a stream of an even number, or of one in use, is refused', () => {
  const { answers, streams, syn } = open();
  syn(2);
  syn(1);
  syn(1);
  expect(streams).toHaveLength(1);
  expect(answers.map(({ type }) => type)).toEqual(['rst-stream', 'syn-reply', 'rst-stream']);
});

test('bytes that are no SPDY end the session and its streams', async () => {
  const { session, answers, streams, syn, closed } = open();
  syn(1);
  session.receive(Buffer.from('GET / HTTP/1.1\r\n\r\n'.padStart(40, '\xff'), 'latin1'));
  expect(answers.at(-1)).toMatchObject({ type: 'goaway', lastStream: 1, status: 1 });
  expect(closed()).toBe(true);
  expect(streams[0]!.signal.aborted).toBe(true);
  session.receive(Buffer.alloc(100));
});
