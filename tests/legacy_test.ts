/** Stores of old versions of anndata: they are read and concatenated as anndata 0.12 reads and concatenates them. */
import { assertEquals, assertMatch } from "@std/assert";
import { BufferPool } from "../lib/base/pool.ts";
import { openStore } from "../lib/anndata/open.ts";
import { type Case, checkCase } from "./corpus.ts";
import { arrayAt, readNumbers, readTexts } from "../lib/anndata/read.ts";
import { frame, numbers, writeTree } from "./tree_store.ts";
import { anncat, inFolder, namesIn } from "./in_process.ts";

const LEGACY = decodeURIComponent(new URL("../testdata/legacy", import.meta.url).pathname);

/** A case whose inputs are old stores. */
interface LegacyCase extends Case {
  /** What anndata reads from each input, as it writes it today. */
  readonly read: readonly string[];
}

for (const name of namesIn(LEGACY).filter((name) => /_(zarr|h5ad)$/.test(name))) {
  const folder = `${LEGACY}/${name}`;
  const one: LegacyCase = { ...JSON.parse(Deno.readTextFileSync(`${folder}/case.json`)), name, folder };
  Deno.test(`check: an old store is what anndata reads from it: ${name} (${one.description})`, async () => {
    for (const [number, input] of one.inputs.entries()) {
      const { code, out, err } = await anncat("check", `${folder}/${input}`, `${folder}/${one.read[number]}`);
      assertEquals([code, out], [0, ""], err);
    }
  });
  Deno.test(`concat: old stores give what anndata makes of them: ${name}`, () => checkCase(one, anncat));
}

Deno.test("openStore: codes without categories are an error, not numbers", async () => {
  await inFolder(async (folder) => {
    const obs = { ...frame(["a", "b"], { kind: numbers("int8", [0, 1]) }), attrs: OLD_FRAME };
    const kind = { ...numbers("int8", [0, 1]), attrs: { categories: "__categories/kind" } };
    const store = { attrs: {}, children: { obs: { ...obs, children: { ...obs.children, kind } }, var: frame(["g"]) } };
    await writeTree(`${folder}/a.zarr`, store, { version: 2 });
    const { code, out, err } = await anncat("concat", `${folder}/a.zarr`, "--out", `${folder}/out.zarr`);
    assertEquals([code, out], [1, ""]);
    assertMatch(
      err,
      /^anncat: Cannot read "obs\/kind" of ".*": its categories are not at "obs\/__categories\/kind"\n$/,
    );
  });
});

const OLD_FRAME = {
  "encoding-type": "dataframe",
  "encoding-version": "0.1.0",
  "_index": "_index",
  "column-order": ["kind"],
};

Deno.test("openStore: fields of records are arrays, those of a record's arrays too", async () => {
  // Two records, 14 bytes each: a float32 pair, big-endian int16 in two rows of one, a text of two bytes.
  const records = new Uint8Array(28), view = new DataView(records.buffer);
  for (const row of [0, 1]) {
    view.setFloat32(row * 14, row + 0.5, true);
    view.setFloat32(row * 14 + 4, row + 0.25, true);
    view.setInt16(row * 14 + 8, 100 * row + 1);
    view.setInt16(row * 14 + 10, 100 * row + 2);
    records.set([97 + row, 0], row * 14 + 12);
  }
  const dtype = [["pca", "<f4", [2]], ["deep", ">i2", [2, 1]], ["word", "|S2"]];
  const array = {
    zarr_format: 2,
    shape: [2],
    chunks: [2],
    dtype,
    fill_value: null,
    order: "C",
    filters: null,
    compressor: null,
  };
  const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const frameOf = (name: string) => ({
    [`/${name}/.zarray`]: json({ ...array, dtype: [["index", "|S2"]] }),
    [`/${name}/0`]: Uint8Array.of(120, 0, 121, 0),
  });
  const objects: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
    "/.zgroup": json({ zarr_format: 2 }),
    ...frameOf("obs"),
    ...frameOf("var"),
    "/obsm/.zarray": json(array),
    "/obsm/0": records,
  };
  const root = await openStore({ get: (key) => objects[key] }, { pool: new BufferPool() });
  const at = async (path: string) => await arrayAt(root, path);
  assertEquals((await at("obsm/pca")).spec.shape, [2, 2]);
  assertEquals([...await readNumbers(await at("obsm/pca"))], [0.5, 0.25, 1.5, 1.25]);
  assertEquals((await at("obsm/deep")).spec.shape, [2, 2, 1]);
  assertEquals([...await readNumbers(await at("obsm/deep"))], [1, 2, 101, 102]);
  assertEquals(await readTexts(await at("obsm/word")), ["a", "b"]);
  const part: number[] = [];
  for await (const block of (await at("obsm/pca")).blocks([{ start: 1, end: 2 }, { start: 1, end: 2 }])) {
    part.push(new Float32Array(block.bytes.buffer, block.bytes.byteOffset)[block.offset] ?? NaN);
  }
  assertEquals(part, [1.25]);
});
