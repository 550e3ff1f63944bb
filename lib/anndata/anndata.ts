/**
 * An AnnData store: what lies where in it.
 *
 * @module
 */
import { FormatError } from "../base/errors.ts";
import type { Group, Node } from "../storage/node.ts";
import { readFrame } from "./frame.ts";
import { isNumeric } from "../base/dtype.ts";
import type { ElementHeader, Elements, Header, RawHeader } from "./header.ts";
import { readDense, readMatrix, readSparse } from "./matrix.ts";
import { groupAt, textSpec } from "./read.ts";
import { readLeaf, readTreeMapping, type TreeMapping } from "./tree.ts";

/** What of an AnnData is wanted. */
export interface HeaderWants {
  /** The axis of concatenation (0: obs, 1: var), whose columns are described. */
  readonly axis: 0 | 1;
  /** Whether the columns of the other axis are described too. */
  readonly otherColumns: boolean;
  /** Whether the columns of raw's genes are described too. */
  readonly rawColumns: boolean;
  /** Whether the values in `uns` are described. */
  readonly uns: boolean;
}

/** Read the header of the AnnData in `root`. */
export async function readHeader(root: Group, wants: HeaderWants): Promise<Header> {
  const { axis, otherColumns, rawColumns, uns } = wants, encoding = root.attrs["encoding-type"];
  if (encoding !== "anndata") {
    const known = typeof encoding === "string" && encoding !== "" ? `it is a ${encoding}` : "it has no obs and var";
    throw new FormatError(`Cannot read "${root.source}" as AnnData: ${known}`, { source: root.source });
  }
  const obs = await readFrame(await groupAt(root, "obs"), axis === 0 || otherColumns ? "columns" : "index");
  const vars = await readFrame(await groupAt(root, "var"), axis === 1 || otherColumns ? "columns" : "index");
  const shape = [obs.rows, vars.rows] as const, x = await root.child("X");
  return {
    source: root.source,
    format: root.format,
    shape,
    frames: [obs, vars],
    x: x === undefined || isNull(x) ? null : await readMatrix(x, shape),
    layers: await readMapping(root, "layers", (node) => readMatrix(node, shape)),
    along: [
      await readMapping(root, "obsm", (node) => readElement(node, obs.rows)),
      await readMapping(root, "varm", (node) => readElement(node, vars.rows)),
    ],
    pairwise: [
      await readMapping(root, "obsp", (node) => readMatrix(node, [obs.rows, obs.rows])),
      await readMapping(root, "varp", (node) => readMatrix(node, [vars.rows, vars.rows])),
    ],
    raw: await readRaw(root, obs.rows, axis === 1 || rawColumns ? "columns" : "index"),
    uns: await readUns(root, uns),
  };
}

async function readUns(root: Group, wanted: boolean): Promise<TreeMapping> {
  const uns = await root.child("uns");
  if (uns?.kind !== "group") return { kind: "mapping", path: "uns", children: {} };
  if (wanted) return await readTreeMapping(uns);
  const names = await uns.names();
  const leaf = (name: string) => ({ kind: "leaf", path: `uns/${name}`, encoding: "", nodes: [] }) as const;
  return { kind: "mapping", path: "uns", children: Object.fromEntries(names.map((name) => [name, leaf(name)])) };
}

async function readMapping(
  group: Group,
  name: string,
  read: (node: Node) => Promise<ElementHeader>,
): Promise<Elements> {
  const mapping = await group.child(name), elements: Record<string, ElementHeader> = {};
  if (mapping?.kind !== "group") return elements;
  for (const key of await mapping.names()) {
    const node = await mapping.child(key);
    if (node !== undefined) elements[key] = await read(node);
  }
  return elements;
}

/** What goes along an axis of `rows`. */
async function readElement(node: Node, rows: number): Promise<ElementHeader> {
  const { path } = node, encoding = String(node.attrs["encoding-type"] ?? "");
  if (node.kind === "array") {
    const spec = await textSpec(node), [length] = spec.shape;
    return checkRows(node, isNumeric(spec.dtype) ? readDense(node) : { kind: "exact", path, spec }, length, rows);
  }
  if (encoding === "dataframe") {
    const frame = await readFrame(node, "columns");
    return checkRows(node, { kind: "frame", path, frame }, frame.rows, rows);
  }
  if (encoding === "csr_matrix" || encoding === "csc_matrix") {
    const matrix = await readSparse(node);
    return checkRows(node, matrix, matrix.shape[0], rows);
  }
  return { kind: "other", path, what: `encoding "${encoding}"`, leaf: await readLeaf(node) };
}

function checkRows<T>(node: Node, element: T, found: number | undefined, rows: number): T {
  if (found === rows) return element;
  throw new FormatError(`Cannot read "${node.path}" of "${node.source}": it has ${found} rows where ${rows} are due`, {
    source: node.source,
    element: node.path,
  });
}

async function readRaw(root: Group, rows: number, columns: "columns" | "index"): Promise<RawHeader | null> {
  const raw = await root.child("raw");
  if (raw?.kind !== "group") return null;
  const frame = await readFrame(await groupAt(raw, "var"), columns), x = await raw.child("X");
  return {
    x: x === undefined || isNull(x) ? null : await readMatrix(x, [rows, frame.rows]),
    frame,
    varm: await readMapping(raw, "varm", (node) => readElement(node, frame.rows)),
  };
}

/** Whether `node` is anndata's way to write None. */
function isNull(node: Node): boolean {
  return node.kind === "array" && (node.attrs["encoding-type"] === "null" || node.spec.shape.length === 0);
}
