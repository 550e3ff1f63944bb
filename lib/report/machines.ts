/**
 * What a concatenation comes to that many machines do, task by task.
 *
 * @module
 */
import { formatBytes } from "../base/bytes.ts";
import { most } from "../base/most.ts";
import { batchesOf, type BatchStage, batchStages, tasksOf } from "../plan/batch.ts";
import type { Plan } from "../plan/plan.ts";
import { type Estimate, START_SECONDS, threadSeconds } from "./estimate.ts";
import { count, duration, many, table } from "./text.ts";

/** What the tasks of `anncat tasks` come to: plain JSON. */
export interface MachinesEstimate {
  /** How many processes work at the same time. */
  readonly machines: number;
  /** Decoded bytes that a task reads, about. */
  readonly taskSize: number;
  /** The stages, one after the other. */
  readonly stages: readonly MachinesStage[];
  /** Decoded bytes that are read. */
  readonly readBytes: number;
  /** Decoded bytes that are written. */
  readonly writtenBytes: number;
  /** Seconds at most, where the storage keeps up. */
  readonly seconds: number;
}

/** A stage of {@linkcode MachinesEstimate}. */
export interface MachinesStage extends BatchStage {
  /** Decoded bytes that its tasks read. */
  readonly bytes: number;
  /** Seconds at most, where the storage keeps up. */
  readonly seconds: number;
}

/** Estimate `plan`, cut into tasks of `taskSize` bytes, on so many machines. */
export function machinesEstimate(
  plan: Plan,
  { decodedBytes }: Estimate,
  { machines, taskSize }: Pick<MachinesEstimate, "machines" | "taskSize">,
): MachinesEstimate {
  const batches = batchesOf(plan.tasks, taskSize);
  const stages = batchStages(plan, batches).map((stage): MachinesStage => {
    const own = batches.filter((batch) => batch.stage === stage.stage);
    const times = own.map((batch) => START_SECONDS + threadSeconds(tasksOf(plan, batch)) / stage.workers);
    const total = times.reduce((sum, seconds) => sum + seconds, 0), longest = most(times, (time) => time);
    return {
      ...stage,
      bytes: own.reduce((sum, { bytes }) => sum + bytes, 0),
      // Handing each free machine the next task takes no longer than this.
      seconds: own.length <= machines ? longest : total / machines + longest,
    };
  });
  return {
    machines,
    taskSize,
    stages,
    readBytes: stages.reduce((sum, { bytes }) => sum + bytes, 0),
    writtenBytes: decodedBytes,
    seconds: START_SECONDS + stages.reduce((sum, { seconds }) => sum + seconds, 0),
  };
}

/** The estimate as text. */
export function machinesText(
  { machines, taskSize, stages, readBytes, writtenBytes, seconds }: MachinesEstimate,
): string {
  const rows = stages.map((stage, at) => [
    `stage ${at + 1}`,
    many(stage.end - stage.start, "task"),
    `${formatBytes(stage.bytes)} to read`,
    `${formatBytes(stage.memory)} and ${many(stage.workers, "thread")} each`,
    duration(stage.seconds),
  ]);
  const moved = `${formatBytes(readBytes)} read and ${formatBytes(writtenBytes)} written, decoded`;
  return [
    `As tasks of about ${formatBytes(taskSize)} on ${many(machines, "machine")}:`,
    ...table(rows, "  "),
    `  ${count(stages.at(-1)?.end ?? 0)} tasks, ${moved}, ${duration(seconds)} where the storage keeps up`,
  ].join("\n") + "\n";
}
