/**
 * Scripts for Slurm: job arrays, one after the other.
 *
 * @module
 */
import { shellQuoted } from "../base/shell.ts";
import { type EngineFiles, type EngineJob, finishLine, finishMemory, memoryIn, RETRIES, runLine } from "./job.ts";

/** A script that submits a job array for each stage, and the script of a job. */
export function slurmFiles(job: EngineJob): EngineFiles {
  const run = `bash ${shellQuoted(`${job.dir}/submit.sh`)}`;
  return {
    files: [{ name: "submit.sh", text: submitText(job, run) }, { name: "task.sh", text: taskText(job) }],
    run,
  };
}

function submitText(job: EngineJob, run: string): string {
  const stages = job.stages.map((stage) =>
    `stage ${stage.stage} ${stage.start} ${stage.end - 1} ${stage.workers} ${memoryIn(2 ** 20, stage)}`
  );
  return `#!/usr/bin/env bash
# Written by anncat tasks, for Slurm: ${run} [FLAGS OF SBATCH], such as --partition=long
# A stage of more tasks than a job array may have (MaxArraySize; ARRAY=N says another number than 1000) becomes several.
set -euo pipefail
WORK=${shellQuoted(job.dir)}
LOGS=\${WORK//%/%%}/logs # Slurm reads a percent sign as the start of a pattern
LIMIT=\${ARRAY:-1000}
flags=("$@")
after=()
mkdir -p "$WORK/logs"

# stage NUMBER FIRST LAST THREADS MEMORY: tasks FIRST to LAST, once all of the stage before are done.
stage() {
  local first last ids=() logs="$LOGS/stage-$1"
  for ((first = $2; first <= $3; first += LIMIT)); do
    last=$((first + LIMIT - 1 < $3 ? first + LIMIT - 1 : $3))
    ids+=("$(submit "anncat-stage-$1" "$4" "$5" --array="0-$((last - first))" --output="$logs-%A-%a.log" "$WORK/task.sh" "$first")")
  done
  after=(--dependency="afterok:$(IFS=:; echo "\${ids[*]}")" --kill-on-invalid-dep=yes)
}

# submit NAME THREADS MEMORY ARGUMENTS...: prints the job's number.
submit() {
  local name=$1 threads=$2 memory=$3
  shift 3
  sbatch --parsable --job-name="$name" --cpus-per-task="$threads" --mem="\${memory}M" --requeue \\
    "\${after[@]}" "\${flags[@]}" "$@" | cut -d ';' -f 1
}

${stages.join("\n")}
submit anncat-finish 1 ${memoryIn(2 ** 20, finishMemory(job))} --output="$LOGS/finish-%j.log" "$WORK/task.sh" finish
`;
}

function taskText(job: EngineJob): string {
  return `#!/usr/bin/env bash
# Written by anncat tasks: a job of Slurm. Its argument is "finish", or the task of the job array's index 0.
set -uo pipefail
once() {
  if [ "$1" = finish ]; then
    ${finishLine(job)}
  else
    ${runLine(job, '"$(($1 + SLURM_ARRAY_TASK_ID))"')}
  fi
}
for attempt in ${Array.from({ length: RETRIES + 1 }, (_, attempt) => attempt + 1).join(" ")}; do
  once "$1" && exit 0
  status=$?
  echo "Attempt $attempt has failed with status $status" >&2
done
exit "$status"
`;
}
