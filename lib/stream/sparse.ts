/**
 * The rows of a sparse matrix that is put together from parts: one after the other along the major axis, or side by
 * side along the minor one.
 *
 * @module
 */
import { cast, itemBytes, type NumericType } from "../base/dtype.ts";
import type { BufferPool } from "../base/pool.ts";
import { intersect, type Range, shift, size } from "../base/range.ts";
import { fillBytes } from "../storage/fill.ts";
import type { FillValue } from "../storage/node.ts";
import { repeat } from "./cursor.ts";
import { fit, roomFor, type RowSource, type Window, WindowBuffer, windows } from "./rows.ts";
import { RowShaper } from "./shape.ts";

/** A sparse matrix made of parts. */
export interface SparseView {
  /** Where memory for entries comes from. */
  readonly pool: BufferPool;
  /** Rows. */
  readonly major: number;
  /** Columns. */
  readonly minor: number;
  readonly dtype: NumericType;
  /** The axis along which the parts follow one another. */
  readonly along: "major" | "minor";
  /** The value that stands where a part has no place; null where nothing is stored there. */
  readonly fill: FillValue;
  readonly parts: readonly SparseViewPart[];
}

/** A part of a {@linkcode SparseView}. */
export interface SparseViewPart {
  /** What messages call it. */
  readonly name: string;
  /** Where it goes on the axis of concatenation. */
  readonly at: Range;
  /** Where each position of its other axis goes; null where nothing changes. */
  readonly map: Int32Array | null;
  /** Whether `source` has its rows in the view's order already, although `map` is not null (along minor only). */
  readonly isSorted: boolean;
  /** What is added to its minor positions (along major, where nothing is mapped). */
  readonly offset: number;
  /** Minor positions of its rows. */
  readonly minor: number;
  /** The type of its rows' values; they take the view's type when they have been mapped and summed. */
  readonly dtype: NumericType;
  /** Its rows. */
  readonly source: RowSource;
}

/**
 * Rows `rows` of `view`, in windows of at most `limit` entries (a row is never cut). With `counting` only pointers are
 * right: entries are read no further than counting needs.
 */
export function sparseRows(view: SparseView, rows: Range, limit: number, counting: boolean): AsyncGenerator<Window> {
  return view.along === "major" ? alongMajor(view, rows, limit, counting) : alongMinor(view, rows, limit, counting);
}

async function* alongMajor(view: SparseView, rows: Range, limit: number, counting: boolean): AsyncGenerator<Window> {
  let at = rows.start;
  for (const part of view.parts) {
    const own = intersect(part.at, { start: at, end: rows.end });
    if (size(own) === 0) continue;
    yield* withoutPart(view, { start: at, end: own.start }, limit);
    yield* partRows(view, part, own, limit, counting);
    at = own.end;
  }
  yield* withoutPart(view, { start: at, end: rows.end }, limit);
}

/** Rows `rows` of the view, all of them of `part`. */
async function* partRows(
  view: SparseView,
  part: SparseViewPart,
  rows: Range,
  limit: number,
  counting: boolean,
): AsyncGenerator<Window> {
  const buffer = new WindowBuffer(view.pool, itemBytes(part.dtype));
  const converter = new Converter(view.pool, part.dtype, view.dtype);
  const reads = counting ? (part.map === null ? "pointers" : "indices") : "all";
  const missing = view.fill === null || part.map === null ? null : holes(part.map, view.minor);
  const shaper = part.map === null
    ? null
    : new RowShaper(view.pool, view.minor, part.dtype, fillBytes(part.dtype, missing === null ? null : view.fill));
  const reshape = { map: part.map, minor: part.minor, missing, name: part.name };
  try {
    for await (const window of windows(part.source, shift(rows, -part.at.start), limit, buffer, reads)) {
      const place = shift(window.rows, part.at.start), { pointers, indices, data } = window;
      if (counting) yield { ...window, rows: place, pointers: shaper?.count(reshape, pointers, indices) ?? pointers };
      else if (shaper === null) {
        const count = pointers.at(-1) ?? 0;
        if (part.offset > 0) { for (let k = 0; k < count; k++) indices[k] = (indices[k] as number) + part.offset; }
        yield { rows: place, pointers, indices, data: converter.convert(data, count) };
      } else {
        const shaped = shaper.shape(reshape, pointers, indices, data), count = shaped.at(-1) ?? 0;
        yield { rows: place, pointers: shaped, indices: shaper.indices, data: converter.convert(shaper.data, count) };
      }
    }
  } finally {
    for (const memory of [buffer, converter, shaper]) memory?.release();
  }
}

/** Turns the first so many values of a buffer into another type; memory is lent until the next call. */
class Converter {
  readonly #pool: BufferPool;
  readonly #from: NumericType;
  readonly #to: NumericType;
  #into: Uint8Array<ArrayBuffer> | undefined;

  constructor(pool: BufferPool, from: NumericType, to: NumericType) {
    this.#pool = pool;
    this.#from = from;
    this.#to = to;
  }

  convert(bytes: Uint8Array<ArrayBuffer>, count: number): Uint8Array<ArrayBuffer> {
    if (this.#from === this.#to) return bytes;
    const needed = count * itemBytes(this.#to);
    if (this.#into === undefined || this.#into.length < needed) {
      this.release();
      this.#into = this.#pool.take(roomFor(count) * itemBytes(this.#to));
    }
    cast(bytes.subarray(0, count * itemBytes(this.#from)), this.#from, this.#into.subarray(0, needed), this.#to);
    return this.#into;
  }

  release(): void {
    if (this.#into !== undefined) this.#pool.give(this.#into);
    this.#into = undefined;
  }
}

/** Minor positions to which nothing is mapped; null where there are none. */
function holes(map: Int32Array, minor: number): Int32Array | null {
  const taken = new Uint8Array(minor);
  for (const to of map) if (to >= 0) taken[to] = 1;
  const found = Int32Array.from({ length: minor }, (_, at) => at).filter((at) => taken[at] === 0);
  return found.length === 0 ? null : found;
}

/** Rows that no part has: empty, or filled from end to end. */
function* withoutPart(view: SparseView, rows: Range, limit: number): Generator<Window> {
  if (size(rows) === 0) return;
  const width = view.fill === null ? 0 : view.minor,
    step = width === 0 ? size(rows) : Math.max(1, Math.floor(limit / width));
  const count = Math.min(step, size(rows)) * width;
  const indices = Int32Array.from({ length: count }, (_, i) => i % width);
  const data = new Uint8Array(count * itemBytes(view.dtype));
  if (count > 0) {
    data.set(fillBytes(view.dtype, view.fill));
    repeat(data, itemBytes(view.dtype));
  }
  for (let start = rows.start; start < rows.end; start += step) {
    const end = Math.min(rows.end, start + step);
    yield {
      rows: { start, end },
      pointers: Float64Array.from({ length: end - start + 1 }, (_, i) => i * width),
      indices,
      data,
    };
  }
}

/** Rows whose windows are planned at once, side by side. */
const BATCH_ROWS = 4096;

async function* alongMinor(view: SparseView, rows: Range, limit: number, counting: boolean): AsyncGenerator<Window> {
  const lanes = view.parts.map((part) => new Lane(view, part, counting));
  const out = new WindowBuffer(view.pool, itemBytes(view.dtype));
  try {
    for (let start = rows.start; start < rows.end; start += BATCH_ROWS) {
      const batch = { start, end: Math.min(rows.end, start + BATCH_ROWS) };
      for (const lane of lanes) await lane.prepare(batch);
      const bounds = new Float64Array(size(batch) + 1);
      for (let row = 0; row < size(batch); row++) {
        bounds[row + 1] = lanes.reduce((sum, lane) => sum + lane.bound(start + row), bounds[row] as number);
      }
      for (let first = 0; first < size(batch);) {
        const last = fit(bounds, first, limit), place = { start: start + first, end: start + last };
        for (const lane of lanes) await lane.load(place);
        yield merge(lanes, place, out, counting);
        first = last;
      }
    }
  } finally {
    for (const memory of [...lanes, out]) memory.release();
  }
}

/** Put the rows of all lanes side by side. */
function merge(lanes: readonly Lane[], rows: Range, out: WindowBuffer, counting: boolean): Window {
  const pointers = new Float64Array(size(rows) + 1);
  for (let row = 0; row < size(rows); row++) {
    pointers[row + 1] = lanes.reduce((sum, lane) => sum + lane.count(row), pointers[row] as number);
  }
  if (!counting) {
    out.reserve(pointers[size(rows)] as number, true);
    for (let row = 0, at = 0; row < size(rows); row++) {
      for (const lane of lanes) at = lane.copy(row, out, at);
    }
  }
  return { rows, pointers, indices: out.indices, data: out.data };
}

/** One part of several that lie side by side. */
class Lane {
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

  constructor(view: SparseView, part: SparseViewPart, counting: boolean) {
    this.#view = view;
    this.#part = part;
    this.#counting = counting;
    this.#item = itemBytes(view.dtype);
    this.#inverse = part.map === null || part.isSorted ? null : inverse(part.map, view.major);
    this.#buffer = new WindowBuffer(view.pool, itemBytes(part.dtype));
    this.#fill = fillBytes(view.dtype, view.fill);
    this.#converter = new Converter(view.pool, part.dtype, view.dtype);
    if (part.map !== null) this.#shaper = new RowShaper(view.pool, part.minor, part.dtype, new Uint8Array());
  }

  /** Read the pointers of `batch`, rows of the view. */
  async prepare(batch: Range): Promise<void> {
    this.#hull = this.#rowsUnder(batch);
    this.#pointers = size(this.#hull) === 0 ? new Float64Array(1) : await this.#part.source.pointers(this.#hull);
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
      const reader = this.#part.source.entries(base);
      await reader.read(count, this.#buffer.indices, this.#counting ? null : this.#buffer.data);
      await reader.close();
    }
    const own = Float64Array.from({ length: size(hull) + 1 }, (_, i) => this.#pointer(hull.start + i) - base);
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
