/**
 * Looking at the inputs: headers, and the names of the axis that is joined. All that a plan is made from.
 *
 * @module
 */
import { readHeader } from "./anndata/anndata.ts";
import type { Header } from "./anndata/header.ts";
import { digestIndex } from "./anndata/index.ts";
import { arrayAt, readStrings } from "./anndata/read.ts";
import { BufferPool } from "./base/pool.ts";
import { freeStrings, type Strings } from "./base/strings.ts";
import type { Group } from "./storage/node.ts";
import { contested, type Digests } from "./plan/facts.ts";
import { type Distinct, joinAxis, type Joined } from "./plan/joined.ts";
import type { ResolvedOptions } from "./options.ts";
import { openStore } from "./anndata/open.ts";
import { ObjectCache } from "./storage/cache.ts";
import type { Location } from "./storage/open.ts";
import { contestedPath, digestContested } from "./stream/digest_element.ts";
import { withGaps } from "./stream/gaps.ts";

/** What a look at the inputs shows. */
export interface Survey {
  /** The inputs' headers. */
  readonly headers: readonly Header[];
  /** The axis that is joined. */
  readonly joined: Joined;
  /** The genes of raw, where every input has one and genes are joined. */
  readonly rawJoined: Joined | null;
  /** Digests of the values that merges compare. */
  readonly digests: Digests;
}

/** Who stops a look at the inputs, and who looks too. */
export interface SurveyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with each header. */
  readonly seen?: (header: Header) => void;
}

/** Look at the stores at `locations`. An {@linkcode IncompatibleInputsError} where an axis cannot be joined. */
export async function survey(
  locations: readonly Location[],
  options: ResolvedOptions,
  { signal, seen }: SurveyOptions = {},
): Promise<Survey> {
  const { axis, join } = options, other = axis === 0 ? 1 : 0, headers: Header[] = [];
  const pool = new BufferPool(), cache = new ObjectCache(), names: IndexOf[] = [], rawNames: IndexOf[] = [];
  const inputs = locations.map((location, at): Input => {
    return {
      open: () => openStore(location, { pool, cache, signal, name: `store ${at}`, s3Endpoint: options.s3Endpoint }),
    };
  });
  const { merge, unsMerge, keepAll } = options;
  const wants = { axis, otherColumns: merge !== null, rawColumns: keepAll, uns: unsMerge !== null };
  try {
    for (const input of inputs) {
      const root = await input.open(), header = await readHeader(root, wants);
      headers.push(header);
      seen?.(header);
      names.push(await indexOf(input, root, header.frames[other].index.path));
      if (axis === 0 && header.raw !== null) rawNames.push(await indexOf(input, root, header.raw.frame.index.path));
    }
    const sources = headers.map((header) => header.source), what = other === 0 ? "obs" : "var";
    const distinctNames = await distinct(names), length = headers[0]?.shape[other] ?? 0;
    const joined = joinAxis({ what, sources, distinct: distinctNames, length, join });
    distinctNames.indexes.forEach(freeStrings);
    let rawJoined: Joined | null = null;
    if (axis === 0 && rawNames.length === headers.length) {
      const distinctGenes = await distinct(rawNames), genes = headers[0]?.raw?.frame.rows ?? 0;
      rawJoined = joinAxis({ what: "raw/var", sources, distinct: distinctGenes, length: genes, join });
      distinctGenes.indexes.forEach(freeStrings);
    }
    return {
      headers: await withGaps(headers, gapAxes(options), (input) => (inputs[input] as Input).open()),
      joined,
      rawJoined,
      digests: await digestsOf(headers, inputs, joined, options, pool),
    };
  } finally {
    pool.clear();
    cache.clear();
  }
}

/** The axes whose columns are made of those of several inputs. */
function gapAxes({ axis, merge }: ResolvedOptions): readonly (0 | 1)[] {
  return merge === "coalesce" ? [0, 1] : [axis];
}

/** An input: it is opened when it is read, because holding thousands open is not cheap. */
interface Input {
  open(): Promise<Group>;
}

/** Digests of the values that the merges of `options` compare. */
async function digestsOf(
  headers: readonly Header[],
  inputs: readonly Input[],
  joined: Joined,
  options: ResolvedOptions,
  pool: BufferPool,
): Promise<Digests> {
  const digests = headers.map((): Record<string, string> => ({}));
  for (const [input, some] of Map.groupBy(contested(headers, options), (one) => one.input)) {
    const root = await (inputs[input] as Input).open(), map = joined.maps[input] ?? null;
    const axis = map === null ? null : { map, length: joined.length }, own = digests[input] ?? {};
    for (const one of some) own[contestedPath(one)] = await digestContested({ pool, root, axis }, one);
  }
  return digests;
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
      indexes.push(await readStrings(await arrayAt(await input.open(), path)));
    }
  }
  return { indexes, indexOf: inputs.map((input) => digests.indexOf(input.digest)) };
}
