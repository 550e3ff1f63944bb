/**
 * Sparse matrices, read whole, in a form in which equal content is equal values.
 *
 * @module
 */
import { family, isNumeric, type NumericType, type TypedArray } from "../lib/base/dtype.ts";
import { arrayAt, readNumbers } from "../lib/anndata/read.ts";
import type { Group } from "../lib/storage/node.ts";

/** The elements of an array in C order; what is neither number nor text stands as text. */
export type Values = ArrayLike<number | bigint | string>;

function complexTexts(parts: TypedArray): string[] {
  return Array.from({ length: parts.length / 2 }, (_, at) => `${parts[2 * at]}+${parts[2 * at + 1]}j`);
}

/** A sparse matrix whose rows (columns, for csc) are sorted and without duplicates; explicit zeros are kept. */
export interface CanonicalSparse {
  /** Stored entries. */
  readonly nnz: number;
  /** Where each row starts. */
  readonly pointers: Float64Array;
  /** Minor positions. */
  readonly indices: Int32Array;
  /** Values. */
  readonly data: Values;
}

/** Read the csr or csc matrix `group` of `major` rows and `minor` columns; text that says why where it is not valid. */
export async function readSparse(group: Group, major: number, minor: number): Promise<CanonicalSparse | string> {
  const pointers = Float64Array.from(await readNumbers(await arrayAt(group, "indptr")) as ArrayLike<number>, Number);
  const indices = Int32Array.from(await readNumbers(await arrayAt(group, "indices")) as ArrayLike<number>, Number);
  const node = await arrayAt(group, "data"), { dtype } = node.spec;
  if (!isNumeric(dtype)) return "its data are not numbers";
  const data = await readNumbers(node), parts = family(dtype) === "complex" ? 2 : 1;
  const problem = problemOf(pointers, indices, { nnz: data.length / parts, major, minor });
  return problem ?? canonical(pointers, indices, data, dtype);
}

function problemOf(
  pointers: Float64Array,
  indices: Int32Array,
  shape: { readonly nnz: number; readonly major: number; readonly minor: number },
): string | undefined {
  const { nnz, major, minor } = shape, last = pointers.at(-1);
  if (pointers.length !== major + 1) return `indptr has ${pointers.length} values where ${major + 1} are due`;
  if (pointers[0] !== 0) return `indptr starts with ${pointers[0]}`;
  const down = pointers.findIndex((pointer, at) => at > 0 && pointer < (pointers[at - 1] ?? 0));
  if (down >= 0) return `indptr decreases at ${down}`;
  if (last !== nnz || indices.length !== nnz) {
    return `indptr ends with ${last}, there are ${indices.length} indices and ${nnz} values`;
  }
  const odd = indices.find((index) => index < 0 || index >= minor);
  return odd === undefined ? undefined : `the index ${odd} stands in a dimension of ${minor}`;
}

function canonical(pointers: Float64Array, indices: Int32Array, data: TypedArray, dtype: NumericType): CanonicalSparse {
  const parts = family(dtype) === "complex" ? 2 : 1, length = pointers.length - 1;
  const starts = new Float64Array(pointers.length), places = new Int32Array(indices.length), values = data.slice();
  let at = 0;
  for (let row = 0; row < length; row++) {
    const start = at;
    for (const from of rowOrder(indices, pointers[row] ?? 0, pointers[row + 1] ?? 0)) {
      const isAgain = at > start && places[at - 1] === indices[from];
      if (!isAgain) places[at++] = indices[from] ?? 0;
      for (let part = 0; part < parts; part++) {
        const to = (at - 1) * parts + part, value = data[from * parts + part] as number;
        values[to] = isAgain ? sum(values[to] as number, value, dtype) : value;
      }
    }
    starts[row + 1] = at;
  }
  const kept = values.slice(0, at * parts);
  return { nnz: at, pointers: starts, indices: places.slice(0, at), data: parts === 2 ? complexTexts(kept) : kept };
}

/** The entries of a row in the order of their positions; equal ones keep theirs. */
function rowOrder(indices: Int32Array, from: number, to: number): readonly number[] {
  const order = Array.from({ length: to - from }, (_, i) => from + i);
  return order.sort((a, b) => (indices[a] ?? 0) - (indices[b] ?? 0));
}

/** The array that it is stored in wraps and rounds the sum, as numpy does. */
function sum(a: number, b: number, dtype: NumericType): number {
  return dtype === "bool" ? a | b : a + b;
}
