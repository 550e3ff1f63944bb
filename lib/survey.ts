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
import type { Group } from "./storage/node.ts";
import type { Distinct } from "./plan/joined.ts";
import { needsGaps } from "./plan/frame.ts";
import { openStore } from "./anndata/open.ts";
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
  const names: IndexOf[] = [], rawNames: IndexOf[] = [];
  try {
    for (const location of locations) {
      const root = await openStore(location, { pool }), header = await readHeader(root, axis);
      headers.push(header);
      names.push(await indexOf(root, header.frames[other].index.path));
      if (axis === 0 && header.raw !== null) rawNames.push(await indexOf(root, header.raw.frame.index.path));
    }
    const hasRaw = axis === 0 && rawNames.length === headers.length;
    return {
      headers: await withGaps(headers, axis, pool),
      joined: await distinct(names, pool),
      rawJoined: hasRaw ? await distinct(rawNames, pool) : null,
    };
  } finally {
    pool.clear();
  }
}

/** An input's index, by a digest of its names. */
interface IndexOf {
  readonly source: string;
  readonly path: string;
  readonly digest: string;
}

async function indexOf(root: Group, path: string): Promise<IndexOf> {
  return { source: root.source, path, digest: await digestIndex(await arrayAt(root, path)) };
}

/** Tell indexes apart by their digests; only those that differ are read and held. */
async function distinct(inputs: readonly IndexOf[], pool: BufferPool): Promise<Distinct> {
  const first = new Map(inputs.toReversed().map((input) => [input.digest, input])), indexes: Strings[] = [];
  const digests = [...new Set(inputs.map((input) => input.digest))];
  if (digests.length > 1) {
    for (const digest of digests) {
      const { source, path } = first.get(digest) as IndexOf;
      indexes.push(await readIndexNames(await arrayAt(await openStore(source, { pool }), path)));
    }
  }
  return { indexes, indexOf: inputs.map((input) => digests.indexOf(input.digest)) };
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
        const codes = await arrayAt(await openStore(header.source, { pool }), `${column.path}/codes`);
        columns.push({ ...column, categories: { ...column.categories, hasMissing: await hasNegative(codes) } });
      }
    }
    const found: FrameHeader = { ...frame, columns };
    result.push({ ...header, frames: axis === 0 ? [found, header.frames[1]] : [header.frames[0], found] });
  }
  return result;
}
