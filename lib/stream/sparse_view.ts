/**
 * What a sparse matrix that is put together from parts consists of.
 *
 * @module
 */
import type { NumericType } from "../base/dtype.ts";
import type { BufferPool } from "../base/pool.ts";
import type { Range } from "../base/range.ts";
import type { FillValue } from "../storage/node.ts";
import type { RowSource } from "./rows.ts";

/** A sparse matrix made of parts. */
export interface SparseView {
  /** Where memory for entries comes from. */
  readonly pool: BufferPool;
  /** Rows. */
  readonly major: number;
  /** Columns. */
  readonly minor: number;
  readonly dtype: NumericType;
  /** The axis along which the parts follow one another. */
  readonly along: "major" | "minor";
  /** The value that stands where a part has no place; null where nothing is stored there. */
  readonly fill: FillValue;
  /** Whether each part on the minor axis keeps the chunk in which a window ends. */
  readonly keepsChunks: boolean;
  readonly parts: readonly SparseViewPart[];
}

/** A part of a {@linkcode SparseView}. */
export interface SparseViewPart {
  /** What messages call it. */
  readonly name: string;
  /** Where it goes on the axis of concatenation. */
  readonly at: Range;
  /** Where each position of its other axis goes; null where nothing changes. */
  readonly map: Int32Array | null;
  /** Whether `source` has its rows in the view's order already, although `map` is not null (along minor only). */
  readonly isSorted: boolean;
  /** What is added to its minor positions (along major, where nothing is mapped). */
  readonly offset: number;
  /** Minor positions of its rows. */
  readonly minor: number;
  /** The type of its rows' values; they take the view's type when they have been mapped and summed. */
  readonly dtype: NumericType;
  /** Its rows. */
  readonly source: RowSource;
}
