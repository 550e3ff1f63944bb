/**
 * Sorting a sparse part that lies in another order than the output's: entries are scattered into buckets of rows, and
 * each bucket is brought into order. Entries of a row keep the order in which the input has them.
 *
 * @module
 */
import { cast, isNumeric, itemBytes, type NumericType } from "../base/dtype.ts";
import { FormatError } from "../base/errors.ts";
import { type Range, share, size, whole } from "../base/range.ts";
import type { SparseElement, SparsePart } from "../plan/element.ts";
import type { TaskWork } from "../plan/task.ts";
import { type RowSource, StoredRows, WindowBuffer, windows } from "../stream/rows.ts";
import { bucketFiles, bytesOf, type Sorted, writeAll } from "../stream/scratch.ts";
import type { Bench } from "./bench.ts";
import { sortedFiles, storedMatrix } from "./view.ts";

/** Entries of all buckets that are kept in memory before they are written. */
const BUFFERED = 2 ** 18;

function fragmentFile(base: string, slice: number, bucket: number): string {
  return `${base}-slice${slice}-bucket${bucket}`;
}

/** Sort slice `slice` of part `at` into buckets. */
export async function scatterSlice(
  bench: Bench,
  number: number,
  element: SparseElement,
  at: number,
  slice: number,
): Promise<void> {
  const part = element.parts[at] as SparsePart, sorted = sortedFiles(bench, number, element, at);
  const map = element.along === "minor" ? bench.map(part.reindex) : null;
  const name = `"${part.path}" of "${bench.plan.inputs[part.input]?.location}"`;
  const buckets = new Buckets(sorted, slice, map, name);
  if (part.stored === "dense") await scatterDense(bench, element, part, slice, buckets);
  else await scatterSparse(bench, element, part, slice, buckets);
  buckets.flush();
}

async function scatterSparse(
  bench: Bench,
  element: SparseElement,
  part: SparsePart,
  slice: number,
  buckets: Buckets,
): Promise<void> {
  const source: RowSource = new StoredRows(await storedMatrix(bench, part), part.dtype);
  const rows = share(whole(source.rows), slice, part.sort?.slices ?? 1), item = itemBytes(part.dtype);
  const buffer = new WindowBuffer(0, item), isTurned = part.stored !== element.layout;
  for await (const window of windows(source, rows, BUFFERED, buffer, "all")) {
    for (let row = 0; row < size(window.rows); row++) {
      const own = window.rows.start + row;
      for (let k = window.pointers[row] as number; k < (window.pointers[row + 1] as number); k++) {
        const other = window.indices[k] as number;
        buckets.add(isTurned ? other : own, isTurned ? own : other, window.data, k * item);
      }
    }
  }
}

async function scatterDense(
  bench: Bench,
  element: SparseElement,
  part: SparsePart,
  slice: number,
  buckets: Buckets,
): Promise<void> {
  const node = await bench.array(part.input, part.path), { shape, chunks, dtype } = node.spec;
  if (!isNumeric(dtype)) throw new FormatError(`Cannot read "${node.path}" of "${node.source}" as numbers`);
  const height = chunks[0] ?? 1,
    bands = share(whole(Math.ceil((shape[0] ?? 0) / height)), slice, part.sort?.slices ?? 1);
  const rows = { start: bands.start * height, end: Math.min(bands.end * height, shape[0] ?? 0) };
  const from = itemBytes(dtype), item = itemBytes(part.dtype), isTurned = element.layout === "csc";
  for await (const block of node.blocks([rows, whole(shape[1] ?? 0)])) {
    const [down, across] = block.ranges as [Range, Range], [stepDown = 0, stepAcross = 0] = block.strides;
    const row = bench.pool.take(size(across) * item), raw = new Uint8Array(size(across) * from);
    for (let y = 0; y < size(down); y++) {
      const start = block.offset + y * stepDown;
      for (let x = 0; x < size(across); x++) {
        const at = (start + x * stepAcross) * from;
        for (let byte = 0; byte < from; byte++) raw[x * from + byte] = block.bytes[at + byte] as number;
      }
      cast(raw, dtype, row, part.dtype);
      for (let x = 0; x < size(across); x++) {
        if (isZero(row, x * item, item, part.dtype)) continue;
        const [cellAt, geneAt] = [down.start + y, across.start + x];
        buckets.add(isTurned ? geneAt : cellAt, isTurned ? cellAt : geneAt, row, x * item);
      }
    }
    bench.pool.give(row);
  }
}

/** Whether an item is zero; the sign of a float's zero does not count. */
function isZero(bytes: Uint8Array, at: number, item: number, dtype: NumericType): boolean {
  const part = dtype.startsWith("complex") ? item / 2 : item, isFloat = dtype.startsWith("float") || part !== item;
  for (let byte = 0; byte < item; byte++) {
    const value = bytes[at + byte] as number, isSign = isFloat && byte % part === part - 1;
    if ((isSign ? value & 0x7f : value) !== 0) return false;
  }
  return true;
}

/** Buffers for the entries of every bucket, and the files that they go to. */
class Buckets {
  readonly #sorted: Sorted;
  readonly #slice: number;
  readonly #map: Int32Array | null;
  readonly #name: string;
  readonly #item: number;
  readonly #room: number;
  readonly #majors: Int32Array;
  readonly #minors: Int32Array;
  readonly #data: Uint8Array<ArrayBuffer>;
  readonly #counts: Uint32Array;

  constructor(sorted: Sorted, slice: number, map: Int32Array | null, name: string) {
    this.#sorted = sorted;
    this.#slice = slice;
    this.#map = map;
    this.#name = name;
    this.#item = itemBytes(sorted.dtype);
    this.#room = Math.max(64, Math.floor(BUFFERED / sorted.buckets));
    this.#majors = new Int32Array(this.#room * sorted.buckets);
    this.#minors = new Int32Array(this.#room * sorted.buckets);
    this.#data = new Uint8Array(this.#room * sorted.buckets * this.#item);
    this.#counts = new Uint32Array(sorted.buckets);
    for (let bucket = 0; bucket < sorted.buckets; bucket++) {
      Deno.openSync(this.#file(bucket), { write: true, create: true, truncate: true }).close();
    }
  }

  /** Add an entry whose value lies in `data` from byte `from` on. */
  add(row: number, minor: number, data: Uint8Array, from: number): void {
    const { rows, rowsPerBucket } = this.#sorted, map = this.#map;
    if (row >>> 0 >= (map === null ? rows : map.length)) {
      throw new FormatError(`Cannot read ${this.#name}: it holds the index ${row}, outside of its shape`);
    }
    const major = map === null ? row : map[row] as number;
    if (major < 0) return;
    const bucket = Math.floor(major / rowsPerBucket);
    if (this.#counts[bucket] === this.#room) this.#write(bucket);
    const at = bucket * this.#room + (this.#counts[bucket] as number), item = this.#item;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#majors[at] = major;
    this.#minors[at] = minor;
    for (let byte = 0; byte < item; byte++) this.#data[at * item + byte] = data[from + byte] as number;
  }

  /** Write what is left. */
  flush(): void {
    for (let bucket = 0; bucket < this.#sorted.buckets; bucket++) this.#write(bucket);
  }

  #file(bucket: number): string {
    return fragmentFile(this.#sorted.base, this.#slice, bucket);
  }

  #write(bucket: number): void {
    const count = this.#counts[bucket] as number, start = bucket * this.#room, item = this.#item;
    if (count === 0) return;
    using file = Deno.openSync(this.#file(bucket), { append: true });
    writeAll(file, bytesOf(Uint32Array.of(count, 0)));
    writeAll(file, bytesOf(this.#majors.subarray(start, start + count)));
    writeAll(file, bytesOf(this.#minors.subarray(start, start + count)));
    writeAll(file, this.#data.subarray(start * item, (start + count) * item));
    this.#counts[bucket] = 0;
  }
}

/** Entries as they were scattered. */
interface Fragment {
  readonly majors: Int32Array;
  readonly minors: Int32Array;
  readonly data: Uint8Array;
}

function* fragments(sorted: Sorted, slices: number, bucket: number): Generator<Fragment> {
  const item = itemBytes(sorted.dtype);
  for (let slice = 0; slice < slices; slice++) {
    using file = Deno.openSync(fragmentFile(sorted.base, slice, bucket));
    const head = new Uint32Array(2);
    while (readSome(file, bytesOf(head))) {
      const count = head[0] as number, majors = new Int32Array(count), minors = new Int32Array(count);
      const data = new Uint8Array(count * item);
      readSome(file, bytesOf(majors));
      readSome(file, bytesOf(minors));
      readSome(file, data);
      yield { majors, minors, data };
    }
  }
}

/** Fill `into` from `file`; false at its end. */
function readSome(file: Deno.FsFile, into: Uint8Array): boolean {
  for (let done = 0; done < into.length;) {
    const count = file.readSync(into.subarray(done));
    if (count === null) {
      if (done === 0) return false;
      throw new FormatError("Cannot read a scratch file: it is too short");
    }
    done += count;
  }
  return true;
}

/** Bring a bucket into order, as many rows at a time as the task may hold. */
// deno-lint-ignore require-await -- local files answer at once
export async function gatherBucket(
  bench: Bench,
  number: number,
  element: SparseElement,
  work: Extract<TaskWork, { kind: "gather" }>,
): Promise<void> {
  const sorted = sortedFiles(bench, number, element, work.part), slices = element.parts[work.part]?.sort?.slices ?? 1;
  const first = work.bucket * sorted.rowsPerBucket, rows = Math.min(sorted.rows - first, sorted.rowsPerBucket);
  const pointers = new Float64Array(rows + 1);
  for (const { majors } of fragments(sorted, slices, work.bucket)) {
    for (const major of majors) pointers[major - first + 1] = (pointers[major - first + 1] as number) + 1;
  }
  for (let row = 0; row < rows; row++) pointers[row + 1] = (pointers[row + 1] as number) + (pointers[row] as number);
  const files = bucketFiles(sorted.base, work.bucket), fresh = { write: true, create: true, truncate: true };
  using indptrFile = Deno.openSync(files.indptr, fresh);
  using indicesFile = Deno.openSync(files.indices, fresh);
  using dataFile = Deno.openSync(files.data, fresh);
  writeAll(indptrFile, bytesOf(pointers));
  const limit = Math.max(2 * BUFFERED, work.entries), item = itemBytes(sorted.dtype);
  for (let start = 0; start < rows;) {
    let end = start + 1;
    while (end < rows && (pointers[end + 1] as number) - (pointers[start] as number) <= limit) end++;
    const base = pointers[start] as number, count = (pointers[end] as number) - base;
    const next = pointers.slice(start, end), minors = new Int32Array(count), data = new Uint8Array(count * item);
    for (const fragment of fragments(sorted, slices, work.bucket)) {
      for (let k = 0; k < fragment.majors.length; k++) {
        const row = (fragment.majors[k] as number) - first - start;
        if (row < 0 || row >= next.length) continue;
        const at = (next[row] as number) - base;
        next[row] = (next[row] as number) + 1;
        minors[at] = fragment.minors[k] as number;
        for (let byte = 0; byte < item; byte++) data[at * item + byte] = fragment.data[k * item + byte] as number;
      }
    }
    writeAll(indicesFile, bytesOf(minors));
    writeAll(dataFile, data);
    start = end;
  }
}
