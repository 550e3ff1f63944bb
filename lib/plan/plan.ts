/**
 * The plan: everything that a run will do, made before the first byte is written. It is plain data; `planJson` makes JSON
 * of it.
 *
 * @module
 */
import type { ResolvedOptions } from "../options.ts";
import type { NodeSpec, StoreFormat } from "../storage/node.ts";
import type { Element } from "./element.ts";
import type { MemoryPlan } from "./memory.ts";
import type { Task } from "./task.ts";

/** What a run will do. */
export interface Plan {
  /** The version of this form. */
  readonly version: 1;
  /** The inputs in their order. */
  readonly inputs: readonly PlanInput[];
  /** Where the result goes. */
  readonly output: { readonly location: string; readonly format: StoreFormat };
  /** The options that shaped the plan, defaults filled in. */
  readonly options: ResolvedOptions;
  /** Cells and genes of the result. */
  readonly shape: readonly [obs: number, vars: number];
  /**
   * The groups and arrays of the result, parents first. Lengths that only the run can tell (the entries that an inner
   * join keeps of a sparse matrix) stand as their upper bound and are corrected when the run ends.
   */
  readonly nodes: readonly NodeSpec[];
  /** What fills the arrays. */
  readonly elements: readonly Element[];
  /** Where each position of an input's other axis goes in the result's; -1: nowhere. Elements refer to it by number. */
  readonly reindexes: readonly Int32Array[];
  /** The pieces of work. */
  readonly tasks: readonly Task[];
  /** All that is dropped, coerced or filled, and why. */
  readonly notes: readonly Note[];
  /** The memory model's figures. */
  readonly memory: MemoryPlan;
}

/** One input. */
export interface PlanInput {
  /** Path or URL. */
  readonly location: string;
  /** Its key in the label column and in `indexUnique`. */
  readonly key: string;
  /** Cells and genes. */
  readonly shape: readonly [obs: number, vars: number];
}

/** Something that a user should know of the result. */
export interface Note {
  /** `dropped`: an element is not in the result; `coerced`: its type changes; `filled`: values are missing. */
  readonly kind: "dropped" | "coerced" | "filled" | "info";
  /** The element, such as `obs/age`. */
  readonly element: string;
  /** What and why, a sentence without a full stop. */
  readonly message: string;
}
