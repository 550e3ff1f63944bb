// The Deno side of storage_readback.py: reads what zarr-python wrote to DIR, compares, and writes it again as zarr v2,
// v3 and v3 in shards, each array with another codec. Prints a line for each failure.

import { BufferPool } from "../../lib/base/pool.ts";
import { openStoreWriter } from "../../lib/storage/create.ts";
import type { ArraySpec, CodecSpec, NodeSpec } from "../../lib/storage/node.ts";
import { openGroup } from "../../lib/storage/open.ts";
import { readArray, writeArray } from "../storage_arrays.ts";

interface Expected {
  readonly store: string;
  readonly name: string;
  readonly raw?: string;
  readonly texts?: readonly string[];
}

const CODECS: readonly (readonly CodecSpec[])[] = [
  [],
  ...["lz4", "lz4hc", "blosclz", "zlib", "zstd"].flatMap((cname) =>
    ["noshuffle", "shuffle", "bitshuffle"].map((shuffle) => [
      { name: "blosc", configuration: { cname, clevel: 5, shuffle, blocksize: 0, typesize: 4 } },
    ])
  ),
  [{ name: "zstd", configuration: { level: 0, checksum: false } }],
  [{ name: "zstd", configuration: { level: 9, checksum: true } }],
  [{ name: "gzip", configuration: { level: 5 } }],
  [{ name: "numcodecs.zlib", configuration: { level: 1 } }],
  [{ name: "numcodecs.lz4", configuration: { acceleration: 1 } }],
  [{ name: "gzip", configuration: { level: 1 } }, { name: "crc32c", configuration: {} }],
];

const [dir = "."] = Deno.args;
const pool = new BufferPool();
const outputs = [
  { version: 2, sharded: false, nodes: [] as NodeSpec[], name: "ours v2.zarr" },
  { version: 3, sharded: false, nodes: [] as NodeSpec[], name: "ours v3.zarr" },
  { version: 3, sharded: true, nodes: [] as NodeSpec[], name: "ours v3 in shards.zarr" },
] as const;
const writers = await Promise.all(
  outputs.map(({ name, version }) => openStoreWriter(`${dir}/${name}`, { kind: "zarr", version }, pool)),
);

const expected: readonly Expected[] = JSON.parse(Deno.readTextFileSync(`${dir}/expected.json`));
for (const [i, { store, name, raw, texts }] of expected.entries()) {
  try {
    const array = await (await openGroup(`${dir}/${store}`, { pool })).child(name);
    if (array?.kind !== "array") throw new Error("it is not there");
    const values = await readArray(array);
    const right = values instanceof Uint8Array
      ? raw !== undefined && same(values, Uint8Array.from(atob(raw), (one) => one.charCodeAt(0)))
      : texts !== undefined && values.length === texts.length && values.every((text, row) => text === texts[row]);
    if (!right) throw new Error("it is read as something else");
    if (store.includes("consolidated")) continue;

    for (const [at, { version, sharded, nodes }] of outputs.entries()) {
      const path = `arrays/${store} ${name}`;
      const { shape, dtype, fill } = array.spec;
      const chunks = shape.map((length) => Math.max(1, Math.ceil(length / 3)));
      const list = (CODECS[i % CODECS.length] ?? []).filter((codec) => version === 3 || codec.name !== "crc32c");
      const shards = sharded ? chunks.map((length) => 2 * length) : null;
      const spec: ArraySpec = { shape, dtype, fill, chunks, shards, codecs: list };
      const writer = writers[at];
      if (writer !== undefined) await writeArray(writer, path, spec, values, i % 2 === 0);
      nodes.push({ kind: "array", path, attrs: { from: store }, spec });
    }
  } catch (error) {
    console.log(`anncat does not read ${store}: ${name}: ${error}`);
  }
}
for (const [at, { nodes }] of outputs.entries()) {
  const groups = ["", "arrays"].map((path): NodeSpec => ({ kind: "group", path, attrs: {} }));
  await writers[at]?.finish([...groups, ...nodes]);
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
