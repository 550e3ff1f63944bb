/**
 * What an engine is given to do, and what the files for all engines share.
 *
 * @module
 */
import { shellQuoted } from "../base/shell.ts";
import type { BatchStage } from "../plan/batch.ts";

/** What an engine has to run. */
export interface EngineJob {
  /** The folder of the tasks, as an absolute path. */
  readonly dir: string;
  /** What stands for `anncat` on the machines, as a shell reads it. */
  readonly command: string;
  /** The stages in their order. */
  readonly stages: readonly BatchStage[];
}

/** A file for an engine. */
export interface EngineFile {
  /** Its name in the folder of the tasks. */
  readonly name: string;
  /** What is in it. */
  readonly text: string;
}

/** Files for an engine, and the command that runs the first of them. */
export interface EngineFiles {
  readonly files: readonly EngineFile[];
  /** How to run it, as a shell reads it. */
  readonly run: string;
}

/** How often an engine tries a task again that has failed. */
export const RETRIES = 3;

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
