/**
 * Scattering the entries of a sparse part, which lies in another order than the output's, into bins of rows: the first
 * half of sorting it. Entries of a row keep the order in which the input has them.
 *
 * @module
 */
import { cast, family, isNonzero, isNumeric, itemBytes, viewAs } from "../base/dtype.ts";
import { FormatError } from "../base/errors.ts";
import type { BufferPool } from "../base/pool.ts";
import { type Range, share, size, whole } from "../base/range.ts";
import { type Words, wordsOf, wordsPer } from "../base/words.ts";
import type { SparseElement, SparsePart } from "../plan/element.ts";
import { entryBytes, SCATTERED } from "../plan/sort.ts";
import { type RowSource, StoredRows, WindowBuffer, windows } from "../stream/rows.ts";
import { FragmentWriter } from "../stream/fragments.ts";
import { binsOf, sliceFile, type Sorted } from "../stream/scratch.ts";
import type { Inputs } from "./inputs.ts";
import { sortedFiles, storedMatrix } from "./view.ts";

/** Sort slice `slice` of part `at` into bins. */
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
  using file = new FragmentWriter(sliceFile(sorted.base, slice), binsOf(sorted), entryBytes(sorted.dtype), inputs.log);
  const isTurned = (part.stored === "dense" ? "csr" : part.stored) !== element.layout;
  const bins = new Bins(inputs.pool, file, sorted, { map, isTurned, name });
  try {
    if (part.stored === "dense") await scatterDense(inputs, part, slice, bins);
    else await scatterSparse(inputs, part, slice, bins);
    bins.flush();
  } finally {
    bins.release();
  }
  file.finish();
}

async function scatterSparse(inputs: Inputs, part: SparsePart, slice: number, bins: Bins): Promise<void> {
  const source: RowSource = new StoredRows(await storedMatrix(inputs, part), part.dtype), item = itemBytes(part.dtype);
  const rows = share(whole(source.rows), slice, part.sort?.slices ?? 1), buffer = new WindowBuffer(inputs.pool, item);
  try {
    for await (const window of windows(source, rows, SCATTERED, buffer, "all")) {
      const { indices, pointers } = window, words = wordsOf(window.data, item);
      for (let row = 0; row < size(window.rows); row++) {
        const entries = { start: pointers[row] as number, end: pointers[row + 1] as number };
        bins.add(window.rows.start + row, indices, words, entries);
      }
    }
  } finally {
    buffer.release();
    await source.close();
  }
}

async function scatterDense(inputs: Inputs, part: SparsePart, slice: number, bins: Bins): Promise<void> {
  const node = await inputs.array(part.input, part.path), { shape, chunks, dtype } = node.spec, height = chunks[0] ?? 1;
  if (!isNumeric(dtype)) throw new FormatError(`Cannot read "${node.path}" of "${node.source}" as numbers`);
  const bands = share(whole(Math.ceil((shape[0] ?? 0) / height)), slice, part.sort?.slices ?? 1);
  const rows = { start: bands.start * height, end: Math.min(bands.end * height, shape[0] ?? 0) };
  const from = itemBytes(dtype), item = itemBytes(part.dtype), { pool } = inputs;
  const most = chunks[1] ?? 1,
    row = pool.take(most * item),
    raw = pool.take(most * from),
    columns = pool.take(most * 4);
  const values = viewAs(part.dtype, row), parts = family(part.dtype) === "complex" ? 2 : 1;
  const indices = viewAs("int32", columns) as Int32Array, words = wordsOf(row, item), perItem = wordsPer(item);
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
      let count = 0;
      for (let x = 0; x < width; x++) {
        if (!part.keepsZeros && !isNonzero(values, x * parts, parts)) continue;
        indices[count] = across.start + x;
        for (let word = 0; word < perItem; word++) words[count * perItem + word] = words[x * perItem + word] as number;
        count++;
      }
      bins.add(down.start + y, indices, words, whole(count));
    }
  }
  for (const buffer of [row, raw, columns]) pool.give(buffer);
}

/** How entries come to their bins. */
interface Way {
  /** What becomes of the rows. */
  readonly map: Int32Array | null;
  /** Whether the rows of the result are the columns of what is stored. */
  readonly isTurned: boolean;
  /** What is read, for messages. */
  readonly name: string;
}

/** Buffers for the entries of every bin, and the file that they go to. */
class Bins {
  readonly #pool: BufferPool;
  readonly #file: FragmentWriter;
  readonly #sorted: Sorted;
  readonly #way: Way;
  readonly #item: number;
  readonly #room: number;
  readonly #memory: Uint8Array<ArrayBuffer>;
  /** Major and minor of each entry, side by side. */
  readonly #places: Int32Array;
  readonly #data: Uint8Array<ArrayBuffer>;
  /** The same as words. */
  readonly #words: Words;
  readonly #perItem: number;
  readonly #counts: Uint32Array;

  constructor(pool: BufferPool, file: FragmentWriter, sorted: Sorted, way: Way) {
    const bins = binsOf(sorted);
    this.#pool = pool;
    this.#file = file;
    this.#sorted = sorted;
    this.#way = way;
    this.#item = itemBytes(sorted.dtype);
    this.#room = Math.max(64, Math.floor(SCATTERED / bins));
    const room = this.#room * bins;
    this.#memory = pool.take(room * 8);
    this.#places = new Int32Array(this.#memory.buffer, 0, room * 2);
    this.#data = pool.take(room * this.#item);
    this.#words = wordsOf(this.#data, this.#item);
    this.#perItem = wordsPer(this.#item);
    this.#counts = new Uint32Array(bins);
  }

  /** Add entries of stored row `own`: those at `start` to `end` of `indices`, with their values in `words`. */
  add(own: number, indices: Int32Array, words: Words, { start, end }: Range): void {
    const { rows, rowsPerBin } = this.#sorted, { map, isTurned, name } = this.#way, limit = map?.length ?? rows;
    const counts = this.#counts, places = this.#places, into = this.#words, room = this.#room, per = this.#perItem;
    for (let k = start; k < end; k++) {
      const other = indices[k] as number, row = isTurned ? other : own;
      if (row >>> 0 >= limit) {
        throw new FormatError(`Cannot read ${name}: it holds the index ${row}, outside of its shape`);
      }
      const major = map === null ? row : map[row] as number;
      if (major < 0) continue;
      const bin = Math.floor(major / rowsPerBin);
      if (counts[bin] === room) this.#write(bin);
      const at = bin * room + (counts[bin] as number);
      counts[bin] = (counts[bin] as number) + 1;
      places[2 * at] = major;
      places[2 * at + 1] = isTurned ? own : other;
      for (let word = 0; word < per; word++) into[at * per + word] = words[k * per + word] as number;
    }
  }

  /** Write what is left. */
  flush(): void {
    for (let bin = 0; bin < this.#counts.length; bin++) this.#write(bin);
  }

  /** Give the memory back. */
  release(): void {
    this.#pool.give(this.#memory);
    this.#pool.give(this.#data);
  }

  #write(bin: number): void {
    const count = this.#counts[bin] as number, start = bin * this.#room, item = this.#item;
    if (count === 0) return;
    const places = this.#places.subarray(2 * start, 2 * (start + count));
    this.#file.write(bin, { count, places, data: this.#data.subarray(start * item, (start + count) * item) });
    this.#counts[bin] = 0;
  }
}
