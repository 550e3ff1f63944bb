/**
 * How far a run is.
 *
 * @module
 */
import type { Progress } from "../options.ts";
import type { Plan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";

/** Counts the bytes of finished tasks, in all and by element. */
export class Meter {
  readonly #plan: Plan;
  readonly #started = performance.now();
  readonly #tell: ((progress: Progress) => void) | undefined;
  readonly #totals = new Map<number, number>();
  readonly #done = new Map<number, number>();
  #before = 0;

  /** Count the tasks of `plan`; `tell` is told of each. */
  constructor(plan: Plan, tell: ((progress: Progress) => void) | undefined) {
    this.#plan = plan;
    this.#tell = tell;
    for (const { element, bytes } of plan.tasks) add(this.#totals, element, bytes);
  }

  /** A task that an earlier run had done. */
  skip(task: Task): void {
    this.#before += task.bytes;
    this.finish(task);
  }

  /** A task that is done. */
  finish({ element, bytes }: Task): void {
    add(this.#done, element, bytes);
    this.#tell?.({
      done: sum(this.#done),
      total: sum(this.#totals),
      before: this.#before,
      element: this.#plan.elements[element]?.path ?? "",
      elementDone: this.#done.get(element) ?? 0,
      elementTotal: this.#totals.get(element) ?? 0,
      seconds: (performance.now() - this.#started) / 1000,
    });
  }
}

function add(sums: Map<number, number>, key: number, bytes: number): void {
  sums.set(key, (sums.get(key) ?? 0) + bytes);
}

function sum(sums: ReadonlyMap<number, number>): number {
  return sums.values().reduce((total, bytes) => total + bytes, 0);
}
