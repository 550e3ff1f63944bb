/** Tables of millions of rows stay in the budget. */
import { assertEquals, assertLessOrEqual } from "@std/assert";
import { BufferPool } from "../lib/base/pool.ts";
import { StringsBuilder } from "../lib/base/strings.ts";
import { openStoreWriter } from "../lib/storage/create.ts";
import type { ArraySpec, Attributes, NodeSpec, StoreWriter } from "../lib/storage/node.ts";
import { endOf, spawnAnncat } from "./child.ts";
import { inFolder } from "./in_process.ts";
import { ZSTD } from "./made_store.ts";
import { peakOf, peakWhile } from "./peak.ts";

const ROWS = 2_500_000;

const CHUNK = 250_000;

const LIMIT = 256 * 2 ** 20;

/** The columns, by the types of their arrays. */
const COLUMNS: Readonly<Record<string, "float64" | "float32" | "int64" | "int32" | "bool" | "string" | "categorical">> =
  {
    counts: "int64",
    genes: "int32",
    score: "float64",
    share: "float32",
    doublet: "bool",
    note: "string",
    barcode: "string",
    batch: "categorical",
    kind: "categorical",
    age: "float32",
  };

const ARRAYS = {
  float64: Float64Array,
  float32: Float32Array,
  int64: BigInt64Array,
  int32: Int32Array,
  bool: Uint8Array,
  int8: Int8Array,
} as const;

Deno.test({
  name: "concat: obs of 5 million rows, an index of text and 10 columns, within 256 MiB",
  ignore: peakOf(Deno.pid) === undefined, // no /proc
  fn: () =>
    inFolder(async (folder) => {
      const inputs = [`${folder}/a.zarr`, `${folder}/b.zarr`], out = `${folder}/out.zarr`;
      for (const [at, input] of inputs.entries()) await writeTable(input, at);
      const said = ["--label=from", "--index-unique=-", "--quiet"];
      const child = spawnAnncat(["concat", ...inputs, "--out", out, "--memory", String(LIMIT), ...said]);
      const [peak, { code, err }] = await Promise.all([peakWhile(child), endOf(child)]);
      assertEquals([code, err], [0, ""]);
      assertLessOrEqual(peak, LIMIT);
      const { obs, shape } = JSON.parse((await endOf(spawnAnncat(["info", out, "--json"]))).out);
      assertEquals(shape, [2 * ROWS, 0]);
      assertEquals(obs.columns.length, Object.keys(COLUMNS).length + 1);
    }),
});

/** Write an AnnData that has nothing but obs. */
async function writeTable(path: string, number: number): Promise<void> {
  const writer = await openStoreWriter(path, { kind: "zarr", version: 3 }, new BufferPool()), nodes: NodeSpec[] = [];
  const group = (name: string, type: string, version: string, attrs: Attributes = {}): void => {
    nodes.push({ kind: "group", path: name, attrs: { "encoding-type": type, "encoding-version": version, ...attrs } });
  };
  const array = (name: string, dtype: keyof typeof ARRAYS | "string", length: number): ArraySpec => {
    const fill = dtype === "string" ? "" : dtype === "bool" ? false : 0,
      chunks = [Math.max(1, Math.min(CHUNK, length))];
    const spec: ArraySpec = { shape: [length], dtype, chunks, shards: null, codecs: [ZSTD], fill };
    const encoding = dtype === "string" ? "string-array" : "array";
    nodes.push({ kind: "array", path: name, spec, attrs: { "encoding-type": encoding, "encoding-version": "0.2.0" } });
    return spec;
  };
  group("", "anndata", "0.1.0");
  const order = Object.keys(COLUMNS), frame = { "_index": "_index", "column-order": order };
  group("obs", "dataframe", "0.2.0", frame);
  await texts(writer, "obs/_index", array("obs/_index", "string", ROWS), (row) => `cell${number}_${row}`);
  for (const [name, type] of Object.entries(COLUMNS)) {
    const column = `obs/${name}`;
    if (type === "string") await texts(writer, column, array(column, type, ROWS), (row) => `${name} ${row % 9973}`);
    else if (type !== "categorical") await numbers(writer, column, array(column, type, ROWS), type);
    else {
      group(column, "categorical", "0.2.0", { ordered: false });
      const categories = [`a${number}`, "b", "c"].map((one) => `${name} ${one}`);
      await numbers(writer, `${column}/codes`, array(`${column}/codes`, "int8", ROWS), "int8", categories.length);
      const spec = array(`${column}/categories`, "string", categories.length);
      await texts(writer, `${column}/categories`, spec, (row) => categories[row] ?? "");
    }
  }
  group("var", "dataframe", "0.2.0", { "_index": "_index", "column-order": [] });
  array("var/_index", "string", 0);
  await writer.finish(nodes);
}

async function numbers(
  writer: StoreWriter,
  path: string,
  spec: ArraySpec,
  type: keyof typeof ARRAYS,
  most = 127,
): Promise<void> {
  const array = writer.array(path, spec), values = new ARRAYS[type](CHUNK);
  for (let chunk = 0; chunk * CHUNK < ROWS; chunk++) {
    for (let at = 0; at < CHUNK; at++) {
      const value = (chunk * CHUNK + at) * 7919 % most;
      values[at] = values instanceof BigInt64Array ? BigInt(value) : type === "bool" ? value % 2 : value;
    }
    await array.write([chunk], new Uint8Array(values.buffer));
  }
  await array.close();
}

async function texts(writer: StoreWriter, path: string, spec: ArraySpec, at: (row: number) => string): Promise<void> {
  const array = writer.array(path, spec), rows = new StringsBuilder(), [length = 0] = spec.shape;
  const [size = 1] = spec.chunks;
  for (let chunk = 0; chunk * size < length; chunk++) {
    rows.clear();
    for (let row = chunk * size; row < (chunk + 1) * size; row++) rows.pushText(row < length ? at(row) : "");
    await array.write([chunk], rows.view());
  }
  await array.close();
}
