/**
 * Bringing buckets of scattered entries into order: the second half of sorting a sparse part.
 *
 * @module
 */
import { itemBytes } from "../base/dtype.ts";
import type { BufferPool } from "../base/pool.ts";
import type { SparseElement } from "../plan/element.ts";
import { GATHERED, SCATTERED } from "../plan/sort.ts";
import type { TaskWork } from "../plan/task.ts";
import { bucketFiles, bytesOf, fragmentFile, readNext, ScratchFile, type Sorted } from "../stream/scratch.ts";
import type { Inputs } from "./inputs.ts";
import { sortedFiles } from "./view.ts";

/** Entries as they were scattered; the memory is lent until the next fragment. */
interface Fragment {
  readonly count: number;
  /** Major and minor of each entry, side by side. */
  readonly places: Int32Array;
  readonly data: Uint8Array;
}

/** The fragments of one bucket, in the order of the input. */
function* fragments(pool: BufferPool, sorted: Sorted, slices: number, bucket: number): Generator<Fragment> {
  const item = itemBytes(sorted.dtype), room = SCATTERED, head = new Uint32Array(2);
  const memory = pool.take(room * 8),
    data = pool.take(room * item),
    places = new Int32Array(memory.buffer, 0, room * 2);
  try {
    for (let slice = 0; slice < slices; slice++) {
      const path = fragmentFile(sorted.base, slice, bucket);
      using file = Deno.openSync(path);
      while (readNext(file, path, bytesOf(head))) {
        const count = head[0] as number;
        readNext(file, path, memory.subarray(0, count * 8));
        readNext(file, path, data.subarray(0, count * item));
        yield { count, places, data };
      }
    }
  } finally {
    pool.give(memory);
    pool.give(data);
  }
}

/** Bring a bucket into order, as many rows at a time as the task may hold. */
export function gatherBucket(
  inputs: Inputs,
  number: number,
  element: SparseElement,
  work: Extract<TaskWork, { kind: "gather" }>,
): void {
  const sorted = sortedFiles(inputs, number, element, work.part), slices = element.parts[work.part]?.sort?.slices ?? 1;
  const first = work.bucket * sorted.rowsPerBucket, rows = Math.min(sorted.rows - first, sorted.rowsPerBucket);
  const read = (): Generator<Fragment> => fragments(inputs.pool, sorted, slices, work.bucket);
  const pointers = pointersOf(read(), first, rows);
  const files = bucketFiles(sorted.base, work.bucket);
  using indptrFile = new ScratchFile(files.indptr, inputs.log);
  using indicesFile = new ScratchFile(files.indices, inputs.log);
  using dataFile = new ScratchFile(files.data, inputs.log);
  indptrFile.write(bytesOf(pointers));
  const item = itemBytes(sorted.dtype), limit = Math.max(GATHERED, work.entries);
  for (let start = 0; start < rows;) {
    let end = start + 1;
    while (end < rows && (pointers[end + 1] as number) - (pointers[start] as number) <= limit) end++;
    const count = (pointers[end] as number) - (pointers[start] as number);
    const minors = inputs.pool.take(count * 4), data = inputs.pool.take(count * item);
    place(read(), pointers, { first, start, end }, minors, data, item);
    indicesFile.write(minors);
    dataFile.write(data);
    inputs.pool.give(minors);
    inputs.pool.give(data);
    start = end;
  }
  for (const file of [indptrFile, indicesFile, dataFile]) file.finish();
}

/** Where the entries of each row start, and where the last ones end. */
function pointersOf(read: Generator<Fragment>, first: number, rows: number): Float64Array {
  const pointers = new Float64Array(rows + 1);
  for (const { count, places } of read) {
    for (let k = 0; k < count; k++) {
      const row = (places[2 * k] as number) - first;
      pointers[row + 1] = (pointers[row + 1] as number) + 1;
    }
  }
  for (let row = 0; row < rows; row++) pointers[row + 1] = (pointers[row + 1] as number) + (pointers[row] as number);
  return pointers;
}

/** Put the entries of rows `[start, end)` of the bucket, whose first row is `first`, where they belong. */
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
  for (const fragment of read) {
    for (let k = 0; k < fragment.count; k++) {
      const row = (fragment.places[2 * k] as number) - first - start;
      if (row < 0 || row >= next.length) continue;
      const at = (next[row] as number) - base;
      next[row] = (next[row] as number) + 1;
      minors[at] = fragment.places[2 * k + 1] as number;
      for (let byte = 0; byte < item; byte++) data[at * item + byte] = fragment.data[k * item + byte] as number;
    }
  }
}
