/**
 * anncat as a module of a server: the repository is served on this machine and run from an empty folder. JSR may be out
 * of reach, so `--config` names the repository's deno.json, whose `links` give the stand-ins for it; everything else
 * (modules, workers, the kernel, the version) comes over http.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Batch } from "./batch.ts";
import { SOURCES } from "./child.ts";
import { checkCase, corpus } from "./corpus.ts";
import { type FileServer, serveFolder } from "./http_server.ts";
import { filesUnder, inFolder, namesIn, type Outcome } from "./in_process.ts";
import { writeAnnData } from "./made_store.ts";

const VARS = Array.from({ length: 100 }, (_, i) => `g${i}`);

/** The folder of the stand-ins: workers must be allowed to read them, as they would not the genuine packages. */
const STAND_INS = `${SOURCES}/.jsr`;

/** `deno run` of a module that may read and write `folders`. */
function denoRun(
  server: FileServer,
  folders: { readonly read: string; readonly write: string },
  module: string,
  more: readonly string[] = [],
): string[] {
  const permissions = [`--allow-read=${folders.read},${STAND_INS}`, `--allow-write=${folders.write}`];
  const config = [`--config=${SOURCES}/deno.json`, "--no-lock"], imports = `--allow-import=${server.host}`;
  return ["run", "--no-prompt", "--quiet", ...config, imports, ...permissions, ...more, module];
}

async function runIn(folder: string, args: readonly string[]): Promise<Outcome> {
  const command = new Deno.Command(Deno.execPath(), { args: [...args], cwd: folder, stdin: "null" });
  const { code, stdout, stderr } = await command.output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

Deno.test("remote: cli.ts runs from a URL, with workers and kernel, and reads no file of the repository", async () => {
  await inFolder(async (folder) => {
    await using server = serveFolder(SOURCES);
    for (const name of ["empty", "data"]) Deno.mkdirSync(`${folder}/${name}`);
    const made = { rows: 40_000, x: "dense", chunks: [500, 100] } as const;
    const a = await writeAnnData(`${folder}/data/a.zarr`, { ...made, vars: VARS, seed: 1 });
    const b = await writeAnnData(`${folder}/data/b.zarr`, { ...made, vars: VARS.toReversed(), seed: 2 });
    const cli = denoRun(server, { read: `${folder}/data`, write: `${folder}/data` }, `${server.url}/cli.ts`);
    for (const workers of [0, 2]) {
      const args = ["concat", a, b, "--join=outer", "--out", `${folder}/data/${workers}.zarr`, `--workers=${workers}`];
      const { code, err } = await runIn(`${folder}/empty`, [...cli, ...args]);
      assertEquals(code, 0, err);
      const plan = await runIn(`${folder}/empty`, [...cli, "plan", ...args.slice(1), "--json", "--overwrite"]);
      assertEquals(JSON.parse(plan.out).memory.workers, workers);
    }
    assertEquals(filesUnder(`${folder}/data/2.zarr`), filesUnder(`${folder}/data/0.zarr`));
    const version = await runIn(`${folder}/empty`, [...cli, "--version"]);
    const { version: expected } = JSON.parse(Deno.readTextFileSync(`${SOURCES}/deno.json`));
    assertEquals(version.out, `anncat ${expected}\n`);
    assertEquals(namesIn(`${folder}/empty`), []);
    const asked = server.asked.filter(({ status }) => status === 200).map(({ path }) => path);
    for (const path of ["/cli.ts", "/deno.json", "/lib/run/pool.ts", "/lib/kernel/kernel.wasm"]) {
      assert(asked.includes(path), `${path} did not come from the server`);
    }
    // What is published must be enough.
    assertEquals(asked.filter((path) => !/^\/(lib\/|cli\.ts$|mod\.ts$|deno\.json$)/.test(path)), []);
  });
});

Deno.test("remote: cli.ts gives what anndata gives for every case of the corpus", async (t) => {
  await inFolder(async (folder) => {
    await using server = serveFolder(SOURCES);
    const parent = folder.slice(0, folder.lastIndexOf("/")), module = `${server.url}/tests/gate/batch.ts`;
    const args = denoRun(server, { read: `${SOURCES}/testdata,${parent}`, write: parent }, module);
    await using batch = new Batch(Deno.execPath(), { args, cwd: folder });
    for (const one of [...corpus(), ...corpus("legacy")]) {
      await t.step(one.name, () => checkCase(one, (...args) => batch.run(...args)));
    }
    assertEquals(namesIn(folder), []);
  });
});

Deno.test("remote: mod.ts is imported from a URL, type-checked, and concatenates", async () => {
  await inFolder(async (folder) => {
    await using server = serveFolder(SOURCES);
    const a = await writeAnnData(`${folder}/a.zarr`, { rows: 40_000, x: "csr", vars: VARS, seed: 1, chunks: [20_000] });
    const script = `import { concatOnDisk, FormatError } from "${server.url}/mod.ts";
      const { plan, entries } = await concatOnDisk(["a.zarr", { source: "a.zarr", key: "again" }], "out.zarr", {
        workers: 2,
        indexUnique: "-",
        sparseLayout: "csc",
      });
      console.log(plan.shape.join(), plan.memory.workers, entries["X"]! > 0);
      await concatOnDisk(["nothing.zarr"], "b.zarr").catch((error) => console.log(error instanceof FormatError));
    `;
    Deno.writeTextFileSync(`${folder}/script.ts`, script);
    const args = denoRun(server, { read: ".", write: "." }, "script.ts", ["--check"]);
    const { code, out, err } = await runIn(folder, args);
    assertEquals([code, out], [0, "80000,100 2 true\ntrue\n"], err);
    assertEquals(namesIn(folder), ["a.zarr", "out.zarr", "script.ts"]);
    assert(namesIn(a).includes("zarr.json"));
  });
});

Deno.test("remote: inputs over http need no more than --allow-net for their host", async () => {
  await inFolder(async (folder) => {
    await using server = serveFolder(SOURCES);
    await using data = serveFolder(folder);
    await writeAnnData(`${folder}/a.zarr`, { rows: 100, x: "csr", vars: VARS, seed: 1 });
    const folders = { read: folder, write: folder };
    const args = ["concat", `${data.url}/a.zarr`, "--out", `${folder}/out.zarr`];
    const cli = (net: readonly string[]) => denoRun(server, folders, `${server.url}/cli.ts`, net);
    const denied = await runIn(folder, [...cli([]), ...args]);
    assertEquals(denied.code, 1);
    assertStringIncludes(denied.err, `run with --allow-net=${data.host}`);
    assertMatch(denied.err, /^anncat: [^\n]+\n$/);
    const allowed = await runIn(folder, [...cli([`--allow-net=${data.host}`]), ...args]);
    assertEquals(allowed.code, 0, allowed.err);
  });
});
