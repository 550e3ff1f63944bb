/**
 * An AnnData store: what lies where in it.
 *
 * @module
 */
import { FormatError } from "../base/errors.ts";
import type { Group, Node } from "../storage/node.ts";
import { readFrame } from "./frame.ts";
import { dtypeName, isNumeric } from "../base/dtype.ts";
import type { ElementHeader, Elements, Header, MatrixHeader, RawHeader } from "./header.ts";
import { readDense, readMatrix, readSparse } from "./matrix.ts";
import { groupAt } from "./read.ts";

/** Read the header of the AnnData in `root`; `axis` is the one whose columns are wanted (0: obs, 1: var). */
export async function readHeader(root: Group, axis: 0 | 1): Promise<Header> {
  const encoding = root.attrs["encoding-type"];
  if (encoding !== "anndata") {
    const known = typeof encoding === "string" && encoding !== "" ? `it is a ${encoding}` : "it has no obs and var";
    throw new FormatError(`Cannot read "${root.source}" as AnnData: ${known}`, { source: root.source });
  }
  const obs = await readFrame(await groupAt(root, "obs"), axis === 0 ? "columns" : "index");
  const vars = await readFrame(await groupAt(root, "var"), axis === 1 ? "columns" : "index");
  const shape = [obs.rows, vars.rows] as const, x = await root.child("X"), uns = await root.child("uns");
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
    raw: await readRaw(root, obs.rows, axis),
    uns: uns?.kind === "group" ? await uns.names() : [],
  };
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
    if (isNumeric(node.spec.dtype)) return checkRows(node, readDense(node), rows);
    return { kind: "other", path, what: `values of type ${dtypeName(node.spec.dtype)}` };
  }
  if (encoding === "dataframe") return { kind: "frame", path, frame: await readFrame(node, "columns") };
  if (encoding === "csr_matrix" || encoding === "csc_matrix") return checkRows(node, await readSparse(node), rows);
  return { kind: "other", path, what: `encoding "${encoding}"` };
}

function checkRows(node: Node, matrix: MatrixHeader, rows: number): MatrixHeader {
  const found = matrix.kind === "dense" ? matrix.spec.shape[0] : matrix.shape[0];
  if (found === rows) return matrix;
  throw new FormatError(`Cannot read "${node.path}" of "${node.source}": it has ${found} rows where ${rows} are due`, {
    source: node.source,
    element: node.path,
  });
}

async function readRaw(root: Group, rows: number, axis: 0 | 1): Promise<RawHeader | null> {
  const raw = await root.child("raw");
  if (raw?.kind !== "group") return null;
  const frame = await readFrame(await groupAt(raw, "var"), axis === 1 ? "columns" : "index"), x = await raw.child("X");
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
