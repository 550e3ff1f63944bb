/**
 * The inputs of a plan, opened when they are asked for: what reading its elements takes.
 *
 * @module
 */
import { openStore } from "../anndata/open.ts";
import { arrayAt } from "../anndata/read.ts";
import { BufferPool } from "../base/pool.ts";
import type { Plan } from "../plan/plan.ts";
import { ObjectCache } from "../storage/cache.ts";
import type { ArrayNode, Group } from "../storage/node.ts";
import { isFolder, type ReadableStore } from "../storage/store.ts";
import { WriteLog } from "../storage/written.ts";
import { readReindex, reindexFile } from "./reindex.ts";

/** Inputs and arrays that are kept open: opening one again is cheap, holding thousands is not. */
const OPEN_INPUTS = 64;

/** Inputs that are stores of the caller's, by their number: they cannot go to another thread. */
export type GivenStores = ReadonlyMap<number, ReadableStore>;

/** What the caller's own thread can be given. */
export interface InputsOptions {
  /** Inputs that are stores of the caller's. */
  readonly stores?: GivenStores | undefined;
  /** Stops waiting for a server. */
  readonly signal?: AbortSignal | undefined;
  /** The folder of the plan's reindexes, where the plan itself has none. */
  readonly reindexes?: string | undefined;
}

/** A thread's inputs. */
export class Inputs {
  readonly plan: Plan;
  /** The folder of files that only the run needs; what is only read makes it when it needs one. */
  scratch: string;
  readonly pool: BufferPool;
  /** The files that have been written: scratch files, and a bench's output. */
  readonly log: WriteLog;
  readonly #options: InputsOptions;
  readonly #cache = new ObjectCache();
  #inputs = new Map<number, Promise<Group>>();
  #arrays = new Map<string, ArrayNode>();
  #maps = new Map<number, Int32Array>();

  /** The inputs of `plan`. */
  constructor(
    plan: Plan,
    scratch: string,
    options: InputsOptions = {},
    pool: BufferPool = new BufferPool(),
    log: WriteLog = new WriteLog(),
  ) {
    this.plan = plan;
    this.scratch = scratch;
    this.pool = pool;
    this.log = log;
    this.#options = options;
  }

  /** Free all memory that is not lent. */
  close(): void {
    this.pool.clear();
    this.#cache.clear();
  }

  /** The array at `path` of input `input`. */
  async array(input: number, path: string): Promise<ArrayNode> {
    const key = `${input}/${path}`, known = this.#arrays.get(key);
    if (known !== undefined) return known;
    const opened = await arrayAt(await this.#input(input), path);
    keep(this.#arrays, key, opened);
    return opened;
  }

  /** Reindex number `reindex`; null for null. */
  map(reindex: number | null): Int32Array | null {
    if (reindex === null) return null;
    const { reindexes: folder } = this.#options;
    if (folder === undefined) return this.plan.reindexes[reindex] as Int32Array;
    const known = this.#maps.get(reindex) ?? readReindex(reindexFile(folder, reindex));
    this.#maps.set(reindex, known);
    return known;
  }

  #input(number: number): Promise<Group> {
    const known = this.#inputs.get(number);
    if (known !== undefined) return known;
    const { inputs, options } = this.plan, { stores, signal } = this.#options, { s3Endpoint } = options;
    const name = inputs[number]?.location ?? "", { pool } = this;
    // Elements are read from one input after the other: where not all can be kept, each would be opened for each array.
    const holdsNothing = inputs.length > OPEN_INPUTS && !stores?.has(number) && isFolder(name),
      about = { pool, cache: this.#cache, signal };
    const opened = openStore(stores?.get(number) ?? name, { ...about, name, s3Endpoint, holdsNothing });
    opened.catch(() => this.#inputs.delete(number)); // a server that did not answer may do so later
    if (holdsNothing) this.#inputs.set(number, opened);
    else keep(this.#inputs, number, opened);
    return opened;
  }
}

/** Remember `value`, and forget the oldest where there are many. */
function keep<K, V>(known: Map<K, V>, key: K, value: V): void {
  const [oldest] = known.keys();
  if (known.size >= OPEN_INPUTS && oldest !== undefined) known.delete(oldest);
  known.set(key, value);
}
