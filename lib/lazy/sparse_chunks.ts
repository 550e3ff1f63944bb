/**
 * From sparse rows, whose memory is lent, to chunks that belong to whoever receives them.
 *
 * @module
 */
import { itemBytes, type NumericType, viewAs } from "../base/dtype.ts";
import { FormatError } from "../base/errors.ts";
import { BufferPool } from "../base/pool.ts";
import { type Range, size, whole } from "../base/range.ts";
import { largest } from "../kernel/largest.ts";
import type { Window } from "../stream/rows.ts";
import { sparseRows } from "../stream/sparse.ts";
import type { SparseView } from "../stream/sparse_view.ts";
import type { Cut } from "./cut.ts";
import { disposer, handedOut } from "./owned.ts";
import type { SparseChunk, SparseOrigin } from "./sparse.ts";
import { turn } from "../base/turn.ts";

/** More entries than this are not brought into memory at once unless somebody asks for them. */
const MOST_ENTRIES = 2 ** 18;

/** The chunks of one pass over a matrix. */
export async function* chunksOf(origin: SparseOrigin, cut: Cut): AsyncGenerator<SparseChunk, void, void> {
  await turn(cut.signal);
  const view = await origin.open(cut.signal), { pool } = view, entry = 4 + itemBytes(view.dtype);
  const usual = Math.min(MOST_ENTRIES, Math.max(1, origin.chunk));
  const limit = cut.bytes === null ? usual : Math.max(1, Math.floor(cut.bytes / entry));
  try {
    const rows = cut.rows === null ? windowByWindow(view, cut.range, limit) : byCount(view, cut.range, limit, cut.rows);
    yield* handedOut(chunks(origin, pool, rows), cut.signal);
  } finally {
    for (const part of view.parts) await part.source.close();
    pool.clear();
  }
}

async function* chunks(
  origin: SparseOrigin,
  pool: BufferPool,
  rows: AsyncGenerator<OwnRows>,
): AsyncGenerator<SparseChunk, void, void> {
  for await (const one of rows) yield chunkOf(origin, pool, one);
}

/** A chunk of no rows. */
export function emptyChunk(origin: SparseOrigin, row: number): SparseChunk {
  const nothing = new Uint8Array(), rows = { start: row, end: row };
  return chunkOf(origin, new BufferPool(), { rows, pointers: new Float64Array(1), indices: nothing, data: nothing });
}

/** Rows and their entries, in memory of their own. */
interface OwnRows {
  readonly rows: Range;
  /** Where each row starts among the entries, from 0 on. */
  readonly pointers: Float64Array;
  readonly indices: Uint8Array<ArrayBuffer>;
  readonly data: Uint8Array<ArrayBuffer>;
}

function chunkOf(origin: SparseOrigin, pool: BufferPool, { rows, pointers, indices, data }: OwnRows): SparseChunk {
  const { layout, shape: [height, width], dtype } = origin, isCsr = layout === "csr";
  const positions = new Int32Array(indices.buffer, indices.byteOffset, indices.length / 4);
  if ((pointers.at(-1) ?? 0) >= 2 ** 31) {
    throw new RangeError(`Cannot hold ${pointers.at(-1)} entries in one chunk of ${origin.name}: ask for fewer rows`);
  }
  checkPositions(origin, positions);
  return {
    kind: "sparse",
    layout,
    rows: isCsr ? rows : whole(height),
    columns: isCsr ? whole(width) : rows,
    indptr: Int32Array.from(pointers),
    indices: positions,
    data: viewAs(dtype, data),
    [Symbol.dispose]: disposer(pool, indices, data),
  };
}

/** Who sums into an array of the matrix's width must not be led out of it. */
function checkPositions({ layout, shape, name, place }: SparseOrigin, positions: Int32Array): void {
  const minor = layout === "csr" ? shape[1] : shape[0], last = minor - 1;
  if (positions.length === 0 || largest(positions) <= last) return;
  const wrong = positions.find((position) => position < 0 || position > last);
  throw new FormatError(`Cannot read ${name}: it holds the index ${wrong} where there are ${minor}`, place);
}

/** Every window as it comes: the memory of a whole stored chunk is its receiver's, from others entries are copied. */
async function* windowByWindow(view: SparseView, rows: Range, limit: number): AsyncGenerator<OwnRows> {
  const item = itemBytes(view.dtype), { pool } = view;
  for await (const { rows: own, pointers, indices, data, keep } of sparseRows(view, rows, limit, "entries")) {
    const count = pointers.at(-1) ?? 0, values = data.subarray(0, count * item);
    const places = new Uint8Array(indices.buffer as ArrayBuffer, indices.byteOffset, count * 4);
    keep?.();
    yield keep !== undefined
      ? { rows: own, pointers, indices: places, data: values }
      : { rows: own, pointers, indices: pool.copy(places), data: pool.copy(values) };
  }
}

/** `count` rows at a time, however the windows fall. */
async function* byCount(
  view: SparseView,
  rows: Range,
  limit: number,
  count: number,
): AsyncGenerator<OwnRows> {
  const growing = new Growing(view.pool, view.dtype);
  growing.start = rows.start;
  try {
    for await (const window of sparseRows(view, rows, limit, "entries")) {
      const { start, end } = window.rows;
      for (let at = start; at < end;) {
        const wanted = Math.min(rows.end, growing.start + count), next = Math.min(end, wanted);
        growing.add(window, { start: at, end: next });
        if (next === wanted) {
          yield growing.finish();
          growing.start = next;
        }
        at = next;
      }
    }
  } finally {
    growing.release();
  }
}

/** Rows that are put together from windows, in memory that is used again. */
class Growing {
  /** The first row. */
  start = 0;
  readonly #pool: BufferPool;
  readonly #item: number;
  #pointers: number[] = [0];
  #indices: Uint8Array<ArrayBuffer> | undefined;
  #data: Uint8Array<ArrayBuffer> | undefined;

  constructor(pool: BufferPool, dtype: NumericType) {
    this.#pool = pool;
    this.#item = itemBytes(dtype);
  }

  /** Add rows `rows` of `window`. */
  add(window: Window, rows: Range): void {
    const first = rows.start - window.rows.start, { pointers } = window, from = pointers[first] as number;
    const base = this.#pointers.at(-1) as number, item = this.#item;
    for (let row = 1; row <= size(rows); row++) this.#pointers.push(base + (pointers[first + row] as number) - from);
    const to = pointers[first + size(rows)] as number, { indices, data } = window;
    const places = new Uint8Array(indices.buffer as ArrayBuffer, indices.byteOffset + from * 4, (to - from) * 4);
    this.#indices = this.#append(this.#indices, base * 4, places);
    this.#data = this.#append(this.#data, base * item, data.subarray(from * item, to * item));
  }

  /** The rows, in memory of their own; the next ones can be added. */
  finish(): OwnRows {
    const pointers = Float64Array.from(this.#pointers), count = pointers.at(-1) as number;
    const own = (bytes: Uint8Array<ArrayBuffer> | undefined, length: number) =>
      this.#pool.copy(bytes?.subarray(0, length) ?? new Uint8Array());
    const rows = { start: this.start, end: this.start + pointers.length - 1 };
    this.#pointers = [0];
    return { rows, pointers, indices: own(this.#indices, count * 4), data: own(this.#data, count * this.#item) };
  }

  /** Give the memory back. */
  release(): void {
    for (const bytes of [this.#indices, this.#data]) if (bytes !== undefined) this.#pool.give(bytes);
    this.#indices = this.#data = undefined;
  }

  #append(
    bytes: Uint8Array<ArrayBuffer> | undefined,
    at: number,
    more: Uint8Array,
  ): Uint8Array<ArrayBuffer> {
    let into = bytes;
    if (into === undefined || into.length < at + more.length) {
      into = this.#pool.take(Math.max(at + more.length, 2 * (bytes?.length ?? 0)));
      if (bytes !== undefined) {
        into.set(bytes.subarray(0, at));
        this.#pool.give(bytes);
      }
    }
    into.set(more, at);
    return into;
  }
}
