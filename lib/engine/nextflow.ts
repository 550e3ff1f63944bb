/**
 * A Nextflow script.
 *
 * @module
 */
import { shellQuoted } from "../base/shell.ts";
import type { BatchStage } from "../plan/batch.ts";
import { type EngineFiles, type EngineJob, finishLine, finishMemory, memoryIn, RETRIES, runLine } from "./job.ts";

/** A script in Nextflow's DSL2, a process for each stage. */
export function nextflowFiles(job: EngineJob): EngineFiles {
  const path = `${job.dir}/main.nf`, run = `nextflow run ${shellQuoted(path)}`, steps: string[] = [];
  for (const [at, stage] of job.stages.entries()) {
    const before = job.stages[at - 1], numbers = `${stage.start}..${stage.end - 1}`;
    const source = before === undefined
      ? `Channel.of(${numbers})`
      : `stage_${before.stage}.out.collect().flatMap { (${numbers}).toList() }`;
    steps.push(`    stage_${stage.stage}(${source})`);
  }
  const last = job.stages.at(-1);
  steps.push(`    finish(${last === undefined ? "Channel.of(0)" : `stage_${last.stage}.out.collect()`})`);
  const lines = [
    "#!/usr/bin/env nextflow",
    `// Written by anncat tasks, for Nextflow 22.10 or later: ${run}`,
    "nextflow.enable.dsl = 2",
    "",
    ...job.stages.flatMap((stage) => processLines(`stage_${stage.stage}`, stage, runLine(job, "\0"))),
    ...processLines("finish", { ...finishMemory(job), workers: 1 }, finishLine(job)),
    "workflow {",
    ...steps,
    "}",
  ];
  return { files: [{ name: "main.nf", text: lines.join("\n") + "\n" }], run };
}

function processLines(
  name: string,
  { memory, workers }: Pick<BatchStage, "memory" | "workers">,
  line: string,
): string[] {
  return [
    `process ${name} {`,
    ...name === "finish" ? [] : ['    tag "${number}"'],
    `    cpus ${workers}`,
    `    memory { ${memoryIn(2 ** 20, { memory })}.MB * task.attempt }`,
    "    errorStrategy 'retry'",
    `    maxRetries ${RETRIES}`,
    "",
    "    input:",
    "    val number",
    "",
    "    output:",
    "    val true",
    "",
    "    script:",
    '    """',
    `    ${script(line)}`,
    '    """',
    "}",
    "",
  ];
}

/** A command line in a text of Groovy, which sees no variable but the task's number, which stands as `\0`. */
function script(line: string): string {
  return line.replace(/[\\$"]/g, "\\$&").replace("\0", "${number}");
}
