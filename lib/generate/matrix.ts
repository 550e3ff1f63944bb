/**
 * X: dense, or sparse by rows or by columns.
 *
 * @module
 */
import type { TypedArray } from "../base/dtype.ts";
import type { Range } from "../base/range.ts";
import { UnsupportedError } from "../base/errors.ts";
import type { StoreBuilder } from "./builder.ts";
import { Cells } from "./cells.ts";
import { Entries, entryCount, type Shape } from "./entries.ts";
import { keyOf } from "./random.ts";

/** A matrix before anything of it is made. */
export interface Matrix {
  readonly shape: Shape;
  /** The share of cells that have an entry; 1 is dense. */
  readonly density: number;
  /** Tells its values from those of other matrices. */
  readonly seed: readonly (number | string)[];
}

/** What int32, the type of indices, holds. */
const MOST_ENTRIES = 2 ** 31 - 1;

/** Refuse a matrix that could not be written. */
export function checkMatrix({ shape, density }: Matrix): void {
  const count = entryCount(shape, density);
  if (density === 1 || count <= MOST_ENTRIES) return;
  throw new UnsupportedError(
    `Cannot generate ${shape.rows} × ${shape.columns} with ${count} entries: 2^31 - 1 is the most; choose a smaller size`,
  );
}

/** Add X as a dense array. */
export async function addDense(builder: StoreBuilder, { shape, seed }: Matrix): Promise<void> {
  const cells = new Cells(keyOf(...seed, "values"), shape.rows);
  const fill = (view: TypedArray, [rows, columns]: readonly Range[], stride: number): void => {
    if (!(view instanceof Float64Array) || rows === undefined || columns === undefined) return;
    for (let row = rows.start; row < rows.end; row++) {
      cells.values(row, columns, view.subarray((row - rows.start) * stride));
    }
  };
  await builder.numbers("X", [shape.rows, shape.columns], "float64", fill);
}

/** A sparse matrix whose places have been chosen, to be written by rows and by columns. */
export class SparseMatrix {
  readonly #entries: Entries;
  readonly #values: Cells;

  /** Choose the places. */
  constructor({ shape, density, seed }: Matrix) {
    this.#entries = new Entries(keyOf(...seed, "places"), shape, density);
    this.#values = new Cells(keyOf(...seed, "values"), shape.rows);
  }

  /** Add it as X. */
  async add(builder: StoreBuilder, layout: "csr" | "csc"): Promise<void> {
    const { shape, count, perRow, perColumn } = this.#entries, { rows, columns } = shape;
    const [perMajor, minor] = layout === "csr" ? [perRow, columns] : [perColumn, rows];
    builder.group("X", { type: `${layout}_matrix`, version: "0.1.0" }, { shape: [rows, columns] });
    const data = builder.column("X/data", count, "float64"), indices = builder.column("X/indices", count, "int32");
    const places = new Int32Array(minor + 1), values = new Float64Array(minor);
    for (let major = 0; major < perMajor.length; major++) {
      const found = layout === "csr" ? this.#row(major, places, values) : this.#column(major, places, values);
      await data.append(values, found);
      await indices.append(places, found);
    }
    await data.close();
    await indices.close();
    const indptr = builder.column("X/indptr", perMajor.length + 1, "int32");
    await indptr.append(ends(perMajor), perMajor.length + 1);
    await indptr.close();
  }

  #row(row: number, places: Int32Array, values: Float64Array): number {
    const found = this.#entries.row(row, places);
    for (let at = 0; at < found; at++) values[at] = this.#values.value(row, places[at] as number);
    return found;
  }

  #column(column: number, places: Int32Array, values: Float64Array): number {
    const found = this.#entries.column(column, places);
    for (let at = 0; at < found; at++) values[at] = this.#values.value(places[at] as number, column);
    return found;
  }
}

/** 0, and the sum of `counts` up to each of them. */
function ends(counts: Int32Array): Int32Array {
  const result = new Int32Array(counts.length + 1);
  for (let at = 0; at < counts.length; at++) result[at + 1] = (result[at] as number) + (counts[at] as number);
  return result;
}
