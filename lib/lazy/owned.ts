/**
 * Memory of chunks, which belongs to whoever receives them.
 *
 * @module
 */
import { BufferPool } from "../base/pool.ts";

/** Memory of one stream's chunks: fresh, or what the receiver has given back. */
export class Owned {
  readonly #pool = new BufferPool();

  /** The pool from which a chunk's memory is taken; only {@linkcode disposer} gives to it. */
  get pool(): BufferPool {
    return this.#pool;
  }

  /** Memory for `bytes` bytes, with anything in it; it starts at the start of its buffer. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    return this.#pool.take(bytes);
  }

  /** What gives `memory` back. The receiver's arrays over it are empty afterwards: nobody can see what comes next. */
  disposer(...memory: readonly Uint8Array<ArrayBuffer>[]): () => void {
    return () => {
      for (const { buffer } of memory) if (!buffer.detached) this.#pool.give(new Uint8Array(buffer.transfer()));
    };
  }
}
