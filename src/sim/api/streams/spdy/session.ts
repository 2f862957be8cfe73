import { Queue } from '../queue.ts';
import { FrameError, FrameReader, serialize, type Frame } from './frames.ts';
import { HeaderReader, HeaderWriter, type Headers } from './header-blocks.ts';

/** What carries the bytes of a session: a socket, or the messages of a WebSocket. */
export interface Carrier {
  write(bytes: Uint8Array): void;
  close(): void;
}

const refusedStream = 3;
const protocolError = 1;
const goawayProtocolError = 1;
const cancelled = 5;
/** A client opens a handful for exec, and two for each forwarded connection. */
const maxStreams = 4096;

/** A stream that the client opened. */
export class SpdyStream {
  readonly id: number;
  readonly headers: Headers;
  /** Ends when the client has no more to send, has reset the stream, or is gone. */
  readonly input = new Queue<Uint8Array>();
  readonly #session: SpdySession;
  /** Which sides may still send. */
  remoteOpen = true;
  localOpen = true;
  readonly #gone = new AbortController();

  constructor(session: SpdySession, id: number, headers: Headers) {
    this.#session = session;
    this.id = id;
    this.headers = headers;
  }

  /** Aborted when the client has reset the stream, or is gone. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  write(data: Uint8Array | string): void {
    if (this.localOpen && data.length > 0) this.#session.send({ type: 'data', stream: this.id, fin: false, data: Buffer.from(data) });
  }

  /** We have nothing more to send. */
  end(): void {
    if (!this.localOpen) return;
    this.localOpen = false;
    this.#session.send({ type: 'data', stream: this.id, fin: true, data: Buffer.alloc(0) });
    this.#session.forgetIfDone(this);
  }

  reset(): void {
    if (this.remoteOpen || this.localOpen) this.#session.send({ type: 'rst-stream', stream: this.id, status: cancelled });
    this.lost();
    this.#session.forgetIfDone(this);
  }

  lost(): void {
    this.remoteOpen = false;
    this.localOpen = false;
    this.input.end();
    this.#gone.abort();
  }
}

/**
 * The server's side of a SPDY/3.1 connection on which clients open streams, as Kubernetes uses it. Like its own
 * implementation (moby/spdystream) it has no flow control.
 */
export class SpdySession {
  readonly #carrier: Carrier;
  readonly #reader = new FrameReader();
  readonly #headers = new HeaderReader();
  readonly #writer = new HeaderWriter();
  readonly #streams = new Map<number, SpdyStream>();
  readonly #onStream: (stream: SpdyStream) => void;
  #lastStream = 0;
  #closed = false;

  constructor(carrier: Carrier, onStream: (stream: SpdyStream) => void) {
    this.#carrier = carrier;
    this.#onStream = onStream;
  }

  /** Bytes from the client. What is not SPDY ends the session: a stream of frames cannot be found again. */
  receive(bytes: Uint8Array): void {
    if (this.#closed) return;
    try {
      for (const frame of this.#reader.push(bytes)) this.#take(frame);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.send({ type: 'goaway', lastStream: this.#lastStream, status: goawayProtocolError });
      this.lost();
      this.#carrier.close();
    }
  }

  send(frame: Exclude<Frame, { type: 'other' }>): void {
    if (!this.#closed) this.#carrier.write(serialize(frame));
  }

  /** Tells the client to go, and lets go of every stream. */
  close(): void {
    if (this.#closed) return;
    this.send({ type: 'goaway', lastStream: this.#lastStream, status: 0 });
    this.lost();
    this.#carrier.close();
  }

  /** The client is gone. */
  lost(): void {
    this.#closed = true;
    for (const stream of this.#streams.values()) stream.lost();
    this.#streams.clear();
  }

  forgetIfDone(stream: SpdyStream): void {
    if (!stream.remoteOpen && !stream.localOpen) this.#streams.delete(stream.id);
  }

  #take(frame: Frame): void {
    switch (frame.type) {
      case 'syn-stream':
        return this.#open(frame);
      case 'data': {
        const stream = this.#streams.get(frame.stream);
        if (!stream?.remoteOpen) return;
        if (frame.data.length > 0) stream.input.push(frame.data);
        return frame.fin ? this.#endInput(stream) : undefined;
      }
      case 'headers':
      case 'syn-reply': {
        // Read in any case, for the blocks are one stream.
        this.#headers.read(frame.block);
        const stream = this.#streams.get(frame.stream);
        return stream && frame.fin ? this.#endInput(stream) : undefined;
      }
      case 'rst-stream': {
        const stream = this.#streams.get(frame.stream);
        stream?.lost();
        this.#streams.delete(frame.stream);
        return;
      }
      case 'ping':
        // Odd ids are the client's own; an even one would be an answer to ours.
        return frame.id % 2 === 1 ? this.send(frame) : undefined;
      case 'goaway':
      case 'window-update':
      case 'other':
    }
  }

  #open({ stream: id, fin, unidirectional, block }: Extract<Frame, { type: 'syn-stream' }>): void {
    const headers = this.#headers.read(block);
    if (id % 2 === 0 || this.#streams.has(id)) return this.send({ type: 'rst-stream', stream: id, status: protocolError });
    if (this.#streams.size >= maxStreams) return this.send({ type: 'rst-stream', stream: id, status: refusedStream });
    this.#lastStream = id;
    const stream = new SpdyStream(this, id, headers);
    if (unidirectional) stream.localOpen = false;
    this.#streams.set(id, stream);
    if (!unidirectional) this.send({ type: 'syn-reply', stream: id, fin: false, block: this.#writer.write([]) });
    if (fin) this.#endInput(stream);
    this.#onStream(stream);
  }

  #endInput(stream: SpdyStream): void {
    stream.remoteOpen = false;
    stream.input.end();
    this.forgetIfDone(stream);
  }
}
