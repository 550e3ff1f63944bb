/**
 * Filling a sparse matrix that has to be taken apart: count the entries of every row, then fill.
 *
 * @module
 */
import { MiscountError } from "../base/errors.ts";
import { bytesOf, cast, itemBytes, type NumericType } from "../base/dtype.ts";
import { intersect, type Range, share, shift, size, whole } from "../base/range.ts";
import type { SparseElement } from "../plan/element.ts";
import { unitShape } from "../plan/grid.ts";
import type { TaskWork } from "../plan/task.ts";
import { CACHE_BYTES } from "../storage/cache.ts";
import type { ArraySpec, ArrayWriter } from "../storage/node.ts";
import type { Place } from "../stream/rows.ts";
import { readAt, ScratchFile } from "../stream/scratch.ts";
import { sparseRows } from "../stream/sparse.ts";
import type { Bench, Folders } from "./bench.ts";
import { copyChunk } from "./copy.ts";
import { sparseView } from "./view.ts";

/** A count file: every row's count as a uint32, then the total as a float64. */
function countFile(scratch: string, number: number, slot: number): string {
  return `${scratch}/${number}-count${slot}`;
}

/** Count the entries of the rows `work.rows`. */
export async function countRows(
  bench: Bench,
  number: number,
  element: SparseElement,
  work: Extract<TaskWork, { kind: "count" }>,
): Promise<void> {
  const view = await sparseView(bench, number, element, work.rows);
  using file = new ScratchFile(countFile(bench.scratch, number, work.slot), bench.log);
  let total = 0;
  const wanted = bench.presumes ? "presumed counts" : "counts";
  for await (const { pointers } of sparseRows(view, work.rows, work.entries, wanted)) {
    const counts = new Uint32Array(pointers.length - 1);
    for (let row = 0; row < counts.length; row++) {
      counts[row] = (pointers[row + 1] as number) - (pointers[row] as number);
    }
    file.write(bytesOf(counts));
    total += (pointers[pointers.length - 1] as number) - (pointers[0] as number);
  }
  file.write(bytesOf(Float64Array.of(total)));
  file.finish();
}

/** Where the entries of each counting task start, and where the last ones end. */
function slotStarts(scratch: string, number: number, element: SparseElement): Float64Array {
  const starts = new Float64Array(element.counts + 1), total = new Float64Array(1);
  for (let slot = 0; slot < element.counts; slot++) {
    readAt(countFile(scratch, number, slot), 4 * size(slotRows(element, slot)), bytesOf(total));
    starts[slot + 1] = (starts[slot] as number) + (total[0] as number);
  }
  return starts;
}

/** How many entries the matrix has, once they are counted. */
export function countedEntries(folders: Folders, number: number, element: SparseElement): number {
  return slotStarts(folders.scratch, number, element)[element.counts] ?? 0;
}

function slotRows(element: SparseElement, slot: number): Range {
  return share(whole(element.major), slot, element.counts);
}

function readCounts(bench: Bench, number: number, element: SparseElement, slot: number): Uint32Array {
  const counts = new Uint32Array(size(slotRows(element, slot)));
  readAt(countFile(bench.scratch, number, slot), 0, bytesOf(counts));
  return counts;
}

/** Fill the stored objects `units` of indptr. */
export async function fillPointers(bench: Bench, number: number, element: SparseElement, units: Range): Promise<void> {
  const spec = element.indptr, unit = unitShape(spec)[0] ?? 1, length = spec.shape[0] ?? 0;
  const range = { start: units.start * unit, end: Math.min(units.end * unit, length) };
  const sink = new Sink(bench, `${element.path}/indptr`, spec, range);
  const starts = slotStarts(bench.scratch, number, element);
  for (let slot = 0; slot < element.counts; slot++) {
    const rows = slotRows(element, slot);
    if (size(intersect(rows, range)) === 0) continue;
    const counts = readCounts(bench, number, element, slot), pointers = new Float64Array(counts.length);
    let pointer = starts[slot] as number;
    for (let row = 0; row < counts.length; row++) {
      pointers[row] = pointer;
      pointer += counts[row] as number;
    }
    await sink.push(rows.start, bytesOf(pointers), "float64", pointers.length);
  }
  if (range.end === length) {
    await sink.push(length - 1, bytesOf(Float64Array.of(starts[element.counts] ?? 0)), "float64", 1);
  }
  await sink.close();
}

/** Fill a share of the entries. */
export async function fillEntries(
  bench: Bench,
  number: number,
  element: SparseElement,
  work: Extract<TaskWork, { kind: "entries" }>,
): Promise<void> {
  const starts = slotStarts(bench.scratch, number, element), nnz = starts[element.counts] ?? 0;
  const ranges = { data: shareOf(element.data, nnz, work), indices: shareOf(element.indices, nnz, work) };
  // The two arrays are cut differently, so their shares end at different entries.
  const wanted = {
    start: Math.min(ranges.data.start, ranges.indices.start),
    end: Math.max(ranges.data.end, ranges.indices.end),
  };
  if (size(wanted) <= 0) return;
  const first = rowOf(bench, number, element, starts, wanted.start);
  const last = rowOf(bench, number, element, starts, wanted.end - 1), rows = { start: first.row, end: last.row + 1 };
  const sinks = {
    data: new Sink(bench, `${element.path}/data`, { ...element.data, shape: [nnz] }, ranges.data),
    indices: new Sink(bench, `${element.path}/indices`, { ...element.indices, shape: [nnz] }, ranges.indices),
  };
  const view = await sparseView(bench, number, element, rows);
  let at = first.entries.start;
  for await (const window of sparseRows(view, rows, work.entries, "entries")) {
    const base = window.pointers[0] as number, count = (window.pointers[window.pointers.length - 1] as number) - base;
    const indices = bytesOf(window.indices).subarray(base * 4, (base + count) * 4), item = itemBytes(element.dtype);
    const data = window.data.subarray(base * item, (base + count) * item), { stored } = window;
    await sinks.indices.push(at, indices, "int32", count, stored?.indices);
    await sinks.data.push(at, data, element.dtype, count, stored?.data);
    at += count;
  }
  await sinks.indices.close();
  await sinks.data.close();
  if (at !== last.entries.end) throw miscount(element);
}

/** The entries that a task fills of an array: whole stored objects. */
function shareOf(spec: ArraySpec, nnz: number, work: { readonly share: number; readonly shares: number }): Range {
  const unit = unitShape(spec)[0] ?? 1, units = share(whole(Math.ceil(nnz / unit)), work.share, work.shares);
  return { start: units.start * unit, end: Math.min(units.end * unit, nnz) };
}

function miscount({ path }: SparseElement): MiscountError {
  const why = "rows do not have the entries that were counted, as where an input changes meanwhile";
  return new MiscountError(`Cannot fill "${path}": ${why}`, { element: path });
}

/** The row that holds entry `entry`, and all of the row's entries. */
function rowOf(
  bench: Bench,
  number: number,
  element: SparseElement,
  starts: Float64Array,
  entry: number,
): { readonly row: number; readonly entries: Range } {
  const slot = starts.findLastIndex((start, at) => start <= entry && at < element.counts);
  let row = slotRows(element, slot).start, start = starts[slot] as number, end = start;
  for (const count of readCounts(bench, number, element, slot)) {
    end = start + count;
    if (end > entry) break;
    start = end;
    row++;
  }
  return { row, entries: { start, end } };
}

/**
 * Chunks of more bytes are never copied: over the network they would have to come again, since a thread's cache may not
 * hold those of both arrays, two of each, and what is written must not depend on where inputs lie.
 */
const MOST_COPIED = CACHE_BYTES / 5;

/**
 * Cuts a stream of elements into the chunks of a one-dimensional array, and leaves out what is not in its range. A chunk
 * that is one of an input's is copied as it is stored there.
 */
class Sink {
  readonly #bench: Bench;
  readonly #spec: ArraySpec;
  readonly #range: Range;
  readonly #dtype: NumericType;
  readonly #item: number;
  readonly #chunk: Uint8Array<ArrayBuffer>;
  readonly #writer: ArrayWriter;
  #at: number;
  /** Where all of the chunk at hand is stored: the position of its first element; undefined where it is put together. */
  #place: Place | undefined;

  constructor(bench: Bench, path: string, spec: ArraySpec, range: Range) {
    this.#bench = bench;
    this.#spec = spec;
    this.#range = range;
    this.#dtype = spec.dtype as NumericType;
    this.#item = itemBytes(spec.dtype);
    this.#chunk = bench.pool.take((spec.chunks[0] ?? 1) * this.#item);
    this.#writer = bench.store.array(path, spec);
    this.#at = range.start;
  }

  /** Add `count` elements of type `dtype`, the first of them at position `start`, which are also stored at `place`. */
  async push(start: number, bytes: Uint8Array, dtype: NumericType, count: number, place?: Place): Promise<void> {
    const own = shift(intersect(this.#range, { start, end: start + count }), -start), item = itemBytes(dtype);
    const length = this.#spec.chunks[0] ?? 1;
    for (let from = own.start; from < own.end;) {
      const inChunk = this.#at % length, take = Math.min(own.end - from, length - inChunk);
      const into = this.#chunk.subarray(inChunk * this.#item, (inChunk + take) * this.#item);
      cast(bytes.subarray(from * item, (from + take) * item), dtype, into, this.#dtype);
      const first = place === undefined ? undefined : { node: place.node, at: place.at + from - inChunk };
      if (inChunk === 0) this.#place = first;
      else if (first?.node !== this.#place?.node || first?.at !== this.#place?.at) this.#place = undefined;
      from += take;
      this.#at += take;
      if (this.#at % length === 0) await this.#write();
    }
  }

  /** Write what is left. */
  async close(): Promise<void> {
    const length = this.#spec.chunks[0] ?? 1, left = this.#at % length;
    if (left > 0 && this.#at > this.#range.start) {
      this.#chunk.fill(0, left * this.#item);
      this.#place = undefined;
      await this.#write();
    }
    await this.#writer.close();
    this.#bench.pool.give(this.#chunk);
  }

  async #write(): Promise<void> {
    const length = this.#spec.chunks[0] ?? 1, number = [Math.ceil(this.#at / length) - 1], place = this.#place;
    if (place !== undefined && place.at % length === 0 && this.#chunk.length <= MOST_COPIED) {
      const from = [place.at / length], { pool } = this.#bench;
      if (await copyChunk(pool, place.node, from, this.#writer, number, true)) return;
    }
    await this.#writer.write(number, this.#chunk);
  }
}
