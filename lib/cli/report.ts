/**
 * The file that `--report` names.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { shellQuoted } from "../base/shell.ts";
import type { ConcatReport } from "../../mod.ts";
import type { RunRecord } from "../report/record.ts";
import { exists, isFolder } from "../storage/store.ts";
import type { Context } from "./context.ts";
import { reasonOf, UsageError } from "./errors.ts";
import type { Values } from "./parse.ts";

/** A report's place and form. */
export interface ReportFile {
  readonly path: string;
  readonly form: "html" | "json";
}

/** What `--report` asks for; it is refused before the run where it could not be written after it. */
export function reportFile(values: Values): ReportFile | undefined {
  const path = values.text("report");
  if (path === undefined) return undefined;
  const form = /\.(html|json)$/i.exec(path)?.[1]?.toLowerCase();
  if (form !== "html" && form !== "json") {
    throw new UsageError(`Cannot write a report to "${path}": its name ends in .html or .json`);
  }
  const folder = /^(.*)\//s.exec(path)?.[1];
  if (folder !== undefined && !isFolder(folder === "" ? "/" : folder)) {
    throw new UsageError(`Cannot write a report to "${path}": the folder "${folder}" does not exist`);
  }
  tryWriting(path);
  return { path, form };
}

/** See whether the file at `path` can be written, before hours of work; it stays as it is. */
function tryWriting(path: string): void {
  const isNew = !exists(path);
  try {
    Deno.openSync(path, { append: true, create: true }).close();
    if (isNew) Deno.removeSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new Error(`Cannot write a report to "${path}": ${reasonOf(error)}; choose another place`, { cause: error });
  }
}

/** Write the report of a run that is over. */
export async function writeReport(
  context: Context,
  file: ReportFile,
  record: RunRecord,
  { entries, plan: { output: { location: output } } }: ConcatReport,
): Promise<void> {
  const { reportText, runReport } = await import("../report/run_report.ts");
  const versions = { anncat: config.version, deno: Deno.version.deno, v8: Deno.version.v8 };
  const command = ["anncat", ...context.args].map(shellQuoted).join(" ");
  const report = runReport(record, { command, versions, entries });
  try {
    Deno.writeTextFileSync(file.path, reportText(report, file.form));
  } catch (error) {
    const what = `${reasonOf(error)}; the output "${output}" is complete`;
    throw new Error(`Cannot write a report to "${file.path}": ${what}`, { cause: error });
  }
}
