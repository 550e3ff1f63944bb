/**
 * Planning a matrix: dense or sparse, its type, and how each input's share comes into it.
 *
 * Source: anndata `concat_arrays` and `Reindexer`; numpy's `result_type`.
 *
 * @module
 */
import { family, itemBytes, type NumericType, promote, resultType } from "../base/dtype.ts";
import { UnsupportedError } from "../base/errors.ts";
import { type Range, size, whole } from "../base/range.ts";
import type { DenseHeader, MatrixHeader, SparseHeader } from "../anndata/header.ts";
import type { ResolvedOptions } from "../options.ts";
import type { ArraySpec } from "../storage/node.ts";
import { type Draft, zero } from "./draft.ts";
import type { DensePart, SparseElement, SparsePart } from "./element.ts";
import { chunkBytes } from "./grid.ts";
import { sortOf } from "./sort.ts";
import { appendedArrays, filledArrays } from "./sparse_arrays.ts";

/** A matrix to be planned. */
export interface MatrixPlan {
  /** Where it goes, such as `X`. */
  readonly path: string;
  /** The matrices; null where an input has none. */
  readonly matrices: readonly (MatrixHeader | null)[];
  /** The numbers of the inputs that they belong to. */
  readonly inputs: readonly number[];
  /** The axis of concatenation. */
  readonly axis: 0 | 1;
  /** Where each input goes on it. */
  readonly spans: readonly Range[];
  /** The shape of the result: rows and columns, and what more a dense array has. */
  readonly shape: readonly number[];
  /** Each input's length of the other axis. */
  readonly others: readonly number[];
  /** Where each position of an input's other axis goes; null where nothing changes. */
  readonly maps: readonly (Int32Array | null)[];
  /** Whether the maps count for the axis of concatenation too: one square matrix that goes from an axis to itself. */
  readonly isSquare: boolean;
  /** Positions of the other axis that any matrix has, where matrices lie over one another; null where they do not. */
  readonly covered: number | null;
  /** What stands where no matrix has a value; null: 0 in sparse, NaN in dense ones. */
  readonly fillValue: ResolvedOptions["fillValue"];
  /** The layout of a sparse result; `auto`: csr, but csc along axis var where all are. */
  readonly sparseLayout: "auto" | "csr" | "csc";
}

/** A matrix that the inputs make together, all of them in turn, with the user's options. */
export function matrixPlan(
  draft: Draft,
  own: Pick<MatrixPlan, "path" | "matrices" | "axis" | "spans" | "shape" | "others" | "maps">,
): MatrixPlan {
  const { fillValue, sparseLayout: asked } = draft.options;
  const sparse = own.matrices.find((matrix): matrix is SparseHeader => matrix?.kind === "sparse");
  const sparseLayout = asked === "keep" ? sparse?.layout ?? "auto" : asked;
  const inputs = own.matrices.map((_, input) => input);
  return { ...own, inputs, isSquare: false, covered: null, fillValue, sparseLayout };
}

/** Plan the matrix into `draft`. */
export function planMatrix(draft: Draft, plan: MatrixPlan): void {
  const present = plan.matrices.filter((matrix) => matrix !== null);
  if (present.some((matrix) => matrix.kind === "sparse")) planSparse(draft, plan);
  else planDense(draft, plan, present.filter((matrix) => matrix.kind === "dense"));
}

/** Whether the result has positions that input `input` does not fill. */
function hasHoles(plan: MatrixPlan, input: number): boolean {
  const map = plan.maps[input] ?? null;
  if (otherLength(plan) === 0) return false;
  if (plan.covered !== null) return plan.covered < otherLength(plan);
  if (plan.matrices[input] === null) return size(span(plan, input)) > 0;
  return map !== null && map.reduce((sum, to) => to < 0 ? sum : sum + 1, 0) < otherLength(plan);
}

function otherLength(plan: MatrixPlan): number {
  return plan.shape[1 - plan.axis] ?? 1;
}

/**
 * The type of an input's own values. Where it has nothing on the other axis although the result has, anndata makes fresh
 * values of the fill value's type; where the result has nothing either, an absent matrix is one of bool.
 */
function ownType(plan: MatrixPlan, input: number, fill: NumericType): NumericType {
  const matrix = plan.matrices[input] ?? null, isLaidOver = plan.covered !== null && plan.matrices.length > 1;
  const isEmpty = matrix === null || (plan.others[input] === 0 && !isLaidOver);
  if (isEmpty && otherLength(plan) > 0) return fill;
  return matrix?.dtype ?? "bool";
}

function planDense(draft: Draft, plan: MatrixPlan, present: readonly DenseHeader[]): void {
  const { path, axis, shape } = plan, given = plan.fillValue;
  const types = plan.matrices.map((_, input) => {
    const own = ownType(plan, input, fillType(given ?? "NaN"));
    return hasHoles(plan, input) ? denseTypeWithHoles(own, given) : own;
  });
  const dtype = resultType(types), holes = plan.matrices.some((_, input) => hasHoles(plan, input));
  const spec = draft.spec({ shape, dtype, like: present[0]?.spec, fill: zero(dtype), isMatrix: true });
  draft.array(path, spec);
  noteTypes(draft, path, present.map((matrix) => matrix.dtype), dtype);
  if (holes) draft.note("filled", path, `what some inputs lack is ${given ?? "NaN"}`);
  const parts = plan.matrices.flatMap((matrix, at): DensePart[] =>
    matrix?.kind !== "dense" ? [] : [{
      input: plan.inputs[at] ?? at,
      path: matrix.path,
      at: span(plan, at),
      reindex: draft.reindex(plan.maps[at] ?? null),
      isSquare: plan.isSquare,
      chunkBytes: chunkBytes(matrix.spec),
    }]
  );
  const fill = given ?? "NaN";
  draft.element({ kind: "dense", path, spec, axis, fill: holes ? fill : zero(dtype), hasHoles: holes, parts });
}

/** The type of dense values once some are missing: pandas' `take`. Floats hold any fill value, integers what fits. */
export function denseTypeWithHoles(dtype: NumericType, given: number | string | null): NumericType {
  const kind = family(dtype);
  if (kind === "float" || kind === "complex") return dtype;
  if (typeof given !== "number" || !Number.isInteger(given)) return "float64";
  if (kind === "bool") return "int64";
  return holds(dtype, given) ? dtype : promote(dtype, smallestInteger(given));
}

/** numpy's `min_scalar_type` of a whole number. */
function smallestInteger(value: number): NumericType {
  const types: readonly NumericType[] = value < 0
    ? ["int8", "int16", "int32", "int64"]
    : ["uint8", "uint16", "uint32", "uint64"];
  return types.find((type) => holds(type, value)) ?? "float64";
}

function holds(dtype: NumericType, value: number): boolean {
  const bits = itemBytes(dtype) * 8;
  return family(dtype) === "uint"
    ? value >= 0 && value < 2 ** bits
    : value >= -(2 ** (bits - 1)) && value < 2 ** (bits - 1);
}

function fillType(fill: number | string): NumericType {
  return typeof fill === "number" && Number.isInteger(fill) ? "int64" : "float64";
}

function span(plan: MatrixPlan, input: number): Range {
  return plan.spans[input] ?? { start: 0, end: 0 };
}

function noteTypes(draft: Draft, path: string, from: readonly NumericType[], to: NumericType): void {
  const changed = [...new Set(from)].filter((dtype) => dtype !== to);
  if (changed.length > 0) draft.note("coerced", path, `${changed.join(", ")} become ${to}`);
}

function planSparse(draft: Draft, plan: MatrixPlan): void {
  const { path, axis, shape, matrices } = plan;
  const layout = sparseLayout(plan), majorAxis = layout === "csr" ? 0 : 1;
  const hasFill = plan.fillValue !== 0 && matrices.some((_, input) => hasHoles(plan, input));
  const fill = hasFill ? plan.fillValue : null;
  const types = matrices.map((_, input) => sparseType(plan, input, fill));
  const dtype = resultType(types), along = axis === majorAxis || plan.isSquare ? "major" : "minor";
  const major = shape[majorAxis] ?? 0, minor = shape[1 - majorAxis] ?? 0;
  const nnz = matrices.reduce((sum, matrix, input) => sum + entryBound(plan, matrix, input, fill), 0);
  const indexType: NumericType = Math.max(nnz, major, minor) > 2 ** 31 - 1 ? "int64" : "int32";
  const like = matrices.find((matrix): matrix is SparseHeader => matrix?.kind === "sparse");
  const present = matrices.filter((matrix) => matrix !== null);
  noteTypes(draft, path, present.map((matrix) => matrix.dtype), dtype);
  noteLayout(draft, path, present, layout);
  const isLacked = matrices.some((matrix, input) => matrix === null && hasHoles(plan, input));
  if (fill !== null) draft.note("filled", path, `what some inputs lack is stored as ${fill}`);
  else if (isLacked) draft.note("filled", path, "some inputs have none: theirs is 0");
  draft.group(path, {
    "encoding-type": `${layout}_matrix`,
    "encoding-version": "0.1.0",
    shape: [...shape],
  });
  const isStoredSo = matrices.every((matrix, input) => {
    return matrix?.kind === "sparse" && matrix.layout === layout && (plan.maps[input] ?? null) === null;
  });
  // A single matrix goes along any axis.
  const isAlone = matrices.length === 1 && fill === null;
  const isWhole = isStoredSo && (along === "major" || isAlone);
  const arrays = { path, dtype, indexType, like };
  if (isWhole) {
    const blocks = matrices as readonly SparseHeader[];
    return appendedArrays(
      draft,
      arrays,
      blocks.map((matrix, at) => ({
        matrix,
        input: plan.inputs[at] ?? at,
        rows: along === "major" ? span(plan, at) : whole(major),
        offset: 0,
      })),
    );
  }
  if (indexType === "int64" && minor > 2 ** 31 - 1) {
    throw new UnsupportedError(`Cannot take "${path}" apart: its minor axis has ${minor} positions`, { element: path });
  }
  const specs = filledArrays(draft, arrays, { nnz, major });
  const parts = matrices.flatMap((matrix, at): SparsePart[] => {
    if (matrix === null) return [];
    const rows = along === "major" ? size(span(plan, at)) : major;
    return [sparsePart(draft, plan, at, matrix, { layout, along, rows, dtype: types[at] ?? dtype })];
  });
  draft.element({
    kind: "sparse",
    path,
    layout,
    major,
    minor,
    dtype,
    along,
    fill,
    ...specs,
    parts,
    keepsChunks: true,
    counts: countTasks(nnz, major),
  });
}

/** Matrix number `at` of the plan, as a part of one in `layout`; it has `rows` major positions there. */
function sparsePart(
  draft: Draft,
  plan: MatrixPlan,
  at: number,
  matrix: MatrixHeader,
  { layout, along, rows, dtype }: Pick<SparseElement, "layout" | "along" | "dtype"> & { readonly rows: number },
): SparsePart {
  const map = plan.maps[at] ?? null, reindex = draft.reindex(map), entries = entryCount(matrix);
  const stored = matrix.kind === "dense" ? "dense" : matrix.layout, mapsMajor = along === "minor" || plan.isSquare;
  const isDirect = stored === layout && (!mapsMajor || map === null || (!plan.isSquare && isIncreasing(map)));
  return {
    input: plan.inputs[at] ?? at,
    path: matrix.path,
    stored,
    at: span(plan, at),
    reindex,
    keepsZeros: false,
    offset: 0,
    nnz: entries,
    chunkBytes: storedChunk(matrix),
    dtype,
    sort: isDirect ? null : sortOf(entries, rows, mapsMajor ? reindex : null),
    chunkRows: chunkRows(matrix, layout),
    band: null,
  };
}

/** csr on axis obs; on axis var csc where every input is; the user may force either. */
function sparseLayout(plan: MatrixPlan): "csr" | "csc" {
  const asked = plan.sparseLayout;
  if (asked !== "auto") return asked;
  const allCsc = plan.matrices.every((matrix) =>
    matrix === null || (matrix.kind === "sparse" && matrix.layout === "csc")
  );
  return plan.axis === 1 && allCsc ? "csc" : "csr";
}

function sparseType(plan: MatrixPlan, input: number, fill: number | string | null): NumericType {
  const own = ownType(plan, input, fill === null ? "float64" : fillType(fill));
  return fill !== null && hasHoles(plan, input) ? promote(own, fillType(fill)) : own;
}

/** Stored entries, or as many as a dense matrix could have. */
export function entryCount(matrix: MatrixHeader): number {
  return matrix.kind === "sparse" ? matrix.nnz : (matrix.spec.shape[0] ?? 0) * (matrix.spec.shape[1] ?? 0);
}

/** Rows of `layout` under a chunk of a dense matrix; null for a sparse one. */
export function chunkRows(matrix: MatrixHeader, layout: "csr" | "csc"): number | null {
  return matrix.kind === "sparse" ? null : matrix.spec.chunks[layout === "csr" ? 0 : 1] ?? 1;
}

/** Decoded bytes of what is read at once of a matrix or an array. */
export function storedChunk(stored: MatrixHeader | ArraySpec | undefined): number {
  if (stored === undefined) return 0;
  if (!("kind" in stored)) return chunkBytes(stored);
  if (stored.kind === "dense") return chunkBytes(stored.spec);
  return chunkBytes(stored.data) + chunkBytes(stored.indices) + chunkBytes(stored.indptr);
}

/** The most entries that an input's share can have in the result. */
function entryBound(
  plan: MatrixPlan,
  matrix: MatrixHeader | null,
  input: number,
  fill: number | string | null,
): number {
  const filled = fill !== null && hasHoles(plan, input) ? size(span(plan, input)) * otherLength(plan) : 0;
  return matrix === null ? filled : entryCount(matrix) + filled;
}

function noteLayout(draft: Draft, path: string, present: readonly MatrixHeader[], layout: string): void {
  const forms = new Set(present.map((matrix) => matrix.kind === "dense" ? "dense" : matrix.layout));
  forms.delete(layout as "csr" | "csc");
  if (forms.size > 0) draft.note("info", path, `${[...forms].join(" and ")} become ${layout}`);
}

function isIncreasing(map: Int32Array): boolean {
  let last = -1;
  return map.every((to) => {
    if (to < 0) return true;
    const increases = to > last;
    last = to;
    return increases;
  });
}

/**
 * How many counting tasks a matrix gets: one for about 4 million entries, so that no thread waits long for the last of
 * them; where that would be more than 64, one for up to 16 million. None has more than a million rows, whose counts are
 * in memory at once.
 */
export function countTasks(nnz: number, major: number): number {
  const few = Math.min(64, Math.ceil(nnz / 2 ** 22)), most = Math.max(few, Math.ceil(nnz / 2 ** 24));
  return Math.max(1, Math.min(major, Math.max(most, Math.ceil(major / 2 ** 20))));
}

/** A map that keeps the first `width` of `own` positions. */
export function positional(own: number, width: number): Int32Array {
  return Int32Array.from({ length: own }, (_, at) => at < width ? at : -1);
}
