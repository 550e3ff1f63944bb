/** h5ad as output: the file itself, who may write it, and what else reads it. */
import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { UnsupportedError } from "../lib/base/errors.ts";
import { BufferPool } from "../lib/base/pool.ts";
import { nodeAt } from "../lib/anndata/read.ts";
import type { ArraySpec, Attributes } from "../lib/storage/node.ts";
import { openStoreWriter } from "../lib/storage/create.ts";
import { openGroup } from "../lib/storage/open.ts";
import { lzfDecode, lzfEncode } from "../lib/storage/h5/lzf.ts";
import { fletcher32, lookup3 } from "../lib/storage/h5/checksum.ts";
import { writeStore } from "./cli_store.ts";
import { type H5Contents, libraryReader } from "./h5wasm_reader.ts";
import { anncat, inFolder, namesIn, unpack } from "./in_process.ts";
import { writeAnnData } from "./made_store.ts";
import { Random } from "./random.ts";
import { nodesOf, readArray } from "./storage_arrays.ts";

const VARS = Array.from({ length: 300 }, (_, i) => `g${i}`);

Deno.test("concat to h5ad: the number of workers does not change one byte, and formats convert back", async (t) => {
  await inFolder(async (folder) => {
    const dense = { rows: 4000, x: "dense", chunks: [500, 100] } as const;
    const csr = { rows: 12000, x: "csr", density: 0.1, chunks: [50000] } as const;
    const a = await writeAnnData(`${folder}/a.zarr`, { ...dense, seed: 1, vars: VARS });
    const b = await writeAnnData(`${folder}/b.zarr`, { ...dense, seed: 2, vars: VARS.toReversed() });
    const c = await writeAnnData(`${folder}/c.zarr`, { ...csr, seed: 3, vars: VARS });
    const d = await writeAnnData(`${folder}/d.zarr`, { ...csr, x: "csc", seed: 4, vars: VARS.toReversed() });
    for (const [name, inputs, codec] of [["dense", [a, b], "lzf"], ["sparse", [c, d], "gzip:1"]] as const) {
      await t.step(name, async () => {
        const files: Uint8Array[] = [];
        for (const workers of [0, 1, 2]) {
          const out = `${folder}/${name}-${workers}.h5ad`;
          const made = await anncat("concat", ...inputs, "--out", out, `--workers=${workers}`, `--codec=${codec}`);
          assertEquals(made.code, 0, made.err);
          files.push(Deno.readFileSync(out));
        }
        assertEquals(files[1], files[0]);
        assertEquals(files[2], files[0]);
        const back = `${folder}/${name}-back.zarr`;
        assertEquals((await anncat("concat", `${folder}/${name}-0.h5ad`, "--out", back)).code, 0);
        assertEquals((await anncat("check", back, `${folder}/${name}-0.h5ad`)).code, 0);
      });
    }
  });
});

Deno.test("concat to h5ad: one file appears, another is replaced only where that is wanted", () =>
  inFolder(async (folder) => {
    const a = await writeAnnData(`${folder}/a.zarr`, { rows: 20, x: "dense", seed: 1, vars: VARS });
    const out = `${folder}/out.h5ad`, args = ["concat", a, "--out", out];
    assertEquals((await anncat(...args)).code, 0);
    assertEquals(namesIn(folder), ["a.zarr", "out.h5ad"]);
    const first = Deno.readFileSync(out), again = await anncat(...args);
    assertEquals(again.code, 1);
    assertMatch(again.err, /^anncat: Cannot write "[^"]+out\.h5ad": it exists; choose another name, or --overwrite\n$/);
    assertEquals((await anncat(...args, "--overwrite", "--codec=none")).code, 0);
    assertEquals(Deno.readFileSync(out).length > first.length, true);
    assertEquals(namesIn(folder), ["a.zarr", "out.h5ad"]);
  }));

Deno.test("concat to h5ad refuses what the format has not, before anything is written", () =>
  inFolder(async (folder) => {
    const a = await writeAnnData(`${folder}/a.zarr`, { rows: 20, x: "dense", seed: 1, vars: VARS });
    const refusals = {
      "--codec=zstd:3": /with zstd: h5ad takes gzip\[:L\], lzf or none as --codec/,
      "--codec=blosc-lz4": /with blosc: h5ad takes gzip\[:L\], lzf or none as --codec/,
      "--shards=10": /with shards: h5ad has none; leave out --shards/,
      "--zarr-format=2": /in zarr format 2: its name says h5ad/,
    };
    for (const [flag, message] of Object.entries(refusals)) {
      const { code, err } = await anncat("concat", a, "--out", `${folder}/out.h5ad`, flag);
      assertEquals(code === 0, false, flag);
      assertMatch(err, message);
    }
    const lzf = await anncat("concat", a, "--out", `${folder}/out.zarr`, "--codec=lzf");
    assertMatch(lzf.err, /with lzf: only h5ad has it/);
    assertEquals(namesIn(folder), ["a.zarr"]);
  }));

Deno.test("concat to h5ad refuses texts with the character that HDF5 takes for their end, as h5py does", () =>
  inFolder(async (folder) => {
    const made = writeStore(`${folder}/a.zarr`, { obs: ["a\0b"], vars: ["x"] });
    const { code, err } = await anncat("concat", made, "--out", `${folder}/out.h5ad`);
    assertEquals(code, 1);
    assertMatch(err, /^anncat: Cannot write "obs\/_index": a text holds the character U\+0000, [^\n]+\n$/);
    assertEquals(namesIn(folder), ["a.zarr"]);
    const writer = await openStoreWriter(`${folder}/b.h5ad`, { kind: "h5ad" }, new BufferPool());
    assertThrows(
      () => writer.finish([{ kind: "group", path: "", attrs: { texts: ["a", "b\0"] } }]),
      UnsupportedError,
      'Cannot write attribute "texts"',
    );
  }));

Deno.test("attributes beyond an object header are written beside it: as the HDF5 library reads them, and we", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.h5ad`, pool = new BufferPool();
    const columns = Array.from({ length: 5000 }, (_, i) => i === 4999 ? "" : `column ${i}`);
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`a${i}`, i]));
    const groups: Readonly<Record<string, Attributes>> = {
      "": { "plain": "text" },
      "frame": { "_index": "_index", "column-order": columns, "ä": "ö", "none": [] },
      "many": { ...many, "numbers": Array.from({ length: 9000 }, (_, i) => i) },
      "frame/inner": {},
    };
    const writer = await openStoreWriter(path, { kind: "h5ad" }, pool);
    await writer.finish(Object.entries(groups).map(([at, attrs]) => ({ kind: "group", path: at, attrs })));
    await using library = libraryReader();
    const theirs: H5Contents = JSON.parse(await library.ask(path)), root = await openGroup(path, { pool });
    assertEquals(theirs["frame"]?.names, ["inner"]);
    for (const [at, attrs] of Object.entries(groups)) {
      assertEquals(theirs[at]?.attrs, attrs, at);
      const node = at === "" ? root : await nodeAt(root, at);
      assertEquals(node?.attrs, attrs, at);
    }
  }));

Deno.test("convert to h5ad: dataframes of any number of columns", () =>
  inFolder(async (folder) => {
    const wide = await unpack(new URL("../testdata/h5/wide.h5.gz", import.meta.url), `${folder}/wide.h5ad`);
    const out = `${folder}/out.h5ad`, { code, err } = await anncat("convert", wide, "--out", out, "--progress=none");
    assertEquals(code, 0, err);
    assertEquals((await anncat("check", wide, out)).code, 0);
    const obs = await nodeAt(await openGroup(out, { pool: new BufferPool() }), "obs");
    assertEquals(obs?.attrs["column-order"], Array.from({ length: 4100 }, (_, i) => `c${i}`));
  }));

Deno.test("groups of any number of members, arrays of any number of chunks, texts of any length", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a.h5ad`,
      pool = new BufferPool(),
      writer = await openStoreWriter(path, { kind: "h5ad" }, pool);
    const plain = { shards: null, codecs: [], fill: null } as const;
    const specs: Record<string, ArraySpec> = {};
    for (let i = 0; i < 1000; i++) specs[`g/${i}`] = { ...plain, shape: [], chunks: [], dtype: "int32" };
    // More chunks than one level of a tree holds, and more than two do; some of them are missing.
    specs["many"] = { ...plain, shape: [10000], chunks: [2], dtype: "uint16" };
    specs["wide"] = { ...plain, shape: [70, 70], chunks: [1, 1], dtype: "uint8" };
    specs["texts"] = { ...plain, shape: [4], chunks: [4], dtype: "string" };
    for (let i = 0; i < 1000; i++) {
      writer.array(`g/${i}`, specs[`g/${i}`] as ArraySpec).write([], bytesOf(Int32Array.of(i)));
    }
    const many = writer.array("many", specs["many"]), wide = writer.array("wide", specs["wide"]);
    for (let i = 0; i < 5000; i++) if (i % 3 !== 0) many.write([i], bytesOf(Uint16Array.of(2 * i, 2 * i + 1)));
    for (let i = 0; i < 4900; i++) wide.write([Math.floor(i / 70), i % 70], Uint8Array.of(i % 255 + 1));
    const texts = ["x".repeat(200_000), "", "ä".repeat(40_000), "last"],
      encoded = new TextEncoder().encode(texts.join(""));
    writer.array("texts", specs["texts"]).write([0], {
      offsets: Uint32Array.of(0, 200_000, 200_000, 280_000, 280_004),
      bytes: encoded,
    });
    await writer.finish(nodesOf(specs));
    assertEquals(namesIn(folder), ["a.h5ad"]);
    const root = await openGroup(path, { pool }), group = await root.child("g");
    if (group?.kind !== "group") throw new Error("No group");
    assertEquals((await group.names()).length, 1000);
    const array = async (name: string) => {
      const node = await root.child(name);
      if (node?.kind !== "array") throw new Error(`No array ${name}`);
      return await readArray(node);
    };
    const expected = Uint16Array.from({ length: 10000 }, (_, i) => (i >> 1) % 3 === 0 ? 0 : i);
    assertEquals(await array("many"), bytesOf(expected));
    assertEquals(await array("wide"), Uint8Array.from({ length: 4900 }, (_, i) => i % 255 + 1));
    assertEquals(await array("texts"), texts);
    const last = await group.child("999");
    if (last?.kind !== "array") throw new Error("No array");
    assertEquals(await readArray(last), bytesOf(Int32Array.of(999)));
  }));

function bytesOf(values: Int32Array | Uint16Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

Deno.test("lzfEncode and lzfDecode undo one another; what does not shrink is not encoded", () => {
  const kinds: Readonly<Record<string, (i: number) => number>> = {
    zeros: () => 0,
    steps: (i) => i >> 5,
    text: (i) => "the quick brown fox ".charCodeAt(i % 20),
    far: (i) => i % 8190 < 4 ? 7 : Math.imul(i % 8190, 0x9e3779b1) >>> 24,
  };
  for (const [name, value] of Object.entries(kinds)) {
    for (const length of [4, 33, 300, 8191, 8193, 70_000]) {
      const bytes = Uint8Array.from({ length }, (_, i) => value(i)), into = new Uint8Array(length);
      const count = lzfEncode(bytes, into), back = new Uint8Array(length);
      if (count === 0) continue;
      assertEquals(count < length, true);
      lzfDecode(into.subarray(0, count), back);
      assertEquals(back, bytes, `${name} ${length}`);
    }
  }
  const random = new Random(1), noise = Uint8Array.from({ length: 1000 }, () => random.below(256));
  assertEquals(lzfEncode(noise, new Uint8Array(1000)), 0);
});

Deno.test("lookup3 and fletcher32 give what Bob Jenkins' and HDF5's own tests expect", () => {
  const text = new TextEncoder().encode("Four score and seven years ago");
  assertEquals(lookup3(text), 0x17770551);
  assertEquals(lookup3(text, 1), 0xcd628161);
  assertEquals(lookup3(new Uint8Array()), 0xdeadbeef);
  assertEquals(fletcher32(Uint8Array.of(0, 0, 0, 0)), 0);
  assertEquals(fletcher32(Uint8Array.of(0xff, 0xff, 0xff, 0xff)), 0xffffffff);
  assertEquals(fletcher32(Uint8Array.of(0, 1, 0, 2)), 0x00040003);
});
