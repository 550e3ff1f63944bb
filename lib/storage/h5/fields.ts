/**
 * The numbers of HDF5's structures, little-endian, one after the other. Every read is checked against the end.
 *
 * @module
 */

/** An address or length that stands for "none". */
export const UNDEFINED = -1;

/** HDF5 that is right, but more than anncat can read. */
export class NotSupported extends Error {
  override readonly name = "NotSupported";
}

/** A position in bytes; errors are plain `RangeError`. */
export class Fields {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;

  /** Read `bytes` from `at` on. */
  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = at;
  }

  /** Where the next field starts. */
  get at(): number {
    return this.#at;
  }

  /** Bytes up to the end. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** One byte. */
  u8(): number {
    return this.#view.getUint8(this.#step(1));
  }

  /** Two bytes. */
  u16(): number {
    return this.#view.getUint16(this.#step(2), true);
  }

  /** Four bytes. */
  u32(): number {
    return this.#view.getUint32(this.#step(4), true);
  }

  /** An unsigned number of `width` bytes, 8 at most; {@linkcode UNDEFINED} where all of its bits are set. */
  uint(width: number): number {
    let value = 0n, isUndefined = width > 0;
    const start = this.#step(width);
    for (let i = width - 1; i >= 0; i--) {
      const byte = this.#bytes[start + i] as number;
      isUndefined &&= byte === 0xff;
      value = value << 8n | BigInt(byte);
    }
    if (isUndefined) return UNDEFINED;
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new RangeError(`the number ${value} is too large`);
    return Number(value);
  }

  /** Eight bytes: an address or a length. Files with other widths are refused when they are opened. */
  u64(): number {
    const at = this.#step(8), low = this.#view.getUint32(at, true), high = this.#view.getUint32(at + 4, true);
    if (high === 0xffffffff && low === 0xffffffff) return UNDEFINED;
    if (high > 0x1fffff) throw new RangeError("an address or length is too large");
    return high * 2 ** 32 + low;
  }

  /** A length, which must be there. */
  length(): number {
    const value = this.u64();
    if (value === UNDEFINED) throw new RangeError("a length is not defined");
    return value;
  }

  /** The next `count` bytes, without a copy. */
  take(count: number): Uint8Array {
    const start = this.#step(count);
    return this.#bytes.subarray(start, start + count);
  }

  /** Leave out `count` bytes. */
  skip(count: number): void {
    this.#step(count);
  }

  /** Go on at the next multiple of `unit` from `origin` on. */
  align(unit: number, origin = 0): void {
    this.skip((unit - (this.#at - origin) % unit) % unit);
  }

  /** Bytes up to the next zero, which is left out. */
  terminated(): Uint8Array {
    const end = this.#bytes.indexOf(0, this.#at);
    if (end < 0) throw new RangeError("a name has no end");
    const found = this.#bytes.subarray(this.#at, end);
    this.#at = end + 1;
    return found;
  }

  /** Four letters that a structure starts with. */
  signature(expected: string): void {
    const found = String.fromCharCode(...this.take(4));
    if (found !== expected) throw new RangeError(`no ${expected} is where one is due`);
  }

  /** A version byte, one of `known`. */
  version(what: string, ...known: readonly number[]): number {
    const version = this.u8();
    if (!known.includes(version)) throw new NotSupported(`version ${version} of ${what}`);
    return version;
  }

  #step(count: number): number {
    const start = this.#at;
    if (!(count >= 0) || start + count > this.#bytes.length) throw new RangeError("a structure is cut off");
    this.#at = start + count;
    return start;
  }
}
