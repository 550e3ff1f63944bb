/**
 * Something that does tasks, one at a time: this thread, or a worker.
 *
 * @module
 */
import type { Plan } from "../plan/plan.ts";
import type { Task } from "../plan/task.ts";
import type { WrittenFile } from "../storage/written.ts";
import type { Folders } from "./bench.ts";
import type { TaskQueue } from "./queue.ts";

/** What lanes do together. */
export interface LaneWork {
  /** The plan; its tasks are those of the queue. */
  readonly plan: Plan;
  readonly folders: Folders;
  readonly queue: TaskQueue;
  /** Whether rows are presumed to hold no position twice. */
  readonly presumes: boolean;
  /** Stops the lane. */
  readonly signal: AbortSignal;
}

/** Told what becomes of tasks. */
export interface LaneEvents {
  /** The lane has started a task. */
  started(task: Task): void;
  /** The lane has done it, and written `files`. */
  done(task: Task, files: readonly WrittenFile[]): void;
}

/** Does one task at a time. */
export interface Lane {
  /** Do tasks until all are done, or others do what is left. */
  work(work: LaneWork, events: LaneEvents): Promise<void>;
}
