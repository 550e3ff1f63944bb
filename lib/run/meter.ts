/**
 * How far a run is, told to whoever asked for it.
 *
 * @module
 */
import type { RunOptions } from "../options.ts";
import type { Plan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";

/** Counts the bytes of finished tasks, in all and by element. */
export class Meter {
  readonly #plan: Plan;
  readonly #started = performance.now();
  readonly #tell: Pick<RunOptions, "onProgress" | "onTask">;
  readonly #totals = new Map<number, number>();
  readonly #done = new Map<number, number>();
  readonly #total: number;
  #before = 0;
  #sofar = 0;

  /** Count the tasks of `plan`, and tell of each. */
  constructor(plan: Plan, tell: Pick<RunOptions, "onProgress" | "onTask">) {
    this.#plan = plan;
    this.#tell = tell;
    for (const { element, bytes } of plan.tasks) add(this.#totals, element, bytes);
    this.#total = plan.tasks.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** A task that an earlier run had done. */
  skip(task: Task): void {
    this.#before += task.bytes;
    this.#tell.onTask?.({ task: task.id, state: "skipped", lane: 0, seconds: this.#seconds() });
    this.#add(task);
  }

  /** The run starts, with an element of `task`. */
  begin({ element }: Task): void {
    this.#progress(element);
  }

  /** A task that lane number `lane` starts. */
  start(task: Task, lane: number): void {
    this.#tell.onTask?.({ task: task.id, state: "started", lane, seconds: this.#seconds() });
  }

  /** A task that lane number `lane` has done. */
  finish(task: Task, lane: number): void {
    this.#tell.onTask?.({ task: task.id, state: "done", lane, seconds: this.#seconds() });
    this.#add(task);
  }

  #seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  #add({ element, bytes }: Task): void {
    add(this.#done, element, bytes);
    this.#sofar += bytes;
    this.#progress(element);
  }

  #progress(element: number): void {
    this.#tell.onProgress?.({
      done: this.#sofar,
      total: this.#total,
      before: this.#before,
      element: this.#plan.elements[element]?.path ?? "",
      elementDone: this.#done.get(element) ?? 0,
      elementTotal: this.#totals.get(element) ?? 0,
      seconds: this.#seconds(),
    });
  }
}

function add(sums: Map<number, number>, key: number, bytes: number): void {
  sums.set(key, (sums.get(key) ?? 0) + bytes);
}
