/**
 * What anncat knows of an input before it reads any values: plain JSON that the planner works on.
 *
 * @module
 */
import type { DType, NumericType } from "../base/dtype.ts";
import type { ArraySpec, StoreFormat } from "../storage/node.ts";

/** An AnnData store. */
export interface Header {
  /** Path or URL. */
  readonly source: string;
  /** The format of the store. */
  readonly format: StoreFormat;
  /** Cells and genes. */
  readonly shape: readonly [obs: number, vars: number];
  /** The dataframe of cells and that of genes. */
  readonly frames: readonly [obs: FrameHeader, vars: FrameHeader];
  /** The matrix, or null where there is none. */
  readonly x: MatrixHeader | null;
  /** Every other element that holds something, such as `layers/counts`, `uns/pca`, `raw`. */
  readonly others: readonly string[];
}

/** A matrix. */
export type MatrixHeader = DenseHeader | SparseHeader;

/** A dense array, cells first. */
export interface DenseHeader {
  readonly kind: "dense";
  /** The path in the store. */
  readonly path: string;
  readonly dtype: NumericType;
  readonly spec: ArraySpec;
}

/** A sparse matrix. */
export interface SparseHeader {
  readonly kind: "sparse";
  /** The path of the group in the store. */
  readonly path: string;
  /** The layout: csr goes along cells, csc along genes. */
  readonly layout: "csr" | "csc";
  /** Rows and columns. */
  readonly shape: readonly [number, number];
  /** The type of the entries. */
  readonly dtype: NumericType;
  /** Stored entries. */
  readonly nnz: number;
  /** The three arrays. */
  readonly data: ArraySpec;
  readonly indices: ArraySpec;
  readonly indptr: ArraySpec;
}

/** A dataframe. */
export interface FrameHeader {
  /** The path of the group. */
  readonly path: string;
  /** Rows. */
  readonly rows: number;
  /** The index. */
  readonly index: IndexHeader;
  /** The columns in their order. */
  readonly columns: readonly ColumnHeader[];
}

/** A dataframe's index. */
export interface IndexHeader {
  /** The path of the array that holds the names. */
  readonly path: string;
  /** The index's name; null where it has none. */
  readonly name: string | null;
  readonly spec: ArraySpec;
}

/** A column of a dataframe. */
export type ColumnHeader =
  | {
    readonly kind: "plain";
    readonly name: string;
    readonly path: string;
    readonly dtype: NumericType | "string";
    readonly spec: ArraySpec;
  }
  | {
    readonly kind: "categorical";
    readonly name: string;
    readonly path: string;
    readonly codes: ArraySpec;
    readonly ordered: boolean;
    readonly categories: Categories;
  }
  | {
    readonly kind: "nullable";
    readonly name: string;
    readonly path: string;
    readonly dtype: NumericType | "string";
    readonly values: ArraySpec;
    readonly mask: ArraySpec;
  }
  | { readonly kind: "unsupported"; readonly name: string; readonly path: string; readonly what: string };

/** The categories of a categorical column. */
export interface Categories {
  readonly dtype: DType;
  /** In their order: text, or numbers. */
  readonly values: readonly (string | number | boolean)[];
  /** How they are stored. */
  readonly spec: ArraySpec;
  /** Whether some row has no category: found out only where a plan depends on it. */
  readonly hasMissing?: boolean;
}
