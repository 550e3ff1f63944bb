/**
 * Sparse matrices as streams of whole rows, or columns.
 *
 * @module
 */
import type { NumericType, TypedArray } from "../base/dtype.ts";
import type { ErrorPlace } from "../base/errors.ts";
import type { Range } from "../base/range.ts";
import type { SparseView } from "../stream/sparse_view.ts";
import { type ChunkOptions, type Cuttable, type ReadOptions, resolveCut, wholeCut } from "./cut.ts";
import { chunksOf, emptyChunk } from "./sparse_chunks.ts";

/**
 * Some whole rows of a csr matrix, or whole columns of a csc one. Its arrays are the receiver's to keep and to change;
 * who is done with them may say so (`using chunk`), and their memory goes to the stream's next chunks.
 *
 * Row `rows.start + i` of a csr chunk has the entries `[indptr[i], indptr[i + 1])`: `indices` says in which columns of
 * the matrix they stand, `data` what they are. In a csc chunk rows and columns change places.
 */
export interface SparseChunk extends Disposable {
  /** The discriminant. */
  readonly kind: "sparse";
  /** The layout: `indptr` goes along rows (csr) or along columns (csc). */
  readonly layout: "csr" | "csc";
  /** The rows that the chunk covers; all of them in a csc chunk. */
  readonly rows: Range;
  /** The columns that the chunk covers; all of them in a csr chunk. */
  readonly columns: Range;
  /** Where each row (csc: column) starts among the entries, and where the last one ends. The first is 0. */
  readonly indptr: Int32Array<ArrayBuffer>;
  /** The column (csc: row) of each entry, counted from the matrix's first. */
  readonly indices: Int32Array<ArrayBuffer>;
  /** The value of each entry, in the matrix's type. */
  readonly data: TypedArray;
}

/** A sparse matrix. */
export interface SparseMatrix {
  /** The discriminant. */
  readonly kind: "sparse";
  /** Whether it lies row by row (csr) or column by column (csc), which is how it is streamed. */
  readonly layout: "csr" | "csc";
  /** Rows and columns. */
  readonly shape: readonly [rows: number, columns: number];
  /** The type of the entries. */
  readonly dtype: NumericType;
  /** Stored entries; undefined where only a pass over all of them can tell. */
  readonly nnz: number | undefined;
  /**
   * Stream it from front to back: whole rows of a csr matrix, whole columns of a csc one, about as many entries a chunk
   * as a stored chunk has (2^18 at most) unless `options` say otherwise. Every stored chunk is decoded once.
   *
   * @throws {TypeError} where `rows` are given for a csc matrix, or `columns` for a csr one, {@linkcode RangeError} where
   * a range is not in the matrix. The stream itself throws {@linkcode FormatError} where the store is broken, and the
   * signal's reason when it is aborted.
   */
  chunks(options?: ChunkOptions): AsyncGenerator<SparseChunk, void, void>;
  /** Read it, or some of its rows (csc: columns), as one chunk. The same errors as {@linkcode chunks}. */
  read(options?: ReadOptions): Promise<SparseChunk>;
}

/** What a sparse matrix is made from. */
export interface SparseOrigin extends Pick<SparseMatrix, "layout" | "shape" | "dtype" | "nnz"> {
  /** What messages call it. */
  readonly name: string;
  /** Where errors are found. */
  readonly place: ErrorPlace;
  /** Entries of a stored chunk. */
  readonly chunk: number;
  /** Its rows, for one pass. */
  open(signal: AbortSignal | undefined): Promise<SparseView>;
}

/** A {@linkcode SparseMatrix}. */
export function sparseMatrix(origin: SparseOrigin): SparseMatrix {
  const { layout, shape, dtype, nnz, name } = origin, [rows, columns] = shape;
  const what: Cuttable = layout === "csr"
    ? { name, axis: "rows", length: rows }
    : { name, axis: "columns", length: columns };
  return {
    kind: "sparse",
    layout,
    shape,
    dtype,
    nnz,
    chunks: (options = {}) => chunksOf(origin, resolveCut(what, options)),
    async read(options = {}) {
      const cut = wholeCut(what, options);
      for await (const chunk of chunksOf(origin, cut)) return chunk;
      return emptyChunk(origin, cut.range.start);
    },
  };
}
