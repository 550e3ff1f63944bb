/**
 * Fractal heaps: where groups with many links, and objects with many attributes, keep them.
 *
 * Source: HDF5 File Format Specification 3.0, section III.G.
 *
 * @module
 */
import { openBTree2, recordsOf } from "./btree2.ts";
import { checked } from "./checksum.ts";
import { Fields, NotSupported, UNDEFINED } from "./fields.ts";
import type { H5File } from "./file.ts";

/** A heap whose header has been read. */
export class FractalHeap {
  readonly #file: H5File;
  readonly #hugeTree: number;
  readonly #width: number;
  readonly #start: number;
  readonly #mostDirect: number;
  readonly #offsetBytes: number;
  readonly #lengthBytes: number;
  readonly #root: number;
  readonly #rootRows: number;

  /** Read the header at `address`. */
  constructor(file: H5File, address: number) {
    this.#file = file;
    const fields = new Fields(file.read(address, 146));
    fields.signature("FRHP");
    fields.version("a fractal heap", 0);
    fields.skip(2);
    const filterBytes = fields.u16();
    if (filterBytes > 0) throw new NotSupported("fractal heaps with filters");
    checked(file.read(address, 146));
    fields.skip(1);
    const mostManaged = fields.u32();
    fields.skip(8);
    this.#hugeTree = fields.u64();
    fields.skip(10 * 8);
    this.#width = fields.u16();
    this.#start = fields.length();
    this.#mostDirect = fields.length();
    this.#offsetBytes = Math.ceil(fields.u16() / 8);
    fields.skip(2);
    this.#root = fields.u64();
    this.#rootRows = fields.u16();
    const isPower = (x: number) => x > 0 && Number.isInteger(Math.log2(x));
    if (!isPower(this.#width) || !isPower(this.#start) || !isPower(this.#mostDirect) || this.#offsetBytes > 8) {
      throw new RangeError("the header of a fractal heap is broken");
    }
    const directBytes = Math.floor((Math.log2(this.#mostDirect) + 7) / 8);
    this.#lengthBytes = Math.min(directBytes, Math.floor(Math.log2(Math.max(1, mostManaged)) / 8) + 1);
  }

  /** The object that `id` names. */
  object(id: Uint8Array): Uint8Array {
    const fields = new Fields(id), first = fields.u8();
    switch (first >> 4 & 3) {
      case 0: {
        const offset = fields.uint(this.#offsetBytes), length = fields.uint(this.#lengthBytes);
        if (this.#root === UNDEFINED) throw new RangeError("a fractal heap has no blocks");
        return this.#file.read(this.#managed(offset, length), length);
      }
      case 1:
        return this.#huge(id);
      case 2:
        return fields.take((first & 15) + 1);
      default:
        throw new RangeError("an object in a fractal heap is of no kind");
    }
  }

  /** The address of the object at `offset` of the heap's space. */
  #managed(offset: number, length: number): number {
    let address = this.#root, rows = this.#rootRows, from = 0;
    const directRows = Math.log2(this.#mostDirect) - Math.log2(this.#start) + 2;
    while (rows > 0) {
      const inside = offset - from, first = this.#width * this.#start;
      const row = inside < first ? 0 : Math.floor(Math.log2(inside / first)) + 1;
      if (!(inside >= 0) || row >= rows) throw new RangeError("an object lies outside of its fractal heap");
      const size = row === 0 ? this.#start : this.#start * 2 ** (row - 1),
        rowStart = row === 0 ? 0 : this.#width * size;
      const column = Math.floor((inside - rowStart) / size);
      const head = new Fields(this.#file.read(address, 5));
      head.signature("FHIB");
      head.version("a fractal heap's block", 0);
      const entry = address + 5 + 8 + this.#offsetBytes + 8 * (row * this.#width + column);
      address = new Fields(this.#file.read(entry, 8)).length();
      from += rowStart + column * size;
      if (row < directRows) {
        rows = 0;
        if (offset - from + length > size) throw new RangeError("an object reaches past its fractal heap's block");
      } else rows = Math.log2(size) - Math.log2(this.#start * this.#width) + 1;
    }
    new Fields(this.#file.read(address, 4)).signature("FHDB");
    return address + offset - from;
  }

  #huge(id: Uint8Array): Uint8Array {
    const wanted = new Fields(id.subarray(1)).uint(Math.min(8, id.length - 1)),
      tree = openBTree2(this.#file, this.#hugeTree);
    if (tree.type !== 1) throw new NotSupported("huge objects of this kind");
    for (const record of recordsOf(this.#file, tree)) {
      const fields = new Fields(record), address = fields.length(), length = fields.length();
      if (fields.u64() === wanted) return this.#file.read(address, length);
    }
    throw new RangeError("a huge object is not there");
  }
}
