/**
 * Comparing two stores by content: what anndata would read from them, not how it is stored.
 *
 * @module
 */
import { openStore } from "../anndata/open.ts";
import { nodeAt } from "../anndata/read.ts";
import { resolveMemory } from "../options.ts";
import { isRemote } from "../base/location.ts";
import { machineMemory } from "../concat.ts";
import { NETWORK } from "../plan/memory.ts";
import { ObjectCache } from "../storage/cache.ts";
import type { Group } from "../storage/node.ts";
import type { Location } from "../storage/open.ts";
import { compareRoots } from "./compare.ts";
import type { Difference } from "./difference.ts";
import { Job } from "./job.ts";

/** How stores are compared. */
export interface CheckOptions {
  /**
   * The relative tolerance of floats: those that differ by no more than this share of the larger one are the same.
   * @default {0}
   */
  readonly rtol?: number;
  /** Elements that do not count, with all below them, such as `uns` or `obs/age`. */
  readonly ignore?: readonly string[];
  /**
   * How many values of each element are told.
   * @default {5}
   */
  readonly examples?: number;
  /**
   * Peak resident memory of the whole process, in bytes or as text (`"256MiB"`).
   * @default the smaller of 1 GiB and a quarter of the machine's memory
   */
  readonly memory?: number | string;
  /** Stops the comparison. */
  readonly signal?: AbortSignal;
  /** The server of `s3://` locations; by default what the environment of AWS says, or Amazon's. */
  readonly s3Endpoint?: string;
}

/** What a comparison has found: plain JSON. */
export interface CheckReport {
  /** The two stores. */
  readonly a: string;
  /** The second store. */
  readonly b: string;
  /** Whether nothing differs. */
  readonly equal: boolean;
  /** How many elements were compared. */
  readonly elements: number;
  /** What differs, in the order of the elements. */
  readonly differences: readonly Difference[];
}

/**
 * Compare the stores at `a` and `b` by content, a piece at a time; neither is ever in memory as a whole.
 *
 * Format, chunks, shards, codecs, byte order, the age of encodings, the types of sparse indices and of codes, the order
 * of a sparse row's entries and the order of mappings' keys do not count. Everything else does: types of values, the
 * order of columns and of categories, whether a categorical is ordered, the layout of sparse matrices, explicit zeros,
 * and whether a column can have missing values, although none may be missing. NaN equals NaN.
 *
 * @example
 * ```ts
 * import { compareStores } from "@anncat/anncat";
 *
 * const inputs = "testdata/cases/dtype_i4_f4_csr/inputs";
 * const { differences } = await compareStores(`${inputs}/0.zarr`, `${inputs}/1.zarr`);
 * for (const { element, kind } of differences) console.log(element, kind);
 * ```
 *
 * @throws {FormatError} where one of them is broken, {@linkcode MemoryLimitError} where the budget is too small.
 */
export async function compareStores(a: Location, b: Location, options: CheckOptions = {}): Promise<CheckReport> {
  const { rtol = 0, ignore = [], examples = 5, signal, s3Endpoint } = options;
  if (!(rtol >= 0)) throw new RangeError(`Cannot use rtol ${rtol}: it is a number of at least 0`);
  const paths = ignore.map((path) => path.replace(/^\/+|\/+$/g, "")), cache = new ObjectCache();
  const reserved = [a, b].some((location) => typeof location === "string" && isRemote(location)) ? NETWORK : 0;
  const memory = resolveMemory(options.memory, machineMemory());
  const job = new Job({ rtol, exact: false, ignore: paths, examples, memory, reserved, signal });
  const open = (location: Location, name: string) =>
    openStore(location, { pool: job.pool, cache, signal, name, s3Endpoint });
  const left = await open(a, "store A"), right = await open(b, "store B");
  try {
    for (const path of paths) await checkIgnored(path, left, right);
    await compareRoots(job, left, right);
  } finally {
    job.pool.clear();
    cache.clear();
  }
  const { differences, elements } = job;
  return { a: left.source, b: right.source, equal: differences.length === 0, elements, differences };
}

/** A path that is nowhere is a slip of the pen. */
async function checkIgnored(path: string, a: Group, b: Group): Promise<void> {
  if (path !== "" && (await nodeAt(a, path) !== undefined || await nodeAt(b, path) !== undefined)) return;
  throw new RangeError(`Cannot ignore "${path}": neither store has such an element`);
}
