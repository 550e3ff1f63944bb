/**
 * One part of a sparse matrix whose parts lie side by side along the minor axis.
 *
 * @module
 */
import { itemBytes } from "../base/dtype.ts";
import { type Range, size } from "../base/range.ts";
import { fillBytes } from "../storage/fill.ts";
import { Converter } from "./convert.ts";
import { type EntryReader, WindowBuffer } from "./rows.ts";
import { RowShaper } from "./shape.ts";
import type { SparseView, SparseViewPart } from "./sparse_view.ts";

/** One part of several that lie side by side. */
export class Lane {
  readonly #view: SparseView;
  readonly #part: SparseViewPart;
  readonly #counting: boolean;
  readonly #item: number;
  /** The part's row for each of the view's; null: the same. */
  readonly #inverse: Int32Array | null;
  readonly #buffer: WindowBuffer;
  readonly #fill: Uint8Array;
  readonly #converter: Converter;
  readonly #shaper: RowShaper | undefined;
  /** Pointers of the batch's rows in the part, from `#hull.start` on. */
  #pointers: Float64Array = new Float64Array(1);
  #hull: Range = { start: 0, end: 0 };
  /** The window's rows: where they start in `#indices`, and end. */
  #starts = new Float64Array(1);
  #ends = new Float64Array(1);
  #indices = new Int32Array();
  #data: Uint8Array<ArrayBuffer> = new Uint8Array();
  #reading: { readonly reader: EntryReader; readonly at: number } | undefined;

  /** The lane of `part` of `view`. */
  constructor(view: SparseView, part: SparseViewPart, counting: boolean) {
    this.#view = view;
    this.#part = part;
    this.#counting = counting;
    this.#item = itemBytes(view.dtype);
    this.#inverse = part.map === null || part.isSorted ? null : inverse(part.map, view.major);
    this.#buffer = new WindowBuffer(view.pool, itemBytes(part.dtype));
    this.#fill = fillBytes(view.dtype, view.fill);
    this.#converter = new Converter(view.pool, part.dtype, view.dtype);
    if (part.map !== null) this.#shaper = new RowShaper(view.pool, part.minor, part.dtype);
  }

  /** Read the pointers of `batch`, rows of the view. */
  async prepare(batch: Range): Promise<void> {
    this.#hull = this.#rowsUnder(batch);
    this.#pointers = size(this.#hull) === 0 ? new Float64Array(1) : await this.#part.source.pointers(this.#hull);
    if (!this.#view.keepsChunks) await this.#part.source.close();
  }

  /** The most entries that row `row` of the view can have here. */
  bound(row: number): number {
    const own = this.#inverse === null ? row : this.#inverse[row] as number;
    return own < 0
      ? this.#filled
      : this.#pointer(own + 1) - this.#pointer(own) + (this.#isFilled(row) ? this.#filled : 0);
  }

  /** Read the entries of `rows`, rows of the view. */
  async load(rows: Range): Promise<void> {
    const hull = this.#rowsUnder(rows), base = this.#pointer(hull.start), count = this.#pointer(hull.end) - base;
    const needsEntries = count > 0 && (!this.#counting || this.#shaper !== undefined);
    if (needsEntries) {
      this.#buffer.reserve(count, !this.#counting);
      const reader = await this.#readerAt(base);
      await reader.read(count, this.#buffer.indices, this.#counting ? null : this.#buffer.data);
      this.#reading = { reader, at: base + count };
      if (!this.#view.keepsChunks) await this.#stop();
    }
    const own = new Float64Array(size(hull) + 1);
    for (let i = 0; i < own.length; i++) own[i] = this.#pointer(hull.start + i) - base;
    [this.#indices, this.#data] = [this.#buffer.indices, this.#buffer.data];
    const shaped = this.#shaper === undefined || count === 0 ? own : this.#shape(own);
    if (!this.#counting) this.#data = this.#converter.convert(this.#data, shaped.at(-1) ?? 0);
    this.#starts = new Float64Array(size(rows));
    this.#ends = new Float64Array(size(rows));
    for (let row = 0; row < size(rows); row++) {
      const from = this.#inverse === null ? rows.start + row : this.#inverse[rows.start + row] as number;
      this.#starts[row] = from < 0 ? -1 : shaped[from - hull.start] as number;
      this.#ends[row] = from < 0 ? -1 : shaped[from - hull.start + 1] as number;
      if (this.#part.isSorted && this.#isFilled(rows.start + row)) this.#starts[row] = this.#ends[row] = -1;
    }
  }

  /** Stop reading. */
  async close(): Promise<void> {
    await this.#stop();
    await this.#part.source.close();
  }

  async #stop(): Promise<void> {
    await this.#reading?.reader.close();
    this.#reading = undefined;
  }

  /** A reader of the entries from `start` on: where the last window ended, it goes on without decoding a chunk again. */
  async #readerAt(start: number): Promise<EntryReader> {
    if (this.#reading?.at === start) return this.#reading.reader;
    await this.#stop();
    return this.#part.source.entries(start);
  }

  /** Entries of row `row` of the window. */
  count(row: number): number {
    const start = this.#starts[row] as number;
    return start < 0 ? this.#filled : (this.#ends[row] as number) - start;
  }

  /** Copy row `row` of the window to `out` from `at` on; returns where it ends there. */
  copy(row: number, out: WindowBuffer, at: number): number {
    const start = this.#starts[row] as number, offset = this.#part.at.start, { indices, data } = out;
    if (start < 0) {
      for (let i = 0; i < this.#filled; i++) {
        indices[at + i] = offset + i;
        data.set(this.#fill, (at + i) * this.#item);
      }
      return at + this.#filled;
    }
    const end = this.#ends[row] as number, own = this.#indices;
    for (let k = start, to = at; k < end; k++, to++) indices[to] = (own[k] as number) + offset;
    copyBytes(this.#data, start * this.#item, data, at * this.#item, (end - start) * this.#item);
    return at + end - start;
  }

  /** Give the memory back. */
  release(): void {
    for (const memory of [this.#buffer, this.#converter, this.#shaper]) memory?.release();
  }

  get #filled(): number {
    return this.#view.fill === null || this.#part.map === null ? 0 : this.#part.minor;
  }

  /** Whether a row of a sorted source is one that the part does not have. */
  #isFilled(row: number): boolean {
    if (this.#filled === 0 || !this.#part.isSorted) return false;
    this.#present ??= present(this.#part.map, this.#view.major);
    return this.#present[row] === 0;
  }
  #present: Uint8Array | undefined;

  #shape(pointers: Float64Array): Float64Array {
    const shaper = this.#shaper as RowShaper, { minor, name } = this.#part;
    const reshape = { map: null, minor, missing: null, name };
    if (this.#counting) return shaper.count(reshape, pointers, this.#indices);
    const shaped = shaper.shape(reshape, pointers, this.#indices, this.#data);
    [this.#indices, this.#data] = [shaper.indices, shaper.data];
    return shaped;
  }

  #pointer(row: number): number {
    return size(this.#hull) === 0 ? 0 : this.#pointers[row - this.#hull.start] as number;
  }

  /** The part's rows that `rows` of the view come from, and what lies between them. */
  #rowsUnder(rows: Range): Range {
    const inverse = this.#inverse;
    if (inverse === null) return rows;
    let start = Infinity, end = -1;
    for (let row = rows.start; row < rows.end; row++) {
      const own = inverse[row] as number;
      if (own >= 0 && own < start) start = own;
      if (own >= end) end = own + 1;
    }
    return end < 1 ? { start: this.#hull.start, end: this.#hull.start } : { start, end };
  }
}

function inverse(map: Int32Array, length: number): Int32Array {
  const result = new Int32Array(length).fill(-1);
  map.forEach((to, from) => {
    if (to >= 0) result[to] = from;
  });
  return result;
}

function present(map: Int32Array | null, length: number): Uint8Array {
  const result = new Uint8Array(length).fill(map === null ? 1 : 0);
  for (const to of map ?? []) if (to >= 0) result[to] = 1;
  return result;
}

function copyBytes(from: Uint8Array, start: number, into: Uint8Array, at: number, count: number): void {
  if (count >= 64) return into.set(from.subarray(start, start + count), at);
  for (let i = 0; i < count; i++) into[at + i] = from[start + i] as number;
}
