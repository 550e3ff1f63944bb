/**
 * Reindexing sparse rows: minor positions are mapped, dropped, sorted, summed where they meet, and filled.
 *
 * @module
 */
import { FormatError } from "../base/errors.ts";
import type { BufferPool } from "../base/pool.ts";
import { roomFor } from "./rows.ts";
import { family, itemBytes, type NumericType, viewAs } from "../base/dtype.ts";

/** How rows are changed. */
export interface Reshape {
  /** Where each minor position goes, -1: nowhere; null: where it is. */
  readonly map: Int32Array | null;
  /** How many minor positions there are before the change. */
  readonly minor: number;
  /** Minor positions (after the change, increasing) that get the fill value in every row; null for none. */
  readonly missing: Int32Array | null;
  /** What messages call the matrix. */
  readonly name: string;
}

/** Changes rows. Rows come out sorted and without duplicates. */
export class RowShaper {
  /** Minor positions of the rows that came out. */
  indices = new Int32Array();
  /** Values of the rows that came out. */
  data: Uint8Array<ArrayBuffer> = new Uint8Array();
  #origin = new Int32Array();
  readonly #pool: BufferPool;
  #taken: Uint8Array<ArrayBuffer>[] = [];
  readonly #bits: Uint32Array;
  readonly #mark: Int32Array;
  readonly #dtype: NumericType;
  readonly #item: number;
  readonly #fill: Uint8Array;
  #sums: number[] = [];

  /** For rows with `minor` positions after the change. `fill` is the fill value's bytes. */
  constructor(pool: BufferPool, minor: number, dtype: NumericType, fill: Uint8Array) {
    this.#pool = pool;
    this.#bits = new Uint32Array((minor + 31) >>> 5);
    this.#mark = new Int32Array(minor);
    this.#dtype = dtype;
    this.#item = itemBytes(dtype);
    this.#fill = fill;
  }

  /**
   * Change the rows that `pointers` cut `indices` into. Afterwards {@linkcode indices} holds them and
   * {@linkcode data} their values, cut by the pointers that are returned.
   */
  shape(
    reshape: Reshape,
    pointers: Float64Array,
    indices: Int32Array,
    data: Uint8Array<ArrayBuffer>,
  ): Float64Array {
    const rows = pointers.length - 1, first = pointers[0] as number, count = (pointers[rows] as number) - first;
    this.#reserve(count + rows * (reshape.missing?.length ?? 0));
    this.#sums = [];
    const result = new Float64Array(rows + 1);
    for (let row = 0; row < rows; row++) {
      const start = result[row] as number;
      const end = this.#mapRow(reshape, indices, pointers[row] as number, pointers[row + 1] as number, start);
      result[row + 1] = end;
    }
    this.#move(data, result[rows] as number);
    return result;
  }

  /**
   * How many entries each row that `pointers` cut `indices` into will have: {@linkcode shape} without making them.
   * Sorted rows need no look at anything but their own positions: what is different stays different.
   */
  count(reshape: Reshape, pointers: Float64Array, indices: Int32Array): Float64Array {
    const rows = pointers.length - 1, result = new Float64Array(rows + 1), { map, minor } = reshape;
    for (let row = 0; row < rows; row++) {
      const from = pointers[row] as number, to = pointers[row + 1] as number;
      let kept = reshape.missing?.length ?? 0, last = -1, sorted = true;
      for (let k = from; k < to; k++) {
        const index = indices[k] as number;
        if (index >>> 0 >= minor) throw outOfRange(reshape, index);
        if (index <= last) sorted = false;
        last = index;
        if (map === null || (map[index] as number) >= 0) kept++;
      }
      if (!sorted) kept -= this.#repeats(map, indices, from, to);
      result[row + 1] = (result[row] as number) + kept;
    }
    return result;
  }

  /** How many entries of one row stand where another one does already. */
  #repeats(map: Int32Array | null, indices: Int32Array, from: number, to: number): number {
    const bits = this.#bits;
    let repeats = 0;
    for (let k = from; k < to; k++) {
      const index = indices[k] as number, goal = map === null ? index : map[index] as number;
      if (goal < 0) continue;
      const word = goal >>> 5, bit = 1 << (goal & 31);
      if (((bits[word] as number) & bit) !== 0) repeats++;
      bits[word] = (bits[word] as number) | bit;
    }
    for (let k = from; k < to; k++) {
      const index = indices[k] as number, goal = map === null ? index : map[index] as number;
      if (goal >= 0) bits[goal >>> 5] = 0;
    }
    return repeats;
  }

  /** Map one row; returns where it ends. */
  #mapRow(reshape: Reshape, indices: Int32Array, from: number, to: number, start: number): number {
    const { map, minor } = reshape, out = this.indices, origin = this.#origin;
    let end = start, last = -1, sorted = true;
    for (let k = from; k < to; k++) {
      const index = indices[k] as number;
      if (index >>> 0 >= minor) throw outOfRange(reshape, index);
      const goal = map === null ? index : map[index] as number;
      if (goal < 0) continue;
      if (goal <= last) sorted = false;
      last = goal;
      out[end] = goal;
      origin[end++] = k;
    }
    return sorted && reshape.missing === null ? end : this.#sort(start, end, reshape.missing);
  }

  /** Sort one row by a sweep over a bit for every minor position; returns where it ends. */
  #sort(start: number, end: number, missing: Int32Array | null): number {
    const out = this.indices, origin = this.#origin, bits = this.#bits, mark = this.#mark;
    const twice: number[] = [];
    let low = bits.length, high = -1;
    for (let i = start; i < end; i++) {
      const goal = out[i] as number, word = goal >>> 5, bit = 1 << (goal & 31);
      if (((bits[word] as number) & bit) !== 0) {
        twice.push(goal, origin[i] as number);
        continue;
      }
      bits[word] = (bits[word] as number) | bit;
      mark[goal] = origin[i] as number;
      if (word < low) low = word;
      if (word > high) high = word;
    }
    for (const goal of missing ?? []) {
      const word = goal >>> 5;
      bits[word] = (bits[word] as number) | (1 << (goal & 31));
      mark[goal] = -1;
      low = Math.min(low, word);
      high = Math.max(high, word);
    }
    let at = start;
    for (let word = low; word <= high; word++) {
      let left = bits[word] as number;
      if (left === 0) continue;
      bits[word] = 0;
      while (left !== 0) {
        const bit = left & -left, goal = (word << 5) + 31 - Math.clz32(bit);
        out[at] = goal;
        origin[at] = mark[goal] as number;
        if (twice.length > 0) mark[goal] = at;
        at++;
        left ^= bit;
      }
    }
    for (let i = 0; i < twice.length; i += 2) {
      this.#sums.push(mark[twice[i] as number] as number, twice[i + 1] as number);
    }
    return at;
  }

  /** Bring the values to where their positions went. */
  #move(data: Uint8Array<ArrayBuffer>, count: number): void {
    moveItems(data, this.#origin, count, this.data, this.#item, this.#fill);
    if (this.#sums.length === 0) return;
    const source = viewAs(this.#dtype, data), target = viewAs(this.#dtype, this.data);
    const parts = family(this.#dtype) === "complex" ? 2 : 1;
    for (let i = 0; i < this.#sums.length; i += 2) {
      for (let part = 0; part < parts; part++) {
        const to = (this.#sums[i] as number) * parts + part, from = (this.#sums[i + 1] as number) * parts + part;
        if (this.#dtype === "bool") target[to] = Number(target[to]) | Number(source[from]);
        else if (target instanceof BigInt64Array || target instanceof BigUint64Array) {
          target[to] = (target[to] as bigint) + (source[from] as bigint);
        } else target[to] = (target[to] as number) + (source[from] as number);
      }
    }
  }

  #reserve(entries: number): void {
    if (entries <= this.indices.length) return;
    this.release();
    const room = roomFor(entries), indices = this.#pool.take(room * 4), origin = this.#pool.take(room * 4);
    this.data = this.#pool.take(room * this.#item);
    this.indices = new Int32Array(indices.buffer, 0, room);
    this.#origin = new Int32Array(origin.buffer, 0, room);
    this.#taken = [indices, origin, this.data];
  }

  /** Give the memory back. */
  release(): void {
    for (const bytes of this.#taken) this.#pool.give(bytes);
    this.#taken = [];
    this.indices = this.#origin = new Int32Array();
    this.data = new Uint8Array();
  }
}

/** `into[i] = from[origin[i]]` for `count` items; the fill value where the origin is -1. */
function moveItems(
  from: Uint8Array<ArrayBuffer>,
  origin: Int32Array,
  count: number,
  into: Uint8Array<ArrayBuffer>,
  item: number,
  fill: Uint8Array,
): void {
  const width = item >= 4 ? 4 : item, words = item / width;
  const view = (bytes: Uint8Array): Uint8Array | Uint16Array | Uint32Array =>
    width === 1
      ? bytes
      : width === 2
      ? new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1)
      : new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2);
  const source = view(from), target = view(into), value = view(fill);
  if (words === 1) {
    for (let i = 0; i < count; i++) {
      const at = origin[i] as number;
      target[i] = at < 0 ? value[0] as number : source[at] as number;
    }
  } else if (words === 2) {
    for (let i = 0; i < count; i++) {
      const at = origin[i] as number;
      target[2 * i] = at < 0 ? value[0] as number : source[2 * at] as number;
      target[2 * i + 1] = at < 0 ? value[1] as number : source[2 * at + 1] as number;
    }
  } else {
    for (let i = 0; i < count; i++) {
      const at = origin[i] as number;
      for (let word = 0; word < words; word++) {
        target[words * i + word] = at < 0 ? value[word] as number : source[words * at + word] as number;
      }
    }
  }
}

function outOfRange(reshape: Reshape, index: number): FormatError {
  return new FormatError(`Cannot read ${reshape.name}: it holds the index ${index} where there are ${reshape.minor}`);
}
