/**
 * Scattering the entries of a sparse part, which lies in another order than the output's, into buckets of rows: the
 * first half of sorting it. Entries of a row keep the order in which the input has them.
 *
 * @module
 */
import { cast, family, isNonzero, isNumeric, itemBytes, viewAs } from "../base/dtype.ts";
import { FormatError } from "../base/errors.ts";
import type { BufferPool } from "../base/pool.ts";
import { type Range, share, size, whole } from "../base/range.ts";
import type { SparseElement, SparsePart } from "../plan/element.ts";
import { SCATTERED } from "../plan/sort.ts";
import { type RowSource, StoredRows, WindowBuffer, windows } from "../stream/rows.ts";
import { bytesOf, fragmentFile, type Sorted, unfinished } from "../stream/scratch.ts";
import { writeAll } from "../storage/store.ts";
import type { Inputs } from "./inputs.ts";
import { Tally, type WriteLog } from "../storage/written.ts";
import { sortedFiles, storedMatrix } from "./view.ts";

/** Sort slice `slice` of part `at` into buckets. */
export async function scatterSlice(
  inputs: Inputs,
  number: number,
  element: SparseElement,
  at: number,
  slice: number,
): Promise<void> {
  const part = element.parts[at] as SparsePart, sorted = sortedFiles(inputs, number, element, at);
  const map = inputs.map(part.sort?.reindex ?? null);
  const name = `"${part.path}" of "${inputs.plan.inputs[part.input]?.location}"`;
  const buckets = new Buckets(inputs, sorted, slice, map, name);
  try {
    if (part.stored === "dense") await scatterDense(inputs, element, part, slice, buckets);
    else await scatterSparse(inputs, element, part, slice, buckets);
    buckets.flush();
  } finally {
    buckets.release();
  }
}

async function scatterSparse(
  inputs: Inputs,
  element: SparseElement,
  part: SparsePart,
  slice: number,
  buckets: Buckets,
): Promise<void> {
  const source: RowSource = new StoredRows(await storedMatrix(inputs, part), part.dtype), item = itemBytes(part.dtype);
  const rows = share(whole(source.rows), slice, part.sort?.slices ?? 1), isTurned = part.stored !== element.layout;
  const buffer = new WindowBuffer(inputs.pool, item);
  try {
    for await (const window of windows(source, rows, SCATTERED, buffer, "all")) {
      for (let row = 0; row < size(window.rows); row++) {
        const own = window.rows.start + row;
        for (let k = window.pointers[row] as number; k < (window.pointers[row + 1] as number); k++) {
          const other = window.indices[k] as number;
          buckets.add(isTurned ? other : own, isTurned ? own : other, window.data, k * item);
        }
      }
    }
  } finally {
    buffer.release();
    await source.close();
  }
}

async function scatterDense(
  inputs: Inputs,
  element: SparseElement,
  part: SparsePart,
  slice: number,
  buckets: Buckets,
): Promise<void> {
  const node = await inputs.array(part.input, part.path), { shape, chunks, dtype } = node.spec, height = chunks[0] ?? 1;
  if (!isNumeric(dtype)) throw new FormatError(`Cannot read "${node.path}" of "${node.source}" as numbers`);
  const bands = share(whole(Math.ceil((shape[0] ?? 0) / height)), slice, part.sort?.slices ?? 1);
  const rows = { start: bands.start * height, end: Math.min(bands.end * height, shape[0] ?? 0) };
  const from = itemBytes(dtype), item = itemBytes(part.dtype), isTurned = element.layout === "csc";
  const row = inputs.pool.take((chunks[1] ?? 1) * item), raw = inputs.pool.take((chunks[1] ?? 1) * from);
  const values = viewAs(part.dtype, row), parts = family(part.dtype) === "complex" ? 2 : 1;
  for await (const block of node.blocks([rows, whole(shape[1] ?? 0)])) {
    const [down, across] = block.ranges as [Range, Range], [stepDown = 0, stepAcross = 0] = block.strides;
    const width = size(across);
    for (let y = 0; y < size(down); y++) {
      const start = block.offset + y * stepDown;
      for (let x = 0; x < width; x++) {
        const at = (start + x * stepAcross) * from;
        for (let byte = 0; byte < from; byte++) raw[x * from + byte] = block.bytes[at + byte] as number;
      }
      cast(raw.subarray(0, width * from), dtype, row.subarray(0, width * item), part.dtype);
      for (let x = 0; x < width; x++) {
        if (!part.keepsZeros && !isNonzero(values, x * parts, parts)) continue;
        const cellAt = down.start + y, geneAt = across.start + x;
        buckets.add(isTurned ? geneAt : cellAt, isTurned ? cellAt : geneAt, row, x * item);
      }
    }
  }
  inputs.pool.give(row);
  inputs.pool.give(raw);
}

/** Buffers for the entries of every bucket, and the files that they go to. */
class Buckets {
  readonly #pool: BufferPool;
  readonly #sorted: Sorted;
  readonly #slice: number;
  readonly #map: Int32Array | null;
  readonly #name: string;
  readonly #item: number;
  readonly #room: number;
  readonly #memory: Uint8Array<ArrayBuffer>;
  /** Major and minor of each entry, side by side. */
  readonly #places: Int32Array;
  readonly #data: Uint8Array<ArrayBuffer>;
  readonly #counts: Uint32Array;
  readonly #log: WriteLog;
  readonly #tallies: readonly Tally[];
  /** The files that grow. */
  readonly #files: readonly string[];

  constructor({ pool, log }: Inputs, sorted: Sorted, slice: number, map: Int32Array | null, name: string) {
    this.#pool = pool;
    this.#log = log;
    this.#tallies = Array.from({ length: sorted.buckets }, () => new Tally());
    this.#sorted = sorted;
    this.#slice = slice;
    this.#map = map;
    this.#name = name;
    this.#item = itemBytes(sorted.dtype);
    this.#room = Math.max(64, Math.floor(SCATTERED / sorted.buckets));
    const room = this.#room * sorted.buckets;
    this.#memory = pool.take(room * 8);
    this.#places = new Int32Array(this.#memory.buffer, 0, room * 2);
    this.#data = pool.take(room * this.#item);
    this.#counts = new Uint32Array(sorted.buckets);
    this.#files = Array.from({ length: sorted.buckets }, (_, bucket) => unfinished(this.#path(bucket)));
    for (const file of this.#files) Deno.openSync(file, { write: true, createNew: true }).close();
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
    this.#places[2 * at] = major;
    this.#places[2 * at + 1] = minor;
    for (let byte = 0; byte < item; byte++) this.#data[at * item + byte] = data[from + byte] as number;
  }

  /** Write what is left, and give the files their names. */
  flush(): void {
    for (const [bucket, tally] of this.#tallies.entries()) {
      this.#write(bucket);
      Deno.renameSync(this.#files[bucket] as string, this.#path(bucket));
      this.#log.note(this.#path(bucket), tally);
    }
  }

  /** Give the memory back. */
  release(): void {
    this.#pool.give(this.#memory);
    this.#pool.give(this.#data);
  }

  #path(bucket: number): string {
    return fragmentFile(this.#sorted.base, this.#slice, bucket);
  }

  #write(bucket: number): void {
    const count = this.#counts[bucket] as number, start = bucket * this.#room, item = this.#item;
    if (count === 0) return;
    using file = Deno.openSync(this.#files[bucket] as string, { append: true });
    const pieces = [
      bytesOf(Uint32Array.of(count, 0)),
      bytesOf(this.#places.subarray(2 * start, 2 * (start + count))),
      this.#data.subarray(start * item, (start + count) * item),
    ];
    for (const piece of pieces) {
      writeAll(file, piece);
      this.#tallies[bucket]?.add(piece);
    }
    this.#counts[bucket] = 0;
  }
}
