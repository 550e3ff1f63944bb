/**
 * Planning a block-diagonal matrix.
 *
 * Source: anndata `concat_pairwise_mapping` and scipy's `block_diag`: csr, whatever the blocks are; an input without a
 * block has an empty one; every value of a dense block is an entry.
 *
 * @module
 */
import { type NumericType, resultType } from "../base/dtype.ts";
import { type Range, size } from "../base/range.ts";
import type { MatrixHeader, SparseHeader } from "../anndata/header.ts";
import { type Draft, zero } from "./draft.ts";
import type { AppendPart, SparsePart, Transform } from "./element.ts";
import { chunkBytes } from "./grid.ts";
import { countTasks, entryCount, storedChunk } from "./matrix.ts";
import { sortOf } from "./sort.ts";

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
  if (matrices.every(isDirect)) return append(draft, path, matrices, spans, dtype, indexType);
  const specs = {
    data: draft.spec([nnz], dtype, like?.data, zero(dtype), true),
    indices: draft.spec([nnz], indexType, like?.indices, 0, true),
    indptr: draft.spec([length + 1], indexType, like?.indptr, 0),
  };
  for (const [name, spec] of Object.entries(specs)) draft.array(`${path}/${name}`, spec, {});
  const parts = matrices.flatMap((matrix, input): SparsePart[] => {
    const at = spans[input] ?? { start: 0, end: 0 };
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
    counts,
  });
}

/** Blocks that lie in the output's order: data as they are, indices and indptr moved by what came before. */
function append(
  draft: Draft,
  path: string,
  blocks: readonly (SparseHeader | null)[],
  spans: readonly Range[],
  dtype: NumericType,
  indexType: NumericType,
): void {
  const data: AppendPart[] = [], indices: AppendPart[] = [], indptr: AppendPart[] = [];
  let entries = 0;
  blocks.forEach((block, input) => {
    const span = spans[input] ?? { start: 0, end: 0 };
    if (block === null) {
      indptr.push({ at: span, source: { from: "value", value: entries } });
      return;
    }
    const at = { start: entries, end: entries + block.nnz };
    const from = (name: "data" | "indices" | "indptr", transform: Transform): AppendPart["source"] => (
      { from: "array", input, path: `${block.path}/${name}`, chunkBytes: chunkBytes(block[name]), transform }
    );
    data.push({ at, source: from("data", { kind: "copy", suffix: "" }) });
    indices.push({ at, source: from("indices", { kind: "add", by: span.start }) });
    indptr.push({ at: span, source: from("indptr", { kind: "add", by: entries }) });
    entries = at.end;
  });
  const end = spans.at(-1)?.end ?? 0, like = blocks.find((block) => block !== null);
  indptr.push({ at: { start: end, end: end + 1 }, source: { from: "value", value: entries } });
  draft.append(`${path}/data`, dtype, like?.data, data, "entries");
  draft.append(`${path}/indices`, indexType, like?.indices, indices, "entries");
  draft.append(`${path}/indptr`, indexType, like?.indptr, indptr, "pointers");
}
