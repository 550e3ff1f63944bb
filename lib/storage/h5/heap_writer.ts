/**
 * Writes text into global heaps.
 *
 * Source: HDF5 File Format Specification 3.0, section III.E.
 *
 * @module
 */
import type { Sink } from "./sink.ts";

/** The sizes of collections: they start small, for stores with few texts, and double. */
const SIZES = { least: 4096, most: 65536 };

const HEAD = 16;

/** Where a text lies. */
export interface HeapPlace {
  readonly address: number;
  readonly index: number;
}

/** The heaps of one file. */
export class HeapWriter {
  readonly #sink: Sink;
  #size = SIZES.least;
  #bytes = new Uint8Array();
  #view = new DataView(this.#bytes.buffer);
  #address = 0;
  #used = 0;
  #count = 0;

  /** Write heaps into `sink`. */
  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Store `text`, which is not empty. What is returned is changed by the next call. */
  add(text: Uint8Array): HeapPlace {
    const room = HEAD + text.length + (-text.length & 7);
    if (this.#used + room > this.#bytes.length || this.#count === 65535) this.#start(room);
    const at = this.#used, index = ++this.#count, place = this.#place;
    this.#view.setUint16(at, index, true);
    this.#view.setUint16(at + 2, 0, true);
    this.#view.setUint32(at + 8, text.length, true);
    if (text.length > 32) this.#bytes.set(text, at + HEAD);
    else for (let i = 0; i < text.length; i++) this.#bytes[at + HEAD + i] = text[i] as number;
    this.#used += room;
    place.address = this.#address;
    place.index = index;
    return place;
  }

  /** Write the collection that is open. */
  flush(): void {
    if (this.#bytes.length === 0) return;
    const free = this.#bytes.length - this.#used;
    // The rest of a collection is an object of number 0; one too small for that is left.
    if (free >= HEAD) this.#view.setUint32(this.#used + 8, free, true);
    this.#sink.write(this.#address, this.#bytes);
    this.#bytes = new Uint8Array();
    this.#used = 0;
  }

  readonly #place = { address: 0, index: 0 };

  #start(room: number): void {
    this.flush();
    const size = Math.max(this.#size, HEAD + room);
    this.#size = Math.min(SIZES.most, this.#size * 2);
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
    this.#bytes.set([0x47, 0x43, 0x4f, 0x4c, 1]);
    this.#view.setUint32(8, size, true);
    this.#address = this.#sink.keep(size);
    this.#used = HEAD;
    this.#count = 0;
  }
}
