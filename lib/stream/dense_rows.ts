/**
 * The rows of a dense array as sparse ones.
 *
 * @module
 */
import { family, isNumeric, itemBytes, type NumericType } from "../base/dtype.ts";
import { FormatError } from "../base/errors.ts";
import type { BufferPool } from "../base/pool.ts";
import { type Range, size, whole } from "../base/range.ts";
import { countNonzero, type DenseLines, takeNonzero } from "../kernel/nonzero.ts";
import type { ArrayNode } from "../storage/node.ts";
import type { EntryReader, RowSource } from "./rows.ts";
import { Tile } from "./tile.ts";

/** How a dense array is read. */
export interface DenseRowsOptions {
  /** Whether rows are those of the array (cells), or its columns (genes). */
  readonly layout: "csr" | "csc";
  /** The type of the values that come out. */
  readonly dtype: NumericType;
  /** Rows that are in memory at once. */
  readonly band: number;
  /** Whether zeros are entries too. */
  readonly keepsZeros: boolean;
}

/**
 * A dense array read in bands of rows: its entries are what is not zero. Pointers count from the number that the band's
 * first row would have if nothing was zero, so what comes before a band need not be known.
 */
export class DenseRows implements RowSource {
  readonly rows: number;
  readonly #node: ArrayNode;
  readonly #pool: BufferPool;
  readonly #major: 0 | 1;
  readonly #width: number;
  readonly #dtype: NumericType;
  readonly #band: number;
  readonly #keepsZeros: boolean;
  #loaded: { readonly tile: Tile; readonly lines: DenseLines; readonly pointers: Float64Array } | undefined;

  /** Read `node`, a matrix, with memory from `pool`. */
  constructor(pool: BufferPool, node: ArrayNode, { layout, dtype, band, keepsZeros }: DenseRowsOptions) {
    if (!isNumeric(node.spec.dtype)) {
      throw new FormatError(`Cannot read "${node.path}" of "${node.source}" as numbers`, {
        source: node.source,
        element: node.path,
      });
    }
    this.#node = node;
    this.#pool = pool;
    this.#major = layout === "csr" ? 0 : 1;
    this.#dtype = dtype;
    this.#band = band;
    this.#keepsZeros = keepsZeros;
    this.rows = node.spec.shape[this.#major] ?? 0;
    this.#width = node.spec.shape[1 - this.#major] ?? 0;
  }

  batchEnd(start: number): number {
    // Bands end where chunks do, so that none is read for the sake of a few rows.
    const chunk = this.#node.spec.chunks[this.#major] ?? 1, cell = Math.max(this.#band, chunk);
    const first = start - start % cell, band = Math.floor((start - first) / this.#band);
    return Math.min(first + (band + 1) * this.#band, first + cell, this.rows);
  }

  async pointers(rows: Range): Promise<Float64Array> {
    const tile = await this.#read(rows), lines = this.#linesOf(tile), pointers = new Float64Array(size(rows) + 1);
    const counts = this.#keepsZeros ? null : countNonzero(lines, 0, size(rows));
    pointers[0] = rows.start * this.#width;
    for (let row = 0; row < size(rows); row++) {
      pointers[row + 1] = (pointers[row] as number) + (counts === null ? this.#width : counts[row] as number);
    }
    this.#loaded = { tile, lines, pointers };
    return pointers.slice();
  }

  /** Entries of the rows that {@linkcode pointers} was last asked for, from the row on that starts at `start`. */
  entries(start: number): EntryReader {
    let at = start;
    const read = (count: number, indices: Int32Array, data: Uint8Array | null): void => {
      if (this.#loaded === undefined) throw new TypeError("Cannot read entries before their pointers");
      const { lines, pointers } = this.#loaded;
      // Every band starts at a higher number than the one before it ended at.
      const first = pointers.findIndex((pointer) => pointer >= at), stop = (pointers[first] as number) + count;
      const end = pointers.findLastIndex((pointer) => pointer <= stop);
      if (this.#keepsZeros) this.#takeAll(lines, first, end, indices, data);
      else takeNonzero(lines, first, end, indices, data);
      at = pointers[end] as number;
    };
    return {
      // deno-lint-ignore require-await -- the rows are in memory
      read: async (count, indices, data) => count > 0 ? read(count, indices, data) : undefined,
      close: () => Promise.resolve(),
    };
  }

  /** All values of rows `first` to before `end` as entries. */
  #takeAll(
    { values, item }: DenseLines,
    first: number,
    end: number,
    indices: Int32Array,
    data: Uint8Array | null,
  ): void {
    const width = this.#width, count = (end - first) * width;
    for (let k = 0; k < count; k++) indices[k] = k % width;
    data?.set(values.subarray(first * width * item, end * width * item));
  }

  #linesOf({ bytes }: Tile): DenseLines {
    return { values: bytes, width: this.#width, item: itemBytes(this.#dtype), mask: maskOf(this.#dtype) };
  }

  close(): Promise<void> {
    this.#loaded?.tile.release();
    this.#loaded = undefined;
    return Promise.resolve();
  }

  /** Rows `rows`, each one's values side by side. */
  async #read(rows: Range): Promise<Tile> {
    await this.close();
    const across = whole(this.#width), isCsr = this.#major === 0, box = isCsr ? [rows, across] : [across, rows];
    const down = Int32Array.from({ length: size(rows) }, (_, row) => row * this.#width);
    const along = Int32Array.from({ length: this.#width }, (_, position) => position);
    // Always as much memory, so that the next band has the same.
    const room = { start: 0, end: Math.max(this.#band, size(rows)) };
    const tile = Tile.over({ ...this.#node.spec, dtype: this.#dtype }, [room, across], this.#pool);
    try {
      await tile.read(this.#node, box, isCsr ? [down, along] : [along, down]);
    } catch (error) {
      tile.release();
      throw error;
    }
    return tile;
  }
}

/** The bits of 8 bytes of values that are not all 0 where a value is not zero: minus zero is zero, too. */
function maskOf(dtype: NumericType): bigint {
  const kind = family(dtype);
  if (kind !== "float" && kind !== "complex") return 0xFFFF_FFFF_FFFF_FFFFn;
  const bytes = itemBytes(dtype) / (kind === "complex" ? 2 : 1);
  return bytes === 8 ? 0x7FFF_FFFF_FFFF_FFFFn : bytes === 4 ? 0x7FFF_FFFF_7FFF_FFFFn : 0x7FFF_7FFF_7FFF_7FFFn;
}
