/**
 * What one chunk needs of memory, from the pool and back.
 *
 * @module
 */
import type { BufferPool } from "../base/pool.ts";

/** The buffers of one step of work: taken one by one, given back together. */
export class Lease {
  readonly #pool: BufferPool;
  #pooled: Uint8Array<ArrayBuffer>[] = [];
  #adopted: ArrayBuffer[] = [];

  /** A lease of nothing yet. */
  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  /** Another lease from the same pool. */
  another(): Lease {
    return new Lease(this.#pool);
  }

  /** A buffer of `bytes` bytes with whatever was left in it. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    const buffer = this.#pool.take(bytes);
    this.#pooled.push(buffer);
    return buffer;
  }

  /** Take over memory that a library has just made for its result, to free it at once at the end. */
  adopt(result: Uint8Array): Uint8Array<ArrayBuffer> {
    const { buffer } = result;
    // Node keeps small results together in one piece of memory, which is not ours to free.
    if (!(buffer instanceof ArrayBuffer) || result.byteLength < 65536) return this.copy(result);
    this.#adopted.push(buffer);
    return new Uint8Array(buffer, result.byteOffset, result.byteLength);
  }

  /** `bytes` in memory of this lease. */
  copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const buffer = this.take(bytes.length);
    buffer.set(bytes);
    return buffer;
  }

  /** `bytes` itself where its memory is this lease's and starts at a multiple of 8, else a copy that does. */
  own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const { buffer, byteOffset, byteLength } = bytes;
    if (byteOffset % 8 !== 0 || !(buffer instanceof ArrayBuffer) || !this.#holds(buffer)) return this.copy(bytes);
    return new Uint8Array(buffer, byteOffset, byteLength);
  }

  /** Give everything back but the memory of `bytes`. */
  keepOnly(...bytes: readonly Uint8Array[]): void {
    const kept = new Set<ArrayBufferLike>(bytes.map((one) => one.buffer));
    const pooled = this.#pooled, adopted = this.#adopted;
    this.#pooled = pooled.filter((buffer) => kept.has(buffer.buffer));
    this.#adopted = adopted.filter((buffer) => kept.has(buffer));
    for (const buffer of pooled) if (!kept.has(buffer.buffer)) this.#pool.give(buffer);
    for (const buffer of adopted) if (!kept.has(buffer)) buffer.transfer(0);
  }

  /** Leave the memory of `bytes` to whoever has it. */
  leave(bytes: Uint8Array<ArrayBuffer>): void {
    const { buffer } = bytes;
    if (this.#pooled.some((one) => one.buffer === buffer)) this.#pool.leave(bytes);
    this.#pooled = this.#pooled.filter((one) => one.buffer !== buffer);
    this.#adopted = this.#adopted.filter((one) => one !== buffer);
  }

  /** Give everything back; the lease can be used again. */
  end(): void {
    this.keepOnly();
  }

  #holds(buffer: ArrayBuffer): boolean {
    return this.#adopted.includes(buffer) || this.#pooled.some((one) => one.buffer === buffer);
  }
}
