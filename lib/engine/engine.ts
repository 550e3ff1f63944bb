/**
 * Files for workflow engines: each runs the tasks of a folder, stage by stage, by the command line.
 *
 * @module
 */
import { assertNever, UnsupportedError } from "../base/errors.ts";
import { daskFiles } from "./dask.ts";
import type { EngineFiles, EngineJob } from "./job.ts";
import { nextflowFiles } from "./nextflow.ts";
import { slurmFiles } from "./slurm.ts";
import { snakemakeFiles } from "./snakemake.ts";

/** The engines that files are written for. */
export const ENGINES = ["snakemake", "nextflow", "slurm", "dask"] as const;

/** One of {@linkcode ENGINES}. */
export type EngineName = typeof ENGINES[number];

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
