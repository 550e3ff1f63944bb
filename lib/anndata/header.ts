/**
 * What anncat knows of an input before it reads any values: plain JSON that the planner works on.
 *
 * @module
 */
import type { DType, NumericType } from "../base/dtype.ts";
import type { Values } from "../base/values.ts";
import type { ArraySpec, StoreFormat } from "../storage/node.ts";
import type { TreeLeaf, TreeMapping } from "./tree.ts";

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
  /** More matrices of the same shape, by name. */
  readonly layers: Elements;
  /** What goes along one axis: `obsm` and `varm`. */
  readonly along: readonly [obsm: Elements, varm: Elements];
  /** What goes from one axis to the same: `obsp` and `varp`. */
  readonly pairwise: readonly [obsp: Elements, varp: Elements];
  /** The unfiltered matrix with genes of its own; null where there is none. */
  readonly raw: RawHeader | null;
  /** `uns`; its values are described only where they were asked for, else they are leaves without nodes. */
  readonly uns: TreeMapping;
}

/** The matrix of all genes that was put aside. */
export interface RawHeader {
  readonly x: MatrixHeader | null;
  /** Its genes. */
  readonly frame: FrameHeader;
  readonly varm: Elements;
}

/** Elements by name. */
export type Elements = Readonly<Record<string, ElementHeader>>;

/** An element of a mapping. */
export type ElementHeader =
  | MatrixHeader
  | ExactHeader
  | { readonly kind: "frame"; readonly path: string; readonly frame: FrameHeader }
  /** Something that anncat carries as it is or not at all. */
  | { readonly kind: "other"; readonly path: string; readonly what: string; readonly leaf: TreeLeaf };

/** A matrix. */
export type MatrixHeader = DenseHeader | SparseHeader;

/** A dense array of any rank, cells first. */
export interface DenseHeader {
  readonly kind: "dense";
  /** The path in the store. */
  readonly path: string;
  readonly dtype: NumericType;
  readonly spec: ArraySpec;
}

/** An array of text or of records, of any rank, cells first: values that cannot be missing. */
export interface ExactHeader {
  readonly kind: "exact";
  /** The path in the store. */
  readonly path: string;
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
  /** The names of all columns, in their order. */
  readonly names: readonly string[];
  /** The columns in their order; none where they were not asked for. */
  readonly columns: readonly ColumnHeader[];
}

const columnsByName = new WeakMap<FrameHeader, ReadonlyMap<string, ColumnHeader>>();

/** The column `name` of `frame`, which may be missing as well; found without a search, as often as one asks. */
export function columnOf(frame: FrameHeader | null | undefined, name: string): ColumnHeader | undefined {
  if (frame === null || frame === undefined) return undefined;
  const known = columnsByName.get(frame) ?? new Map(frame.columns.map((column) => [column.name, column]));
  columnsByName.set(frame, known);
  return known.get(name);
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
  /** In their order. */
  readonly values: Values;
  /** How they are stored. */
  readonly spec: ArraySpec;
  /** Whether some row has no category: found out only where a plan depends on it. */
  readonly hasMissing?: boolean;
}
