/**
 * Batches: the planner's tasks put together into pieces that are worth a process of their own.
 *
 * @module
 */
import { most } from "../base/most.ts";
import { itemBytes } from "../base/dtype.ts";
import type { Header } from "../anndata/header.ts";
import { heldByReader, positionsOf } from "./held.ts";
import { entryCount } from "./matrix.ts";
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

/** The tasks of a batch. */
export function tasksOf(plan: Plan, { tasks }: Pick<Batch, "tasks">): Task[] {
  return tasks.flatMap((id) => plan.tasks[id] ?? []);
}

/** Batches that may run at the same time, in any order: from `start` up to, but without, `end`. */
export interface BatchStage {
  /** The stage's number. */
  readonly stage: number;
  /** The first batch. */
  readonly start: number;
  /** One past the last. */
  readonly end: number;
  /** What the process of a batch needs, in bytes. */
  readonly memory: number;
  /** The threads of the process of a batch. */
  readonly workers: number;
}

/** The stages of `batches`, in their order. */
export function batchStages(plan: Plan, batches: readonly Batch[]): BatchStage[] {
  const names = positionsOf(plan.reindexes);
  return [...new Set(batches.map(({ stage }) => stage))].map((stage) => {
    const own = batches.filter((batch) => batch.stage === stage), start = own[0]?.number ?? 0;
    const { memory, workers } = plan.options;
    const needs = own.map((batch) => processMemory(plan, names, tasksOf(plan, batch), { memory, workers }));
    return {
      stage,
      start,
      end: start + own.length,
      memory: most(needs, ({ total }) => total),
      workers: most(needs, ({ workers }) => workers, 1),
    };
  });
}

/** Bytes below which starting workers takes longer than the work. */
const LITTLE = 8 * 2 ** 20;

/** How many of `workers` threads are worth starting for so many bytes in so many tasks. */
export function threadsFor(bytes: number, workers: number, tasks: number): number {
  return bytes < LITTLE ? 0 : Math.min(workers, tasks);
}

/** Memory in which there is room for a worker whatever else the plan needs. */
const AMPLE = 256 * 2 ** 20;

/** Whether an input is large enough for a worker to start before there is a plan, which will most likely have it. */
export function isWorthWorker({ x }: Pick<Header, "x">, { workers, memory }: ProcessLimits): boolean {
  if (x === null || workers < 2 || memory < AMPLE) return false;
  return entryCount(x) * itemBytes(x.dtype) >= LITTLE;
}

/** How a process that does some of a plan's tasks may run. */
export interface ProcessLimits {
  /** Its memory budget in bytes. */
  readonly memory: number;
  /** Threads at most. */
  readonly workers: number;
}

/**
 * The memory of a process that does `tasks` of `plan`, whose reindexes have `names` positions; a
 * {@linkcode MemoryLimitError} where that is too little.
 */
export function processMemory(
  plan: Pick<Plan, "inputs" | "output" | "elements">,
  names: number,
  tasks: readonly Task[],
  { memory, workers }: ProcessLimits,
): MemoryPlan {
  const own = new Set(tasks.map(({ element }) => element)),
    elements = [...own].flatMap((at) => plan.elements[at] ?? []);
  const held = heldByReader(plan, elements, names);
  const needs = tasks.map((task) => (
    { least: task.memory, full: task.memory, path: plan.elements[task.element]?.path ?? "" }
  ));
  const { workers: fitting } = divide(memory, workers, held, needs);
  const threads = threadsFor(tasks.reduce((sum, { bytes }) => sum + bytes, 0), fitting, tasks.length);
  return memoryPlan(memory, threads, held, most(tasks, (task) => task.memory));
}
