/**
 * Sparse matrices that lie in another order than the result's (csc into csr, permuted rows, dense into sparse), sorted
 * through files in a temporary folder, as the tasks of a run sort them.
 *
 * @module
 */
import type { SparseElement } from "../plan/element.ts";
import { gatherBucket } from "../run/gather.ts";
import type { Inputs } from "../run/inputs.ts";
import { scatterSlice } from "../run/scatter.ts";
import { removeSlices } from "../run/sweep.ts";
import { turn } from "../base/turn.ts";

/** Sorts what must be sorted, once, when it is first asked for. The folder goes away with it. */
export class Sorting {
  readonly #inputs: Inputs;
  readonly #parent: string | undefined;
  #isMade = false;
  readonly #sorted = new Map<number, Promise<void>>();
  /** Who forgets to close leaves nothing either, as long as the process ends by itself. */
  readonly #atExit = (): void => this.#remove();

  /** Sort what is read of `inputs`, in a folder in `parent`; by default where the system keeps temporary ones. */
  constructor(inputs: Inputs, parent: string | undefined) {
    this.#inputs = inputs;
    this.#parent = parent;
  }

  /** Make sure that `element`, number `number` of the plan, can be read in the result's order. */
  async sort(number: number, element: SparseElement, signal: AbortSignal | undefined): Promise<void> {
    if (element.parts.every((part) => part.sort === null)) return;
    this.#make();
    for (let others = this.#sorted.get(number); others !== undefined; others = this.#sorted.get(number)) {
      if (await others.then(() => true, () => false)) return;
      // Who was sorting was stopped: begin anew, and write over what is there.
      if (this.#sorted.get(number) === others) this.#sorted.delete(number);
    }
    const own = sorted(this.#inputs, number, element, signal);
    this.#sorted.set(number, own);
    try {
      await own;
    } catch (error) {
      if (this.#sorted.get(number) === own) this.#sorted.delete(number);
      throw error;
    }
  }

  /** Remove the folder and all in it. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#sorted.values());
    this.#remove();
  }

  #make(): void {
    if (this.#isMade) return;
    const dir = this.#parent === undefined ? {} : { dir: this.#parent };
    this.#inputs.scratch = Deno.makeTempDirSync({ prefix: "anncat-", ...dir });
    this.#isMade = true;
    globalThis.addEventListener("unload", this.#atExit);
  }

  #remove(): void {
    if (!this.#isMade) return;
    globalThis.removeEventListener("unload", this.#atExit);
    Deno.removeSync(this.#inputs.scratch, { recursive: true });
    this.#isMade = false;
    this.#sorted.clear();
  }
}

/** Do the tasks that sort one element, part by part: scatter, then gather. */
async function sorted(
  inputs: Inputs,
  number: number,
  element: SparseElement,
  signal: AbortSignal | undefined,
): Promise<void> {
  const tasks = inputs.plan.tasks.filter((task) => task.element === number);
  for (const [part, { sort }] of element.parts.entries()) {
    for (let slice = 0; slice < (sort?.slices ?? 0); slice++) {
      await turn(signal);
      await scatterSlice(inputs, number, element, part, slice);
    }
    for (const task of tasks) {
      if (task.kind !== "gather" || task.part !== part) continue;
      await turn(signal);
      gatherBucket(inputs, number, element, task);
    }
    removeSlices(inputs.scratch, number, element, part);
  }
  inputs.pool.clear();
}
