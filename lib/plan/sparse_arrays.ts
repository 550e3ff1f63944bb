/**
 * The three arrays of a sparse matrix in the output.
 *
 * @module
 */
import type { NumericType } from "../base/dtype.ts";
import type { Range } from "../base/range.ts";
import type { SparseHeader } from "../anndata/header.ts";
import { type Draft, zero } from "./draft.ts";
import type { AppendPart, SparseElement, Transform } from "./element.ts";
import { chunkBytes } from "./grid.ts";

/** What the arrays are to hold. */
export interface SparseArrays {
  /** The path of the matrix. */
  readonly path: string;
  readonly dtype: NumericType;
  /** The type of indices and indptr. */
  readonly indexType: NumericType;
  /** A matrix whose chunks and codecs are taken over. */
  readonly like: SparseHeader | undefined;
}

/** Add the arrays of a matrix with at most `nnz` entries in `major` rows, for tasks that fill it. */
export function filledArrays(
  draft: Draft,
  { path, dtype, indexType, like }: SparseArrays,
  { nnz, major }: { readonly nnz: number; readonly major: number },
): Pick<SparseElement, "data" | "indices" | "indptr"> {
  const specs = {
    data: draft.spec({ shape: [nnz], dtype, like: like?.data, fill: zero(dtype), isMatrix: true }),
    indices: draft.spec({ shape: [nnz], dtype: indexType, like: like?.indices, fill: 0, isMatrix: true }),
    indptr: draft.spec({ shape: [major + 1], dtype: indexType, like: like?.indptr, fill: 0, isMatrix: false }),
  };
  for (const [name, spec] of Object.entries(specs)) draft.array(`${path}/${name}`, spec, {});
  return specs;
}

/** A matrix that is put end to end with others on the major axis. */
export interface SparseBlock {
  /** The stored matrix; null where an input has none: rows without entries. */
  readonly matrix: SparseHeader | null;
  /** The number of its input. */
  readonly input: number;
  /** Its rows in the result. */
  readonly rows: Range;
  /** What is added to its minor positions. */
  readonly offset: number;
}

/** Add the arrays of a matrix that is put together from `blocks` in their order; indptr is moved by what came before. */
export function appendedArrays(
  draft: Draft,
  { path, dtype, indexType, like }: SparseArrays,
  blocks: readonly SparseBlock[],
): void {
  const data: AppendPart[] = [], indices: AppendPart[] = [], indptr: AppendPart[] = [];
  let entries = 0;
  for (const { matrix, input, rows, offset } of blocks) {
    if (matrix === null) {
      indptr.push({ at: rows, source: { from: "value", value: entries } });
      continue;
    }
    const at = { start: entries, end: entries + matrix.nnz };
    const from = (name: "data" | "indices" | "indptr", transform: Transform): AppendPart["source"] => (
      { from: "array", input, path: `${matrix.path}/${name}`, chunkBytes: chunkBytes(matrix[name]), transform }
    );
    data.push({ at, source: from("data", COPY) });
    indices.push({ at, source: from("indices", offset === 0 ? COPY : { kind: "add", by: offset }) });
    indptr.push({ at: rows, source: from("indptr", { kind: "pointers", by: entries, entries: matrix.nnz }) });
    entries = at.end;
  }
  const end = blocks.at(-1)?.rows.end ?? 0;
  indptr.push({ at: { start: end, end: end + 1 }, source: { from: "value", value: entries } });
  draft.append(`${path}/data`, dtype, like?.data, data, "entries");
  draft.append(`${path}/indices`, indexType, like?.indices, indices, "entries");
  draft.append(`${path}/indptr`, indexType, like?.indptr, indptr, "pointers");
}

const COPY: Transform = { kind: "copy", suffix: "" };
