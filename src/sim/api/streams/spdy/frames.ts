/**
 * Frames of SPDY/3.1 (https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/, section 2.6) as far as
 * Kubernetes uses them. Header blocks are still compressed here: header-blocks.ts.
 */
export type Frame =
  | { type: 'data'; stream: number; fin: boolean; data: Uint8Array }
  | { type: 'syn-stream'; stream: number; fin: boolean; unidirectional: boolean; block: Uint8Array }
  | { type: 'syn-reply'; stream: number; fin: boolean; block: Uint8Array }
  | { type: 'headers'; stream: number; fin: boolean; block: Uint8Array }
  | { type: 'rst-stream'; stream: number; status: number }
  | { type: 'ping'; id: number }
  | { type: 'goaway'; lastStream: number; status: number }
  | { type: 'window-update'; stream: number; delta: number }
  /** SETTINGS and whatever else there may be: read, and of no consequence. */
  | { type: 'other'; code: number };

const version = 3;
const codes = { 'syn-stream': 1, 'syn-reply': 2, 'rst-stream': 3, ping: 6, goaway: 7, headers: 8, 'window-update': 9 };
const flagFin = 1;
const flagUnidirectional = 2;
/** Of 24 bits of length. Frames of Kubernetes' clients hold 32 KiB at most; more than this is no frame of theirs. */
const maxLength = 4 * 1024 * 1024;
const maxPayload = 32 * 1024;

export class FrameError extends Error {}

/** Cuts a byte stream into frames, however its bytes come. Throws FrameError for what is not SPDY/3. */
export class FrameReader {
  #pending: Buffer = Buffer.alloc(0);

  *push(bytes: Uint8Array): Generator<Frame, void, undefined> {
    this.#pending = this.#pending.length > 0 ? Buffer.concat([this.#pending, bytes]) : Buffer.from(bytes);
    while (this.#pending.length >= 8) {
      const end = 8 + this.#pending.readUIntBE(5, 3);
      if (end > maxLength) throw new FrameError(`a frame of ${end} bytes is longer than ${maxLength}`);
      if (this.#pending.length < end) return;
      const frame = this.#pending.subarray(0, end);
      this.#pending = this.#pending.subarray(end);
      yield parse(frame);
    }
  }
}

function parse(frame: Buffer): Frame {
  const first = frame.readUInt32BE(0);
  const flags = frame[4]!;
  const fin = (flags & flagFin) !== 0;
  const body = frame.subarray(8);
  if (first < 0x8000_0000) return { type: 'data', stream: first, fin, data: body };
  if (((first >>> 16) & 0x7fff) !== version) throw new FrameError(`version ${(first >>> 16) & 0x7fff} of SPDY is not ${version}`);
  const code = first & 0xffff;
  const word = (at: number): number => {
    if (body.length < at + 4) throw new FrameError(`a control frame of type ${code} is too short`);
    return body.readUInt32BE(at) & 0x7fff_ffff;
  };
  switch (code) {
    case codes['syn-stream']: {
      const unidirectional = (flags & flagUnidirectional) !== 0;
      word(6);
      return { type: 'syn-stream', stream: word(0), fin, unidirectional, block: body.subarray(10) };
    }
    case codes['syn-reply']:
      return { type: 'syn-reply', stream: word(0), fin, block: body.subarray(4) };
    case codes.headers:
      return { type: 'headers', stream: word(0), fin, block: body.subarray(4) };
    case codes['rst-stream']:
      return { type: 'rst-stream', stream: word(0), status: word(4) };
    case codes.ping:
      word(0);
      return { type: 'ping', id: body.readUInt32BE(0) };
    case codes.goaway:
      return { type: 'goaway', lastStream: word(0), status: word(4) };
    case codes['window-update']:
      return { type: 'window-update', stream: word(0), delta: word(4) };
    default:
      return { type: 'other', code };
  }
}

/** The bytes of a frame; data of more than 32 KiB becomes several. */
export function serialize(frame: Exclude<Frame, { type: 'other' }>): Uint8Array {
  switch (frame.type) {
    case 'data': {
      const parts: Buffer[] = [];
      let at = 0;
      do {
        const data = frame.data.subarray(at, at + maxPayload);
        at += data.length;
        parts.push(head(frame.stream, frame.fin && at >= frame.data.length ? flagFin : 0, data.length), Buffer.from(data));
      } while (at < frame.data.length);
      return Buffer.concat(parts);
    }
    case 'syn-stream': {
      const flags = (frame.fin ? flagFin : 0) | (frame.unidirectional ? flagUnidirectional : 0);
      return control(frame.type, flags, Buffer.concat([words(frame.stream, 0), Buffer.alloc(2), frame.block]));
    }
    case 'syn-reply':
    case 'headers':
      return control(frame.type, frame.fin ? flagFin : 0, Buffer.concat([words(frame.stream), frame.block]));
    case 'rst-stream':
      return control(frame.type, 0, words(frame.stream, frame.status));
    case 'ping':
      return control(frame.type, 0, words(frame.id));
    case 'goaway':
      return control(frame.type, 0, words(frame.lastStream, frame.status));
    case 'window-update':
      return control(frame.type, 0, words(frame.stream, frame.delta));
  }
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value, 4 * i);
  return bytes;
}

function head(first: number, flags: number, length: number): Buffer {
  const bytes = words(first, length);
  bytes[4] = flags;
  return bytes;
}

const control = (type: keyof typeof codes, flags: number, body: Uint8Array): Uint8Array =>
  Buffer.concat([head((0x8000_0000 | (version << 16) | codes[type]) >>> 0, flags, body.length), body]);
