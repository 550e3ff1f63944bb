/**
 * What is said after a run.
 *
 * @module
 */
import { formatBytes } from "../base/bytes.ts";
import type { Note, Plan } from "../plan/plan.ts";
import { noteText } from "./plan.ts";
import { count, duration, escape } from "./text.ts";

/** What a run did. */
export interface RunFigures {
  /** The plan that it followed. */
  readonly plan: Plan;
  /** How long it took. */
  readonly seconds: number;
}

/** The result in one line. */
export function summaryText({ plan, seconds }: RunFigures): string {
  const [obs, vars] = plan.shape, bytes = plan.tasks.reduce((sum, task) => sum + task.bytes, 0);
  const rate = seconds > 0 ? ` at ${formatBytes(bytes / seconds)}/s` : "";
  const size = `${count(obs)} obs × ${count(vars)} var`;
  return `${escape(plan.output.location)}: ${size} in ${duration(seconds)} (${formatBytes(bytes)}${rate})`;
}

/** What a user has to know of the result, a line each: everything but what is only information. */
export function warnings(notes: readonly Note[]): string[] {
  return notes.filter((note) => note.kind !== "info").map(noteText);
}
