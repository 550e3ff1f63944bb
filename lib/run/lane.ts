/**
 * Something that does tasks, one at a time: this thread, or a worker.
 *
 * @module
 */
import type { Task } from "../plan/task.ts";

/** Does one task at a time. */
export interface Lane {
  /** Do the task. */
  run(task: Task): Promise<void>;
  /** Free what the lane holds. */
  close(): void;
}
