/**
 * What a task works with: the plan, the inputs, buffers, a place to write.
 *
 * @module
 */
import { BufferPool } from "../base/pool.ts";
import type { Plan } from "../plan/plan.ts";
import { openStoreWriter } from "../storage/create.ts";
import type { ArrayNode, Group, StoreWriter } from "../storage/node.ts";
import { openGroup } from "../storage/open.ts";
import { arrayAt } from "../anndata/read.ts";

/** Folders of a run, beside the output: the store that is being built, and files that only the run needs. */
export interface Folders {
  readonly store: string;
  readonly scratch: string;
}

/** Inputs that are kept open: opening one again is cheap, holding thousands is not. */
const OPEN_INPUTS = 64;

/** A thread's tools. */
export class Bench {
  readonly plan: Plan;
  readonly pool = new BufferPool();
  readonly store: StoreWriter;
  readonly scratch: string;
  #inputs = new Map<number, Promise<Group>>();
  #maps = new Map<number, Int32Array>();

  /** Tools for the tasks of `plan`. */
  constructor(plan: Plan, folders: Folders) {
    this.plan = plan;
    this.store = openStoreWriter(folders.store, plan.output.format, this.pool);
    this.scratch = folders.scratch;
  }

  /** The array at `path` of input `input`. */
  async array(input: number, path: string): Promise<ArrayNode> {
    return await arrayAt(await this.#input(input), path);
  }

  /** Reindex number `reindex`; null for null. */
  map(reindex: number | null): Int32Array | null {
    if (reindex === null) return null;
    const known = this.#maps.get(reindex) ?? Int32Array.from(this.plan.reindexes[reindex] ?? []);
    this.#maps.set(reindex, known);
    return known;
  }

  #input(number: number): Promise<Group> {
    const known = this.#inputs.get(number);
    if (known !== undefined) return known;
    const [oldest] = this.#inputs.keys();
    if (this.#inputs.size >= OPEN_INPUTS && oldest !== undefined) this.#inputs.delete(oldest);
    const opened = openGroup(this.plan.inputs[number]?.location ?? "", { pool: this.pool });
    this.#inputs.set(number, opened);
    return opened;
  }
}
