/**
 * Values of one type as another.
 *
 * @module
 */
import { cast, itemBytes, type NumericType } from "../base/dtype.ts";
import type { BufferPool } from "../base/pool.ts";
import { roomFor } from "./rows.ts";

/** Turns the first so many values of a buffer into another type; memory is lent until the next call. */
export class Converter {
  readonly #pool: BufferPool;
  readonly #from: NumericType;
  readonly #to: NumericType;
  #into: Uint8Array<ArrayBuffer> | undefined;

  /** Turn `from` into `to`, in memory from `pool`. */
  constructor(pool: BufferPool, from: NumericType, to: NumericType) {
    this.#pool = pool;
    this.#from = from;
    this.#to = to;
  }

  /** The first `count` of `bytes` in the other type. */
  convert(bytes: Uint8Array<ArrayBuffer>, count: number): Uint8Array<ArrayBuffer> {
    if (this.#from === this.#to) return bytes;
    const needed = count * itemBytes(this.#to);
    if (this.#into === undefined || this.#into.length < needed) {
      this.release();
      this.#into = this.#pool.take(roomFor(count) * itemBytes(this.#to));
    }
    cast(bytes.subarray(0, count * itemBytes(this.#from)), this.#from, this.#into.subarray(0, needed), this.#to);
    return this.#into;
  }

  /** Give the memory back. */
  release(): void {
    if (this.#into !== undefined) this.#pool.give(this.#into);
    this.#into = undefined;
  }
}
