/**
 * What a task works with: the plan, the inputs, buffers, a place to write.
 *
 * @module
 */
import { BufferPool } from "../base/pool.ts";
import type { Plan } from "../plan/plan.ts";
import { openStoreWriter } from "../storage/create.ts";
import type { StoreWriter } from "../storage/node.ts";
import { WriteLog } from "../storage/written.ts";
import { Inputs, type InputsOptions } from "./inputs.ts";
import { withTurns } from "./turns.ts";

/** Where a run works: the store that is being built, and a folder of files that only the run needs. */
export interface Folders {
  readonly store: string;
  readonly scratch: string;
  /**
   * Where objects of the store grow until they are whole: where other processes may write the same ones, or the store
   * is in a bucket.
   */
  readonly partial?: string;
  /** Where the plan's reindexes are, a file each, where the plan itself has none. */
  readonly reindexes?: string;
}

/** What a thread can be given. */
export interface BenchOptions extends InputsOptions {
  /** Whether rows are presumed to hold no position twice, so that counting them needs no entries. */
  readonly presumes?: boolean;
}

/** A thread's tools. */
export class Bench extends Inputs {
  readonly store: StoreWriter;
  /** Whether rows are presumed to hold no position twice. */
  readonly presumes: boolean;
  #work = "";

  private constructor(store: StoreWriter, presumes: boolean, ...inputs: ConstructorParameters<typeof Inputs>) {
    super(...inputs);
    this.store = store;
    this.presumes = presumes;
  }

  /** Tools for the tasks of `plan`. */
  static async open(plan: Plan, folders: Folders, options: BenchOptions = {}): Promise<Bench> {
    const { s3Endpoint } = plan.options, { signal, presumes = false } = options, { partial } = folders;
    const pool = new BufferPool(), log = new WriteLog(), how = { log, partial, s3Endpoint, signal };
    const store = withTurns(await openStoreWriter(folders.store, plan.output.format, pool, how), signal);
    return new Bench(store, presumes, plan, folders.scratch, { ...options, reindexes: folders.reindexes }, pool, log);
  }

  /** Free all memory that is not lent, and drop what is on its way. */
  override async close(): Promise<void> {
    await this.store.close?.();
    super.close();
  }

  /** Free the buffers of work that was of another kind: the plan counts one kind of task at a time. */
  prepareFor(work: string): void {
    if (work !== this.#work) this.pool.clear();
    this.#work = work;
  }
}
