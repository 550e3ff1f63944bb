/**
 * The elements of the output: which arrays they are, and where their values come from.
 *
 * @module
 */
import type { NumericType } from "../base/dtype.ts";
import type { Range } from "../base/range.ts";
import type { Values } from "../base/values.ts";
import type { ArraySpec, FillValue } from "../storage/node.ts";

/** Something in the output that tasks fill. */
export type Element = AppendElement | DenseElement | SparseElement | CopyElement;

/** An array of any type and rank that is carried as it is, chunk by chunk. */
export interface CopyElement {
  /** The discriminant. */
  readonly kind: "copy";
  /** The array's path in the output. */
  readonly path: string;
  /** As in the input, apart from how chunks are encoded. */
  readonly spec: ArraySpec;
  /** The number of the input. */
  readonly input: number;
  /** The array's path in the input. */
  readonly source: string;
  /** Decoded bytes of one of the input's chunks. */
  readonly chunkBytes: number;
}

/** A one-dimensional array: one piece after the other. */
export interface AppendElement {
  /** The discriminant. */
  readonly kind: "append";
  /** The array's path in the output. */
  readonly path: string;
  /** The array's form in the output. */
  readonly spec: ArraySpec;
  /** The pieces in their order; they cover the array. */
  readonly parts: readonly AppendPart[];
}

/** A piece of an {@linkcode AppendElement}. */
export interface AppendPart {
  /** Where it goes in the output. */
  readonly at: Range;
  /** Where its values come from. */
  readonly source: AppendSource;
}

/** Where the values of a piece come from. */
export type AppendSource =
  | ValueSource
  | { readonly from: "list"; readonly values: Values }
  | ArraySource
  | GatheredSource;

/** One value for every row. */
export interface ValueSource {
  /** The discriminant. */
  readonly from: "value";
  /** The value. */
  readonly value: FillValue;
}

/** An input's array. */
export interface ArraySource {
  /** The discriminant. */
  readonly from: "array";
  /** The number of the input. */
  readonly input: number;
  /** The array's path in the input. */
  readonly path: string;
  /** Decoded bytes of one of the input's chunks. */
  readonly chunkBytes: number;
  /** As {@linkcode ArraySpec.rowBytes}. */
  readonly rowBytes?: number;
  /** What happens to its values on their way. */
  readonly transform: Transform;
}

/** Arrays along the joined axis, brought to its order: every row has the first value that is not missing. */
export interface GatheredSource {
  /** The discriminant. */
  readonly from: "gathered";
  /** The inputs' shares, the first of them first. */
  readonly layers: readonly GatheredLayer[];
  /** What stands where no layer has a value. */
  readonly missing: FillValue;
}

/** One input's share of a {@linkcode GatheredSource}. */
export interface GatheredLayer {
  /** Where its values come from. */
  readonly source: ValueSource | ArraySource;
  /** Rows in the input. */
  readonly rows: number;
  /** The number of the reindex of its rows; null where nothing changes. */
  readonly reindex: number | null;
  /** Which of its rows have no value, as bools; null where all have. */
  readonly gaps: ArraySource | null;
}

/** What happens to values on their way. */
export type Transform =
  /** Numbers take the output's type; text stays, with `suffix` behind each row. */
  | { readonly kind: "copy"; readonly suffix: string }
  /** A number is added. */
  | { readonly kind: "add"; readonly by: number }
  /** To the pointers of a sparse matrix of `entries` entries a number is added; its last pointer is left out. */
  | { readonly kind: "pointers"; readonly by: number; readonly entries: number }
  /** Category codes get new numbers; -1, no category, stays. */
  | { readonly kind: "codes"; readonly map: Int32Array }
  /** Category codes become their values; -1 becomes `missing`. */
  | { readonly kind: "lookup"; readonly values: Values; readonly missing: FillValue }
  /** Category codes become a mask: true where there is no category. */
  | { readonly kind: "is-missing" }
  /** Floats become a mask: true where there is no number. */
  | { readonly kind: "is-nan" }
  /** Numbers become text, with `suffix` behind each row. */
  | { readonly kind: "text"; readonly suffix: string };

/** A dense array of two dimensions or more; of text too, which has no holes. */
export interface DenseElement {
  /** The discriminant. */
  readonly kind: "dense";
  /** The array's path in the output. */
  readonly path: string;
  /** The array's form in the output. */
  readonly spec: ArraySpec;
  /** The axis along which the parts follow one another. */
  readonly axis: 0 | 1;
  /** The value where no part has one. */
  readonly fill: FillValue;
  /** Whether there are such positions. */
  readonly hasHoles: boolean;
  /** The inputs' shares in their order. */
  readonly parts: readonly DensePart[];
}

/** An input's share of a {@linkcode DenseElement}. */
export interface DensePart {
  /** The number of the input. */
  readonly input: number;
  /** The array's path in the input. */
  readonly path: string;
  /** Where it goes on the element's axis. */
  readonly at: Range;
  /** The number of the reindex of the second or, along it, the first axis; null where nothing changes. */
  readonly reindex: number | null;
  /** Whether the reindex counts for the element's axis too, as of a square that goes from an axis to itself. */
  readonly isSquare: boolean;
  /** Decoded bytes of one of the input's chunks. */
  readonly chunkBytes: number;
}

/**
 * A sparse matrix that has to be taken apart: reindexed, from another layout, or from dense arrays. (One that is only
 * put end to end is three {@linkcode AppendElement}s.)
 */
export interface SparseElement {
  /** The discriminant. */
  readonly kind: "sparse";
  /** The group's path in the output. */
  readonly path: string;
  /** The layout in the output. */
  readonly layout: "csr" | "csc";
  /** Length of the major axis (cells for csr). */
  readonly major: number;
  /** Length of the minor axis. */
  readonly minor: number;
  /** The type of the entries. */
  readonly dtype: NumericType;
  /** Whether parts follow one another on the major axis; otherwise on the minor one. */
  readonly along: "major" | "minor";
  /** A non-zero value for what a part does not have; null for none. */
  readonly fill: FillValue;
  /** The form of `indptr`. */
  readonly indptr: ArraySpec;
  /** The form of `indices`, as long as it can become. */
  readonly indices: ArraySpec;
  /** The form of `data`, as long as it can become. */
  readonly data: ArraySpec;
  /** The inputs' shares in their order. */
  readonly parts: readonly SparsePart[];
  /** Whether each part on the minor axis keeps the chunk in which a window ends; if not, the next decodes it again. */
  readonly keepsChunks: boolean;
  /** Into how many tasks the counting of entries is cut. */
  readonly counts: number;
}

/** An input's share of a {@linkcode SparseElement}. */
export interface SparsePart {
  /** The number of the input. */
  readonly input: number;
  /** The path in the input. */
  readonly path: string;
  /** What it is there. */
  readonly stored: "csr" | "csc" | "dense";
  /** The type in which its entries are mapped, and summed where they meet, before they take the element's type. */
  readonly dtype: NumericType;
  /** Where it goes on the axis of concatenation. */
  readonly at: Range;
  /** The number of the reindex of the other axis; null where nothing changes. */
  readonly reindex: number | null;
  /** Whether the zeros of a dense array become entries, as on a diagonal. */
  readonly keepsZeros: boolean;
  /** What is added to its minor positions, for blocks on a diagonal. */
  readonly offset: number;
  /** Stored entries at most. */
  readonly nnz: number;
  /** Decoded bytes of one of the input's chunks; of data, indices and indptr together. */
  readonly chunkBytes: number;
  /**
   * How its entries come in the output's order: null where they lie so in the input; otherwise they are first sorted
   * through scratch files.
   */
  readonly sort: SparseSort | null;
  /** Major positions under one of its chunks, where it is dense; else null. */
  readonly chunkRows: number | null;
  /** Major positions that are in memory at once where a dense array is read without being sorted; else null. */
  readonly band: number | null;
}

/** How a part is sorted. */
export interface SparseSort {
  /** Tasks that read it, and scatter its entries into bins. */
  readonly slices: number;
  /** Major positions of a bin, whose entries are brought into order in memory. */
  readonly rows: number;
  /** Bins of a bucket, one after the other. */
  readonly bins: number;
  /** How many buckets there are: tasks that bring its entries into order. */
  readonly buckets: number;
  /** The number of the reindex of its major positions; null where nothing changes. */
  readonly reindex: number | null;
}
