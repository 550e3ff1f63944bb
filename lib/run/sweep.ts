/**
 * Sweeping scratch files away: the entries of a part as they were scattered are needed no more when all its buckets are
 * in order.
 *
 * @module
 */
import type { SparseElement } from "../plan/element.ts";
import type { Plan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import { partBase, sliceFile } from "../stream/scratch.ts";
import type { WrittenFile } from "../storage/written.ts";
import type { TaskRecord } from "./executor.ts";

/** A record of finished tasks by which slices go away. It is for a run that knows all tasks of its plan, and does none twice. */
export class Sweep implements TaskRecord {
  /** Beside those that the record says: scatters whose slices nobody needs. */
  readonly done: ReadonlySet<number>;
  readonly #plan: Pick<Plan, "elements" | "tasks">;
  readonly #scratch: string;
  readonly #record: TaskRecord;
  /** Of each part, how many buckets are not in order yet. */
  readonly #left = new Map<string, number>();

  /** Sweep `scratch` as `record` is told of tasks of `plan`; `needless` is called with each scatter that is left out. */
  constructor(
    plan: Pick<Plan, "elements" | "tasks">,
    scratch: string,
    record: TaskRecord,
    needless: (task: Task) => void,
  ) {
    this.#plan = plan;
    this.#scratch = scratch;
    this.#record = record;
    for (const task of plan.tasks) {
      if (task.kind === "gather") this.#count(task, record.done.has(task.id) ? 0 : 1);
    }
    const done = new Set(record.done);
    for (const task of plan.tasks) {
      if (task.kind !== "scatter" || done.has(task.id) || this.#count(task, 0) > 0) continue;
      done.add(task.id);
      needless(task);
    }
    this.done = done;
  }

  record(task: Task, files: readonly WrittenFile[]): void {
    this.#record.record(task, files);
    if (task.kind !== "gather" || this.#count(task, -1) > 0) return;
    const element = this.#plan.elements[task.element];
    if (element?.kind === "sparse") removeSlices(this.#scratch, task.element, element, task.part);
  }

  #count({ element, part }: { readonly element: number; readonly part: number }, more: number): number {
    const key = `${element} ${part}`, count = (this.#left.get(key) ?? 0) + more;
    this.#left.set(key, count);
    return count;
  }
}

/** Remove the slices of part `at` of element `number` from the folder `scratch`. */
export function removeSlices(scratch: string, number: number, element: SparseElement, at: number): void {
  const slices = element.parts[at]?.sort?.slices ?? 0, base = partBase(scratch, number, at);
  for (let slice = 0; slice < slices; slice++) Deno.removeSync(sliceFile(base, slice));
}
