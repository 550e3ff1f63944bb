/** `anncat info`: what a person, or a machine, sees of a store, whatever it is kept in. */
import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import type { StoreInfo } from "../lib/report/info.ts";
import type { NodeInfo } from "../lib/report/info_node.ts";
import { columns } from "../lib/report/text.ts";
import { endOf, SOURCES, spawnAnncat } from "./child.ts";
import { serveFolder } from "./http_server.ts";
import { anncat, inFolder } from "./in_process.ts";

const TESTDATA = `${SOURCES}/testdata`;
const INPUT = `${TESTDATA}/legacy/0.8_zarr/read/0.zarr`;
const OLD = `${TESTDATA}/legacy/0.6_h5ad/inputs/0.h5ad`;

/** What `info --json` says. */
async function infoOf(store: string, ...args: string[]): Promise<StoreInfo> {
  const { code, out, err } = await anncat("info", store, "--json", ...args);
  assertEquals([code, err], [0, ""]);
  return JSON.parse(out);
}

/** What is said of an element whatever it is kept in. */
function meaning({ name, encoding, shape, nnz, density, categories, children, values }: NodeInfo): unknown {
  const below = encoding === "dict" || encoding === "dataframe" || encoding === "anndata" || encoding === "raw";
  return {
    ...{ name, encoding, shape, nnz, density, categories, values },
    children: below ? children.map(meaning).filter((child) => !isEmpty(child)) : [],
  };
}

/** Mappings in which nothing is: some writers leave them out. */
function isEmpty(child: unknown): boolean {
  const { encoding, children } = child as NodeInfo;
  return encoding === "null" || encoding === "dict" && children.length === 0;
}

Deno.test("info: says the same of one store in every format", async (t) => {
  await inFolder(async (folder) => {
    const first = await infoOf(INPUT);
    assert(first.root.children.length > 5);
    const forms = {
      "v2.zarr": ["--zarr-format=2", "--codec=blosc-lz4"],
      "sharded.zarr": ["--zarr-format=3", "--chunks=2,2", "--shards=4,4"],
      "plain.h5ad": ["--codec=none"],
      "gzip.h5ad": [],
    };
    for (const [name, flags] of Object.entries(forms)) {
      await t.step(name, async () => {
        const out = `${folder}/${name}`;
        assertEquals((await anncat("convert", INPUT, "--out", out, "--quiet", ...flags)).code, 0);
        const info = await infoOf(out);
        assertEquals(meaning(info.root), meaning(first.root));
        for (const frame of ["obs", "var"] as const) assertEquals(info[frame], first[frame]);
        assertEquals(info.zarrFormat, name === "v2.zarr" ? 2 : name === "sharded.zarr" ? 3 : null);
        assertEquals(info.consolidated, name.endsWith("h5ad") ? null : true);
        assertEquals(info.files === 1, name.endsWith("h5ad"));
        const dense = info.root.children.find((child) => child.name === "obsm")?.children[0];
        assert((dense?.bytesOnDisk ?? 0) > 0, "stored bytes of an array");
      });
    }
  });
});

Deno.test("info: over http and out of a zip file what the folder holds", async () => {
  await inFolder(async (folder) => {
    const out = `${folder}/a.zarr`;
    assertEquals((await anncat("convert", INPUT, "--out", out, "--quiet")).code, 0);
    const local = await infoOf(out);
    await using server = serveFolder(folder);
    const remote = await infoOf(`${server.url}/a.zarr`);
    assertEquals(meaning(remote.root), meaning(local.root));
    assertEquals([remote.bytesOnDisk, remote.files, remote.consolidated], [null, null, true]);
    assertEquals(remote.obs, local.obs);
    for (const name of ["zarr_python.zarr.zip", "deflated_folder.zarr.zip"]) {
      const zip = await infoOf(`${TESTDATA}/zip/${name}`);
      assertEquals(zip.encoding, "anndata");
      assert((zip.files ?? 0) > 5 && (zip.root.bytesOnDisk ?? 0) <= (zip.bytesOnDisk ?? 0));
      assert(zip.root.children.every((child) => (child.bytesOnDisk ?? 0) > 0));
    }
  });
});

Deno.test("info: a store of an old version in today's form, which is said", async () => {
  const info = await infoOf(OLD), { out } = await anncat("info", OLD);
  assertEquals([info.legacy, info.encoding], [true, "anndata"]);
  assertEquals(info.hints[0]?.element, "");
  assertMatch(out, /AnnData of before 0\.8: 8 obs × 7 var\n/);
  assertMatch(out, /\nHints:\n {2}written by a version of anndata before 0\.8/);
});

Deno.test("info --head: as many rows as are asked for, none, or all", async () => {
  for (const [asked, shown] of [["0", 0], ["2", 2], ["1000", 8]] as const) {
    const { obs } = await infoOf(INPUT, `--head=${asked}`);
    assertEquals([obs?.rows, obs?.index.length, obs?.values.length], [8, shown, shown]);
  }
  assertStringIncludes((await anncat("info", INPUT, "--head=2")).out, "… 6 more rows");
});

Deno.test("info: sparse matrices and columns are one line each, with --arrays all of theirs", async () => {
  const [short, long] = [await anncat("info", INPUT), await anncat("info", INPUT, "--arrays")];
  assertNotMatch(short.out, /indptr|codes/);
  assertMatch(long.out, /indptr/);
  assertMatch(short.out, /─ X +csr_matrix 0\.1\.0 +8 × 7 +float32 +\d+ nnz \(\d+%\) +chunks \d+, /);
  assertMatch(short.out, /categorical 0\.2\.0 +8 +string +3 of [^\n]*, /);
  assertMatch(short.out, /\nobs \(8 rows, \d+ columns, names unique\)\n/);
});

/** A store with names that would move a cursor, repeated names, and arrays that cannot be read. */
async function oddStore(folder: string): Promise<string> {
  const store = `${folder}/odd\u001b[31m.zarr`;
  assertEquals((await anncat("convert", INPUT, "--out", store, "--quiet", "--zarr-format=3")).code, 0);
  Deno.removeSync(`${store}/zarr.json`);
  const root = { "encoding-type": "anndata", "encoding-version": "0.1.0" };
  const group = (attributes: object) => JSON.stringify({ zarr_format: 3, node_type: "group", attributes });
  Deno.writeTextFileSync(`${store}/zarr.json`, group(root));
  const name = `${store}/uns/\u001b]0;title\u0007`;
  Deno.mkdirSync(name, { recursive: true });
  Deno.writeTextFileSync(`${name}/zarr.json`, group({ "encoding-type": "\u001b[2J", "encoding-version": "\u202e" }));
  Deno.mkdirSync(`${store}/layers/broken`, { recursive: true });
  Deno.writeTextFileSync(`${store}/layers/broken/zarr.json`, "{");
  return store;
}

Deno.test("info: what is broken is said in its place, names are harmless, and what is not consolidated has a hint", async () => {
  await inFolder(async (folder) => {
    const store = await oddStore(folder), { code, out, err } = await anncat("info", store);
    assertEquals([code, err], [0, ""]);
    // deno-lint-ignore no-control-regex -- none may be there
    assertNotMatch(out, /[\u0000-\u0009\u000b-\u001f\u202e]/);
    assertMatch(out, /─ \\x1b\]0;title\\x07 +\\x1b\[2J \\u202e/);
    assertMatch(out, /─ broken +unreadable +UNREADABLE: Cannot /);
    assertMatch(out, /not consolidated[^\n]*\n[^]*Hints:\n {2}its metadata is not consolidated/);
    const broken = (await infoOf(store)).root.children.find(({ name }) => name === "layers")?.children.find((child) =>
      child.name === "broken"
    );
    assertEquals(broken?.kind, "unreadable");
    assertMatch(broken?.problem ?? "", /zarr\.json is no JSON/);
  });
});

Deno.test("info: names that stand twice are told with examples", async () => {
  const { obs, hints } = await infoOf(`${TESTDATA}/cases/duplicate_cells/inputs/0.zarr`);
  assertEquals(obs?.unique, false);
  assert((obs?.repeated.length ?? 0) > 0);
  assert(hints.some(({ element, message }) => element === "obs" && message.includes("more than once")));
});

Deno.test("info: what is no AnnData is shown as the tree that it is", async () => {
  const info = await infoOf(`${TESTDATA}/h5/refused.h5`);
  assertEquals([info.shape, info.encoding, info.obs], [null, null, null]);
  const unreadable = info.root.children.filter(({ kind }) => kind === "unreadable").map(({ name }) => name);
  const links = ["circle", "dangling", "external"], types = ["opaque", "virtual", "vlen int"];
  assertEquals(unreadable, ["bitshuffle", ...links, "scaleoffset", "szip", ...types].sort());
  assertMatch((await anncat("info", `${TESTDATA}/h5/refused.h5`)).out, /\nno AnnData, a group without an encoding\n/);
});

const hasScript = await new Deno.Command("sh", { args: ["-c", "command -v script"], stdout: "null" }).output();

/** What the command line writes to a terminal of `width` columns. */
async function onTerminal(width: number, store: string): Promise<string> {
  const command = `stty cols ${width}; exec "$DENO" run --quiet --allow-read "$CLI" info "$STORE"`;
  const env = { DENO: Deno.execPath(), CLI: `${SOURCES}/cli.ts`, STORE: store, SHELL: "/bin/sh" };
  const args = ["-qefc", command, "/dev/null"];
  const { stdout } = await new Deno.Command("script", { args, env, stdin: "null" }).output();
  return new TextDecoder().decode(stdout).replaceAll("\r\n", "\n");
}

Deno.test({
  name: "info: on a narrow terminal no line of the tree is longer than it, and columns go before names do",
  ignore: !hasScript.success,
  async fn() {
    const store = `${TESTDATA}/legacy/pbmc_h5ad/inputs/0.h5ad`;
    for (const width of [40, 60, 100, 200]) {
      const out = await onTerminal(width, store), [shown = ""] = out.split("\nHints:");
      const wide = shown.split("\n").filter((line) => columns(line) > width);
      assertEquals(wide, [], `${width}`);
      assertStringIncludes(out, "bulk_labels_colors");
      assertEquals(/\d\.\d:1\b/.test(out), width >= 200, out);
    }
  },
});

Deno.test("info: a reader that goes away after one line is no error", async () => {
  const child = spawnAnncat(["info", `${TESTDATA}/h5/groups.h5`], ["--allow-read"]);
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  const [{ code }, err] = await Promise.all([child.status, new Response(child.stderr).text()]);
  assertEquals([code, err], [0, ""]);
  const quiet = await endOf(spawnAnncat(["info", INPUT, "--color=always"], [`--allow-read=${INPUT}`]));
  // deno-lint-ignore no-control-regex -- what goes to standard output is data
  assertNotMatch(quiet.out, /\u001b/);
});
