/**
 * `anncat check`.
 *
 * @module
 */
import { type CheckReport, compareStores } from "../check/check.ts";
import { checkSummary, checkText } from "../check/text.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./errors.ts";
import { checkOptionsOf } from "./options.ts";

/** Compare two stores; the exit status is 1 where they differ. */
export async function checkCommand({ values, inputs, terminal, signal }: Context): Promise<number> {
  const [a, b] = inputs;
  if (a === undefined || b === undefined || inputs.length > 2) {
    throw new UsageError(`Cannot compare ${inputs.length} stores: name two, as in anncat check a.zarr b.zarr`);
  }
  const report: CheckReport = await compareStores(a, b, { ...checkOptionsOf(values), signal });
  if (values.has("json")) terminal.out(JSON.stringify(report, null, 2) + "\n");
  else if (!report.equal) terminal.out(checkText(report));
  if (!values.has("quiet")) terminal.err(`anncat: ${checkSummary(report)}\n`);
  return report.equal ? 0 : 1;
}
