/**
 * `anncat verify`.
 *
 * @module
 */
import { verifyOutput, type VerifyReport } from "../../mod.ts";
import { count, escape, many, table } from "../report/text.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./errors.ts";
import { inputsOf } from "./inputs.ts";
import { endpointOf, optionsOf } from "./options.ts";

/** Read an output again beside its inputs; the exit status is 1 where it is not what they make. */
export async function verifyCommand({ values, inputs: given, terminal, signal }: Context): Promise<number> {
  const [out, ...others] = given;
  if (out === undefined || out === "") {
    throw new UsageError("No output: name it before its inputs, as in anncat verify all.zarr a.zarr b.zarr");
  }
  const { inputs, keys } = inputsOf(values, others), { axis, memory, label } = optionsOf(values);
  const report = await verifyOutput(out, inputs, {
    ...(label === undefined ? {} : { label }),
    ...(keys === undefined ? {} : { keys }),
    ...(axis === undefined ? {} : { axis: axis === "obs" || axis === 0 ? 0 : 1 }),
    ...(memory === undefined ? {} : { memory }),
    ...endpointOf(values),
    signal,
  });
  if (values.has("json")) terminal.out(JSON.stringify(report, null, 2) + "\n");
  else terminal.out(verifyText(report));
  if (!values.has("quiet")) terminal.err(`anncat: ${summary(report, inputs.length)}\n`);
  return report.ok ? 0 : 1;
}

const INPUTS = 20;

function verifyText({ sums, problems }: VerifyReport): string {
  const rows = sums.flatMap(({ element, inputs }) => [
    ...inputs.slice(0, INPUTS).map(({ input, nonZero, sum, same }) => [
      escape(element),
      escape(input),
      `${count(nonZero)} non-zero`,
      `sum ${Number(sum.toPrecision(12))}`,
      same ? "as in the input" : "DIFFERS",
    ]),
    ...(inputs.length > INPUTS ? [[escape(element), `… and ${count(inputs.length - INPUTS)} more`]] : []),
  ]);
  const wrong = problems.map(({ element, message }) => `${escape(element === "" ? "/" : element)}: ${escape(message)}`);
  const lines = [...table(rows), ...(wrong.length > 0 ? ["", "Problems:", ...wrong.map((line) => `  ${line}`)] : [])];
  return lines.length === 0 ? "" : lines.join("\n") + "\n";
}

function summary({ output, shape, elements, problems }: VerifyReport, inputs: number): string {
  const what = `${escape(output)}: ${count(shape[0])} obs × ${count(shape[1])} var, ${many(elements, "element")}`;
  return `${what} beside ${many(inputs, "input")}: ${
    problems.length === 0 ? "verified" : many(problems.length, "problem")
  }`;
}
