/**
 * Something that does tasks, one at a time: this thread, or a worker.
 *
 * @module
 */
import type { MaybePromise } from "../base/async.ts";
import type { Task } from "../plan/task.ts";
import type { WrittenFile } from "../storage/written.ts";

/** Does one task at a time. */
export interface Lane {
  /** Do the task; returns the files that it has written. */
  run(task: Task): Promise<readonly WrittenFile[]>;
  /** Free what the lane holds. */
  close(): MaybePromise<void>;
}
