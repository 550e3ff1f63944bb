/**
 * Whether an element is well formed, whatever it holds. Reading it finds more: pointers that decrease, indices out of
 * range, chunks that are broken.
 *
 * @module
 */
import type { Matrix } from "../lazy/anndata.ts";
import type { DataFrame } from "../lazy/frame.ts";
import type { SparseChunk } from "../lazy/sparse.ts";

/** Rows in which the indices of a sparse matrix are not sorted, and indices that stand twice in a row. */
export interface Disorder {
  readonly unsorted: number;
  readonly repeated: number;
}

/** What is wrong with a matrix that must have the shape `shape`, or start like it; every entry is read. */
export async function checkMatrix(
  matrix: Matrix,
  shape: readonly number[],
  signal: AbortSignal | undefined,
  disorder: (found: Disorder) => void,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  if (shape.some((length, axis) => matrix.shape[axis] !== length)) {
    wrong.push(`its shape is ${matrix.shape.join(" × ")} where ${shape.join(" × ")} is expected`);
  }
  if (matrix.kind === "dense") {
    for await (using _ of matrix.chunks({ signal })) { /* decoding is the check */ }
    return wrong;
  }
  let entries = 0, unsorted = 0, repeated = 0;
  for await (using chunk of matrix.chunks({ signal })) {
    entries += chunk.data.length;
    const found = order(chunk);
    unsorted += found.unsorted;
    repeated += found.repeated;
  }
  disorder({ unsorted, repeated });
  if (matrix.nnz !== undefined && entries !== matrix.nnz) {
    wrong.push(`indptr tells of ${entries} entries where data has ${matrix.nnz}`);
  }
  return wrong;
}

/** The disorder in words. */
export function disorderText({ unsorted, repeated }: Disorder): string[] {
  return [
    ...(unsorted > 0 ? [`the indices of ${unsorted} of its rows (csc: columns) are not sorted`] : []),
    ...(repeated > 0 ? [`${repeated} indices stand twice in one of its rows (csc: columns)`] : []),
  ];
}

/** Rows whose indices are not sorted, and neighbours that are equal. */
function order({ indptr, indices }: SparseChunk): Disorder {
  let unsorted = 0, repeated = 0;
  for (let row = 0; row + 1 < indptr.length; row++) {
    let isSorted = true;
    for (let k = (indptr[row] as number) + 1; k < (indptr[row + 1] as number); k++) {
      const step = (indices[k] as number) - (indices[k - 1] as number);
      if (step < 0) isSorted = false;
      else if (step === 0) repeated++;
    }
    if (!isSorted) unsorted++;
  }
  return { unsorted, repeated };
}

/** What is wrong with a dataframe of `rows` rows; every value is read. */
export async function checkFrame(
  frame: DataFrame,
  rows: number,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  if (frame.length !== rows) wrong.push(`it has ${frame.length} rows where ${rows} are expected`);
  for (const column of [frame.index, ...frame.columns.map((name) => frame.column(name))]) {
    let read = 0, strange = 0;
    for await (const chunk of column.chunks({ signal })) {
      read += chunk.rows.end - chunk.rows.start;
      if (chunk.kind !== "categorical" || column.kind !== "categorical") continue;
      const most = column.categories.length;
      for (const code of chunk.codes) if (Number(code) < -1 || Number(code) >= most) strange++;
    }
    if (read !== frame.length) wrong.push(`its column "${column.name}" has ${read} rows where it has ${frame.length}`);
    if (strange > 0) wrong.push(`${strange} codes of its column "${column.name}" are those of no category`);
  }
  return wrong;
}
