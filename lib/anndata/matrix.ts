/**
 * Matrices: dense arrays and the groups of csr and csc.
 *
 * Source: anndata's on-disk format, "Dense arrays" and "Sparse arrays".
 *
 * @module
 */
import { isNumeric } from "../base/dtype.ts";
import { FormatError, UnsupportedError } from "../base/errors.ts";
import type { ArrayNode, Group, Node } from "../storage/node.ts";
import type { MatrixHeader, SparseHeader } from "./header.ts";
import { arrayAt } from "./read.ts";

/** What `node`, a dense or sparse matrix of `shape`, says of itself. */
export async function readMatrix(node: Node, shape: readonly [number, number]): Promise<MatrixHeader> {
  const header = node.kind === "array" ? readDense(node) : await readSparse(node);
  const found = header.kind === "dense" ? header.spec.shape : header.shape;
  if (found.length !== 2 || found[0] !== shape[0] || found[1] !== shape[1]) {
    throw broken(node, `its shape is ${found.join(" × ")}, and obs and var say ${shape.join(" × ")}`);
  }
  return header;
}

/** What a dense array of numbers says of itself. */
export function readDense(node: ArrayNode): MatrixHeader {
  const { dtype } = node.spec;
  if (!isNumeric(dtype)) {
    throw new UnsupportedError(`Cannot read "${node.path}" of "${node.source}": it does not hold numbers`, {
      source: node.source,
      element: node.path,
    });
  }
  return { kind: "dense", path: node.path, dtype, spec: node.spec };
}

/** What a sparse matrix says of itself. */
export async function readSparse(group: Group): Promise<SparseHeader> {
  const encoding = group.attrs["encoding-type"];
  const layout = encoding === "csr_matrix" ? "csr" : encoding === "csc_matrix" ? "csc" : undefined;
  if (layout === undefined) {
    throw new UnsupportedError(
      `Cannot read "${group.path}" of "${group.source}": encoding "${String(encoding)}" is no matrix`,
      { source: group.source, element: group.path },
    );
  }
  const stored = group.attrs["shape"];
  const [rows, columns] = Array.isArray(stored) ? stored.map(Number) : [];
  if (rows === undefined || columns === undefined || !(rows >= 0) || !(columns >= 0)) {
    throw broken(group, 'it has no attribute "shape" with two lengths');
  }
  const data = (await arrayAt(group, "data")).spec, indices = (await arrayAt(group, "indices")).spec;
  const indptr = (await arrayAt(group, "indptr")).spec;
  const nnz = data.shape[0] ?? 0, major = layout === "csr" ? rows : columns;
  if (!isNumeric(data.dtype)) throw broken(group, "its data are not numbers");
  if (indices.shape[0] !== nnz) throw broken(group, `it has ${nnz} data and ${indices.shape[0] ?? 0} indices`);
  if (indptr.shape[0] !== major + 1) {
    throw broken(group, `its indptr has ${indptr.shape[0] ?? 0} values where ${major + 1} are due`);
  }
  return {
    kind: "sparse",
    path: group.path,
    layout,
    shape: [rows, columns],
    dtype: data.dtype,
    nnz,
    data,
    indices,
    indptr,
  };
}

function broken(node: Node, why: string): FormatError {
  return new FormatError(`Cannot read "${node.path}" of "${node.source}": ${why}`, {
    source: node.source,
    element: node.path,
  });
}
