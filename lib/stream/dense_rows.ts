/**
 * The rows of a dense array as sparse ones.
 *
 * @module
 */
import { family, isNonzero, isNumeric, type NumericType, type TypedArray, viewAs } from "../base/dtype.ts";
import { FormatError } from "../base/errors.ts";
import type { BufferPool } from "../base/pool.ts";
import { type Range, size, whole } from "../base/range.ts";
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
  /** Numbers that a value has: two where it is complex. */
  readonly #parts: number;
  readonly #dtype: NumericType;
  readonly #band: number;
  readonly #keepsZeros: boolean;
  #loaded: { readonly tile: Tile; readonly pointers: Float64Array } | undefined;

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
    this.#parts = family(dtype) === "complex" ? 2 : 1;
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
    const tile = await this.#read(rows), values = viewAs(this.#dtype, tile.bytes);
    const parts = this.#parts, keepsZeros = this.#keepsZeros, line = this.#width * parts;
    const pointers = new Float64Array(size(rows) + 1);
    pointers[0] = rows.start * this.#width;
    for (let row = 0; row < size(rows); row++) {
      let count = 0;
      for (let k = row * line; k < (row + 1) * line; k += parts) {
        if (keepsZeros || isNonzero(values, k, parts)) count++;
      }
      pointers[row + 1] = (pointers[row] as number) + count;
    }
    this.#loaded = { tile, pointers };
    return pointers.slice();
  }

  /** Entries of the rows that {@linkcode pointers} was last asked for, from the row on that starts at `start`. */
  entries(start: number): EntryReader {
    const width = this.#width, parts = this.#parts, keepsZeros = this.#keepsZeros;
    let at = start;
    const read = (count: number, indices: Int32Array, data: Uint8Array | null): void => {
      if (this.#loaded === undefined) throw new TypeError("Cannot read entries before their pointers");
      const { tile, pointers } = this.#loaded, values = viewAs(this.#dtype, tile.bytes);
      const into = { indices, values: data === null ? null : viewAs(this.#dtype, data), at: 0 };
      // Every band starts at a higher number than the one before it ended at.
      let row = pointers.findIndex((pointer) => pointer >= at);
      for (; into.at < count; row++) {
        for (let k = row * width * parts, position = 0; position < width; k += parts, position++) {
          if (keepsZeros || isNonzero(values, k, parts)) put(values, k, position, parts, into);
        }
      }
      at = pointers[row] as number;
    };
    return {
      // deno-lint-ignore require-await -- the rows are in memory
      read: async (count, indices, data) => count > 0 ? read(count, indices, data) : undefined,
      close: () => Promise.resolve(),
    };
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

/** Where entries are put; `values` is null where only positions are wanted. */
interface Into {
  readonly indices: Int32Array;
  readonly values: TypedArray | null;
  /** How many there are. */
  at: number;
}

/** Put down `parts` numbers from place `from` of `values` on as the value at `position`. */
function put(values: TypedArray, from: number, position: number, parts: number, into: Into): void {
  into.indices[into.at] = position;
  if (into.values !== null) {
    for (let part = 0; part < parts; part++) {
      into.values[into.at * parts + part] = values[from + part] as never;
    }
  }
  into.at++;
}
