/**
 * Bytes that grow: the little-endian numbers of HDF5's structures, one after the other.
 *
 * @module
 */

import { lookup3 } from "./checksum.ts";

/** The address that stands for none. */
export const NOWHERE = -1;

/** Collects the fields of a structure. */
export class Printer {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** One byte each. */
  u8(...values: readonly number[]): this {
    for (const value of values) {
      const at = this.#step(1);
      this.#view.setUint8(at, value);
    }
    return this;
  }

  /** Two bytes. */
  u16(value: number): this {
    const at = this.#step(2);
    this.#view.setUint16(at, value, true);
    return this;
  }

  /** Four bytes. */
  u32(value: number): this {
    const at = this.#step(4);
    this.#view.setUint32(at, value, true);
    return this;
  }

  /** Eight bytes: an address or a length; all bits set for {@linkcode NOWHERE}. */
  u64(value: number): this {
    const at = this.#step(8);
    this.#view.setBigInt64(at, BigInt(value), true);
    return this;
  }

  /** A name of one-byte letters. */
  letters(text: string): this {
    return this.put(Uint8Array.from(text, (letter) => letter.charCodeAt(0)));
  }

  /** Bytes as they are. */
  put(bytes: Uint8Array): this {
    const at = this.#step(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** Zeros. */
  zeros(count: number): this {
    this.#step(count);
    return this;
  }

  /** Zeros up to a multiple of `unit`. */
  align(unit: number): this {
    return this.zeros((unit - this.#length % unit) % unit);
  }

  /** What was collected. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #step(count: number): number {
    const start = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length));
      grown.set(this.#bytes.subarray(0, start));
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return start;
  }
}

/** What `printer` collected, and its checksum. */
export function withChecksum(printer: Printer): Uint8Array<ArrayBuffer> {
  return printer.u32(lookup3(printer.finish())).finish();
}
