/**
 * Sparse rows in their own order: from a stored matrix, or from the scratch files of one that had to be sorted.
 * "Row" is a position on the major axis: a cell in csr, a gene in csc.
 *
 * @module
 */
import { itemBytes, type NumericType, viewAs } from "../base/dtype.ts";
import type { BufferPool } from "../base/pool.ts";
import { type Range, size } from "../base/range.ts";
import type { ArrayNode } from "../storage/node.ts";
import { NumberCursor } from "./cursor.ts";
import { PointerCursor } from "./pointers.ts";

/** Sparse rows. */
export interface RowSource {
  /** How many rows there are. */
  readonly rows: number;
  /** Where it is best to stop when rows from `start` on are read: pointers are asked for so far at once. */
  batchEnd(start: number): number;
  /** How many entries from `entry` on are best read at once; no matter how many where it is not there. */
  room?(entry: number): number;
  /** Where the entries are stored in the order in which they are read, if they are. */
  readonly stored?: StoredMatrix;
  /** Where rows `rows` start among the entries, and where the last one ends: `size(rows) + 1` positions. */
  pointers(rows: Range): Promise<Float64Array>;
  /** Read entries from `start` on. */
  entries(start: number): EntryReader;
  /** Free what the source holds. */
  close(): Promise<void>;
}

/** Entries, front to back. */
export interface EntryReader {
  /** Read `count` minor positions, and as many values unless `data` is null. Either always or never ask for values. */
  read(count: number, indices: Int32Array, data: Uint8Array | null): Promise<void>;
  /**
   * The next `count` entries (without values: positions alone) where they lie, so that nothing is copied; undefined where
   * they do not lie side by side and have to be read.
   */
  lend?(count: number, withData: boolean): Promise<Entries | undefined>;
  /** Free what the reader holds. */
  close(): Promise<void>;
}

/** Entries in memory that is lent until the next ones are asked for; the receiver may change them. */
export interface Entries {
  /** Minor positions. */
  readonly indices: Int32Array;
  /** Values, as bytes. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Leave the buffers to the caller, so that the entries need not be copied; absent where others need them. */
  readonly keep?: (() => void) | undefined;
}

/** A matrix as it is stored. */
export interface StoredMatrix {
  readonly indptr: ArrayNode;
  readonly indices: ArrayNode;
  readonly data: ArrayNode;
}

/** The rows of a stored matrix, values as `dtype`. */
export class StoredRows implements RowSource {
  readonly rows: number;
  readonly stored: StoredMatrix;
  readonly #dtype: NumericType;
  readonly #byChunk: boolean;
  #known: { readonly row: number; readonly pointer: number; readonly cursor: PointerCursor } | undefined;

  /** Read `matrix`; with `byChunk` windows end where a stored chunk does, and its memory can be left to who wants it. */
  constructor(matrix: StoredMatrix, dtype: NumericType, byChunk = false) {
    this.#byChunk = byChunk;
    this.rows = Math.max(0, (matrix.indptr.spec.shape[0] ?? 1) - 1);
    this.stored = matrix;
    this.#dtype = dtype;
  }

  batchEnd(start: number): number {
    return Math.min(start + POINTER_ROWS, this.rows);
  }

  room(entry: number): number {
    const chunk = this.#byChunk ? this.stored.data.spec.chunks[0] ?? 1 : Infinity;
    return chunk - entry % chunk;
  }

  async pointers(rows: Range): Promise<Float64Array> {
    const { indptr, data } = this.stored, pointers = new Float64Array(size(rows) + 1);
    // Going on from the last call needs no second reading of the chunk.
    const goesOn = this.#known?.row === rows.start ? this.#known : undefined;
    if (goesOn === undefined) await this.close();
    const cursor = goesOn?.cursor ?? new PointerCursor(indptr, data.spec.shape[0] ?? 0, rows.start);
    const first = goesOn === undefined ? 0 : 1;
    if (goesOn !== undefined) pointers[0] = goesOn.pointer;
    pointers.set(await cursor.read(pointers.length - first), first);
    this.#known = { row: rows.end, pointer: pointers[size(rows)] ?? 0, cursor };
    return pointers;
  }

  entries(start: number): EntryReader {
    const { indices, data } = this.stored, end = data.spec.shape[0] ?? 0;
    const positions = new NumberCursor(indices, { start, end }), dtype = this.#dtype;
    let values: NumberCursor | undefined;
    return {
      async lend(count, withData) {
        const places = await positions.peek(count, "int32");
        if (places === undefined) return undefined;
        if (withData) values ??= new NumberCursor(data, { start, end });
        const bytes = withData ? await values?.peek(count, dtype) : new Uint8Array();
        if (bytes === undefined) return undefined;
        const cursors = withData && values !== undefined ? [positions, values] : [positions];
        const canLeave = cursors.every((cursor) => cursor.canLeave(count));
        for (const cursor of cursors) cursor.skip(count);
        const keep = canLeave ? () => cursors.forEach((cursor) => cursor.leave()) : undefined;
        return { indices: viewAs("int32", places) as Int32Array, data: bytes, keep };
      },
      async read(count, into, bytes) {
        await positions.read(count, new Uint8Array(into.buffer, into.byteOffset, count * 4), "int32");
        if (bytes === null) return;
        values ??= new NumberCursor(data, { start, end });
        await values.read(count, bytes.subarray(0, count * itemBytes(dtype)), dtype);
      },
      async close() {
        await positions.close();
        await values?.close();
      },
    };
  }

  async close(): Promise<void> {
    await this.#known?.cursor.close();
    this.#known = undefined;
  }
}

/** Where elements are stored in an input just as they are. */
export interface Place {
  readonly node: ArrayNode;
  /** The position of the first of them. */
  readonly at: number;
}

/** Where entries are stored; absent is what has changed, or is stored nowhere. */
export interface StoredEntries {
  /** Their minor positions. */
  readonly indices?: Place | undefined;
  /** Their values. */
  readonly data?: Place | undefined;
}

/** Rows and their entries in memory, lent until the next window. */
export interface Window extends Entries {
  /** Where the entries are stored as they are; absent where they are nowhere. */
  readonly stored?: StoredEntries | undefined;
  /** Which rows. */
  readonly rows: Range;
  /** Where each row starts in `indices`, and where the last one ends. */
  readonly pointers: Float64Array;
}

/** Memory for the entries of one window; it grows when one row alone is larger. */
export class WindowBuffer {
  /** Minor positions. */
  indices = new Int32Array();
  /** Values, as bytes. */
  data: Uint8Array<ArrayBuffer> = new Uint8Array();
  readonly #pool: BufferPool;
  readonly #item: number;
  #bytes: Uint8Array<ArrayBuffer> | undefined;
  #hasData = false;

  /** Memory from `pool` for entries with values of `item` bytes. */
  constructor(pool: BufferPool, item: number) {
    this.#pool = pool;
    this.#item = item;
  }

  /** Make room for `entries` entries, with values or without; what was there may be lost. */
  reserve(entries: number, withData: boolean): void {
    if (entries <= this.indices.length && (this.#hasData || !withData)) return;
    this.release();
    const room = roomFor(entries);
    this.#bytes = this.#pool.take(room * 4);
    this.indices = new Int32Array(this.#bytes.buffer, 0, room);
    if (withData) this.data = this.#pool.take(room * this.#item);
    this.#hasData = withData;
  }

  /** Give the memory back. */
  release(): void {
    if (this.#bytes !== undefined) this.#pool.give(this.#bytes);
    if (this.#hasData) this.#pool.give(this.data);
    this.#bytes = undefined;
    this.#hasData = false;
    this.indices = new Int32Array();
    this.data = new Uint8Array();
  }
}

/** Room for `count` items that grows by steps: windows differ a little in size, and each new buffer is garbage. */
export function roomFor(count: number): number {
  const step = Math.max(1024, 2 ** Math.floor(Math.log2(Math.max(1, count)) - 2));
  return Math.ceil(count / step) * step;
}

/** Rows whose pointers are read at once. */
export const POINTER_ROWS = 16384;

/**
 * `rows` of `source` in windows of at most `limit` entries (a row is never cut). With `wanted: "pointers"` no entries are
 * read, with `"indices"` no values. Entries that do not lie side by side are put together in `buffer`.
 */
export async function* windows(
  source: RowSource,
  rows: Range,
  limit: number,
  buffer: WindowBuffer,
  wanted: "pointers" | "indices" | "all",
): AsyncGenerator<Window> {
  let reader: EntryReader | undefined;
  try {
    for (let start = rows.start, end = start; start < rows.end; start = end) {
      end = Math.min(rows.end, source.batchEnd(start));
      const batch = { start, end };
      const pointers = await source.pointers(batch);
      for (let first = 0; first < size(batch);) {
        const base = pointers[first] as number, most = Math.min(limit, source.room?.(base) ?? limit);
        const last = wanted === "pointers" ? size(batch) : fit(pointers, first, most);
        const count = (pointers[last] as number) - base;
        const own = pointers.subarray(first, last + 1).map((pointer) => pointer - base);
        let entries: Entries = { indices: buffer.indices, data: buffer.data };
        if (wanted !== "pointers") {
          reader ??= source.entries(base);
          entries = await nextEntries(reader, count, buffer, wanted === "all");
        }
        const { indices, data, keep } = entries;
        const stored = source.stored && {
          indices: { node: source.stored.indices, at: base },
          data: { node: source.stored.data, at: base },
        };
        yield { rows: { start: start + first, end: start + last }, pointers: own, indices, data, keep, stored };
        first = last;
      }
    }
  } finally {
    await reader?.close();
  }
}

async function nextEntries(
  reader: EntryReader,
  count: number,
  buffer: WindowBuffer,
  withData: boolean,
): Promise<Entries> {
  const lent = await reader.lend?.(count, withData);
  if (lent !== undefined) return lent;
  buffer.reserve(count, withData);
  await reader.read(count, buffer.indices, withData ? buffer.data : null);
  return buffer;
}

/** The end of the rows from `first` on that hold at most `limit` entries together; at least one row. */
export function fit(pointers: Float64Array, first: number, limit: number): number {
  let last = first + 1;
  while (last + 1 < pointers.length && (pointers[last + 1] as number) - (pointers[first] as number) <= limit) last++;
  return last;
}
