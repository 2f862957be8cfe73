import { badRequest } from '../../../kube/status.ts';

/** Reads protobuf's wire format (varint, fixed, length-delimited). Throws StatusError 400 where bytes are missing. */
export class WireReader {
  readonly #bytes: Buffer;
  #position: number;
  readonly #end: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#position = 0;
    this.#end = bytes.length;
  }

  get done(): boolean {
    return this.#position >= this.#end;
  }

  /** Field number and wire type. */
  tag(): { field: number; wire: number } {
    const key = this.#low32();
    return { field: key >>> 3, wire: key & 7 };
  }

  /** Two's complement as int64; beyond 2⁵³ it loses precision as any number in JSON does. */
  varint(): number {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      // Nearly every varint is one byte.
      if (shift === 0n && byte < 0x80) return byte;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
    throw malformed();
  }

  double(): number {
    return this.#take(8).readDoubleLE();
  }

  float(): number {
    return this.#take(4).readFloatLE();
  }

  bytes(): Buffer {
    return this.#take(this.#low32());
  }

  skip(wire: number): void {
    if (wire === 0) this.varint();
    else if (wire === 1) this.#take(8);
    else if (wire === 2) this.bytes();
    else if (wire === 5) this.#take(4);
    else throw malformed();
  }

  #low32(): number {
    const value = this.varint();
    if (value < 0 || value > 0xffff_ffff) throw malformed();
    return value;
  }

  #byte(): number {
    if (this.#position >= this.#end) throw malformed();
    return this.#bytes[this.#position++]!;
  }

  #take(length: number): Buffer {
    if (this.#position + length > this.#end) throw malformed();
    const taken = this.#bytes.subarray(this.#position, this.#position + length);
    this.#position += length;
    return taken;
  }
}

const malformed = () => badRequest('unexpected EOF');
