/**
 * `anncat tasks`, `anncat run-task` and `anncat finish`.
 *
 * @module
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { shellQuoted } from "../base/shell.ts";
import { engineFiles, type EngineName, ENGINES } from "../engine/engine.ts";
import { formatBytes } from "../base/bytes.ts";
import { progressView } from "../report/progress.ts";
import { count, duration, escape, many } from "../report/text.ts";
import { finishTasks, runTaskFile, type TasksReport, writeTasks } from "../../mod.ts";
import { jobOf, progressMode, tellNotes } from "./concat.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./errors.ts";
import { optionsOf, sizeOf } from "./options.ts";

/** Plan a concatenation, and write it as tasks. */
export async function tasksCommand(context: Context): Promise<void> {
  const { values, terminal, signal } = context, { inputs, out, options } = jobOf(context);
  const dir = values.text("dir"), taskSize = sizeOf(values, "task-size");
  const engine = values.text("engine") as EngineName | undefined, command = values.text("command");
  if (dir === undefined || dir === "") throw new UsageError("No folder for the tasks: name it with --dir WORK");
  if (engine === undefined && command !== undefined) {
    throw new UsageError(`Cannot use --command without an engine: add --engine ${ENGINES.join("|")}`);
  }
  if (engine !== undefined) engineFiles(engine, { dir: resolve(dir), stages: [], command: command ?? "" }); // may refuse
  const written = await writeTasks(inputs, out, dir, {
    ...options,
    ...(taskSize === undefined ? {} : { taskSize }),
    signal,
  });
  const run = engine === undefined ? undefined : writeEngineFiles(engine, written, command ?? ownCommand());
  if (values.has("json")) terminal.out(JSON.stringify(tasksJson(written, run)) + "\n");
  if (values.has("quiet")) return;
  tellNotes(context, written.plan.notes);
  for (const [at, { start, end, memory, workers }] of written.stages.entries()) {
    const which = end - start === 1 ? `task ${start}` : `tasks ${start} to ${end - 1}`;
    terminal.err(`anncat: stage ${at + 1}: ${which}, each ${formatBytes(memory)} and ${many(workers, "thread")}\n`);
  }
  const total = written.stages.at(-1)?.end ?? 0, bytes = written.plan.tasks.reduce((sum, task) => sum + task.bytes, 0);
  terminal.err(`anncat: ${escape(written.dir)}: ${many(total, "task")} that read ${formatBytes(bytes)}\n`);
  if (run !== undefined) terminal.err(`anncat: run them with ${escape(run)}\n`);
}

function tasksJson({ plan, dir, stages }: TasksReport, run: string | undefined): Record<string, unknown> {
  return { dir, output: plan.output.location, shape: plan.shape, stages, run, notes: plan.notes };
}

/** Write the files for an engine beside the tasks; returns how to run it. */
function writeEngineFiles(engine: EngineName, { dir, stages }: TasksReport, command: string): string {
  const { files, run } = engineFiles(engine, { dir, stages, command });
  for (const { name, text } of files) Deno.writeTextFileSync(`${dir}/${name}`, text);
  return run;
}

/** How this process was started, as a shell reads it. */
function ownCommand(): string {
  if (Deno.build.standalone) return shellQuoted(Deno.execPath());
  const main = Deno.mainModule.startsWith("file:") ? fileURLToPath(Deno.mainModule) : Deno.mainModule;
  const more = (["net", "env", "sys"] as const).filter((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );
  const permissions = ["read", "write", ...more].map((name) => `--allow-${name}`);
  return [Deno.execPath(), "run", "--quiet", "--no-prompt", ...permissions, main].map(shellQuoted).join(" ");
}

/** Run one task. */
export async function runTaskCommand(context: Context): Promise<void> {
  const { values, terminal, inputs: [dir, number, ...more], signal } = context;
  if (dir === undefined || number === undefined || more.length > 0) {
    throw new UsageError("Cannot tell which task to run: name the folder and a number, as in anncat run-task work 0");
  }
  if (!/^\d+$/.test(number)) throw new UsageError(`Cannot run task "${number}": it is a whole number`);
  const { memory, workers } = optionsOf(values);
  const view = progressView(progressMode(context), { write: terminal.err, columns: terminal.columns });
  try {
    const done = await runTaskFile(dir, Number(number), {
      ...(memory === undefined ? {} : { memory }),
      ...(workers === undefined ? {} : { workers }),
      signal,
      onProgress: view.update,
    });
    view.end();
    if (values.has("quiet")) return;
    const what = `task ${number}, ${formatBytes(done.bytes)} of ${elementsText(done.elements)}`;
    terminal.err(`anncat: ${what}: ${done.wasDone ? "it was done" : `done in ${duration(done.seconds)}`}\n`);
  } finally {
    view.end();
  }
}

const ELEMENTS = 3;

function elementsText(elements: readonly string[]): string {
  const shown = elements.slice(0, ELEMENTS).map(escape).join(", "), more = elements.length - ELEMENTS;
  return more > 0 ? `${shown} and ${count(more)} more` : shown;
}

/** Finish what the tasks made. */
export async function finishCommand({ values, terminal, inputs: [dir, ...more] }: Context): Promise<void> {
  if (dir === undefined || more.length > 0) {
    throw new UsageError("Cannot tell what to finish: name the folder of the tasks, as in anncat finish work");
  }
  const finished = await finishTasks(dir, { sync: values.has("sync") }), { output, shape: [obs, vars] } = finished;
  if (values.has("json")) terminal.out(JSON.stringify(finished) + "\n");
  if (!values.has("quiet")) terminal.err(`anncat: ${escape(output)}: ${count(obs)} obs × ${count(vars)} var\n`);
}
