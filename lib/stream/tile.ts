/**
 * Tiles: rectangles of an output array in memory, chunk after chunk, into which blocks of the inputs are copied,
 * position by position where an axis is reindexed.
 *
 * @module
 */
import { cast, type DType, dtypeName, isNumeric, itemBytes, type NumericType, sameDType } from "../base/dtype.ts";
import { UnsupportedError } from "../base/errors.ts";
import type { BufferPool } from "../base/pool.ts";
import { product, type Range, shift, size, strides } from "../base/range.ts";
import type { ArrayNode, ArraySpec, Block } from "../storage/node.ts";
import { repeat, spread } from "./cursor.ts";

/** Where a rectangle of whole chunks lies, and its elements in it: every chunk's lie together, in C order. */
export class TileGrid {
  readonly #spec: ArraySpec;
  readonly #chunks: readonly Range[];
  /** Where the chunk grid starts. */
  readonly #origin: readonly number[];

  /** The chunks `chunks` (a range of the chunk grid, an axis each) of an array; the grid starts at `origin`. */
  constructor(spec: ArraySpec, chunks: readonly Range[], origin: readonly number[] = []) {
    this.#spec = spec;
    this.#chunks = chunks;
    this.#origin = origin;
  }

  /** How many elements the chunks have, those that jut out over the array's edge included. */
  get length(): number {
    return product(this.#chunks.map(size)) * product(this.#spec.chunks);
  }

  /** The positions that the tile covers, cut at the array's edge. */
  get ranges(): Range[] {
    return this.#chunks.map((range, axis) => {
      const chunk = this.#spec.chunks[axis] ?? 1, length = this.#spec.shape[axis] ?? 0;
      return shift({ start: range.start * chunk, end: Math.min(range.end * chunk, length) }, this.#origin[axis] ?? 0);
    });
  }

  /** The elements of one chunk of the tile. */
  elementsOf(at: readonly number[]): Range {
    const counts = strides(this.#chunks.map(size)), length = product(this.#spec.chunks);
    const number = at.reduce(
      (sum, chunk, axis) => sum + (chunk - (this.#chunks[axis]?.start ?? 0)) * (counts[axis] ?? 0),
      0,
    );
    return { start: number * length, end: (number + 1) * length };
  }

  /** Where positions `range` of axis `axis` lie in the tile, in elements; -1 for what is outside of it. */
  offsets(axis: number, range: Range, to: (position: number) => number): Int32Array {
    const chunk = this.#spec.chunks[axis] ?? 1, covered = this.ranges[axis] as Range;
    const perChunk = (strides(this.#chunks.map(size))[axis] ?? 1) * product(this.#spec.chunks);
    const inChunk = strides(this.#spec.chunks)[axis] ?? 1, first = this.#chunks[axis]?.start ?? 0;
    // A loop: `Int32Array.from` took a fifth of a dense concatenation's time.
    const origin = this.#origin[axis] ?? 0, offsets = new Int32Array(size(range)).fill(-1);
    for (let i = 0; i < offsets.length; i++) {
      const goal = to(range.start + i), at = goal - origin;
      if (goal < covered.start || goal >= covered.end) continue;
      offsets[i] = (Math.floor(at / chunk) - first) * perChunk + (at % chunk) * inChunk;
    }
    return offsets;
  }
}

/** A rectangle of whole chunks in memory; elements are of a fixed size. */
export class Tile extends TileGrid {
  /** The elements. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly #pool: BufferPool;
  readonly #dtype: DType;
  readonly #item: number;

  /** A tile that covers `box` of an array like `spec` as a single chunk; it lies anywhere. */
  static over(spec: ArraySpec, box: readonly Range[], pool: BufferPool): Tile {
    const shape = box.map(size), chunks = box.map(() => ({ start: 0, end: 1 }));
    return new Tile({ ...spec, shape, chunks: shape }, chunks, pool, box.map((range) => range.start));
  }

  /** A tile of the chunks `chunks` (a range of the chunk grid, an axis each); the grid starts at `origin`. */
  constructor(spec: ArraySpec, chunks: readonly Range[], pool: BufferPool, origin: readonly number[] = []) {
    super(spec, chunks, origin);
    this.#pool = pool;
    this.#dtype = spec.dtype;
    this.#item = itemBytes(spec.dtype);
    this.bytes = pool.take(this.length * this.#item);
  }

  /** Set every element to `element` (its bytes). */
  fill(element: Uint8Array): void {
    if (this.bytes.length === 0) return;
    this.bytes.set(element);
    repeat(this.bytes, this.#item);
  }

  /** The elements of one chunk of the tile. */
  chunk(at: readonly number[]): Uint8Array {
    const { start, end } = this.elementsOf(at);
    return this.bytes.subarray(start * this.#item, end * this.#item);
  }

  /**
   * Copy what `node` has in `selection` into the tile. `offsets` (an axis each, from {@linkcode offsets} over the same
   * selection) say where each position goes.
   */
  async read(node: ArrayNode, selection: readonly Range[], offsets: readonly Int32Array[]): Promise<void> {
    const from = node.spec.dtype;
    if (!sameDType(from, this.#dtype) && !(isNumeric(from) && isNumeric(this.#dtype))) {
      throw new UnsupportedError(`Cannot read "${node.path}" of "${node.source}" as ${dtypeName(this.#dtype)}`, {
        source: node.source,
        element: node.path,
      });
    }
    for await (const block of node.blocks(selection)) this.place(block, from, selection, offsets);
  }

  /** Copy one block of what {@linkcode read} reads, of type `from`, into the tile. */
  place(block: Block, from: DType, selection: readonly Range[], offsets: readonly Int32Array[]): void {
    const place = block.ranges.map((range, axis) => {
      const start = selection[axis]?.start ?? 0;
      return (offsets[axis] as Int32Array).subarray(range.start - start, range.end - start);
    });
    if (sameDType(from, this.#dtype)) copyBlock(block, block.bytes, place, this.bytes, this.#item);
    else this.#castAndCopy(block, from as NumericType, this.#dtype as NumericType, place);
  }

  /** Give the memory back. */
  release(): void {
    this.#pool.give(this.bytes);
  }

  #castAndCopy(block: Block, from: NumericType, to: NumericType, place: readonly Int32Array[]): void {
    const count = Math.floor(block.bytes.length / itemBytes(from));
    const converted = this.#pool.take(count * this.#item);
    if (block.strides.every((stride) => stride === 0)) {
      spread(block.bytes.subarray(0, itemBytes(from)), from, converted, to);
    } else cast(block.bytes.subarray(0, count * itemBytes(from)), from, converted, to);
    copyBlock(block, converted, place, this.bytes, this.#item);
    this.#pool.give(converted);
  }
}

/** Copy a block to the offsets `place`; what goes to -1 is dropped. */
function copyBlock(
  block: Block,
  bytes: Uint8Array<ArrayBuffer>,
  place: readonly Int32Array[],
  into: Uint8Array<ArrayBuffer>,
  item: number,
): void {
  const last = place.length - 1, inner = place[last];
  if (inner === undefined) return into.set(bytes.subarray(block.offset * item, (block.offset + 1) * item));
  const copyRow = rowCopier(bytes, into, item, inner, block.strides[last] ?? 0);
  const outer = (axis: number, from: number, to: number): void => {
    if (axis === last) return copyRow(from, to);
    const offsets = place[axis] as Int32Array, stride = block.strides[axis] ?? 0;
    for (let i = 0; i < offsets.length; i++) {
      const offset = offsets[i] as number;
      if (offset >= 0) outer(axis + 1, from + i * stride, to + offset);
    }
  };
  outer(0, block.offset, 0);
}

type CopyRow = (from: number, to: number) => void;

/** Rows shorter than this are copied element by element: a call of `set` costs as much. */
const RUN_BYTES = 64;

/** The fastest way to copy one row of the last axis. */
function rowCopier(
  bytes: Uint8Array<ArrayBuffer>,
  into: Uint8Array<ArrayBuffer>,
  item: number,
  place: Int32Array,
  stride: number,
): CopyRow {
  const first = place[0] ?? -1, count = place.length;
  if (stride === 1 && count * item >= RUN_BYTES && isRun(place)) {
    return (from, to) => into.set(bytes.subarray(from * item, (from + count) * item), (to + first) * item);
  }
  const gather = (source: WordArray, target: WordArray): CopyRow => (from, to) => {
    for (let i = 0; i < count; i++) {
      const offset = place[i] as number;
      if (offset >= 0) target[to + offset] = source[from + i * stride] as number;
    }
  };
  switch (item) {
    case 1:
      return gather(bytes, into);
    case 2:
      return gather(words(Uint16Array, bytes), words(Uint16Array, into));
    case 4:
      return gather(words(Uint32Array, bytes), words(Uint32Array, into));
    default: // 8 and 16 bytes as words of 4: a float64 on its way through JavaScript could change an integer's bits
      if (item % 4 !== 0) return gatherRecords(bytes, into, item, place, stride);
      return gatherWide(words(Uint32Array, bytes), words(Uint32Array, into), item / 4, place, stride);
  }
}

/** Records and text of an odd size. */
function gatherRecords(
  source: Uint8Array,
  target: Uint8Array,
  item: number,
  place: Int32Array,
  stride: number,
): CopyRow {
  return (from, to) => {
    for (let i = 0; i < place.length; i++) {
      const offset = place[i] as number, at = (from + i * stride) * item;
      if (offset >= 0) target.set(source.subarray(at, at + item), (to + offset) * item);
    }
  };
}

type WordArray = Uint8Array | Uint16Array | Uint32Array;

function words<T>(
  type: new (buffer: ArrayBuffer, offset: number, length: number) => T,
  bytes: Uint8Array<ArrayBuffer>,
): T {
  const width = (type as { readonly BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 4;
  return new type(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / width));
}

function isRun(place: Int32Array): boolean {
  const first = place[0] as number;
  if (first < 0) return false;
  for (let i = 1; i < place.length; i++) if (place[i] !== first + i) return false;
  return true;
}

function gatherWide(
  source: Uint32Array,
  target: Uint32Array,
  width: number,
  place: Int32Array,
  stride: number,
): CopyRow {
  if (width === 2) {
    return (from, to) => {
      for (let i = 0, at = from * 2; i < place.length; i++, at += 2 * stride) {
        const offset = place[i] as number;
        if (offset < 0) continue;
        const goal = (to + offset) * 2;
        target[goal] = source[at] as number;
        target[goal + 1] = source[at + 1] as number;
      }
    };
  }
  return (from, to) => {
    for (let i = 0; i < place.length; i++) {
      const offset = place[i] as number;
      if (offset < 0) continue;
      for (let word = 0; word < width; word++) {
        target[(to + offset) * width + word] = source[(from + i * stride) * width + word] as number;
      }
    }
  };
}
