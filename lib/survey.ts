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
import { ObjectCache } from "./storage/cache.ts";
import type { Location } from "./storage/open.ts";
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

/** Look at the stores at `locations`; `axis` is the one to concatenate along. `signal` stops waiting for a server. */
export async function survey(
  locations: readonly Location[],
  axis: 0 | 1,
  signal?: AbortSignal,
): Promise<Survey> {
  const pool = new BufferPool(), cache = new ObjectCache(), other = axis === 0 ? 1 : 0, headers: Header[] = [];
  const names: IndexOf[] = [], rawNames: IndexOf[] = [];
  const inputs = locations.map((location, at): Input => {
    return { open: () => openStore(location, { pool, cache, signal, name: `store ${at}` }) };
  });
  try {
    for (const input of inputs) {
      const root = await input.open(), header = await readHeader(root, axis);
      headers.push(header);
      names.push(await indexOf(input, root, header.frames[other].index.path));
      if (axis === 0 && header.raw !== null) rawNames.push(await indexOf(input, root, header.raw.frame.index.path));
    }
    const hasRaw = axis === 0 && rawNames.length === headers.length;
    return {
      headers: await withGaps(headers, inputs, axis),
      joined: await distinct(names),
      rawJoined: hasRaw ? await distinct(rawNames) : null,
    };
  } finally {
    pool.clear();
    cache.clear();
  }
}

/** An input: it is opened when it is read, because holding thousands open is not cheap. */
interface Input {
  open(): Promise<Group>;
}

/** An input's index, by a digest of its names. */
interface IndexOf {
  readonly input: Input;
  readonly path: string;
  readonly digest: string;
}

async function indexOf(input: Input, root: Group, path: string): Promise<IndexOf> {
  return { input, path, digest: await digestIndex(await arrayAt(root, path)) };
}

/** Tell indexes apart by their digests; only those that differ are read and held. */
async function distinct(inputs: readonly IndexOf[]): Promise<Distinct> {
  const first = new Map(inputs.toReversed().map((input) => [input.digest, input])), indexes: Strings[] = [];
  const digests = [...new Set(inputs.map((input) => input.digest))];
  if (digests.length > 1) {
    for (const digest of digests) {
      const { input, path } = first.get(digest) as IndexOf;
      indexes.push(await readIndexNames(await arrayAt(await input.open(), path)));
    }
  }
  return { indexes, indexOf: inputs.map((input) => digests.indexOf(input.digest)) };
}

/** Find out whether categorical columns have rows without a category, where a plan depends on it. */
async function withGaps(
  headers: readonly Header[],
  inputs: readonly Input[],
  axis: 0 | 1,
): Promise<readonly Header[]> {
  const names = needsGaps(headers.map((header) => header.frames[axis]));
  if (names.size === 0) return headers;
  const result: Header[] = [];
  for (const [at, header] of headers.entries()) {
    const frame = header.frames[axis], columns: ColumnHeader[] = [];
    for (const column of frame.columns) {
      if (column.kind !== "categorical" || !names.has(column.name)) columns.push(column);
      else {
        const codes = await arrayAt(await (inputs[at] as Input).open(), `${column.path}/codes`);
        columns.push({ ...column, categories: { ...column.categories, hasMissing: await hasNegative(codes) } });
      }
    }
    const found: FrameHeader = { ...frame, columns };
    result.push({ ...header, frames: axis === 0 ? [found, header.frames[1]] : [header.frames[0], found] });
  }
  return result;
}
