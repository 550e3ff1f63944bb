/** The corpus: cases with their inputs, arguments, and what `anndata.concat` made of them. */
import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { BufferPool } from "../lib/base/pool.ts";
import { openGroup } from "../lib/storage/open.ts";
import { compareStores, differenceText } from "./compare.ts";
import { inFolder, namesIn, type Outcome } from "./in_process.ts";

const TESTDATA = decodeURIComponent(new URL("../testdata", import.meta.url).pathname);

/** A case. */
export interface Case {
  readonly name: string;
  readonly folder: string;
  readonly description: string;
  readonly inputs: readonly string[];
  readonly args: readonly string[];
  /** The slots that are compared. */
  readonly carries: readonly string[];
  /** A pattern of the message, where the inputs are refused. */
  readonly error?: string;
}

/** All cases; `legacy`: those whose inputs are of old versions, HDF5 files among them. */
export function corpus(which: "cases" | "legacy" = "cases"): Case[] {
  const folders = namesIn(`${TESTDATA}/${which}`).map((name) => `${TESTDATA}/${which}/${name}`);
  return folders.filter((folder) => Deno.statSync(folder).isDirectory && namesIn(folder).includes("case.json")).map(
    (folder) => {
      const name = folder.slice(folder.lastIndexOf("/") + 1);
      return { ...JSON.parse(Deno.readTextFileSync(`${folder}/case.json`)), name, folder };
    },
  );
}

type Run = (...args: readonly string[]) => Promise<Outcome>;

/** Run a case by `run`, which takes the arguments of a command line, and check what comes of it. */
export async function checkCase(
  one: Case,
  run: Run,
): Promise<void> {
  await inFolder((out) => one.error === undefined ? holds(one, run, out) : isRefused(one, run, out));
}

async function holds(one: Case, run: Run, out: string): Promise<void> {
  const { code, err } = await run(...command(one, out));
  assertEquals(code, 0, err);
  assertEquals(namesIn(out), ["out.zarr"]);
  const pool = new BufferPool();
  const got = await openGroup(`${out}/out.zarr`, { pool }),
    expected = await openGroup(`${one.folder}/expected.zarr`, { pool });
  assertEquals((await compareStores(got, expected, { slots: one.carries })).map(differenceText), []);
}

async function isRefused(one: Case, run: Run, out: string): Promise<void> {
  const { code, out: said, err } = await run(...command(one, out));
  assertNotEquals(code, 0);
  assertEquals(said, "");
  assertMatch(err, /^anncat: [^\n]+\n$/);
  assertEquals(namesIn(out), []);
  assertMatch(err, pythonPattern(one.error ?? ""));
}

function command(one: Case, out: string): string[] {
  return ["concat", ...one.inputs.map((input) => `${one.folder}/${input}`), "--out", `${out}/out.zarr`, ...one.args];
}

/** A pattern as Python writes it, where flags stand in front. */
function pythonPattern(pattern: string): RegExp {
  return pattern.startsWith("(?i)") ? new RegExp(pattern.slice(4), "i") : new RegExp(pattern);
}
