/**
 * Batches: the planner's tasks put together into pieces that are worth a process of their own.
 *
 * @module
 */
import { heldBy } from "./held.ts";
import { divide, type MemoryPlan, memoryPlan } from "./memory.ts";
import type { Plan } from "./plan.ts";
import type { Task } from "./task.ts";

/** Tasks of one stage that one process does. */
export interface Batch {
  /** Its number among all batches, those of earlier stages first. */
  readonly number: number;
  /** All batches of a lower stage must be done before it starts. */
  readonly stage: number;
  /** The tasks, by their numbers in the plan. */
  readonly tasks: readonly number[];
  /** Decoded bytes that it reads, about. */
  readonly bytes: number;
}

/** What a batch reads where nothing else is said. */
export const TASK_SIZE = 2 * 2 ** 30;

/** Put `tasks` together so that a batch reads about `taskSize` bytes, neighbours in an element first. */
export function batchesOf(tasks: readonly Task[], taskSize: number): Batch[] {
  const found: { stage: number; bytes: number; tasks: number[] }[] = [];
  for (const { id, stage, bytes } of tasks.toSorted((a, b) => a.stage - b.stage || a.element - b.element)) {
    const last = found.at(-1);
    if (last !== undefined && last.stage === stage && last.bytes + bytes <= taskSize) {
      last.tasks.push(id);
      last.bytes += bytes;
    } else found.push({ stage, bytes, tasks: [id] });
  }
  return found.map((batch, number) => ({ number, ...batch }));
}

/** Bytes below which starting workers takes longer than the work. */
const LITTLE = 8 * 2 ** 20;

/** How many of `workers` threads are worth starting for so many bytes in so many tasks. */
export function threadsFor(bytes: number, workers: number, tasks: number): number {
  return bytes < LITTLE ? 0 : Math.min(workers, tasks);
}

/** How a process that does some of a plan's tasks may run. */
export interface ProcessLimits {
  /** Its memory budget in bytes. */
  readonly memory: number;
  /** Threads at most. */
  readonly workers: number;
}

/** The memory of a process that does `tasks` of `plan`; a {@linkcode MemoryLimitError} where that is too little. */
export function processMemory(plan: Plan, tasks: readonly Task[], { memory, workers }: ProcessLimits): MemoryPlan {
  const held = heldBy(plan.inputs.map((input) => input.location), plan);
  const needs = tasks.map((task) => (
    { least: task.memory, full: task.memory, path: plan.elements[task.element]?.path ?? "" }
  ));
  const { workers: fitting } = divide(memory, workers, held, needs);
  const threads = threadsFor(tasks.reduce((sum, { bytes }) => sum + bytes, 0), fitting, tasks.length);
  return memoryPlan(memory, threads, held, Math.max(0, ...tasks.map((task) => task.memory)));
}
