/**
 * A Snakefile.
 *
 * @module
 */
import { shellQuoted } from "../base/shell.ts";
import type { BatchStage } from "../plan/batch.ts";
import { type EngineFiles, type EngineJob, finishLine, finishMemory, memoryIn, RETRIES, runLine } from "./job.ts";

/** A Snakefile whose rules make the files that say which tasks are done. */
export function snakemakeFiles(job: EngineJob): EngineFiles {
  const path = `${job.dir}/Snakefile`, run = `snakemake -s ${shellQuoted(path)} --cores all`;
  const rules = job.stages.flatMap((stage, at) => stageRules(job, stage, job.stages[at - 1]));
  const last = job.stages.at(-1), local = job.stages.map((stage) => doneRule(stage));
  const lines = [
    `# Written by anncat tasks, for Snakemake 8 or later: ${run}`,
    "",
    `workdir: ${literal(job.dir)}`,
    "",
    `localrules: ${["all", ...local].join(", ")}`,
    "",
    "rule all:",
    '    input: "done/finish.json"',
    "",
    ...rules,
    "rule finish:",
    ...after(last),
    '    output: "done/finish.json"',
    `    retries: ${RETRIES}`,
    `    resources: mem_mb=${memoryIn(1e6, finishMemory(job))}`,
    `    shell: ${shell(finishLine(job))}`,
  ];
  return { files: [{ name: "Snakefile", text: lines.join("\n") + "\n" }], run };
}

/** The tasks of a stage, and a flag for all of them: without it every task would depend on every one before. */
function stageRules(job: EngineJob, stage: BatchStage, before: BatchStage | undefined): string[] {
  const pattern = `done/stage-${stage.stage}/{number}.json`;
  return [
    `rule stage_${stage.stage}:`,
    ...after(before),
    `    output: ${literal(pattern)}`,
    '    wildcard_constraints: number=r"\\d+"',
    `    threads: ${stage.workers}`,
    `    retries: ${RETRIES}`,
    `    resources: mem_mb=lambda wildcards, attempt: ${memoryIn(1e6, stage)} * attempt`,
    `    shell: ${shell(runLine(job, "\0"))}`,
    "",
    `rule ${doneRule(stage)}:`,
    `    input: expand(${literal(pattern)}, number=range(${stage.start}, ${stage.end}))`,
    `    output: touch(${literal(flag(stage))})`,
    "",
  ];
}

function after(stage: BatchStage | undefined): string[] {
  return stage === undefined ? [] : [`    input: ancient(${literal(flag(stage))})`];
}

function doneRule({ stage }: BatchStage): string {
  return `stage_${stage}_done`;
}

function flag({ stage }: BatchStage): string {
  return `done/stage-${stage}.done`;
}

/** A command line in which Snakemake sees no braces but those around the task's number, which stands as `\0`. */
function shell(line: string): string {
  return literal(line.replaceAll("{", "{{").replaceAll("}", "}}").replace("\0", "{wildcards.number}"));
}

/** Text as Python reads it. */
function literal(text: string): string {
  return JSON.stringify(text);
}
