import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { dictionary } from './dictionary.ts';
import { FrameError } from './frames.ts';

/** Lower-case names; of a name's several values, the first. */
export type Headers = ReadonlyMap<string, string>;

const windowSize = 32 * 1024;
/** A zlib stream's first bytes: deflate with a window of 32 KiB, preset dictionary or none. */
const zlibHeader = Buffer.from([0x78, 0x01]);
const presetDictionary = 0x20;
const maxInflated = 256 * 1024;

/**
 * Header blocks of one direction of a connection are one zlib stream, flushed after each block. The window of what
 * came before is kept here, so that each block can be inflated by itself.
 */
export class HeaderReader {
  #window: Buffer = Buffer.alloc(0);
  #begun = false;

  /** Throws FrameError for a block that does not decompress, or is none. */
  read(block: Uint8Array): Headers {
    const plain = this.#inflate(block);
    const seen = Buffer.concat([this.#window, plain]);
    this.#window = seen.subarray(Math.max(0, seen.length - windowSize));
    return parse(plain);
  }

  #inflate(block: Uint8Array): Buffer {
    let compressed = block;
    if (!this.#begun) {
      this.#begun = true;
      const preset = ((block[1] ?? 0) & presetDictionary) !== 0;
      if (preset) this.#window = Buffer.from(dictionary);
      compressed = block.subarray(preset ? 6 : 2);
    }
    try {
      const window = this.#window.length > 0 ? { dictionary: this.#window } : {};
      return inflateRawSync(compressed, { ...window, finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maxInflated });
    } catch (error) {
      throw new FrameError('a header block does not decompress', { cause: error });
    }
  }
}

/** Writes blocks that refer to nothing before them, which is a zlib stream as good as any. */
export class HeaderWriter {
  #begun = false;

  write(headers: Iterable<readonly [string, string]>): Uint8Array {
    const entries = [...headers];
    const plain = Buffer.concat([
      length(entries.length),
      ...entries.flatMap(([name, value]) => [
        length(Buffer.byteLength(name)),
        Buffer.from(name),
        length(Buffer.byteLength(value)),
        Buffer.from(value),
      ]),
    ]);
    const compressed = deflateRawSync(plain, { finishFlush: constants.Z_SYNC_FLUSH });
    if (this.#begun) return compressed;
    this.#begun = true;
    return Buffer.concat([zlibHeader, compressed]);
  }
}

function length(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function parse(plain: Buffer): Headers {
  let at = 0;
  const number = (): number => {
    if (at + 4 > plain.length) throw new FrameError('a header block ends too early');
    at += 4;
    return plain.readUInt32BE(at - 4);
  };
  const text = (): string => {
    const size = number();
    if (at + size > plain.length) throw new FrameError('a header block ends too early');
    at += size;
    return plain.toString('utf8', at - size, at);
  };
  const headers = new Map<string, string>();
  for (let left = number(); left > 0; left--) {
    const name = text().toLowerCase();
    headers.set(name, text().split('\0')[0]!);
  }
  return headers;
}
