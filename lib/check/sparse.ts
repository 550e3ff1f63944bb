/**
 * Comparing sparse matrices, a few rows at a time. "Row" is a position on the major axis: a cell in csr, a gene in csc.
 *
 * @module
 */
import { bytesOf, family, itemBytes, type NumericType, type TypedArray, viewAs } from "../base/dtype.ts";
import { FormatError } from "../base/errors.ts";
import { type Range, size } from "../base/range.ts";
import { type EntryReader, fit, POINTER_ROWS, type StoredMatrix, StoredRows, WindowBuffer } from "../stream/rows.ts";
import { sameBytes } from "./arrays.ts";
import type { Tally } from "./difference.ts";
import type { Job } from "./job.ts";
import { type Same, sameOf, shown } from "./same.ts";

/** Entries of both matrices that are compared at once, where rows are short. */
const ENTRIES = 2 ** 18;

/** Two matrices of one layout, shape and type. */
export interface SparsePair {
  readonly element: string;
  readonly layout: "csr" | "csc";
  readonly shape: readonly [number, number];
  readonly dtype: NumericType;
  readonly a: StoredMatrix;
  readonly b: StoredMatrix;
}

/**
 * Count the entries that differ: those that one of the matrices stores and the other does not, explicit zeros too, and
 * those with other values. The order of entries within a row does not count; entries of one place count as their sum.
 */
export async function compareSparse(job: Job, pair: SparsePair): Promise<Tally> {
  const { a, b, dtype, layout, shape } = pair, tally = job.tally();
  const rows = layout === "csr" ? shape[0] : shape[1];
  const specs = [a, b].flatMap((matrix) => [matrix.indptr.spec, matrix.indices.spec, matrix.data.spec]);
  const most = Math.min(ENTRIES, Math.floor(job.room(pair.element, specs, 1) / (4 + itemBytes(dtype))));
  const left = new Side(job, a, pair), right = new Side(job, b, pair);
  const rowsOf = new RowComparison(pair, sameOf(dtype, job.rtol), tally);
  try {
    for (let start = 0; start < rows; start += POINTER_ROWS) {
      const batch = { start, end: Math.min(rows, start + POINTER_ROWS) };
      const p = await left.pointers(batch),
        q = await right.pointers(batch),
        both = p.map((end, row) => end + (q[row] ?? 0));
      for (let first = 0; first < size(batch);) {
        job.signal?.throwIfAborted();
        const last = fit(both, first, most), window = { start: first, end: last };
        await left.read(p, window);
        await right.read(q, window);
        rowsOf.compare(start, left, right);
        first = last;
      }
    }
  } finally {
    await left.close();
    await right.close();
  }
  return tally;
}

/** One of the matrices: the rows that are in memory. */
class Side {
  /** Where the rows in memory start among them, and where the last one ends. */
  starts = new Float64Array(1);
  /** Which rows of the batch these are. */
  rows: Range = { start: 0, end: 0 };
  readonly #matrix: StoredMatrix;
  readonly #pair: SparsePair;
  readonly #source: StoredRows;
  readonly #buffer: WindowBuffer;
  #reader: EntryReader | undefined;

  constructor(job: Job, matrix: StoredMatrix, pair: SparsePair) {
    this.#matrix = matrix;
    this.#pair = pair;
    this.#source = new StoredRows(matrix, pair.dtype);
    this.#buffer = new WindowBuffer(job.pool, itemBytes(pair.dtype));
  }

  pointers(batch: Range): Promise<Float64Array> {
    return this.#source.pointers(batch);
  }

  /** Read the rows `window` of a batch with these pointers. */
  async read(pointers: Float64Array, window: Range): Promise<void> {
    const base = pointers[window.start] ?? 0, end = pointers[window.end] ?? 0;
    this.rows = window;
    this.starts = pointers.subarray(window.start, window.end + 1).map((pointer) => pointer - base);
    this.#buffer.reserve(end - base, true);
    this.#reader ??= this.#source.entries(base);
    await this.#reader.read(end - base, this.#buffer.indices, this.#buffer.data);
    const minor = this.#pair.shape[this.#pair.layout === "csr" ? 1 : 0], { indices } = this.#buffer;
    for (let i = 0; i < end - base; i++) {
      const index = indices[i] as number;
      if (index < 0 || index >= minor) throw this.#broken(`it holds the index ${index}, outside of its shape`);
    }
  }

  /** Entries in memory. */
  get count(): number {
    return this.starts.at(-1) ?? 0;
  }

  get indices(): Int32Array {
    return this.#buffer.indices.subarray(0, this.count);
  }

  get data(): Uint8Array<ArrayBuffer> {
    return this.#buffer.data.subarray(0, this.count * itemBytes(this.#pair.dtype));
  }

  async close(): Promise<void> {
    await this.#reader?.close();
    await this.#source.close();
    this.#buffer.release();
  }

  #broken(why: string): FormatError {
    const { source } = this.#matrix.data, element = this.#pair.element;
    return new FormatError(`Cannot read "${element}" of "${source}": ${why}`, { source, element });
  }
}

/** Compares rows that are in memory. */
class RowComparison {
  readonly #pair: SparsePair;
  readonly #same: Same;
  readonly #tally: Tally;

  constructor(pair: SparsePair, same: Same, tally: Tally) {
    this.#pair = pair;
    this.#same = same;
    this.#tally = tally;
  }

  /** Compare the rows that both sides hold; the first row of the batch is `first` in the matrix. */
  compare(first: number, a: Side, b: Side): void {
    if (
      sameBytes(bytesOf(a.starts), bytesOf(b.starts)) && sameBytes(bytesOf(a.indices), bytesOf(b.indices)) &&
      sameBytes(a.data, b.data)
    ) {
      this.#tally.total += a.count;
      return;
    }
    const { dtype } = this.#pair, x = viewAs(dtype, a.data), y = viewAs(dtype, b.data);
    for (let row = 0; row < size(a.rows); row++) {
      const left = rowOf(a, x, row, dtype), right = rowOf(b, y, row, dtype);
      this.#row(first + a.rows.start + row, left, right);
    }
  }

  #row(row: number, a: Row, b: Row): void {
    const { dtype } = this.#pair, tally = this.#tally;
    for (let i = 0, j = 0; i < a.places.length || j < b.places.length;) {
      const p = a.places[i] ?? Infinity, q = b.places[j] ?? Infinity, column = Math.min(p, q);
      const [hasA, hasB] = [p === column, q === column], at = this.#place(row, column), [k, l] = [i, j];
      if (!hasA || !hasB || !this.#same(a.values, k, b.values, l)) {
        const text = (one: Row, has: boolean, at: number) => has ? shown(one.values, at, dtype) : "nothing stored";
        tally.add(() => ({ at, a: text(a, hasA, k), b: text(b, hasB, l) }));
      }
      tally.total++;
      if (hasA) i++;
      if (hasB) j++;
    }
  }

  #place(row: number, column: number): readonly number[] {
    return this.#pair.layout === "csr" ? [row, column] : [column, row];
  }
}

/** The entries of a row, by ascending place, each place once. */
interface Row {
  readonly places: ArrayLike<number>;
  readonly values: TypedArray;
}

function rowOf(side: Side, values: TypedArray, row: number, dtype: NumericType): Row {
  const start = side.starts[row] ?? 0, end = side.starts[row + 1] ?? 0, parts = family(dtype) === "complex" ? 2 : 1;
  const places = side.indices.subarray(start, end), own = values.subarray(start * parts, end * parts);
  for (let i = 1; i < places.length; i++) {
    if ((places[i] as number) <= (places[i - 1] as number)) return inOrder(places, own, dtype);
  }
  return { places, values: own };
}

/** A row whose entries are out of order, or of which several have one place: they are summed, as scipy does. */
function inOrder(places: Int32Array, values: TypedArray, dtype: NumericType): Row {
  const parts = family(dtype) === "complex" ? 2 : 1, sorted: number[] = [], summed = values.slice();
  const order = Array.from(places.keys()).sort((a, b) => (places[a] as number) - (places[b] as number) || a - b);
  for (const from of order) {
    const isAgain = sorted.at(-1) === places[from];
    if (!isAgain) sorted.push(places[from] as number);
    for (let part = 0; part < parts; part++) {
      const to = (sorted.length - 1) * parts + part, value = values[from * parts + part] as number;
      summed[to] = isAgain ? sum(summed[to] as number, value, dtype) : value;
    }
  }
  return { places: sorted, values: summed };
}

/** The array that it is stored in wraps and rounds the sum, as numpy does. */
function sum(a: number, b: number, dtype: NumericType): number {
  return dtype === "bool" ? a | b : a + b;
}
