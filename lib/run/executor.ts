/**
 * Running the tasks of a plan: in this thread, and in workers beside it.
 *
 * @module
 */
import type { Plan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import type { WrittenFile } from "../storage/written.ts";
import type { Folders } from "./bench.ts";
import type { GivenStores } from "./inputs.ts";
import type { Lane, LaneEvents } from "./lane.ts";
import type { Meter } from "./meter.ts";
import type { Crew } from "./pool.ts";
import { TaskQueue } from "./queue.ts";
import { runTasks } from "./task.ts";

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
  /** The threads beside this one. */
  readonly crew: Crew;
  /**
   * Whether rows are presumed to hold no position twice, which saves time; where they do, the run ends with a
   * {@linkcode MiscountError}. By default they are not.
   */
  readonly presumes?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Inputs that are stores of the caller's: those are for this thread alone. */
  readonly stores?: GivenStores | undefined;
}

/**
 * Run every task of `plan` that is not done yet: each when what it needs of its element is there. The first error stops
 * all threads.
 */
export async function execute(plan: Plan, options: ExecuteOptions): Promise<void> {
  const { folders, journal, meter, crew, stores, presumes = false } = options,
    failure = new AbortController(),
    news = new News();
  const tasks = plan.tasks.filter((task) => !journal.done.has(task.id)), [first] = tasks;
  if (first === undefined) return;
  meter.begin(first);
  const signal = AbortSignal.any([failure.signal, ...options.signal === undefined ? [] : [options.signal]]);
  const tell = (): void => news.tell();
  signal.addEventListener("abort", tell);
  const here: Lane = { work: (work, events) => runTasks(work, events, { wait: () => news.next(), stores }) };
  const work = { plan: { ...plan, tasks }, folders, queue: new TaskQueue(tasks), presumes, signal };
  const events = (lane: number): LaneEvents => ({
    started: (task) => meter.start(task, lane),
    done(task, files) {
      journal.record(task, files);
      meter.finish(task, lane);
      news.tell();
    },
  });
  try {
    await Promise.all(
      [...crew.workers, here].map((lane, number) =>
        lane.work(work, events(number)).catch((error) => failure.abort(error))
      ),
    );
    signal.throwIfAborted();
  } finally {
    signal.removeEventListener("abort", tell);
    crew[Symbol.dispose](); // what comes next needs their memory
  }
}

/** That something has happened, for who waits for it. */
class News {
  #next = Promise.withResolvers<void>();

  /** Wait for what happens next. */
  next(): Promise<void> {
    return this.#next.promise;
  }

  /** Say that something has happened. */
  tell(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }
}
