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
import { needsGaps } from "./plan/frame.ts";
import { openGroup } from "./storage/open.ts";
import { hasNegative } from "./stream/cursor.ts";

/** What a look at the inputs shows. */
export interface Survey {
  /** The inputs' headers. */
  readonly headers: readonly Header[];
  /** The distinct indexes of the joined axis; empty where all inputs have the same. */
  readonly indexes: readonly Strings[];
  /** Which of `indexes` each input has. */
  readonly indexOf: readonly number[];
}

/** Look at the stores at `locations`; `axis` is the one to concatenate along. */
export async function survey(locations: readonly string[], axis: 0 | 1): Promise<Survey> {
  const pool = new BufferPool(), other = axis === 0 ? 1 : 0;
  const headers: Header[] = [], digests: string[] = [];
  try {
    for (const location of locations) {
      const root = await openGroup(location, { pool });
      const header = await readHeader(root, axis);
      headers.push(header);
      digests.push(await digestIndex(await arrayAt(root, header.frames[other].index.path)));
    }
    const distinct = [...new Set(digests)], indexes: Strings[] = [];
    if (distinct.length > 1) {
      for (const digest of distinct) {
        const input = digests.indexOf(digest), header = headers[input];
        if (header === undefined) continue;
        const root = await openGroup(header.source, { pool });
        indexes.push(await readIndexNames(await arrayAt(root, header.frames[other].index.path)));
      }
    }
    const indexOf = digests.map((digest) => distinct.indexOf(digest));
    return { headers: await withGaps(headers, axis, pool), indexes, indexOf };
  } finally {
    pool.clear();
  }
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
