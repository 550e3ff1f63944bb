/**
 * One task, from plan to bytes.
 *
 * @module
 */
import { assertNever } from "../base/errors.ts";
import type { Element } from "../plan/element.ts";
import type { Task } from "../plan/task.ts";
import { fillAppend } from "./append.ts";
import { fillCopy } from "./array_copy.ts";
import type { Bench } from "./bench.ts";
import { fillDense } from "./dense.ts";
import { countRows, fillEntries, fillPointers } from "./sparse.ts";
import { gatherBucket } from "./gather.ts";
import { scatterSlice } from "./scatter.ts";

/** Do `task`. Doing it again writes the same bytes again. */
export async function runTask(bench: Bench, task: Task): Promise<void> {
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
