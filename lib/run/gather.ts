/**
 * Bringing buckets of scattered entries into order: the second half of sorting a sparse part.
 *
 * @module
 */
import { bytesOf, itemBytes } from "../base/dtype.ts";
import type { BufferPool } from "../base/pool.ts";
import { type Range, size } from "../base/range.ts";
import { wordsOf, wordsPer } from "../base/words.ts";
import type { SparseElement } from "../plan/element.ts";
import { entryBytes, GATHERED, SCATTERED } from "../plan/sort.ts";
import type { TaskWork } from "../plan/task.ts";
import { type Fragment, readFragments } from "../stream/fragments.ts";
import { fit } from "../stream/rows.ts";
import { binsOf, bucketFiles, ScratchFile, sliceFile, type Sorted } from "../stream/scratch.ts";
import type { Inputs } from "./inputs.ts";
import { sortedFiles } from "./view.ts";

/** The fragments of bin `bin` in all slices, in the order of the input. */
function* fragmentsOf(pool: BufferPool, sorted: Sorted, slices: number, bin: number): Generator<Fragment> {
  const { base, dtype } = sorted, place = { bin, bins: binsOf(sorted), dtype };
  const memory = pool.take(SCATTERED * entryBytes(dtype));
  try {
    for (let slice = 0; slice < slices; slice++) yield* readFragments(sliceFile(base, slice), place, memory);
  } finally {
    pool.give(memory);
  }
}

/** Bring a bucket into order, bin by bin. */
export function gatherBucket(
  inputs: Inputs,
  number: number,
  element: SparseElement,
  work: Extract<TaskWork, { kind: "gather" }>,
): void {
  const sorted = sortedFiles(inputs, number, element, work.part), slices = element.parts[work.part]?.sort?.slices ?? 1;
  const { rowsPerBin, rowsPerBucket } = sorted, files = bucketFiles(sorted.base, work.bucket);
  const start = work.bucket * rowsPerBucket, end = Math.min(sorted.rows, start + rowsPerBucket);
  using indptr = new ScratchFile(files.indptr, inputs.log);
  using indices = new ScratchFile(files.indices, inputs.log);
  using data = new ScratchFile(files.data, inputs.log);
  const item = itemBytes(sorted.dtype), limit = Math.max(GATHERED, work.entries);
  for (let first = start; first < end; first += rowsPerBin) {
    const rows = { start: first, end: Math.min(end, first + rowsPerBin) }, { pool } = inputs;
    const read = (): Generator<Fragment> => fragmentsOf(pool, sorted, slices, first / rowsPerBin);
    gatherBin(pool, read, rows, { indptr, indices, data, item, limit });
  }
  for (const file of [indptr, indices, data]) file.finish();
}

/** Where a bin goes. */
interface Target {
  readonly indptr: ScratchFile;
  readonly indices: ScratchFile;
  readonly data: ScratchFile;
  /** Bytes of a value. */
  readonly item: number;
  /** Entries that are in memory at once, where a row is not larger. */
  readonly limit: number;
}

/** Bring the bin of rows `rows` into order, as many of them at a time as the task may hold. */
function gatherBin(
  pool: BufferPool,
  read: () => Generator<Fragment>,
  rows: Range,
  { indptr, indices, data, item, limit }: Target,
): void {
  const pointers = pointersOf(read(), rows, indices.bytes / 4), count = size(rows);
  indptr.write(bytesOf(pointers.subarray(0, count)));
  for (let start = 0; start < count;) {
    const end = fit(pointers, start, limit), entries = (pointers[end] as number) - (pointers[start] as number);
    const minors = pool.take(entries * 4), values = pool.take(entries * item);
    place(read(), pointers, { first: rows.start, start, end }, minors, values, item);
    indices.write(minors);
    data.write(values);
    pool.give(minors);
    pool.give(values);
    start = end;
  }
}

/** Where the entries of each of `rows` start, `before` those of the first one, and where the last ones end. */
function pointersOf(read: Generator<Fragment>, { start, end }: Range, before: number): Float64Array {
  const rows = end - start, pointers = new Float64Array(rows + 1);
  pointers[0] = before;
  for (const { count, places } of read) {
    for (let k = 0; k < count; k++) {
      const row = (places[2 * k] as number) - start;
      pointers[row + 1] = (pointers[row + 1] as number) + 1;
    }
  }
  for (let row = 0; row < rows; row++) pointers[row + 1] = (pointers[row + 1] as number) + (pointers[row] as number);
  return pointers;
}

/** Put the entries of rows `[start, end)` of the bin, whose first row is `first`, where they belong. */
function place(
  read: Generator<Fragment>,
  pointers: Float64Array,
  { first, start, end }: { readonly first: number; readonly start: number; readonly end: number },
  minorBytes: Uint8Array<ArrayBuffer>,
  data: Uint8Array,
  item: number,
): void {
  const base = pointers[start] as number, next = pointers.slice(start, end);
  const minors = new Int32Array(minorBytes.buffer, minorBytes.byteOffset, minorBytes.length / 4);
  const into = wordsOf(data, item), per = wordsPer(item), lead = first + start;
  for (const { count, places, data } of read) {
    const words = wordsOf(data, item);
    for (let k = 0; k < count; k++) {
      const row = (places[2 * k] as number) - lead;
      if (row < 0 || row >= next.length) continue;
      const at = (next[row] as number) - base;
      next[row] = (next[row] as number) + 1;
      minors[at] = places[2 * k + 1] as number;
      for (let word = 0; word < per; word++) into[at * per + word] = words[k * per + word] as number;
    }
  }
}
