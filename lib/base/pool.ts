/**
 * Buffers that are used again. Large ArrayBuffers which are dropped leave the peak of memory to the garbage
 * collector, so every large buffer of a task comes from here and goes back.
 *
 * @module
 */

/** A pool of byte buffers. */
export class BufferPool {
  #free: ArrayBuffer[] = [];

  /** A buffer of `bytes` bytes with whatever was left in it; its memory starts at an 8-byte boundary. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    let best = -1;
    for (const [at, buffer] of this.#free.entries()) {
      if (buffer.byteLength < bytes) continue;
      if (best < 0 || buffer.byteLength < (this.#free[best] as ArrayBuffer).byteLength) best = at;
    }
    const [found] = best < 0 ? [] : this.#free.splice(best, 1);
    // A buffer more than twice as large would hold memory that the plan has not counted for this use.
    if (found !== undefined && found.byteLength <= 2 * bytes + 65536) return new Uint8Array(found, 0, bytes);
    if (found !== undefined) found.transfer(0);
    else this.#shrink();
    return new Uint8Array(new ArrayBuffer(bytes + (-bytes & 7)), 0, bytes);
  }

  /** Give a buffer back that {@linkcode take} gave; it must not be used any more. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    this.#free.push(buffer.buffer);
  }

  /** Free what is not in use, at once. */
  clear(): void {
    for (const buffer of this.#free.splice(0)) buffer.transfer(0);
  }

  /** Free the smallest buffer when none fits: sizes that are no longer asked for do not pile up. */
  #shrink(): void {
    if (this.#free.length < 4) return;
    const smallest = this.#free.reduce(
      (at, buffer, i, all) => buffer.byteLength < (all[at] as ArrayBuffer).byteLength ? i : at,
      0,
    );
    this.#free.splice(smallest, 1)[0]?.transfer(0);
  }
}
