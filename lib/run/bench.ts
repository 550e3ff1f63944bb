/**
 * What a task works with: the plan, the inputs, buffers, a place to write.
 *
 * @module
 */
import type { Plan } from "../plan/plan.ts";
import { openStoreWriter } from "../storage/create.ts";
import type { StoreWriter } from "../storage/node.ts";
import { Inputs, type InputsOptions } from "./inputs.ts";
import { withTurns } from "./turns.ts";

/** Folders of a run: the store that is being built beside the output, and files that only the run needs. */
export interface Folders {
  readonly store: string;
  readonly scratch: string;
  /** Where objects of the store grow until they are whole, where other processes may write the same ones. */
  readonly partial?: string;
}

/** What a thread can be given. */
export interface BenchOptions extends InputsOptions {
  /** Whether the thread has more to do than tasks, so that they let its event loop turn. */
  readonly turns?: boolean;
}

/** A thread's tools. */
export class Bench extends Inputs {
  readonly store: StoreWriter;
  #work = "";

  /** Tools for the tasks of `plan`. */
  constructor(plan: Plan, folders: Folders, options: BenchOptions = {}) {
    super(plan, folders.scratch, options);
    const store = openStoreWriter(folders.store, plan.output.format, this.pool, this.log, folders.partial);
    this.store = options.turns === true ? withTurns(store, options.signal) : store;
  }

  /** Free the buffers of work that was of another kind: the plan counts one kind of task at a time. */
  prepareFor(work: string): void {
    if (work !== this.#work) this.pool.clear();
    this.#work = work;
  }
}
