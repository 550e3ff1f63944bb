/**
 * What has just come over the network, in case it is asked for again: the piece of an index that several tasks look
 * into, the row of chunks that two rows of the output share. It holds no more than the plan has counted.
 *
 * @module
 */

/** Bytes of a thread's cache; larger objects than a quarter of it are not kept. */
export const CACHE_BYTES = 2 ** 24;

/** What an entry costs beside its bytes. */
const ENTRY = 256;

/** Objects by name; the one that was used longest ago goes first. */
export class ObjectCache {
  readonly #limit: number;
  #held = 0;
  #objects = new Map<string, Uint8Array<ArrayBuffer> | null>();

  /** A cache of at most `limit` bytes. */
  constructor(limit: number = CACHE_BYTES) {
    this.#limit = limit;
  }

  /** The object, null where it is known to be absent, undefined where nothing is known; its memory stays the cache's. */
  get(name: string): Uint8Array<ArrayBuffer> | null | undefined {
    const found = this.#objects.get(name);
    if (found !== undefined) {
      this.#objects.delete(name);
      this.#objects.set(name, found);
    }
    return found;
  }

  /** Keep a copy of `object`; null says that it is absent. */
  put(name: string, object: Uint8Array | null): void {
    const bytes = ENTRY + (object?.length ?? 0);
    if (bytes > this.#limit / 4) return;
    this.#drop(name);
    this.#held += bytes;
    for (const [oldest] of this.#objects) {
      if (this.#held <= this.#limit) break;
      this.#drop(oldest);
    }
    this.#objects.set(name, object === null ? null : object.slice());
  }

  /** Free everything at once. */
  clear(): void {
    for (const name of [...this.#objects.keys()]) this.#drop(name);
  }

  #drop(name: string): void {
    const object = this.#objects.get(name);
    if (object === undefined) return;
    this.#objects.delete(name);
    this.#held -= ENTRY + (object?.length ?? 0);
    object?.buffer.transfer(0);
  }
}
