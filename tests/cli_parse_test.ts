/** The parts of the command line, without a process. */
import { assertEquals, assertThrows } from "@std/assert";
import { UsageError } from "../lib/cli/errors.ts";
import { COMMANDS, FLAGS, flagsOf } from "../lib/cli/flags.ts";
import { inputsOf } from "../lib/cli/inputs.ts";
import { optionsOf } from "../lib/cli/options.ts";
import { parse } from "../lib/cli/parse.ts";
import { editDistance, nearest } from "../lib/base/suggest.ts";

function parsed(...args: string[]): Extract<ReturnType<typeof parse>, { kind: "run" }> {
  const result = parse(args);
  if (result.kind !== "run") throw new Error(`Not a run: ${result.kind}`);
  return result;
}

Deno.test("parse: values that start with a dash or are empty belong to their flag", () => {
  const { values, inputs } = parsed("concat", "--index-unique", "-", "a", "--fill-value", "-1", "--label", "", "b");
  assertEquals([values.text("index-unique"), values.text("fill-value"), values.text("label")], ["-", "-1", ""]);
  assertEquals(inputs, ["a", "b"]);
});

Deno.test("parse: a value is taken as it is", () => {
  for (const value of ["true", "12", "a=b", "--join", "a\nb", "0x10", "é"]) {
    assertEquals(parsed("concat", "--label", value).values.text("label"), value);
    assertEquals(parsed("concat", `--label=${value}`).values.text("label"), value);
  }
});

Deno.test("parse: what follows -- is input, numbers stay text", () => {
  assertEquals(parsed("concat", "1", "--", "--out", "-x", "--").inputs, ["1", "--out", "-x", "--"]);
});

Deno.test("parse: switches take no input, repeated flags add up, others take the last", () => {
  const { values, inputs } = parsed(
    "concat",
    "--strict",
    "a",
    "--skip",
    "X",
    "--skip=uns",
    "--join=inner",
    "--join=outer",
  );
  assertEquals([values.has("strict"), values.has("overwrite"), inputs], [true, false, ["a"]]);
  assertEquals([values.list("skip"), values.list("only"), values.text("join")], [["X", "uns"], [], "outer"]);
  assertEquals(values.text("label"), undefined);
});

Deno.test("parse: short flags", () => {
  const { values, inputs } = parsed("concat", "-o", "out", "-q", "a");
  assertEquals([values.text("out"), values.has("quiet"), inputs], ["out", true, ["a"]]);
});

Deno.test("parse: help anywhere before --", () => {
  assertEquals(parse(["plan", "a", "--help"]), { kind: "help", command: "plan" });
  assertEquals(parse(["help", "info"]), { kind: "help", command: "info" });
  assertEquals(parsed("info", "--", "--help").inputs, ["--help"]);
});

Deno.test("optionsOf: every flag becomes its option", () => {
  const { values } = parsed(
    "concat",
    ..."--axis 1 --join outer --fill-value -inf --sparse-layout csc --on-conflict drop --only X --strict".split(" "),
    ..."--zarr-format 2 --chunks 10,20 --shards none --codec gzip:1 --memory 1MiB --workers 0".split(" "),
    ..."--max-loaded-elems 5 --overwrite --label b --index-unique _".split(" "),
  );
  assertEquals(optionsOf(values), {
    axis: 1,
    join: "outer",
    label: "b",
    indexUnique: "_",
    fillValue: -Infinity,
    sparseLayout: "csc",
    onConflict: "drop",
    only: ["X"],
    strict: true,
    zarrFormat: 2,
    chunks: [10, 20],
    shards: null,
    codec: "gzip:1",
    memory: 2 ** 20,
    workers: 0,
    maxLoadedElems: 5,
    overwrite: true,
  });
  assertEquals(optionsOf(parsed("concat").values), {});
});

Deno.test("inputsOf: key=path, but not where a folder comes before the =", () => {
  const { values, inputs } = parsed("concat", "k=dir/a.zarr", "l=b=c");
  assertEquals(inputsOf(values, inputs).inputs, [{ key: "k", source: "dir/a.zarr" }, { key: "l", source: "b=c" }]);
  for (const path of ["dir/k=1/a.zarr", "./k=a", "http://x/a.zarr?k=v", "C:\\k=a"]) {
    assertEquals(inputsOf(values, [path]).inputs, [{ source: path }]);
  }
  assertThrows(() => inputsOf(values, ["k="]), UsageError, "missing");
  assertThrows(() => inputsOf(values, [""]), UsageError, "empty");
});

Deno.test("inputsOf: --keys splits at commas, --key does not", () => {
  assertEquals(inputsOf(parsed("concat", "--keys", "a,b").values, ["x", "y"]).keys, ["a", "b"]);
  assertEquals(inputsOf(parsed("concat", "--key", "a,b", "--key", "c").values, ["x", "y"]).keys, ["a,b", "c"]);
});

Deno.test("nearest: what is meant, and nothing where nothing is near", () => {
  const words = ["--join", "--out", "--overwrite", "--only", "--inputs-from"];
  assertEquals(nearest("--jion", words), "--join");
  assertEquals(nearest("--overwrit", words), "--overwrite");
  assertEquals(nearest("--input", words), "--inputs-from");
  assertEquals(nearest("--frobnicate", words), undefined);
});

Deno.test("editDistance: insertions, deletions, replacements and swaps", () => {
  const cases = [["", "", 0], ["abc", "", 3], ["abc", "abd", 1], ["abc", "acb", 1], ["kitten", "sitting", 3]] as const;
  for (const [a, b, distance] of cases) assertEquals([editDistance(a, b), editDistance(b, a)], [distance, distance]);
});

Deno.test("flags: names are unique a command, helps have no full stop, choices hold their default", () => {
  for (const { name } of COMMANDS) {
    const names = flagsOf(name).map((flag) => flag.name);
    assertEquals(names.length, new Set(names).size);
  }
  for (const { name, help, kind, default: usual } of FLAGS) {
    assertEquals(help.endsWith("."), false, name);
    if (kind.type === "choice" && usual !== undefined) assertEquals(kind.values.includes(usual), true, name);
  }
});
