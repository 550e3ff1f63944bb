/**
 * One task, from plan to bytes.
 *
 * @module
 */
import type { MaybePromise } from "../base/async.ts";
import { assertNever } from "../base/errors.ts";
import { turn } from "../base/turn.ts";
import type { Element } from "../plan/element.ts";
import type { Task } from "../plan/task.ts";
import { fillAppend } from "./append.ts";
import { fillCopy } from "./array_copy.ts";
import { Bench } from "./bench.ts";
import { fillDense } from "./dense.ts";
import { countRows, fillEntries, fillPointers } from "./sparse.ts";
import { gatherBucket } from "./gather.ts";
import type { GivenStores } from "./inputs.ts";
import type { LaneEvents, LaneWork } from "./lane.ts";
import { scatterSlice } from "./scatter.ts";

/** What a thread has beside its work. */
interface ThreadOptions {
  /** Returns when other threads may have done what is needed. */
  wait(): MaybePromise<void>;
  /** Inputs that are stores of the caller's. */
  readonly stores?: GivenStores | undefined;
}

/** Do tasks in this thread until nothing is left for it. */
export async function runTasks(
  { plan, folders, queue, presumes, signal }: LaneWork,
  events: LaneEvents,
  { wait, stores }: ThreadOptions,
): Promise<void> {
  const bench = await Bench.open(plan, folders, { stores, signal, presumes });
  try {
    for (;;) {
      // Local files answer at once: without a turn no signal would ever be seen, and memory that was dropped would pile up.
      await turn(signal);
      const task = queue.take();
      if (task === undefined) return;
      if (task === "later") await wait();
      else {
        events.started(task);
        await runTask(bench, task);
        queue.finish(task);
        events.done(task, bench.log.take());
      }
    }
  } finally {
    await bench.close();
  }
}

/** Do `task`. Doing it again writes the same bytes again. */
async function runTask(bench: Bench, task: Task): Promise<void> {
  bench.prepareFor(`${task.kind} ${task.element}`);
  const element = bench.plan.elements[task.element];
  switch (task.kind) {
    case "append":
      return await fillAppend(bench, only(element, "append"), task.units);
    case "dense":
      return await fillDense(bench, only(element, "dense"), task.units, task.tile);
    case "copy":
      return await fillCopy(bench, only(element, "copy"), task.units);
    case "scatter":
      return await scatterSlice(bench, task.element, only(element, "sparse"), task.part, task.slice);
    case "gather":
      return gatherBucket(bench, task.element, only(element, "sparse"), task);
    case "count":
      return await countRows(bench, task.element, only(element, "sparse"), task);
    case "entries":
      return await fillEntries(bench, task.element, only(element, "sparse"), task);
    case "indptr":
      return await fillPointers(bench, task.element, only(element, "sparse"), task.units);
    default:
      return assertNever(task);
  }
}

function only<K extends Element["kind"]>(element: Element | undefined, kind: K): Extract<Element, { kind: K }> {
  if (element?.kind !== kind) throw new TypeError(`Unexpected element kind "${element?.kind}": the plan is broken`);
  return element as Extract<Element, { kind: K }>;
}
