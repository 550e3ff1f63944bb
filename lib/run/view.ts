/**
 * From a sparse element of the plan to rows that can be read.
 *
 * @module
 */
import { intersect, type Range, size, whole } from "../base/range.ts";
import type { SparseElement, SparsePart } from "../plan/element.ts";
import type { NumericType } from "../base/dtype.ts";
import { DenseRows } from "../stream/dense_rows.ts";
import { type RowSource, type StoredMatrix, StoredRows } from "../stream/rows.ts";
import { partBase, ScratchRows, type Sorted } from "../stream/scratch.ts";
import type { SparseView, SparseViewPart } from "../stream/sparse_view.ts";
import type { Inputs } from "./inputs.ts";

/**
 * The rows of `element` as they will be in the output, or `rows` of them: what has none of these is not opened. With
 * `byChunk` windows end where the inputs' chunks do, and those whose entries nothing changes can be kept.
 */
export async function sparseView(
  inputs: Inputs,
  number: number,
  element: SparseElement,
  rows: Range = whole(element.major),
  byChunk = false,
): Promise<SparseView> {
  const { major, minor, dtype, along, fill, keepsChunks } = element;
  const parts: SparseViewPart[] = [];
  for (const [at, part] of element.parts.entries()) {
    if (along === "major" && size(intersect(part.at, rows)) === 0) continue;
    parts.push(await viewPart(inputs, number, element, at, part, byChunk));
  }
  const all = fill !== null && along === "minor" ? [...parts, ...absentees(parts, minor, dtype)] : parts;
  all.sort((a, b) => a.at.start - b.at.start);
  return { pool: inputs.pool, major, minor, dtype, along, fill, keepsChunks, parts: all };
}

async function viewPart(
  inputs: Inputs,
  number: number,
  element: SparseElement,
  at: number,
  part: SparsePart,
  byChunk: boolean,
): Promise<SparseViewPart> {
  const map = inputs.map(part.reindex), { along } = element;
  const minor = along === "minor" ? size(part.at) : map === null ? element.minor : map.length;
  const name = `"${part.path}" of "${inputs.plan.inputs[part.input]?.location}"`;
  return {
    name,
    at: part.at,
    map,
    isSorted: part.sort !== null,
    offset: part.offset,
    minor,
    dtype: part.dtype,
    source: part.sort === null
      ? await storedSource(inputs, part, element.layout, byChunk)
      : new ScratchRows(sortedFiles(inputs, number, element, at)),
  };
}

/** The rows of a part that lies in the output's order. */
async function storedSource(
  inputs: Inputs,
  part: SparsePart,
  layout: SparseElement["layout"],
  byChunk: boolean,
): Promise<RowSource> {
  const { dtype, band, keepsZeros } = part;
  if (band === null) return new StoredRows(await storedMatrix(inputs, part), dtype, byChunk);
  const node = await inputs.array(part.input, part.path);
  return new DenseRows(inputs.pool, node, { layout, dtype, band, keepsZeros });
}

/** The three arrays of a stored sparse part. */
export async function storedMatrix(inputs: Inputs, part: SparsePart): Promise<StoredMatrix> {
  return {
    indptr: await inputs.array(part.input, `${part.path}/indptr`),
    indices: await inputs.array(part.input, `${part.path}/indices`),
    data: await inputs.array(part.input, `${part.path}/data`),
  };
}

/** Where the sorted rows of part `at` of element `number` lie. */
export function sortedFiles(inputs: Inputs, number: number, element: SparseElement, at: number): Sorted {
  const part = element.parts[at], sort = part?.sort;
  if (part === undefined || sort === undefined || sort === null) {
    throw new TypeError("Cannot find a part's sorted files");
  }
  return {
    base: partBase(inputs.scratch, number, at),
    rows: element.along === "major" ? size(part.at) : element.major,
    rowsPerBin: sort.rows,
    rowsPerBucket: sort.rows * sort.bins,
    buckets: sort.buckets,
    dtype: part.dtype,
  };
}

/** Inputs that lack the element, side by side with others: they have no rows, so every row is filled. */
function absentees(parts: readonly SparseViewPart[], minor: number, dtype: NumericType): SparseViewPart[] {
  const found: SparseViewPart[] = [],
    none: RowSource = {
      rows: 0,
      batchEnd: (start: number) => start,
      pointers: (rows: Range) => Promise.resolve(new Float64Array(size(rows) + 1)),
      entries: () => ({ read: () => Promise.resolve(), close: () => Promise.resolve() }),
      close: () => Promise.resolve(),
    };
  let start = 0;
  for (const { start: next, end } of [...parts.map((part) => part.at), { start: minor, end: minor }]) {
    if (next > start) {
      const at = { start, end: next };
      found.push({
        name: "nothing",
        at,
        map: new Int32Array(),
        isSorted: false,
        offset: 0,
        minor: size(at),
        dtype,
        source: none,
      });
    }
    start = Math.max(start, end);
  }
  return found;
}
