/**
 * `anncat generate`.
 *
 * @module
 */
import { generate } from "../generate/generate.ts";
import { type GenerateOptions, type ShapeName } from "../generate/options.ts";
import { removeGenerated } from "../generate/remove.ts";
import { escape } from "../report/text.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./errors.ts";
import { listOf, wholeNumberOf } from "./options.ts";
import type { Values } from "./parse.ts";

/** Make the benchmark's stores, or remove them. */
export async function generateCommand(context: Context): Promise<void> {
  const { values, terminal, signal } = context, folder = folderOf(context.inputs);
  if (values.has("remove")) return remove(context, folder);
  const onStore = (line: string): void => terminal.out(`${escape(line)}\n`);
  const { already, lines } = await generate(folder, { ...generateOptions(values), signal, onStore });
  if (values.has("quiet")) return;
  terminal.err(`anncat: ${already ? "already done" : `made ${lines.length} stores in "${escape(folder)}"`}\n`);
}

function folderOf([folder, ...more]: readonly string[]): string {
  if (folder === undefined || folder === "") throw new UsageError("No folder: name one, as in anncat generate data");
  if (more.length > 0) throw new UsageError(`Cannot use ${1 + more.length} folders at once: name one`);
  return folder.replace(/(?<=.)\/+$/, "");
}

function generateOptions(values: Values): GenerateOptions {
  const zarrFormat = values.text("zarr-format"), runs = wholeNumberOf(values, "runs", 1);
  const seed = wholeNumberOf(values, "seed", 0), sizes = listOf(values, "sizes", sizeNumber);
  const shapes = listOf(values, "shapes", shapeName), densities = listOf(values, "densities", share);
  return {
    ...(sizes === undefined ? {} : { sizes }),
    ...(shapes === undefined ? {} : { shapes }),
    ...(densities === undefined ? {} : { densities }),
    ...(runs === undefined ? {} : { runs }),
    ...(seed === undefined ? {} : { seed }),
    ...(zarrFormat === undefined ? {} : { zarrFormat: zarrFormat === "2" ? 2 : 3 }),
    h5ad: values.has("h5ad"),
    rewrite: values.has("rewrite"),
  };
}

function sizeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new RangeError("sizes are whole numbers from 1 to 999999999");
}

function shapeName(text: string): ShapeName {
  if (text === "fat" || text === "tall" || text === "square") return text;
  throw new RangeError("shapes are fat, tall and square");
}

function share(text: string): number {
  const value = Number(text);
  if (/^[\d.eE-]+$/.test(text) && value >= 0 && value <= 1) return value;
  throw new RangeError("densities are numbers from 0 to 1");
}

function remove({ values, terminal, paint }: Context, folder: string): void {
  const { removed, left } = removeGenerated(folder);
  for (const { name, why } of left) {
    terminal.err(`anncat: ${paint("yellow", "warning")}: "${escape(`${folder}/${name}`)}" is left: ${why}\n`);
  }
  if (!values.has("quiet")) {
    terminal.err(`anncat: removed ${removed.length} stores and files from "${escape(folder)}"\n`);
  }
}
