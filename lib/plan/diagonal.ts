/**
 * Planning a block-diagonal matrix.
 *
 * Source: anndata `concat_pairwise_mapping` and scipy's `block_diag`: csr, whatever the blocks are; an input without a
 * block has an empty one; every value of a dense block is an entry.
 *
 * @module
 */
import { type NumericType, resultType } from "../base/dtype.ts";
import { type Range, size, whole } from "../base/range.ts";
import type { MatrixHeader, SparseHeader } from "../anndata/header.ts";
import type { Draft } from "./draft.ts";
import type { SparsePart } from "./element.ts";
import { chunkRows, countTasks, entryCount, storedChunk } from "./matrix.ts";
import { sortOf } from "./sort.ts";
import { appendedArrays, filledArrays } from "./sparse_arrays.ts";

/** Plan `matrices` (null where an input has none) as blocks on the diagonal of `path`. */
export function planDiagonal(
  draft: Draft,
  path: string,
  matrices: readonly (MatrixHeader | null)[],
  spans: readonly Range[],
): void {
  const length = spans.at(-1)?.end ?? 0, layout = draft.options.sparseLayout === "csc" ? "csc" : "csr";
  const dtype = resultType(matrices.map((matrix) => matrix?.dtype ?? "bool"));
  const nnz = matrices.reduce((sum, matrix) => sum + (matrix === null ? 0 : entryCount(matrix)), 0);
  const indexType: NumericType = Math.max(nnz, length) > 2 ** 31 - 1 ? "int64" : "int32";
  const like = matrices.find((matrix): matrix is SparseHeader => matrix?.kind === "sparse");
  draft.group(path, { "encoding-type": `${layout}_matrix`, "encoding-version": "0.1.0", shape: [length, length] });
  const isDirect = (matrix: MatrixHeader | null): matrix is SparseHeader | null =>
    matrix === null || (matrix.kind === "sparse" && matrix.layout === layout);
  const arrays = { path, dtype, indexType, like }, spanOf = (input: number): Range => spans[input] ?? whole(0);
  if (matrices.every(isDirect)) {
    const blocks = matrices.map((matrix, input) => ({
      matrix,
      input,
      rows: spanOf(input),
      offset: spanOf(input).start,
    }));
    return appendedArrays(draft, arrays, blocks);
  }
  const specs = filledArrays(draft, arrays, { nnz, major: length });
  const parts = matrices.flatMap((matrix, input): SparsePart[] => {
    const at = spanOf(input);
    if (matrix === null) return [];
    return [{
      input,
      path: matrix.path,
      stored: matrix.kind === "dense" ? "dense" : matrix.layout,
      dtype: matrix.dtype,
      at,
      reindex: null,
      keepsZeros: true,
      offset: at.start,
      nnz: entryCount(matrix),
      chunkBytes: storedChunk(matrix),
      sort: isDirect(matrix) ? null : sortOf(entryCount(matrix), size(at)),
      chunkRows: chunkRows(matrix, layout),
      band: null,
    }];
  });
  const counts = countTasks(nnz, length);
  draft.element({
    kind: "sparse",
    path,
    layout,
    major: length,
    minor: length,
    dtype,
    along: "major",
    fill: null,
    ...specs,
    parts,
    keepsChunks: true,
    counts,
  });
}
