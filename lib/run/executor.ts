/**
 * Running the tasks of a plan: in this thread, or in a pool of workers.
 *
 * @module
 */
import { assertNever } from "../base/errors.ts";
import type { Progress } from "../options.ts";
import type { Plan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import { Bench, type Folders } from "./bench.ts";
import type { GivenStores } from "./inputs.ts";
import type { Lane } from "./lane.ts";
import { canSpawn, WorkerThread } from "./pool.ts";
import { runTask } from "./task.ts";

/** What a run can be told. */
export interface ExecuteOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Inputs that are stores of the caller's. With any, everything is done in this thread. */
  readonly stores?: GivenStores | undefined;
}

/** Run every task of `plan`, stage by stage. */
export async function execute(plan: Plan, folders: Folders, options: ExecuteOptions): Promise<void> {
  const started = performance.now(), total = plan.tasks.reduce((sum, task) => sum + task.bytes, 0);
  const lanes = await openLanes(plan, folders, options);
  let done = 0;
  const finished = (task: Task): void => {
    done += task.bytes;
    const element = plan.elements[task.element]?.path ?? "";
    options.onProgress?.({ done, total, element, seconds: (performance.now() - started) / 1000 });
  };
  try {
    for (const stage of new Set(plan.tasks.map((task) => task.stage))) {
      const queue = plan.tasks.filter((task) => task.stage === stage)[Symbol.iterator]();
      await Promise.all(lanes.map((lane) => drain(lane, queue, finished, options.signal)));
    }
  } finally {
    for (const lane of lanes) lane.close();
  }
}

async function drain(
  lane: Lane,
  queue: Iterable<Task>,
  finished: (task: Task) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const task of queue) {
    // Local files answer at once: without a turn of the event loop no signal would ever be seen.
    await new Promise((resolve) => setTimeout(resolve));
    signal?.throwIfAborted();
    await lane.run(task);
    finished(task);
  }
}

async function openLanes(plan: Plan, folders: Folders, { signal, stores }: ExecuteOptions): Promise<Lane[]> {
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
  return { run: (task) => runTask(bench, task), close: () => bench.close() };
}
