/**
 * AnnData stores of any size that are nothing but headers: what a plan is made from is there (metadata, the genes' names,
 * categories), the chunks of everything else are not.
 *
 * `header_stores.ts DIR [--stores 100] [--cells 1000000] [--genes 60000] [--density 0.05] [--differ]` makes them in DIR;
 * with --differ every store lacks a gene that others have.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { BufferPool } from "../../lib/base/pool.ts";
import { StringsBuilder } from "../../lib/base/strings.ts";
import { openStoreWriter } from "../../lib/storage/create.ts";
import type { ArraySpec, Attributes, NodeSpec } from "../../lib/storage/node.ts";

/** What the stores are like. */
export interface HeaderStores {
  /** How many there are. */
  readonly stores: number;
  /** Cells of each. */
  readonly cells: number;
  /** Genes of each. */
  readonly genes: number;
  /** The share of X that is stored. */
  readonly density: number;
  /** Whether each lacks another gene. */
  readonly differ: boolean;
}

/** Entries of a chunk, and of a shard. */
const CHUNK = 2 ** 20, SHARD = 2 ** 26;

/** Make the stores in the folder `dir`; returns their paths. */
export async function writeHeaderStores(dir: string, like: HeaderStores): Promise<string[]> {
  const paths: string[] = [];
  for (let number = 0; number < like.stores; number++) {
    const path = `${dir}/${String(number).padStart(4, "0")}.zarr`;
    await writeHeaderStore(path, number, like);
    paths.push(path);
  }
  return paths;
}

async function writeHeaderStore(path: string, number: number, like: HeaderStores): Promise<void> {
  const { cells, density, differ } = like,
    genes = like.genes - (differ ? 1 : 0),
    nnz = Math.round(cells * genes * density);
  const nodes: NodeSpec[] = [], writer = await openStoreWriter(path, { kind: "zarr", version: 3 }, new BufferPool());
  const group = (at: string, type: string, version: string, attrs: Attributes = {}): void => {
    nodes.push({ kind: "group", path: at, attrs: { "encoding-type": type, "encoding-version": version, ...attrs } });
  };
  const array = (at: string, length: number, dtype: ArraySpec["dtype"], attrs: Attributes = {}): ArraySpec => {
    const isLong = length > CHUNK;
    const spec: ArraySpec = {
      shape: [length],
      dtype,
      chunks: [Math.min(CHUNK, length)],
      shards: isLong ? [SHARD] : null,
      codecs: [{ name: "zstd", configuration: { level: 3, checksum: false } }],
      fill: dtype === "string" ? "" : 0,
    };
    nodes.push({ kind: "array", path: at, attrs, spec });
    return spec;
  };
  const texts = async (at: string, values: readonly string[]): Promise<void> => {
    const spec = array(at, values.length, "string", { "encoding-type": "string-array", "encoding-version": "0.2.0" });
    const rows = new StringsBuilder(), column = writer.array(at, spec);
    for (const value of values) rows.pushText(value);
    await column.write([0], rows.finish());
    await column.close();
  };
  const element: Attributes = { "encoding-type": "array", "encoding-version": "0.2.0" };
  group("", "anndata", "0.1.0");
  group("X", "csr_matrix", "0.1.0", { shape: [cells, genes] });
  array("X/indptr", cells + 1, "int64");
  array("X/indices", nnz, "int32");
  array("X/data", nnz, "float32");
  group("obs", "dataframe", "0.2.0", { "_index": "_index", "column-order": ["n_counts", "cell_type"] });
  array("obs/_index", cells, "string", { "encoding-type": "string-array", "encoding-version": "0.2.0" });
  array("obs/n_counts", cells, "float32", element);
  group("obs/cell_type", "categorical", "0.2.0", { ordered: false });
  array("obs/cell_type/codes", cells, "int16", element);
  await texts("obs/cell_type/categories", Array.from({ length: 500 }, (_, at) => `type ${at + number % 7}`));
  group("var", "dataframe", "0.2.0", { "_index": "_index", "column-order": [] });
  const names = Array.from({ length: like.genes }, (_, at) => `ENSG${String(at).padStart(11, "0")}`);
  await texts("var/_index", differ ? names.toSpliced(number, 1) : names);
  await writer.finish(nodes);
}

if (import.meta.main) {
  const { values, positionals: [dir] } = parseArgs({
    args: Deno.args,
    allowPositionals: true,
    options: {
      stores: { type: "string", default: "100" },
      cells: { type: "string", default: "1000000" },
      genes: { type: "string", default: "60000" },
      density: { type: "string", default: "0.05" },
      differ: { type: "boolean", default: false },
    },
  });
  if (dir === undefined) throw new TypeError("Cannot make stores: name a folder");
  await writeHeaderStores(dir, {
    stores: Number(values.stores),
    cells: Number(values.cells),
    genes: Number(values.genes),
    density: Number(values.density),
    differ: values.differ,
  });
}
