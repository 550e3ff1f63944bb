/**
 * `anncat bench`.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { bench, type BenchOptions, type Part } from "../bench/bench.ts";
import type { CommandLine } from "../bench/measure.ts";
import { type BenchResult, type Block, hasFigures } from "../bench/result.ts";
import { pageHtml } from "../bench/page.ts";
import { blockText, chapterText, limitText, startText, tableText } from "../bench/text.ts";
import { escape } from "../report/text.ts";
import type { Context } from "./context.ts";
import { UsageError } from "./errors.ts";
import { listOf, sizeOf, wholeNumberOf } from "./options.ts";

/** Measure, and say what came out. */
export async function benchCommand(context: Context): Promise<void> {
  const { values, inputs, terminal } = context, [folder, ...more] = inputs;
  if (folder === undefined || folder === "") throw new UsageError("No folder: name one, as in anncat bench data");
  if (more.length > 0) throw new UsageError(`Cannot measure with ${inputs.length} folders at once: name one`);
  const out = values.text("out") ?? folder, isJson = values.has("json");
  const result = await bench(folder, { ...optionsOf(context), scratch: out });
  Deno.writeTextFileSync(`${out}/bench.json`, JSON.stringify(result) + "\n");
  Deno.writeTextFileSync(`${out}/bench.html`, await pageHtml(result));
  terminal.out(isJson ? JSON.stringify(result) + "\n" : tableText(result));
  if (!values.has("quiet")) terminal.err(`anncat: wrote bench.html and bench.json in "${escape(out)}"\n`);
  const failed = failures(result);
  if (failed.length > 0) {
    throw new Error(`Cannot measure all: ${failed.length} runs failed, the first with: ${failed[0]}`);
  }
}

function optionsOf({ values, terminal, signal }: Context): Omit<BenchOptions, "scratch"> {
  const say = (text: string): void => values.has("json") ? terminal.err(text) : terminal.out(text);
  let chapter = "";
  return {
    anncat: ownCommand(),
    version: config.version,
    parts: listOf(values, "rows", part) ?? ["sparse", "dense", "limits"],
    maxLoadedElems: wholeNumberOf(values, "max-loaded-elems", 1),
    memory: sizeOf(values, "memory"),
    repeat: wholeNumberOf(values, "repeat", 1) ?? 1,
    peer: values.text("peer"),
    signal,
    onStart(block) {
      const next = chapterText(block);
      if (next !== chapter) say(`${chapter === "" ? "" : "\n"}${next}\n`);
      chapter = next;
      say(startText(block));
    },
    onBlock: (block: Block) => say(escapeLines(blockText(block))),
    onLimit: (run) => say(escapeLines(limitText(run))),
  };
}

function part(text: string): Part {
  if (text === "sparse" || text === "dense" || text === "limits") return text;
  throw new RangeError("rows are sparse, dense and limits");
}

/** What starts this very anncat again, with no more permissions than a concatenation needs. */
function ownCommand(): CommandLine {
  if (Deno.build.standalone) return [Deno.execPath()];
  const url = new URL("../../cli.ts", import.meta.url).href;
  return [Deno.execPath(), "run", "--no-prompt", "--quiet", "--allow-read", "--allow-write", url];
}

function failures({ blocks, limits }: BenchResult): string[] {
  const outcomes = [...blocks.flatMap(({ anncat, peer }) => [anncat, peer]), ...limits.map(({ anncat }) => anncat)];
  return outcomes.flatMap((outcome) => outcome === null || hasFigures(outcome) ? [] : [outcome.failed]);
}

function escapeLines(text: string): string {
  return text.split("\n").map(escape).join("\n");
}
