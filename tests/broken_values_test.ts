/** Values that do not fit together are refused where they are read; names that only HDF5 allows are kept. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { arrayAt, readStrings } from "../lib/anndata/read.ts";
import { BufferPool } from "../lib/base/pool.ts";
import { openStoreWriter } from "../lib/storage/create.ts";
import type { ArraySpec, NodeSpec } from "../lib/storage/node.ts";
import { openGroup } from "../lib/storage/open.ts";
import { concatOnDisk, FormatError, openAnnData, toTexts } from "../mod.ts";
import { inFolder, namesIn } from "./in_process.ts";
import { writeAnnData } from "./made_store.ts";

const GENES = ["g0", "g1", "g2", "g3", "g4"];

/** Two stores with uncompressed chunks: of the same genes, or of others. */
async function stores(folder: string, others: boolean): Promise<[string, string]> {
  const made = { rows: 20, x: "csr", version: 2, codecs: [], density: 0.5 } as const;
  return [
    await writeAnnData(`${folder}/a.zarr`, { ...made, vars: GENES, seed: 1 }),
    await writeAnnData(`${folder}/b.zarr`, { ...made, vars: others ? GENES.toReversed().slice(1) : GENES, seed: 2 }),
  ];
}

/** Change the int32 numbers in a file. */
function change(path: string, edit: (numbers: Int32Array) => void): void {
  const bytes = Deno.readFileSync(path);
  edit(new Int32Array(bytes.buffer));
  Deno.writeFileSync(path, bytes);
}

const POINTERS: Readonly<Record<string, (path: string) => void>> = {
  "a missing chunk": (path) => Deno.removeSync(path),
  "fewer than there are entries": (path) => change(path, (numbers) => numbers[20] = (numbers[20] as number) - 7),
  "more than there are entries": (path) => change(path, (numbers) => numbers[20] = (numbers[20] as number) + 7),
  "not from 0 on": (path) => change(path, (numbers) => numbers[0] = 1),
  "back": (path) => change(path, (numbers) => numbers[7] = 0),
};

for (const [what, spoil] of Object.entries(POINTERS)) {
  Deno.test(`indptr: ${what}: refused, end to end as well as reindexed`, async () => {
    for (const others of [false, true]) {
      for (const broken of [0, 1]) {
        await inFolder(async (folder) => {
          const inputs = await stores(folder, others), out = `${folder}/out.zarr`;
          spoil(`${inputs[broken]}/X/indptr/0`);
          const error = await assertRejects(() => concatOnDisk(inputs, out, { join: "outer" }), FormatError);
          assertMatch(error.message, /^Cannot read "X\/indptr" of ".*\.zarr": it (goes to|starts with|decreases)/);
          assertEquals(namesIn(folder), ["a.zarr", "b.zarr"]);
        });
      }
    }
  });
}

Deno.test("codes: one without a category is refused, and not taken for a missing value", async () => {
  await inFolder(async (folder) => {
    const inputs = await stores(folder, false), out = `${folder}/out.zarr`, path = `${inputs[1]}/obs/kind/codes/0`;
    const codes = Deno.readFileSync(path);
    codes[3] = 77;
    Deno.writeFileSync(path, codes);
    const error = await assertRejects(() => concatOnDisk(inputs, out), FormatError);
    assertMatch(
      error.message,
      /^Cannot read "obs\/kind\/codes" of ".*b\.zarr": it has the code 77, and there are 3 cat/,
    );
    assertEquals(namesIn(folder), ["a.zarr", "b.zarr"]);
  });
});

/** Call the column `n` of the store at `path` `x/UMI`, as it can be called in HDF5. */
function renameColumn(path: string): void {
  Deno.mkdirSync(`${path}/obs/x`);
  Deno.writeTextFileSync(`${path}/obs/x/.zgroup`, `{"zarr_format":2}`);
  Deno.renameSync(`${path}/obs/n`, `${path}/obs/x/UMI`);
  const attrs = JSON.parse(Deno.readTextFileSync(`${path}/obs/.zattrs`));
  attrs["column-order"][0] = "x/UMI";
  Deno.writeTextFileSync(`${path}/obs/.zattrs`, JSON.stringify(attrs));
  Deno.removeSync(`${path}/.zmetadata`);
}

Deno.test("names: a column with a slash has the groups around it in every format", async () => {
  await inFolder(async (folder) => {
    const inputs = await stores(folder, false);
    for (const input of inputs) renameColumn(input);
    await concatOnDisk(inputs, `${folder}/out.h5ad`);
    await concatOnDisk([`${folder}/out.h5ad`], `${folder}/out.zarr`, { zarrFormat: 3 });
    assertEquals(JSON.parse(Deno.readTextFileSync(`${folder}/out.zarr/obs/x/zarr.json`)).node_type, "group");
    for (const out of ["out.h5ad", "out.zarr"]) {
      const { obs } = await openAnnData(`${folder}/${out}`);
      assertEquals(obs.columns, ["x/UMI", "kind"]);
      const column = await obs.column("x/UMI").read();
      assert(column.kind === "numbers");
      assertEquals(
        Array.from(column.values, Number),
        [1, 2].flatMap((seed) => {
          return Array.from({ length: 20 }, (_, row) => row * seed);
        }),
      );
    }
  });
});

Deno.test("names: a label that is the index's own name is refused", async () => {
  await inFolder(async (folder) => {
    const inputs = await stores(folder, false);
    const run = () => concatOnDisk(inputs, `${folder}/out.zarr`, { label: "_index" });
    await assertRejects(run, TypeError, "Cannot use");
    assertEquals(namesIn(folder), ["a.zarr", "b.zarr"]);
  });
});

Deno.test("uns: text of a fixed length, as old files have it, is text in zarr stores too", async () => {
  await inFolder(async (folder) => {
    const pool = new BufferPool();
    const writer = await openStoreWriter(`${folder}/colors.h5ad`, { kind: "h5ad" }, pool);
    const spec: ArraySpec = {
      shape: [2],
      dtype: { kind: "bytes", length: 3 },
      chunks: [2],
      shards: null,
      codecs: [],
      fill: null,
    };
    await writer.array("uns/colors", spec).write([0], new TextEncoder().encode("redsky"));
    await writer.finish([
      { kind: "group", path: "", attrs: { "encoding-type": "anndata", "encoding-version": "0.1.0" } },
      ...["obs", "var"].map((path): NodeSpec => ({
        kind: "group",
        path,
        attrs: { "encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index", "column-order": [] },
      })),
      ...["obs", "var"].map((path): NodeSpec => ({
        kind: "array",
        path: `${path}/_index`,
        attrs: { "encoding-type": "string-array", "encoding-version": "0.2.0" },
        spec: { ...spec, shape: [0], dtype: "string", fill: "" },
      })),
      { kind: "group", path: "uns", attrs: { "encoding-type": "dict", "encoding-version": "0.1.0" } },
      { kind: "array", path: "uns/colors", attrs: {}, spec },
    ]);
    for (const zarrFormat of [2, 3] as const) {
      const out = `${folder}/out${zarrFormat}.zarr`;
      await concatOnDisk([`${folder}/colors.h5ad`], out, { unsMerge: "same", zarrFormat });
      const root = await openGroup(out, { pool }), colors = await arrayAt(root, "uns/colors");
      assertEquals(colors.spec.dtype, "string");
      assertEquals(toTexts(await readStrings(colors)), ["red", "sky"]);
    }
  });
});
