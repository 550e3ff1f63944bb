/**
 * The first rows of a dataframe, as text, and what its index is like.
 *
 * @module
 */
import { whole } from "../base/range.ts";
import { utf8 } from "../base/strings.ts";
import type { ArrayNode, Node } from "../storage/node.ts";
import { textKey } from "../stream/digest.ts";
import { arrayIn, eachText, firstValues } from "./values.ts";

/** The first rows of a table: plain JSON. */
export interface TablePreview {
  /** Rows of the whole table. */
  readonly rows: number;
  /** The columns' names in their order, the index not among them. */
  readonly columns: readonly string[];
  /** The index's name; null where it has none. */
  readonly indexName: string | null;
  /** Whether all names in the index differ; null where there are too many to look at. */
  readonly unique: boolean | null;
  /** Some names that stand there more than once. */
  readonly repeated: readonly string[];
  /** The index of the first rows. */
  readonly index: readonly string[];
  /**
   * The first rows, a text for each of the first 256 columns (cut after 200 characters); null where a value is missing
   * or its kind is not known.
   */
  readonly values: readonly (readonly (string | null)[])[];
}

/** What is looked at. */
export interface PreviewLimits {
  /** Rows that are read. */
  readonly rows: number;
  /** Names of an index that are compared. */
  readonly names: number;
}

/** Columns whose values are read. */
const MOST_COLUMNS = 256;

/** The first rows of `node`, or null where it is not a dataframe that can be read. */
export async function previewFrame(node: Node | undefined, limits: PreviewLimits): Promise<TablePreview | null> {
  if (node?.kind !== "group") return null;
  const name = node.attrs["_index"], order = node.attrs["column-order"];
  if (typeof name !== "string" || !Array.isArray(order)) return null;
  const index = await node.child(name);
  const names = index?.kind === "group" ? await arrayIn(index, "values") ?? await arrayIn(index, "codes") : index;
  const rows = names?.spec.shape[0];
  if (names === undefined || rows === undefined) return null;
  const count = Math.min(rows, limits.rows), columns = order.map(String);
  const texts: (string | null)[][] = [];
  for (const column of columns.slice(0, MOST_COLUMNS)) texts.push(await firstValues(await node.child(column), count));
  const repeated = rows > limits.names ? null : await repeatedNames(names);
  return {
    rows,
    columns,
    indexName: name === "_index" ? null : name,
    unique: repeated === null ? null : repeated.length === 0,
    repeated: repeated ?? [],
    index: (await firstValues(index, count)).map((text) => text ?? ""),
    values: Array.from({ length: count }, (_, row) => texts.map((column) => column[row] ?? null)),
  };
}

/** Names that are told. */
const TOLD = 3;

/** Some names that stand in `index` more than once: of most names no more than a number is held. */
async function repeatedNames(index: ArrayNode): Promise<string[]> {
  const all = [whole(index.spec.shape[0] ?? 0)], hashes = new Float64Array(index.spec.shape[0] ?? 0);
  let at = 0;
  for await (const name of eachText(index, all)) hashes[at++] = textKey(utf8(name));
  const sorted = hashes.subarray(0, at).sort(), same = new Set<number>();
  for (const [at, hash] of sorted.entries()) if (at > 0 && sorted[at - 1] === hash) same.add(hash);
  if (same.size === 0) return [];
  const seen = new Set<string>(), found = new Set<string>();
  for await (const name of eachText(index, all)) {
    if (!same.has(textKey(utf8(name)))) continue;
    if (seen.has(name)) found.add(name);
    seen.add(name);
    if (found.size >= TOLD) break;
  }
  return [...found];
}
