/**
 * `anncat concat` and `anncat convert`.
 *
 * @module
 */
import { checkOutput, concatOnDisk, type ConcatReport, type InputLike } from "../concat.ts";
import type { ConcatOptions, RunOptions } from "../options.ts";
import type { Note } from "../plan/plan.ts";
import { isStop, partialWork } from "../run/partial.ts";
import { type ProgressMode, progressView } from "../report/progress.ts";
import { summaryText, warnings } from "../report/summary.ts";
import { RunRecord } from "../report/record.ts";
import { escape, many } from "../report/text.ts";
import type { Context } from "./context.ts";
import { asUsage, UsageError } from "./errors.ts";
import { inputsOf } from "./inputs.ts";
import { optionsOf } from "./options.ts";
import { reportFile, writeReport } from "./report.ts";

/** What a command line asks to be concatenated. */
export interface Job {
  readonly inputs: readonly InputLike[];
  readonly out: string;
  readonly options: ConcatOptions & RunOptions;
}

/** Concatenate, or print the plan where `--dry-run` says so. */
export async function concatCommand(context: Context): Promise<void> {
  // What only some runs need is loaded by those: the others start sooner.
  if (context.values.has("dry-run")) return await (await import("./plan.ts")).planCommand(context);
  await carryOut(context, jobOf(context));
}

/** Write one store anew: a concatenation of one that keeps everything. */
export async function convertCommand(context: Context): Promise<void> {
  const { inputs, options, ...job } = jobOf(context);
  if (inputs.length > 1) throw new UsageError(`Cannot convert ${inputs.length} stores at once: name one`);
  await carryOut(context, { ...job, inputs, options: { ...options, keepAll: true } });
}

async function carryOut(context: Context, { inputs, out, options }: Job): Promise<void> {
  const { values, terminal, signal } = context;
  const mode = progressMode(context), view = progressView(mode, { write: terminal.err, columns: terminal.columns });
  const report = reportFile(values);
  using record = report !== undefined || values.text("dashboard") !== undefined ? new RunRecord() : undefined;
  const result = await shownRun(context, record, async () => {
    try {
      return await concatOnDisk(inputs, out, {
        ...options,
        ...(record === undefined ? {} : { onPlan: record.onPlan, onTask: record.onTask }),
        keepPartial: true,
        signal,
        onProgress(progress) {
          record?.onProgress(progress);
          view.update(progress);
        },
      });
    } catch (error) {
      throw withPartial(error, out, signal);
    } finally {
      view.end();
    }
  });
  if (report !== undefined && record !== undefined) await writeReport(context, report, record, result);
  if (mode === "json") tellPrograms(context, result);
  else if (!values.has("quiet")) {
    tellNotes(context, result.plan.notes);
    terminal.err(`anncat: ${summaryText(result)}\n`);
  }
  if (values.has("json")) terminal.out(JSON.stringify(resultJson(result)) + "\n");
}

/** Run, with a live page where `--dashboard` asks for one. */
async function shownRun<T>(
  { values, terminal }: Context,
  record: RunRecord | undefined,
  run: () => Promise<T>,
): Promise<T> {
  if (record === undefined || values.text("dashboard") === undefined) return await run();
  const { openDashboard, portOf } = await import("./dashboard.ts");
  await using dashboard = openDashboard(record, portOf(values));
  if (!values.has("quiet")) terminal.err(`anncat: ${escape(dashboard.url)} shows this run\n`);
  return await run();
}

/** `error` as it is, or where work is kept that --resume can use, with that said. */
function withPartial(error: unknown, out: string, signal: AbortSignal): unknown {
  const [kept] = isStop(error, signal) ? partialWork(out) : [];
  if (kept === undefined || !(error instanceof Error)) return error;
  const say = `${error.message}; ${kept.done} of ${many(kept.tasks, "task")} are done and kept in "${kept.folder}": ` +
    "the same command with --resume goes on, without it starts anew";
  return Object.assign(error, { message: say });
}

/** The inputs, the output and the options of a concatenation. */
export function jobOf({ values, inputs: positional }: Context): Job {
  const out = values.text("out");
  if (out === undefined || out === "") throw new UsageError("No output: name it with --out PATH");
  const { inputs, keys } = inputsOf(values, positional);
  const options = { ...optionsOf(values), ...(keys === undefined ? {} : { keys }) };
  asUsage(() => checkOutput(out, options));
  return { inputs, out, options };
}

/** How progress is to be shown. */
export function progressMode({ values, terminal }: Context): ProgressMode {
  const chosen = values.text("progress") ?? "auto";
  if (chosen !== "auto") return chosen as ProgressMode;
  return values.has("quiet") ? "none" : terminal.isTerminal ? "bar" : "plain";
}

/** Say what a user has to know of the result. */
export function tellNotes({ terminal, paint }: Context, notes: readonly Note[]): void {
  for (const warning of warnings(notes)) terminal.err(`anncat: ${paint("yellow", "warning")}: ${warning}\n`);
}

/** The notes and the result as events, beside those of progress. */
function tellPrograms({ terminal }: Context, report: ConcatReport): void {
  for (const note of report.plan.notes) terminal.err(JSON.stringify({ event: "note", ...note }) + "\n");
  terminal.err(JSON.stringify({ event: "done", ...resultJson(report) }) + "\n");
}

function resultJson({ plan, ...figures }: ConcatReport): Record<string, unknown> {
  return { output: plan.output.location, shape: plan.shape, ...figures, notes: plan.notes };
}
