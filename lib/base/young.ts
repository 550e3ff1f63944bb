/**
 * Memory that was left to others, and how it comes back soon after they have dropped it.
 *
 * V8 frees what died young in half a millisecond, but only when its heap's young part is full, and buffers lie outside of
 * the heap. What streams leave behind would pile up to the limit at which all of the heap is marked: 45 MB and more, ten
 * milliseconds of work. So the young part is filled up here as soon as enough may have been dropped.
 *
 * @module
 */
import v8 from "node:v8";

/** Bytes that are left to others between two collections, where the young part is small. */
const LEAST = 12 * 2 ** 20;

/** The same as a multiple of the young part: filling a large one has its price, too. */
const SHARE = 2;

/** Beyond this the young part is left alone. */
const MOST_YOUNG = 8 * 2 ** 20;

/** Elements, of 8 bytes, of an array that V8 still allocates among the other young objects. */
const ELEMENTS = 14_000;

/** Counts what is left to others. */
export class Leavings {
  #bytes = 0;
  #limit = LEAST;
  /** What is allocated stands here for a moment, so that no compiler leaves it out. */
  #waste: unknown;

  /** `memory` was left to somebody who may drop it from now on; what came back by then does not count. */
  add(...memory: readonly ArrayBufferView[]): void {
    for (const { buffer } of memory) this.#bytes += buffer.byteLength;
    if (this.#bytes < this.#limit) return;
    this.#bytes = 0;
    this.#collect();
  }

  #collect(): void {
    const young = v8.getHeapSpaceStatistics().find((space) => space.space_name === "new_space");
    if (young === undefined) return;
    const { space_used_size: used, space_available_size: room } = young;
    this.#limit = Math.max(LEAST, SHARE * (used + room));
    if (used + room > MOST_YOUNG) return;
    for (let left = room; left >= 0; left -= 8 * ELEMENTS) {
      this.#waste = new Array(ELEMENTS);
      this.#waste = undefined; // or the collection would keep it, and make the young part larger
    }
  }
}
