/**
 * An AnnData whose elements are read when they are asked for.
 *
 * @module
 */
import { assertNever } from "../base/errors.ts";
import type { ElementHeader, Elements, Header, MatrixHeader } from "../anndata/header.ts";
import { readHeader } from "../anndata/anndata.ts";
import { arrayAt } from "../anndata/read.ts";
import { type Content } from "./content.ts";
import { type DenseMatrix, denseMatrix } from "./dense.ts";
import { type DataFrame, dataFrame } from "./frame.ts";
import type { InputSource } from "./source.ts";
import { type SparseMatrix, sparseMatrix } from "./sparse.ts";

/** A matrix, or an array of more dimensions. */
export type Matrix = DenseMatrix | SparseMatrix;

/** Something in `obsm` or `varm` that anncat does not stream. */
export interface OtherElement {
  /** The discriminant. */
  readonly kind: "other";
  /** What it is, in words. */
  readonly what: string;
}

/** An element of `obsm` or `varm`. */
export type AnnDataElement = Matrix | DataFrame | OtherElement;

/** The unfiltered matrix with genes of its own. */
export interface Raw {
  /** The matrix, cells × its own genes; null where there is none. */
  readonly X: Matrix | null;
  /** Its genes. */
  readonly var: DataFrame;
  /** What goes along its genes, by name. */
  readonly varm: Readonly<Record<string, AnnDataElement>>;
}

/** An AnnData store: headers and names are in memory, values come as streams of chunks. */
export interface AnnData extends AnnDataView {
  /** What was opened: a path, a URL, or a store. */
  readonly source: InputSource;
}

/**
 * What an opened store and a concatenation have in common. It may be disposed of with `await using`, which gives back
 * at once what would otherwise be kept for the next stream.
 */
export interface AnnDataView extends AsyncDisposable {
  /** Cells and genes. */
  readonly shape: readonly [obs: number, vars: number];
  /** The matrix, cells × genes; null where there is none. */
  readonly X: Matrix | null;
  /** More matrices of the same shape, by name. */
  readonly layers: Readonly<Record<string, Matrix>>;
  /** The cells. */
  readonly obs: DataFrame;
  /** The genes. */
  readonly var: DataFrame;
  /** What goes along cells, by name. */
  readonly obsm: Readonly<Record<string, AnnDataElement>>;
  /** What goes along genes, by name. */
  readonly varm: Readonly<Record<string, AnnDataElement>>;
  /** What goes from cells to cells, by name: cells × cells. */
  readonly obsp: Readonly<Record<string, Matrix>>;
  /** What goes from genes to genes, by name: genes × genes. */
  readonly varp: Readonly<Record<string, Matrix>>;
  /** The unfiltered matrix; null where there is none. */
  readonly raw: Raw | null;
}

/** The AnnData that `content` holds; where it cannot be read, `content` is closed. */
export async function annData(content: Content): Promise<AnnDataView> {
  try {
    const options = { axis: 0, otherColumns: true, rawColumns: true, uns: false } as const;
    return viewOf(content, await readHeader(content.root, options));
  } catch (error) {
    await content.close();
    throw error;
  }
}

function viewOf(content: Content, header: Header): AnnDataView {
  const { raw } = header;
  const matrix = (one: MatrixHeader | null) => one === null ? null : matrixOf(content, one);
  return {
    shape: header.shape,
    X: matrix(header.x),
    layers: matricesOf(content, header.layers),
    obs: dataFrame(content, header.frames[0]),
    var: dataFrame(content, header.frames[1]),
    obsm: elementsOf(content, header.along[0]),
    varm: elementsOf(content, header.along[1]),
    obsp: matricesOf(content, header.pairwise[0]),
    varp: matricesOf(content, header.pairwise[1]),
    raw: raw === null
      ? null
      : { X: matrix(raw.x), var: dataFrame(content, raw.frame), varm: elementsOf(content, raw.varm) },
    [Symbol.asyncDispose]: () => content.close(),
  };
}

function matricesOf(content: Content, elements: Elements): Readonly<Record<string, Matrix>> {
  return Object.fromEntries(
    Object.entries(elements).flatMap(([name, header]): [string, Matrix][] =>
      header.kind === "dense" || header.kind === "sparse" ? [[name, matrixOf(content, header)]] : []
    ),
  );
}

function elementsOf(content: Content, elements: Elements): Readonly<Record<string, AnnDataElement>> {
  return Object.fromEntries(Object.entries(elements).map(([name, header]) => [name, elementOf(content, header)]));
}

function elementOf(content: Content, header: ElementHeader): AnnDataElement {
  switch (header.kind) {
    case "dense":
    case "sparse":
      return matrixOf(content, header);
    case "frame":
      return dataFrame(content, header.frame);
    case "exact": {
      const { dtype, shape } = header.spec,
        what = typeof dtype === "object" && dtype.kind === "struct" ? "records" : "text";
      return { kind: "other", what: `${what} in ${shape.length} dimensions` };
    }
    case "other":
      return { kind: "other", what: header.what };
    default:
      return assertNever(header);
  }
}

function matrixOf(content: Content, header: MatrixHeader): Matrix {
  const { root, pool } = content, name = `"${header.path}" of "${root.source}"`;
  if (header.kind === "dense") {
    const { dtype, spec, path } = header;
    return denseMatrix({ name, dtype, spec, pool, open: () => arrayAt(root, path) });
  }
  const { layout, shape, dtype, data } = header, nnz = content.entries(header), chunk = data.chunks[0] ?? 1;
  const place = { source: root.source, element: header.path };
  return sparseMatrix({
    name,
    place,
    layout,
    shape,
    dtype,
    nnz,
    chunk,
    open: (signal) => content.rows(header, signal),
  });
}
