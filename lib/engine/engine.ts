/**
 * Files for workflow engines: each runs the tasks of a folder, stage by stage, by the command line.
 *
 * @module
 */
import { assertNever, UnsupportedError } from "../base/errors.ts";
import type { BatchStage } from "../plan/batch.ts";
import { daskFiles } from "./dask.ts";
import { nextflowFiles } from "./nextflow.ts";
import { slurmFiles } from "./slurm.ts";
import { snakemakeFiles } from "./snakemake.ts";

/** The engines that files are written for. */
export const ENGINES = ["snakemake", "nextflow", "slurm", "dask"] as const;

/** One of {@linkcode ENGINES}. */
export type EngineName = typeof ENGINES[number];

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

/** The files that make `engine` do `job`. */
export function engineFiles(engine: EngineName, job: EngineJob): EngineFiles {
  refuseUnwritable(engine, job.dir, "directory");
  refuseUnwritable(engine, job.command, "command");
  switch (engine) {
    case "snakemake":
      return snakemakeFiles(job);
    case "nextflow":
      return nextflowFiles(job);
    case "slurm":
      return slurmFiles(job);
    case "dask":
      return daskFiles(job);
    default:
      return assertNever(engine);
  }
}

/** Refuse what cannot be quoted the same in a shell and in the language of `engine`. */
function refuseUnwritable(engine: EngineName, text: string, what: string): void {
  // deno-lint-ignore no-control-regex -- line breaks and the like are what this is about
  const holds = /[\u0000-\u001f\u007f]/.test(text)
    ? "a control character"
    // Snakemake takes braces in its working directory for wildcards.
    : engine === "snakemake" && what === "directory" && /[{}]/.test(text)
    ? "a brace"
    : undefined;
  if (holds === undefined) return;
  throw new UnsupportedError(
    `Cannot write a file for ${engine}: the ${what} ${JSON.stringify(text)} holds ${holds}; choose another one`,
  );
}
