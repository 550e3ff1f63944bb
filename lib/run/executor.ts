/**
 * Running the tasks of a plan: in this thread, or in a pool of workers.
 *
 * @module
 */
import { assertNever } from "../base/errors.ts";
import type { Plan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import { Bench, type Folders } from "./bench.ts";
import type { GivenStores } from "./inputs.ts";
import type { Journal } from "./journal.ts";
import type { Lane } from "./lane.ts";
import type { Meter } from "./meter.ts";
import { canSpawn, WorkerThread } from "./pool.ts";
import { runTask } from "./task.ts";

/** What a run works with beside its plan. */
export interface ExecuteOptions {
  readonly folders: Folders;
  /** Knows which tasks are done, and is told of each. */
  readonly journal: Journal;
  readonly meter: Meter;
  readonly signal?: AbortSignal | undefined;
  /** Inputs that are stores of the caller's. With any, everything is done in this thread. */
  readonly stores?: GivenStores | undefined;
}

/** Run every task of `plan` that is not done yet, stage by stage. */
export async function execute(plan: Plan, options: ExecuteOptions): Promise<void> {
  const { journal, meter, signal } = options;
  const left = plan.tasks.filter((task) => !journal.done.has(task.id));
  if (left.length === 0) return;
  const lanes = await openLanes(plan, options);
  const run = async (lane: Lane, task: Task): Promise<void> => {
    journal.record(task, await lane.run(task));
    meter.finish(task);
  };
  try {
    for (const stage of new Set(left.map((task) => task.stage))) {
      const queue = left.filter((task) => task.stage === stage)[Symbol.iterator]();
      await Promise.all(lanes.map((lane) => drain(lane, queue, run, signal)));
    }
  } finally {
    for (const lane of lanes) lane.close();
  }
}

async function drain(
  lane: Lane,
  queue: Iterable<Task>,
  run: (lane: Lane, task: Task) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const task of queue) {
    // Local files answer at once: without a turn of the event loop no signal would ever be seen.
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    await run(lane, task);
  }
}

async function openLanes(plan: Plan, { folders, signal, stores }: ExecuteOptions): Promise<Lane[]> {
  const kind = plan.memory.workers > 0 && (stores?.size ?? 0) === 0 && canSpawn() ? "pool" : "inline";
  switch (kind) {
    case "inline":
      return [inline(new Bench(plan, folders, { stores, signal }))];
    case "pool":
      return await Promise.all(
        Array.from({ length: plan.memory.workers }, () => WorkerThread.open(plan, folders, signal)),
      );
    default:
      return assertNever(kind);
  }
}

function inline(bench: Bench): Lane {
  return {
    async run(task) {
      await runTask(bench, task);
      return bench.log.take();
    },
    close: () => bench.close(),
  };
}
