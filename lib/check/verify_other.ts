/**
 * What lies in `obsm` and `varm` that is neither a matrix nor a dataframe: text, records, and what is carried as it is.
 *
 * @module
 */
import { openStore } from "../anndata/open.ts";
import { nodeAt } from "../anndata/read.ts";
import { readLeaf } from "../anndata/tree.ts";
import { BufferPool } from "../base/pool.ts";
import { type Range, size, whole } from "../base/range.ts";
import type { OpenAnnDataOptions } from "../lazy/open.ts";
import { type InputSource, locationOfSource } from "../lazy/source.ts";
import type { ArrayNode, Group } from "../storage/node.ts";
import { Digest } from "../stream/digest.ts";
import { addArray, typeText } from "../stream/digest_array.ts";
import { digestContested } from "../stream/digest_element.ts";

/** A store for what is not read as a stream of chunks. Who opens it disposes of it (`using`), which frees its memory. */
export interface OpenedRoot extends Disposable {
  readonly root: Group;
  readonly pool: BufferPool;
}

/** Open the store at `source`. */
export async function openRoot(source: InputSource, how: OpenAnnDataOptions): Promise<OpenedRoot> {
  const pool = new BufferPool(), root = await openStore(locationOfSource(source), { pool, ...how });
  return { root, pool, [Symbol.dispose]: () => pool.clear() };
}

/** Which part of such an element is digested, and how it counts. */
export interface Part {
  /** Its rows; by default all. */
  readonly rows?: Range;
  /** Of an array how many columns, where it has columns; by default all. */
  readonly width?: number | undefined;
  /** Where its rows go in the output; -1: nowhere. By default they count from the first one. */
  readonly places?: Int32Array;
}

/**
 * A text that differs where the element's values do, or their types; undefined where there is no such element. Of what
 * is no array it is always all of it that counts.
 */
export async function digestOther(
  { root, pool }: OpenedRoot,
  path: string,
  part: Part = {},
): Promise<string | undefined> {
  const node = await nodeAt(root, path);
  if (node === undefined) return undefined;
  if (node.kind === "array") return await digestPart(node, part);
  const leaf = await readLeaf(node);
  return await digestContested({ pool, root, axis: null }, { kind: "leaf", input: 0, leaf });
}

async function digestPart(node: ArrayNode, { rows, width, places }: Part): Promise<string> {
  const digest = new Digest(), [length = 0, columns, ...rest] = node.spec.shape;
  const box = [
    rows ?? whole(length),
    ...(columns === undefined ? [] : [whole(Math.min(columns, width ?? columns))]),
    ...rest.map(whole),
  ];
  await addArray(digest, node, [places === undefined ? null : { map: places, length }], box);
  return `${box.slice(1).map(size).join("×")} ${typeText(node.spec.dtype)} ${digest}`;
}
