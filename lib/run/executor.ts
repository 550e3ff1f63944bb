/**
 * Running the tasks of a plan: in this thread, and in workers beside it.
 *
 * @module
 */
import { turn } from "../base/turn.ts";
import type { Plan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import type { WrittenFile } from "../storage/written.ts";
import { Bench, type Folders } from "./bench.ts";
import type { GivenStores } from "./inputs.ts";
import type { Lane } from "./lane.ts";
import type { Meter } from "./meter.ts";
import { canSpawn, WorkerThread } from "./pool.ts";
import { runTask } from "./task.ts";

/** Knows which tasks need not be done, and is told of each that is. */
export interface TaskRecord {
  /** The tasks that are left out. */
  readonly done: ReadonlySet<number>;
  /** Note that `task` is done and has written `files`. */
  record(task: Task, files: readonly WrittenFile[]): void;
}

/** What a run works with beside its plan. */
export interface ExecuteOptions {
  readonly folders: Folders;
  readonly journal: TaskRecord;
  readonly meter: Meter;
  readonly signal?: AbortSignal | undefined;
  /** Inputs that are stores of the caller's. With any, everything is done in this thread. */
  readonly stores?: GivenStores | undefined;
}

/** Run every task of `plan` that is not done yet, stage by stage. The first error stops all threads. */
export async function execute(plan: Plan, options: ExecuteOptions): Promise<void> {
  const { journal, meter } = options, failure = new AbortController();
  const left = plan.tasks.filter((task) => !journal.done.has(task.id));
  const [first] = left;
  if (first === undefined) return;
  meter.begin(first);
  const signal = AbortSignal.any([failure.signal, ...options.signal === undefined ? [] : [options.signal]]);
  const lanes = await openLanes(plan, { ...options, signal });
  const run = async (lane: Lane, task: Task): Promise<void> => {
    const number = lanes.indexOf(lane);
    meter.start(task, number);
    journal.record(task, await lane.run(task));
    meter.finish(task, number);
  };
  try {
    for (const stage of new Set(left.map((task) => task.stage))) {
      const queue = left.filter((task) => task.stage === stage)[Symbol.iterator]();
      await Promise.all(
        lanes.map((lane) => drain(lane, queue, run, signal).catch((error) => failure.abort(error))),
      );
      signal.throwIfAborted();
    }
  } finally {
    for (const lane of lanes) await lane.close();
  }
}

async function drain(
  lane: Lane,
  queue: Iterable<Task>,
  run: (lane: Lane, task: Task) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (const task of queue) {
    // Local files answer at once: without a turn of the event loop no signal would ever be seen.
    await turn(signal);
    await run(lane, task);
  }
}

/** The main thread, and workers beside it. A worker counts twice: it has the next task while it does one. */
async function openLanes(
  plan: Plan,
  { folders, signal, stores }: ExecuteOptions & { readonly signal: AbortSignal },
): Promise<Lane[]> {
  const bench = await Bench.open(plan, folders, { stores, signal, turns: true });
  const beside = (stores?.size ?? 0) === 0 && canSpawn() ? plan.memory.workers - 1 : 0;
  const workers = Array.from({ length: Math.max(0, beside) }, () => new WorkerThread(plan, folders, signal));
  return [...workers, ...workers, inline(bench)];
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
