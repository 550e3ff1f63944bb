/**
 * Global heaps: collections of objects of any length, such as the texts of a dataset of strings.
 *
 * Source: HDF5 File Format Specification 3.0, section III.E.
 *
 * @module
 */
import { Fields, NotSupported } from "./fields.ts";
import type { H5File } from "./file.ts";

/** Bytes of a reference to text in a global heap: its length, the collection's address, the object's number in it. */
export const REFERENCE_BYTES = 16;

/** Collections that are kept: texts that follow one another lie in the same one. */
const KEPT = 4;

const EMPTY = new Uint8Array();

/** A collection, and where each of its objects lies in it. */
interface Collection {
  readonly bytes: Uint8Array;
  /** Start and end of object `i` at `2 * i`; 0 for none. */
  readonly places: Float64Array;
}

/** The collections of one file. */
export class GlobalHeap {
  readonly #file: H5File;
  readonly #kept = new Map<number, Collection>();

  /** The heaps of `file`. */
  constructor(file: H5File) {
    this.#file = file;
  }

  /** Object `index` of the collection at `address`, lent until the next call. */
  object(address: number, index: number): Uint8Array {
    const { bytes, places } = this.#kept.get(address) ?? this.#read(address);
    const end = places[2 * index + 1] ?? 0;
    if (end === 0) throw new RangeError(`object ${index} of the heap at ${address} is not there`);
    return bytes.subarray(places[2 * index] as number, end);
  }

  /**
   * The text that the reference which `view` has at `at` points to, up to its first zero, as HDF5 gives it; nothing where
   * it points nowhere. Lent until the next call.
   */
  referred(view: DataView, at: number): Uint8Array {
    const length = view.getUint32(at, true), low = view.getUint32(at + 4, true), high = view.getUint32(at + 8, true);
    // No address, or all of its bits set: an empty text, or one that was never written.
    if (length === 0 || (low === 0 && high === 0) || (low === 0xffffffff && high === 0xffffffff)) return EMPTY;
    const found = this.object(high * 2 ** 32 + low, view.getUint32(at + 12, true));
    if (found.length < length) throw new RangeError("a text is longer than its place in the heap");
    const zero = found.indexOf(0);
    return found.subarray(0, zero < 0 ? length : Math.min(zero, length));
  }

  #read(address: number): Collection {
    const head = new Fields(this.#file.read(address, 16));
    head.signature("GCOL");
    head.version("a global heap", 1);
    head.skip(3);
    const length = head.length();
    if (length > 2 ** 31) throw new NotSupported(`a global heap of ${length} bytes`);
    this.#file.check(address, length);
    const { bytes, places } = this.#room(length);
    this.#file.read(address, length, bytes);
    const collection = { bytes, places: placesIn(bytes, places) };
    this.#kept.set(address, collection);
    return collection;
  }

  /** Memory for a collection: that of the oldest, where there are enough. New memory would pile up. */
  #room(length: number): Collection {
    const [oldest] = this.#kept;
    if (this.#kept.size >= KEPT && oldest !== undefined) {
      this.#kept.delete(oldest[0]);
      if (oldest[1].bytes.length === length) return { bytes: oldest[1].bytes, places: oldest[1].places.fill(0) };
    }
    return { bytes: new Uint8Array(length), places: new Float64Array(256) };
  }
}

/** Where the objects in `bytes` lie; `places` is empty room for them. */
function placesIn(bytes: Uint8Array, places: Float64Array): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 16; at + 16 <= bytes.length;) {
    const index = view.getUint16(at, true), length = Number(view.getBigUint64(at + 8, true));
    // Object 0 is the free space at the end.
    if (index === 0) break;
    const end = at + 16 + length;
    if (!(end <= bytes.length)) throw new RangeError("an object in a global heap reaches past its end");
    if (2 * index + 1 >= places.length) {
      const grown = new Float64Array(Math.max(places.length * 2, 2 * index + 2));
      grown.set(places);
      places = grown;
    }
    places[2 * index] = at + 16;
    places[2 * index + 1] = end;
    at = end + (-length & 7);
  }
  return places;
}
