/**
 * What the files for all engines share.
 *
 * @module
 */
import { shellQuoted } from "../base/shell.ts";
import type { BatchStage } from "../plan/batch.ts";
import type { EngineJob } from "./engine.ts";

/** The command line that runs a task; `number` stands for its number as the engine writes that. */
export function runLine({ command, dir }: EngineJob, number: string): string {
  return `${command} run-task ${shellQuoted(dir)} ${number} --quiet`;
}

/** The command line that finishes the work. */
export function finishLine({ command, dir }: EngineJob): string {
  return `${command} finish ${shellQuoted(dir)} --quiet`;
}

/** Memory in units of `unit` bytes. */
export function memoryIn(unit: number, { memory }: Pick<BatchStage, "memory">): number {
  return Math.ceil(memory / unit);
}

/** What the last step takes: it reads counts and writes metadata. */
export function finishMemory({ stages }: EngineJob): Pick<BatchStage, "memory"> {
  return { memory: Math.max(2 ** 28, ...stages.map(({ memory }) => memory)) };
}
