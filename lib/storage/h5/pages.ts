/**
 * Pages of elements that end in a checksum, as fixed and extensible arrays have them.
 *
 * @module
 */
import { checked } from "./checksum.ts";
import type { H5File } from "./file.ts";

/** A page. */
export interface Page {
  /** Its address. */
  readonly start: number;
  /** Bytes before its elements, which the checksum covers too. */
  readonly head: number;
  /** How many elements it has. */
  readonly elements: number;
}

/** Reads elements; the pages used last are kept. */
export class PageReader {
  readonly #file: H5File;
  readonly #elementBytes: number;
  readonly #kept = new Map<number, Uint8Array>();

  /** Read elements of `elementBytes` bytes. */
  constructor(file: H5File, elementBytes: number) {
    this.#file = file;
    this.#elementBytes = elementBytes;
  }

  /** Element `index` of `page`. */
  element(page: Page, index: number): Uint8Array {
    const { start, head, elements } = page, bytes = this.#elementBytes;
    let body = this.#kept.get(start);
    if (body === undefined) {
      body = checked(this.#file.read(start, head + elements * bytes + 4));
      if (this.#kept.size >= 4) this.#kept.clear();
      this.#kept.set(start, body);
    }
    const at = head + index * bytes;
    if (at + bytes > body.length) throw new RangeError("a chunk lies outside of the array of chunks");
    return body.subarray(at, at + bytes);
  }
}
