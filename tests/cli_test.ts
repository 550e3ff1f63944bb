/** The command line as a user meets it: a process with arguments, two streams and an exit status. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import config from "../deno.json" with { type: "json" };
import { writeStore } from "./cli_store.ts";

const ROOT = new URL("../", import.meta.url);
const CLI = decodeURIComponent(new URL("cli.ts", ROOT).pathname);

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Setting {
  readonly permissions?: readonly string[];
  readonly stdin?: string;
}

async function anncat(args: readonly string[], setting: Setting = {}): Promise<Result> {
  const permissions = setting.permissions ?? ["--allow-read", "--allow-write"];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", ...permissions, CLI, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  if (setting.stdin !== undefined) await writer.write(new TextEncoder().encode(setting.stdin));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

/** The one line on standard error, of a run that must end with `code` and say nothing on standard output. */
async function refusal(code: number, args: readonly string[]): Promise<string> {
  const result = await anncat(args);
  assertEquals([result.code, result.out], [code, ""], result.err);
  assertMatch(result.err, /^anncat: [^\n]+\n$/);
  return result.err;
}

/** Two stores in a folder that goes away afterwards. */
async function withStores(use: (folder: string, a: string, b: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  try {
    const a = writeStore(`${folder}/a.zarr`, { obs: ["a0", "a1"], vars: ["g", "h"], columns: { n: [1, 2] } });
    const b = writeStore(`${folder}/b.zarr`, { obs: ["b0"], vars: ["h", "g"], columns: { n: [3] }, uns: true });
    await use(folder, a, b);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("cli: --help names every command, and a command's help every flag", async () => {
  const overview = await anncat(["--help"]);
  assertEquals([overview.code, overview.err], [0, ""]);
  for (const command of ["concat", "plan", "info"]) {
    assertStringIncludes(overview.out, `\n  ${command} `);
    const help = await anncat([command, "--help"]);
    assertEquals([help.code, help.err], [0, ""]);
    assertStringIncludes(help.out, `anncat ${command}`);
    assert(help.out.split("\n").every((line) => line.length <= 80), help.out);
  }
  const concat = await anncat(["concat", "--join", "-h"]);
  for (const flag of ["--out", "--join", "--memory", "--codec", "--progress", "--debug"]) {
    assertStringIncludes(concat.out, flag);
  }
});

Deno.test("cli: --version is the version of deno.json", async () => {
  assertEquals(await anncat(["--version"]), { code: 0, out: `anncat ${config.version}\n`, err: "" });
});

Deno.test("cli: a wrong command line ends with status 2 and the nearest right word", async (t) => {
  const cases: readonly (readonly [args: readonly string[], says: string])[] = [
    [[], "anncat --help"],
    [["conct"], '"concat"'],
    [["--axis", "obs"], "the command comes first"],
    [["concat", "a", "--ouput", "b"], "anncat concat"],
    [["concat", "a", "--jion", "outer"], '"--join"'],
    [["concat", "a", "--join", "iner"], '"inner"'],
    [["concat", "a", "--join=iner"], '"inner"'],
    [["concat", "a", "--out"], "its value is missing"],
    [["concat", "a"], "--out"],
    [["concat", "--out", "b"], "No objects to concatenate"],
    [["concat", "a", "--out", "b", "--memory", "2XB"], "256MiB"],
    [["concat", "a", "--out", "b", "--memory", "99999999TiB"], "more than any machine has"],
    [["concat", "a", "--out", "b", "--codec", "zstd:99"], "from -131072 to 22"],
    [["concat", "a", "--out", "b", "--workers", "-1"], "at least 0"],
    [["concat", "a", "--out", "b", "--fill-value", "x"], "nan"],
    [["concat", "a", "--out", "b", "--chunks", "1,2,3"], "one length"],
    [["concat", "a", "--out", "b", "--strict=yes"], "on or off"],
    [["concat", "x=a", "b", "--out", "c"], "1 of 2"],
    [["concat", "x=a", "x=b", "--out", "c"], 'key "x" twice'],
    [["concat", "a", "--out", "c"], "ends in .zarr or .h5ad"],
    [["concat", "a", "--out", "c.zarr", "--codec=lzf"], "only h5ad has it"],
    [["tasks", "a", "--dir=w", "--out", "c.zarr", "--codec=lzf"], "only h5ad has it"],
    [["concat", "a", "--out", "c.h5ad", "--codec=zstd"], "h5ad takes gzip"],
    [["concat", "a", "--out", "c.zarr", "--shards=50", "--chunks=100"], "100 would do"],
    [["concat", "a", "--out", "c.zarr", "--shards=50", "--zarr-format=2"], "add --zarr-format 3"],
    [["concat", "x=a", "--out", "c", "--key", "y"], "twice"],
    [["concat", "a", "--depth", "1", "--out", "c"], "belongs to info"],
    ...["", ".", "..", "a/b", "_index"].map((label) => (
      [["concat", "a", "--out", "b.zarr", `--label=${label}`], `--label "${label}": a column's name`] as const
    )),
    [["concat", "a", "--out", "b.zarr", "--axis=2"], 'anncat: Cannot read --axis "2": it is obs, var, 0 or 1'],
    [["concat", "a", "--out", "b.zarr", "--zarr-format=4"], 'anncat: Cannot read --zarr-format "4": it is 2 or 3'],
    [["completions"], "name one of bash, zsh, fish"],
    [["info"], "No store"],
    [["info", "a", "--depth", "x"], "at least 0"],
  ];
  for (const [args, says] of cases) {
    await t.step(`anncat ${args.join(" ")}`, async () => assertStringIncludes(await refusal(2, args), says));
  }
});

Deno.test("cli: an input that is not there ends with status 1 and its name", async () => {
  await withStores(async (folder, a) => {
    const line = await refusal(1, ["concat", a, `${folder}/no\u001b[31m.zarr`, "--out", `${folder}/out.zarr`]);
    assertStringIncludes(line, "no\\x1b[31m.zarr");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), ["a.zarr", "b.zarr"]);
  });
});

Deno.test("cli: keys that are too few or repeated are refused; more than inputs are categories of the label", async () => {
  await withStores(async (folder, a, b) => {
    const args = ["plan", a, b, "--out", `${folder}/out.zarr`, "--keys"];
    await refusal(2, [...args, "x"]);
    await refusal(2, [...args, "x,x"]);
    assertStringIncludes(await refusal(2, [...args, "x,y,z"]), "Cannot use 3 keys for 2 inputs");
    assertEquals((await anncat([...args, "x,y,z", "--label=l"])).code, 0);
  });
});

Deno.test("cli: an output that exists is refused without --overwrite", async () => {
  await withStores(async (folder, a, b) => {
    const out = `${folder}/out.zarr`;
    assertEquals((await anncat(["concat", a, b, "--out", out])).code, 0);
    assertStringIncludes(await refusal(1, ["concat", a, b, "--out", out]), "overwrite");
    assertEquals((await anncat(["concat", a, b, "--out", out, "--overwrite"])).code, 0);
  });
});

Deno.test("cli: --debug adds where an error comes from", async () => {
  const { code, err } = await anncat(["info", "no.zarr", "--debug"]);
  assertEquals(code, 1);
  assertMatch(err, /^anncat: [^\n]+\n[^\n]+\n +at /);
});

Deno.test("cli: plan --json is one JSON document on standard output, and writes nothing", async () => {
  await withStores(async (folder, a, b) => {
    const args = [a, b, "--out", `${folder}/out.zarr`, "--json", "--join=outer", "--index-unique", "-", "--label", "l"];
    const { code, out } = await anncat(["plan", ...args]);
    assertEquals(code, 0);
    const plan = JSON.parse(out);
    assertEquals([plan.version, plan.shape], [1, [3, 2]]);
    assertEquals(plan.estimate.decoded.X, 3 * 2 * 4);
    assertEquals([plan.options.join, plan.options.indexUnique, plan.options.label], ["outer", "-", "l"]);
    assertEquals([...Deno.readDirSync(folder)].length, 2);
    const dry = await anncat(["concat", ...args, "--dry-run"]);
    assertEquals(dry.out, out);
  });
});

Deno.test("cli: plan shows the tree, the notes, the work and the memory", async () => {
  await withStores(async (folder, a, b) => {
    const { code, out } = await anncat(["plan", `x=${a}`, `y=${b}`, "--out", `${folder}/out.zarr`]);
    assertEquals(code, 0);
    for (const part of ["3 obs × 2 var", "├─ X", "float32", "uns", "Work:", "Memory:"]) assertStringIncludes(out, part);
    assertMatch(out, /\nabout [\d.]+ B decoded, [\d.]+ B on disk, [\d.]+ s\n/);
    assertMatch(out, /^├─ X +array +3 × 2 +float32 +chunks [^\n]* 24 B$/m);
    assertMatch(out, /^ +stage 1 +dense +1 task +24 B to read +at most [^\n]+ of [^\n]+ in all$/m);
    assertMatch(out, /\nDropped:\n {2}/);
  });
});

Deno.test("cli: concat says nothing on standard output, and a summary and warnings on standard error", async () => {
  await withStores(async (folder, a, b) => {
    const out = `${folder}/out.zarr`;
    const said = await anncat(["concat", a, b, "--out", out]);
    assertEquals([said.code, said.out], [0, ""]);
    assertMatch(said.err, /^anncat: warning: [^\n]*uns/m);
    assertMatch(said.err, /\nanncat: [^\n]*out\.zarr: 3 obs × 2 var in [^\n]+\n$/);
    const quiet = await anncat(["concat", a, b, "--out", out, "--overwrite", "--quiet"]);
    assertEquals(quiet, { code: 0, out: "", err: "" });
  });
});

Deno.test("cli: --progress json gives events, --json the result", async () => {
  await withStores(async (folder, a, b) => {
    const args = ["concat", a, b, "--out", `${folder}/out.zarr`, "--progress", "json", "--json"];
    const { code, out, err } = await anncat(args);
    assertEquals(code, 0);
    assertEquals(JSON.parse(out).shape, [3, 2]);
    const events = err.trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(events.at(-1).event, "done");
    assert(events.every(({ event }) => ["progress", "note", "done"].includes(event)), err);
  });
});

Deno.test("cli: --inputs-from reads inputs and keys, from a file and from standard input", async () => {
  await withStores(async (folder, a, b) => {
    const list = `x=${a}\r\n\ny=${b}\n`;
    Deno.writeTextFileSync(`${folder}/list`, list);
    const args = ["plan", "--out", `${folder}/out.zarr`, "--json", "--inputs-from"];
    const file = await anncat([...args, `${folder}/list`]);
    assertEquals(JSON.parse(file.out).inputs.map(({ key }: { key: string }) => key), ["x", "y"]);
    assertEquals((await anncat([...args, "-"], { stdin: list })).out, file.out);
  });
});

Deno.test("cli: info shows headers, sizes and the first rows", async () => {
  await withStores(async (_folder, a) => {
    const text = await anncat(["info", a], { permissions: [`--allow-read=${a}`] });
    assertEquals([text.code, text.err], [0, ""]);
    for (const part of ["2 obs × 2 var", "zarr format 3", "dataframe", "float32", "a1"]) {
      assertStringIncludes(text.out, part);
    }
    const info = JSON.parse((await anncat(["info", a, "--json", "--depth", "1"])).out);
    assertEquals([info.shape, info.obs.index, info.obs.values], [[2, 2], ["a0", "a1"], [["1"], ["2"]]]);
    assertEquals(info.root.children.map(({ name }: { name: string }) => name), ["X", "obs", "var"]);
    assertEquals(info.root.children[1].children, []);
  });
});

Deno.test("cli: a reader that goes away early is no error", async () => {
  await withStores(async (_folder, a) => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-read", CLI, "info", a],
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    await child.stdout.cancel();
    const [{ code }, err] = await Promise.all([child.status, new Response(child.stderr).text()]);
    assertEquals([code, err], [0, ""]);
  });
});

Deno.test("cli: concat needs no more than to read inputs, sources and output, and to write the output's folder", async () => {
  await withStores(async (folder, a, b) => {
    Deno.mkdirSync(`${folder}/results`);
    const sources = decodeURIComponent(ROOT.pathname);
    const { code, err } = await anncat(["concat", a, b, "--out", `${folder}/results/out.zarr`], {
      permissions: [`--allow-read=${a},${b},${folder}/results,${sources}`, `--allow-write=${folder}/results`],
    });
    assertEquals(code, 0, err);
  });
});

Deno.test("cli: a missing permission is said in one line", async () => {
  await withStores(async (_folder, a) => {
    const { code, err } = await anncat(["info", a], { permissions: [] });
    assertEquals(code, 1);
    assertMatch(err, /^anncat: [^\n]*--allow-read\n$/);
  });
});
