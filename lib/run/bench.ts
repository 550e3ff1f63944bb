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

/** Inputs and arrays that are kept open: opening one again is cheap, holding thousands is not. */
const OPEN_INPUTS = 64;

/** A thread's tools. */
export class Bench {
  readonly plan: Plan;
  readonly pool = new BufferPool();
  readonly store: StoreWriter;
  readonly scratch: string;
  #inputs = new Map<number, Promise<Group>>();
  #work = "";
  #arrays = new Map<string, ArrayNode>();
  #maps = new Map<number, Int32Array>();

  /** Tools for the tasks of `plan`. */
  constructor(plan: Plan, folders: Folders) {
    this.plan = plan;
    this.store = openStoreWriter(folders.store, plan.output.format, this.pool);
    this.scratch = folders.scratch;
  }

  /** The array at `path` of input `input`. */
  async array(input: number, path: string): Promise<ArrayNode> {
    const key = `${input}/${path}`, known = this.#arrays.get(key);
    if (known !== undefined) return known;
    const opened = await arrayAt(await this.#input(input), path);
    keep(this.#arrays, key, opened);
    return opened;
  }

  /** Free the buffers of work that was of another kind: the plan counts one kind of task at a time. */
  prepareFor(work: string): void {
    if (work !== this.#work) this.pool.clear();
    this.#work = work;
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
    const opened = openGroup(this.plan.inputs[number]?.location ?? "", { pool: this.pool });
    keep(this.#inputs, number, opened);
    return opened;
  }
}

/** Remember `value`, and forget the oldest where there are many. */
function keep<K, V>(known: Map<K, V>, key: K, value: V): void {
  const [oldest] = known.keys();
  if (known.size >= OPEN_INPUTS && oldest !== undefined) known.delete(oldest);
  known.set(key, value);
}
