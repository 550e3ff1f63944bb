/**
 * Looking at the inputs: headers, and the names of the axis that is joined. All that a plan is made from.
 *
 * @module
 */
import { readHeader } from "./anndata/anndata.ts";
import type { ColumnHeader, FrameHeader, Header } from "./anndata/header.ts";
import { digestIndex, readIndexNames } from "./anndata/index.ts";
import { arrayAt } from "./anndata/read.ts";
import { BufferPool } from "./base/pool.ts";
import type { Strings } from "./base/strings.ts";
import type { ArrayNode } from "./storage/node.ts";
import type { Distinct } from "./plan/joined.ts";
import { needsGaps } from "./plan/frame.ts";
import { openGroup } from "./storage/open.ts";
import { hasNegative } from "./stream/cursor.ts";

/** What a look at the inputs shows. */
export interface Survey {
  /** The inputs' headers. */
  readonly headers: readonly Header[];
  /** The indexes of the axis that is joined. */
  readonly joined: Distinct;
  /** The genes of raw, where every input has one and genes are joined. */
  readonly rawJoined: Distinct | null;
}

/** Look at the stores at `locations`; `axis` is the one to concatenate along. */
export async function survey(locations: readonly string[], axis: 0 | 1): Promise<Survey> {
  const pool = new BufferPool(), other = axis === 0 ? 1 : 0, headers: Header[] = [];
  try {
    for (const location of locations) headers.push(await readHeader(await openGroup(location, { pool }), axis));
    const paths = headers.map((header) => header.frames[other].index.path);
    const raws = headers.map((header) => header.raw?.frame.index.path),
      hasRaw = axis === 0 && !raws.includes(undefined);
    return {
      headers: await withGaps(headers, axis, pool),
      joined: await distinct(locations, paths, pool),
      rawJoined: hasRaw ? await distinct(locations, raws.map((path) => path ?? ""), pool) : null,
    };
  } finally {
    pool.clear();
  }
}

/** Tell the indexes at `paths` apart by their digests; only those that differ are held. */
async function distinct(locations: readonly string[], paths: readonly string[], pool: BufferPool): Promise<Distinct> {
  const digests: string[] = [], indexes: Strings[] = [];
  const open = async (input: number): Promise<ArrayNode> =>
    await arrayAt(await openGroup(locations[input] ?? "", { pool }), paths[input] ?? "");
  for (const input of locations.keys()) digests.push(await digestIndex(await open(input)));
  const different = [...new Set(digests)];
  if (different.length > 1) {
    for (const digest of different) indexes.push(await readIndexNames(await open(digests.indexOf(digest))));
  }
  return { indexes, indexOf: digests.map((digest) => different.indexOf(digest)) };
}

/** Find out whether categorical columns have rows without a category, where a plan depends on it. */
async function withGaps(headers: readonly Header[], axis: 0 | 1, pool: BufferPool): Promise<readonly Header[]> {
  const names = needsGaps(headers.map((header) => header.frames[axis]));
  if (names.size === 0) return headers;
  const result: Header[] = [];
  for (const header of headers) {
    const frame = header.frames[axis], columns: ColumnHeader[] = [];
    for (const column of frame.columns) {
      if (column.kind !== "categorical" || !names.has(column.name)) columns.push(column);
      else {
        const codes = await arrayAt(await openGroup(header.source, { pool }), `${column.path}/codes`);
        columns.push({ ...column, categories: { ...column.categories, hasMissing: await hasNegative(codes) } });
      }
    }
    const found: FrameHeader = { ...frame, columns };
    result.push({ ...header, frames: axis === 0 ? [found, header.frames[1]] : [header.frames[0], found] });
  }
  return result;
}
