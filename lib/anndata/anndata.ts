/**
 * An AnnData store: what lies where in it.
 *
 * @module
 */
import { FormatError } from "../base/errors.ts";
import type { Group, Node } from "../storage/node.ts";
import { readFrame } from "./frame.ts";
import type { Header } from "./header.ts";
import { readMatrix } from "./matrix.ts";
import { groupAt } from "./read.ts";

/** The mappings of elements that an AnnData has beside X, obs and var. */
export const MAPPINGS = ["layers", "obsm", "varm", "obsp", "varp", "uns"] as const;

/** Read the header of the AnnData in `root`; `axis` is the one whose columns are wanted (0: obs, 1: var). */
export async function readHeader(root: Group, axis: 0 | 1): Promise<Header> {
  const encoding = root.attrs["encoding-type"];
  if (encoding !== "anndata") {
    const known = typeof encoding === "string" ? `it is a ${encoding}` : 'it has no attribute "encoding-type"';
    throw new FormatError(`Cannot read "${root.source}" as AnnData: ${known}; write it with anndata 0.8 or later`, {
      source: root.source,
    });
  }
  const obs = await readFrame(await groupAt(root, "obs"), axis === 0 ? "columns" : "index");
  const vars = await readFrame(await groupAt(root, "var"), axis === 1 ? "columns" : "index");
  const shape = [obs.rows, vars.rows] as const;
  const x = await root.child("X");
  return {
    source: root.source,
    format: root.format,
    shape,
    frames: [obs, vars],
    x: x === undefined || isNull(x) ? null : await readMatrix(x, shape),
    others: await otherElements(root),
  };
}

/** Whether `node` is anndata's way to write None. */
function isNull(node: Node): boolean {
  return node.kind === "array" && (node.attrs["encoding-type"] === "null" || node.spec.shape.length === 0);
}

async function otherElements(root: Group): Promise<string[]> {
  const found: string[] = [];
  for (const mapping of MAPPINGS) {
    const group = await root.child(mapping);
    if (group?.kind !== "group") continue;
    for (const name of await group.names()) found.push(`${mapping}/${name}`);
  }
  const raw = await root.child("raw");
  if (raw !== undefined && !isNull(raw)) found.push("raw");
  return found;
}
