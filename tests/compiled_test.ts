/** anncat as one binary: the corpus from an empty folder, with workers and kernel, and no Deno around it. */
import { assertEquals, assertGreater, assertMatch } from "@std/assert";
import { Batch } from "./batch.ts";
import { endOf, SOURCES } from "./child.ts";
import { checkCase, corpus } from "./corpus.ts";
import { compile } from "./gate/compile.ts";
import { findRuntime } from "./gate/runtime.ts";
import { serveFolder } from "./http_server.ts";
import { anncat, filesUnder, inFolder, namesIn, type Outcome } from "./in_process.ts";
import { writeAnnData } from "./made_store.ts";
import { checkMemory } from "./memory_runs.ts";
import { peakOf } from "./peak.ts";

const runtime = await findRuntime();

/** In the gate these tests may not be left out. */
const isDue = Deno.env.get("ANNCAT_MUST_COMPILE") === "1";

const WHY_NOT =
  "skipped: no runtime to compile with, neither Deno's download host nor deno run -A tests/gate/runtime.ts";

/** A test with the path of a binary of `entry`. */
function compiledTest(
  name: string,
  entry: string,
  fn: (binary: string, folder: string, t: Deno.TestContext) => Promise<void>,
): void {
  Deno.test({
    name: runtime === undefined ? `compiled: ${name} (${WHY_NOT})` : `compiled: ${name}`,
    ignore: runtime === undefined && !isDue,
    fn: (t) =>
      inFolder(async (folder) => {
        if (runtime === undefined) {
          throw new Error("There is no runtime to compile with: deno run -A tests/gate/runtime.ts");
        }
        for (const each of ["bin", "empty", "data"]) Deno.mkdirSync(`${folder}/${each}`);
        const binary = `${folder}/bin/anncat`;
        assertEquals(await compile(binary, { runtime, entry }), true);
        await fn(binary, folder, t);
        assertEquals(namesIn(`${folder}/empty`), []);
      }),
  });
}

/** Start the binary in an empty folder with an empty environment: nothing of Deno or the repository helps it. */
function spawnIn(folder: string, binary: string, args: readonly string[]): Deno.ChildProcess {
  const surroundings = {
    cwd: `${folder}/empty`,
    clearEnv: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  } as const;
  return new Deno.Command(binary, { args: [...args], ...surroundings }).spawn();
}

async function runIn(folder: string, binary: string, args: readonly string[]): Promise<Outcome> {
  const { code, out, err } = await endOf(spawnIn(folder, binary, args));
  return { code, out, err };
}

const VARS = Array.from({ length: 100 }, (_, i) => `g${i}`);

compiledTest("anncat works alone, with workers and kernel, on folders and URLs", "cli.ts", async (binary, folder) => {
  await using server = serveFolder(`${folder}/data`);
  const made = { rows: 40_000, x: "dense", chunks: [500, 100] } as const;
  const a = await writeAnnData(`${folder}/data/a.zarr`, { ...made, vars: VARS, seed: 1 });
  const b = await writeAnnData(`${folder}/data/b.zarr`, { ...made, vars: VARS.toReversed(), seed: 2 });
  const runs = [["0", [a, b]], ["2", [a, b]], ["net", [`${server.url}/a.zarr`, `${server.url}/b.zarr`]]] as const;
  for (const [name, inputs] of runs) {
    const workers = name === "net" ? "2" : name, out = `${folder}/data/out-${name}.zarr`;
    const args = ["concat", ...inputs, "--join=outer", "--out", out, `--workers=${workers}`];
    const { code, err } = await runIn(folder, binary, args);
    assertEquals(code, 0, err);
    const plan = await runIn(folder, binary, ["plan", ...args.slice(1), "--json", "--overwrite"]);
    assertEquals(String(JSON.parse(plan.out).memory.workers), workers);
  }
  const first = filesUnder(`${folder}/data/out-0.zarr`);
  assertGreater(first.size, 10);
  for (const name of ["2", "net"]) assertEquals(filesUnder(`${folder}/data/out-${name}.zarr`), first);
  // HDF5 comes out of the binary as it does out of the sources, with workers or without, and goes in again.
  const h5ad = (name: string, run: string[]) =>
    runIn(folder, binary, ["concat", ...run, "--out", `${folder}/data/${name}`]);
  for (const workers of ["0", "2"]) {
    assertEquals((await h5ad(`out-${workers}.h5ad`, [a, b, "--join=outer", `--workers=${workers}`])).code, 0);
  }
  const sources = await anncat("concat", a, b, "--join=outer", "--out", `${folder}/data/sources.h5ad`);
  assertEquals(sources.code, 0);
  const file = Deno.readFileSync(`${folder}/data/sources.h5ad`);
  for (const workers of ["0", "2"]) assertEquals(Deno.readFileSync(`${folder}/data/out-${workers}.h5ad`), file);
  assertEquals((await h5ad("again.zarr", [`${folder}/data/out-0.h5ad`])).code, 0);
  const same = await runIn(folder, binary, ["check", `${folder}/data/again.zarr`, `${folder}/data/out-0.zarr`]);
  assertEquals([same.code, same.out], [0, ""]);
  const { version } = JSON.parse(Deno.readTextFileSync(`${SOURCES}/deno.json`));
  assertEquals(await runIn(folder, binary, ["--version"]), { code: 0, out: `anncat ${version}\n`, err: "" });
  const wrong = await runIn(folder, binary, ["concat", a, "--ouut", "x.zarr"]);
  assertEquals([wrong.code, wrong.out], [2, ""]);
  assertMatch(wrong.err, /--out/);
  // zarrita, which is asked for codecs that anncat has not, is in the binary, although what it would load is not.
  for (const metadata of [`${a}/zarr.json`, `${a}/X/zarr.json`]) {
    const text = Deno.readTextFileSync(metadata).replaceAll('"blosc"', '"numcodecs.other"');
    Deno.writeTextFileSync(metadata, text);
  }
  const refused = await runIn(folder, binary, ["concat", a, "--out", `${folder}/data/refused.zarr`]);
  assertEquals(refused.code, 1);
  assertMatch(refused.err, /codec "numcodecs.other" is not supported/);
});

compiledTest("peak resident memory stays below what the plan says", "cli.ts", async (binary, folder, t) => {
  if (peakOf(Deno.pid) === undefined) return; // no /proc
  await checkMemory(t, `${folder}/data`, (args) => spawnIn(folder, binary, args));
});

compiledTest("every case of the corpus is what anndata gives", "tests/gate/batch.ts", async (binary, folder, t) => {
  await using batch = new Batch(binary, { cwd: `${folder}/empty`, clearEnv: true });
  for (const one of [...corpus(), ...corpus("legacy")]) {
    await t.step(one.name, () => checkCase(one, (...args) => batch.run(...args)));
  }
});
