/**
 * Buffers that are used again. Large ArrayBuffers which are dropped leave the peak of memory to the garbage
 * collector, so every large buffer of a task comes from here and goes back.
 *
 * @module
 */

/** Free buffers that are kept: small ones must not pile up. */
const KEPT = 8;

/** Free bytes that are kept for the next use beyond what was once in use at the same time. */
const SPARE = 2 ** 20;

/** A pool of byte buffers, which holds little more than were once in use at the same time. */
export class BufferPool {
  /** Free buffers, the one that was given back last at the end. */
  #free: ArrayBuffer[] = [];
  #lent = 0;
  #lentBytes = 0;
  /** The most bytes that were out at the same time. */
  #mostBytes = 0;

  /** How many buffers are out: taken, and neither given back nor left. */
  get lent(): number {
    return this.#lent;
  }

  /** A buffer of `bytes` bytes with whatever was left in it; its memory starts at an 8-byte boundary. */
  take(bytes: number): Uint8Array<ArrayBuffer> {
    const size = roomy(bytes), found = this.#find(size);
    this.#lent++;
    this.#lentBytes += found?.byteLength ?? size;
    this.#mostBytes = Math.max(this.#mostBytes, this.#lentBytes);
    this.#shrink();
    return new Uint8Array(found ?? new ArrayBuffer(size), 0, bytes);
  }

  /**
   * A copy of `bytes` that is the caller's. Where there is no free buffer for it, the new one is not filled with zeros
   * first, as one of {@linkcode take} is.
   */
  copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    const found = this.#find(bytes.length);
    if (found === undefined) return new Uint8Array(bytes);
    const buffer = new Uint8Array(found, 0, bytes.length);
    buffer.set(bytes);
    return buffer;
  }

  /** Give a buffer back that {@linkcode take} gave; it must not be used any more. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    this.leave(buffer);
    this.donate(buffer.buffer);
  }

  /** Leave a buffer that {@linkcode take} gave to whoever has it: it will not be given back. */
  leave(buffer: Uint8Array<ArrayBuffer>): void {
    this.#lent--;
    this.#lentBytes -= buffer.buffer.byteLength;
  }

  /** Add a buffer, which nobody else has, to the free ones. */
  donate(buffer: ArrayBuffer): void {
    this.#free.push(buffer);
    this.#shrink();
  }

  /** Free what is not in use, at once. */
  clear(): void {
    for (const buffer of this.#free.splice(0)) buffer.transfer(0);
  }

  /** Free what is too much, the longest unused first: sizes that are no longer asked for must not pile up. */
  #shrink(): void {
    let held = this.#free.reduce((sum, buffer) => sum + buffer.byteLength, this.#lentBytes);
    while (this.#free.length > KEPT || held > this.#mostBytes + SPARE) {
      const buffer = this.#free.shift();
      if (buffer === undefined) return;
      held -= buffer.byteLength;
      buffer.transfer(0);
    }
  }

  /** A free buffer of `size` bytes or a little more, for the taking. */
  #find(size: number): ArrayBuffer | undefined {
    // A much larger buffer would hold memory that the plan has not counted for this use.
    const fits = (buffer: ArrayBuffer): boolean => buffer.byteLength >= size && buffer.byteLength <= 1.5 * size + 65536;
    return this.#free.splice(this.#free.findLastIndex(fits) >>> 0, 1)[0];
  }
}

/** The next of sizes a sixteenth apart: encoded chunks differ a little in length, and can share a buffer. */
function roomy(bytes: number): number {
  const step = Math.max(64, 2 ** (Math.floor(Math.log2(Math.max(1, bytes))) - 4));
  return Math.ceil(bytes / step) * step;
}
