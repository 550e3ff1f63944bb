/** One suite over every backend: what is written is read back, whole and in parts. */
import { assertEquals, assertRejects } from "@std/assert";
import { type DType, dtypeName, isNumeric, itemBytes, viewAs } from "../lib/base/dtype.ts";
import { FormatError } from "../lib/base/errors.ts";
import { BufferPool } from "../lib/base/pool.ts";
import { product, type Range } from "../lib/base/range.ts";
import { zarrita } from "../lib/deps.ts";
import { Lease } from "../lib/storage/lease.ts";
import { openStoreWriter } from "../lib/storage/create.ts";
import type { ArrayNode, ArraySpec, Attributes, CodecSpec, Group, StoreWriter } from "../lib/storage/node.ts";
import { openGroup } from "../lib/storage/open.ts";
import { ZarrWriter } from "../lib/storage/zarr/writer.ts";
import { makeValues, MemoryStore, nodesOf, pick, readArray, writeArray } from "./storage_arrays.ts";

function lease(): Lease {
  return new Lease(new BufferPool());
}

interface Backend {
  readonly name: string;
  readonly sharded: boolean;
  /** Whether it is HDF5, which has other codecs, types and attributes. */
  readonly hdf5?: true;
  /** Run `test` with a writer, and a function that opens what was written. */
  with(test: (writer: StoreWriter, open: () => Promise<Group>, pool: BufferPool) => Promise<void>): Promise<void>;
}

function inMemory(version: 2 | 3): Backend["with"] {
  return async (test) => {
    const pool = new BufferPool(), store = new MemoryStore();
    await test(new ZarrWriter(store, version, pool, "memory"), () => openGroup(store.objects, { pool }), pool);
  };
}

function inFiles(version: 2 | 3): Backend["with"] {
  return async (test) => {
    const pool = new BufferPool(), path = await Deno.makeTempDir({ suffix: ".zarr" });
    try {
      await test(await openStoreWriter(path, { kind: "zarr", version }, pool), () => openGroup(path, { pool }), pool);
    } finally {
      await Deno.remove(path, { recursive: true });
    }
  };
}

/** A file, which is there when the writer has finished. */
const inHdf5: Backend["with"] = async (test) => {
  const pool = new BufferPool(), folder = await Deno.makeTempDir(), path = `${folder}/a.h5ad`;
  try {
    await test(await openStoreWriter(path, { kind: "h5ad" }, pool), () => openGroup(path, { pool }), pool);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
};

const BACKENDS: readonly Backend[] = [
  { name: "memory, zarr v2", sharded: false, with: inMemory(2) },
  { name: "memory, zarr v3", sharded: false, with: inMemory(3) },
  { name: "memory, zarr v3 in shards", sharded: true, with: inMemory(3) },
  { name: "files, zarr v2", sharded: false, with: inFiles(2) },
  { name: "files, zarr v3", sharded: false, with: inFiles(3) },
  { name: "files, zarr v3 in shards", sharded: true, with: inFiles(3) },
  { name: "a file, HDF5", sharded: false, hdf5: true, with: inHdf5 },
];

const DTYPES: readonly DType[] = [
  ...(["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"] as const),
  ...(["float16", "float32", "float64", "complex64", "complex128", "string"] as const),
  { kind: "unicode", length: 5 },
  { kind: "bytes", length: 3 },
  {
    kind: "struct",
    fields: [{ name: "a", dtype: "int32" }, { name: "b", dtype: "float64" }, {
      name: "c",
      dtype: { kind: "bytes", length: 3 },
    }],
  },
];

/** Shape, chunks, and how many chunks a shard has along each axis. */
const SHAPES: readonly (readonly [shape: number[], chunks: number[], perShard: number[]])[] = [
  [[], [], []],
  [[0], [1], [2]],
  [[0, 3], [2, 3], [2, 1]],
  [[7], [3], [2]],
  [[12], [4], [3]],
  [[7, 5], [3, 2], [2, 2]],
  [[4, 5, 3], [2, 3, 2], [2, 1, 2]],
];

const CODECS: Readonly<Record<string, readonly CodecSpec[]>> = {
  "none": [],
  ...Object.fromEntries(
    ["lz4", "lz4hc", "blosclz", "zlib", "zstd", "snappy"].flatMap((cname) =>
      ["noshuffle", "shuffle", "bitshuffle"].map((shuffle) => [
        `blosc ${cname} ${shuffle}`,
        [{ name: "blosc", configuration: { cname, clevel: 5, shuffle, blocksize: 0, typesize: 4 } }],
      ])
    ),
  ),
  "zstd": [{ name: "zstd", configuration: { level: 0, checksum: false } }],
  "zstd with checksum": [{ name: "zstd", configuration: { level: 7, checksum: true } }],
  "gzip": [{ name: "gzip", configuration: { level: 5 } }],
  "zlib": [{ name: "numcodecs.zlib", configuration: { level: 1 } }],
  "lz4": [{ name: "numcodecs.lz4", configuration: { acceleration: 1 } }],
  "gzip and crc32c": [{ name: "gzip", configuration: { level: 1 } }, { name: "crc32c", configuration: {} }],
};

const HDF5_CODECS: Readonly<Record<string, readonly CodecSpec[]>> = {
  "none": [],
  "gzip": [{ name: "gzip", configuration: { level: 5 } }],
  "shuffle": [{ name: "shuffle", configuration: { elementsize: 4 } }],
  "lzf": [{ name: "lzf", configuration: {} }],
  "shuffle and gzip": [{ name: "shuffle", configuration: { elementsize: 4 } }, {
    name: "gzip",
    configuration: { level: 1 },
  }],
  "shuffle and lzf": [{ name: "shuffle", configuration: { elementsize: 8 } }, { name: "lzf", configuration: {} }],
};

/** Codecs of node:zlib that stop at the end of their stream, whatever follows it. */
const IGNORE_THE_REST: ReadonlySet<string> = new Set(["zlib", "gzip", "zstd", "zstd with checksum"]);

const LZ4 = CODECS["blosc lz4 shuffle"] ?? [];

function specOf(
  dtype: DType,
  [shape, chunks, perShard]: (typeof SHAPES)[number],
  { sharded, hdf5 }: Pick<Backend, "sharded" | "hdf5">,
): ArraySpec {
  const shards = sharded ? chunks.map((length, axis) => length * (perShard[axis] ?? 1)) : null;
  return { shape, chunks, shards, dtype, codecs: hdf5 ? HDF5_CODECS["gzip"] ?? [] : LZ4, fill: null };
}

/** The types that a backend gives back as they were: HDF5 makes text of any length of numpy's U. */
function typesOf({ hdf5 }: Backend): readonly DType[] {
  return DTYPES.filter((dtype) => !(hdf5 && typeof dtype === "object" && dtype.kind === "unicode"));
}

async function arrayAt(group: Group, path: string): Promise<ArrayNode> {
  const node = await group.child(path);
  if (node?.kind !== "array") throw new Error(`No array ${path}`);
  return node;
}

for (const backend of BACKENDS) {
  Deno.test(`${backend.name}: every type in every shape is read as it was written`, () =>
    backend.with(async (writer, open) => {
      const specs: Record<string, ArraySpec> = {};
      for (const dtype of typesOf(backend)) {
        for (const shape of SHAPES) {
          specs[`${dtypeName(dtype)} ${shape[0].join("x")}`] = specOf(dtype, shape, backend);
        }
      }
      for (const [path, spec] of Object.entries(specs)) {
        await writeArray(writer, path, spec, makeValues(spec.dtype, product(spec.shape)), backend.sharded);
      }
      await writer.finish(nodesOf(specs));
      const group = await open();
      assertEquals(await group.names(), Object.keys(specs).sort());
      for (const [path, spec] of Object.entries(specs)) {
        const array = await arrayAt(group, path);
        assertEquals(array.spec.shape, spec.shape);
        assertEquals(array.spec.dtype, spec.dtype);
        assertEquals(array.spec.chunks, spec.chunks);
        assertEquals(array.spec.shards, spec.shards);
        assertEquals(array.attrs, { path });
        const values = makeValues(spec.dtype, product(spec.shape));
        assertEquals(await readArray(array), values, path);
        const part = spec.shape.map((length): Range => ({ start: length >> 2, end: length - (length >> 3) }));
        const item = spec.dtype === "string" ? 0 : itemBytes(spec.dtype);
        assertEquals(await readArray(array, part), pick(values, spec.shape, part, item), `a part of ${path}`);
      }
    }));

  Deno.test(`${backend.name}: every codec is read as it was written, and handed on encoded`, () =>
    backend.with(async (writer, open) => {
      const specs: Record<string, ArraySpec> = {};
      for (const [name, codecs] of Object.entries(backend.hdf5 ? HDF5_CODECS : CODECS)) {
        const shape = [[90, 31], [32, 16], [2, 1]] as [number[], number[], number[]];
        for (const dtype of ["int32", "float64", "string"] as const) {
          specs[`${name} ${dtype}`] = { ...specOf(dtype, shape, backend), codecs };
        }
      }
      for (const [path, spec] of Object.entries(specs)) {
        await writeArray(writer, path, spec, makeValues(spec.dtype, product(spec.shape)));
      }
      await writer.finish(nodesOf(specs));
      const group = await open();
      const copies: Record<string, ArraySpec> = {};
      for (const [path, spec] of Object.entries(specs)) {
        const array = await arrayAt(group, path);
        assertEquals(await readArray(array), makeValues(spec.dtype, product(spec.shape)), path);
        if (await array.encoded([0, 0], lease()) === undefined) continue;
        const copy = writer.array(`copy of ${path}`, spec);
        assertEquals(copy.encoding === array.encoding || spec.dtype !== "int32", true, path);
        for (const chunk of [[0, 0], [0, 1], [1, 0], [1, 1], [2, 0], [2, 1]]) {
          const encoded = await array.encoded(chunk, lease());
          if (encoded instanceof Uint8Array) await copy.writeEncoded(chunk, encoded);
        }
        await copy.close();
        copies[`copy of ${path}`] = spec;
      }
      await writer.finish(nodesOf(copies));
      const again = await open();
      assertEquals(Object.keys(copies).length > (backend.hdf5 ? 5 : 30), true);
      for (const [path, spec] of Object.entries(copies)) {
        assertEquals(await readArray(await arrayAt(again, path)), makeValues(spec.dtype, product(spec.shape)), path);
      }
    }));

  Deno.test(`${backend.name}: chunks that hold nothing but the fill value are not stored, and read as it`, () =>
    backend.with(async (writer, open) => {
      const fills: readonly (readonly [DType, ArraySpec["fill"]])[] = [
        ...([["int32", 7], ["int64", "9007199254740993"], ["uint64", "18446744073709551615"], ["bool", true]] as const),
        ...([["float32", "NaN"], ["float64", "-Infinity"], ["float16", 0.5], ["complex128", ["NaN", 2]]] as const),
        [{ kind: "bytes", length: 2 }, "YWI="],
        ...(backend.hdf5
          ? [["string", ""]] as const
          : [["string", "none"], [{ kind: "unicode", length: 2 }, "äb"]] as const),
      ];
      const specs: Record<string, ArraySpec> = {};
      for (const [i, [dtype, fill]] of fills.entries()) {
        specs[`f${i}`] = { ...specOf(dtype, [[9], [3], [2]], backend), fill };
        await writer.array(`f${i}`, specs[`f${i}`] as ArraySpec).close();
      }
      await writer.finish(nodesOf(specs));
      for (const [path, spec] of Object.entries(specs)) {
        const array = await arrayAt(await open(), path);
        assertEquals(array.spec.fill, spec.fill, path);
        // What is no number is not handed on encoded in HDF5.
        const missing = backend.hdf5 && !isNumeric(spec.dtype) ? undefined : "missing";
        assertEquals(await array.encoded([0], lease()), missing);
        const read = await readArray(array);
        await writeArray(writer, path, spec, read);
        await writer.finish(nodesOf(specs));
        assertEquals(await (await arrayAt(await open(), path)).encoded([0], lease()), missing, `${path} was stored`);
        assertEquals(read.length > 0, true);
      }
    }));

  Deno.test(`${backend.name}: groups, attributes and odd names are read as they were written`, () =>
    backend.with(async (writer, open) => {
      const names = ["a#b", "a?b", "a%20b", "a:b", "a b", "ä", "\\", "..a", "é", "\u{1f600}", "\uff5e", "c", "0", ".a"];
      const spec = specOf("int16", [[5], [2], [2]], backend);
      const attrs: Attributes = backend.hdf5
        ? {
          text: 'ä\n"',
          empty: "",
          texts: ["a", "", "ö"],
          int: 7,
          shape: [1, 2],
          float: 2.5,
          yes: true,
          nothing: null,
          none: [],
        }
        : { text: 'ä\n"', big: [1, 2.5, null, true, { deep: [] }], nothing: null };
      for (const name of names) await writeArray(writer, `g/${name}`, spec, makeValues("int16", 5));
      await writer.finish(nodesOf(Object.fromEntries(names.map((name) => [`g/${name}`, spec])), attrs));
      const group = await open();
      assertEquals(group.attrs, attrs);
      assertEquals(group.path, "");
      const inner = await group.child("g");
      if (inner?.kind !== "group") throw new Error("No group g");
      assertEquals(inner.path, "g");
      assertEquals((await inner.names()).at(-1), "\u{1f600}");
      for (const name of names) assertEquals(await readArray(await arrayAt(inner, name)), makeValues("int16", 5));
      for (const name of ["", ".", "..", "nothing", "g/a b"]) assertEquals(await inner.child(name), undefined);
    }));

  Deno.test(`${backend.name}: a reader that stops early gives its memory back`, () =>
    backend.with(async (writer, open, pool) => {
      const spec = specOf("float64", [[4000], [1000], [2]], backend);
      await writeArray(writer, "a", spec, makeValues("float64", 4000));
      await writer.finish(nodesOf({ a: spec }));
      const array = await arrayAt(await open(), "a");
      const taken: ArrayBuffer[] = [];
      for (let round = 0; round < 9; round++) {
        for await (const { bytes } of array.blocks([{ start: 1500, end: 4000 }])) {
          taken.push(bytes.buffer);
          break;
        }
      }
      // One for what is encoded, where it is read from a file, and one for what is decoded.
      assertEquals(new Set(taken).size <= 2, true);
      assertEquals(taken.includes(pool.take(8000).buffer), true);
    }));

  Deno.test(`${backend.name}: selections outside of the array are refused`, () =>
    backend.with(async (writer, open) => {
      const spec = specOf("float64", [[4, 4], [2, 2], [2, 1]], backend);
      await writeArray(writer, "a", spec, makeValues("float64", 16));
      await writer.finish(nodesOf({ a: spec }));
      const array = await arrayAt(await open(), "a");
      for (const selection of [[{ start: 0, end: 4 }], [{ start: 0, end: 5 }, { start: 0, end: 4 }]]) {
        await assertRejects(() => readArray(array, selection), RangeError, "its shape is [4, 4]");
      }
    }));
}

Deno.test("files that were cut off or changed are FormatErrors that name the chunk", async () => {
  for (const [name, codecs] of Object.entries(CODECS)) {
    for (const dtype of ["float64", "string"] as const) {
      const pool = new BufferPool(), store = new MemoryStore();
      const writer = new ZarrWriter(store, 2, pool, "memory");
      const spec = { ...specOf(dtype, [[6000], [3000], []], { sharded: false }), codecs };
      await writeArray(writer, "X", spec, makeValues(dtype, 6000));
      await writer.finish(nodesOf({ X: spec }));
      const array = await arrayAt(await openGroup(store.objects, { pool }), "X");
      const whole = store.objects.get("/X/1") ?? new Uint8Array();
      for (const length of [0, 1, 3, 15, 17, whole.length >> 1, whole.length - 5, whole.length - 1]) {
        store.objects.set("/X/1", whole.slice(0, length));
        const error = await assertRejects(
          () => readArray(array),
          FormatError,
          "Cannot decode chunk X/1 of store: ",
          `${name} ${dtype} ${length}`,
        );
        assertEquals(error.message.includes("\n"), false);
        assertEquals([error.source, error.element], ["store", "X"]);
        // What is handed on encoded is checked as well as its codec allows, and never so well as by decoding.
        if (name !== "none" && codecs.length === 1) {
          assertEquals(await array.encoded([1], lease()), undefined, `${name} ${length}`);
        }
      }
      store.objects.set("/X/1", Uint8Array.from([...whole, 0]));
      if (IGNORE_THE_REST.has(name)) continue;
      await assertRejects(() => readArray(array), FormatError, "X/1", `${name} ${dtype}`);
    }
  }
});

Deno.test("shards whose index or chunks are corrupt are FormatErrors", async () => {
  const pool = new BufferPool(), store = new MemoryStore();
  const writer = new ZarrWriter(store, 3, pool, "memory");
  const spec = specOf("float64", [[600], [100], [3]], { sharded: true });
  await writeArray(writer, "X", spec, makeValues("float64", 600));
  await writer.finish(nodesOf({ X: spec }));
  const whole = store.objects.get("/X/c/1") ?? new Uint8Array();
  for (const [cut, at] of [[0, -3], [0, -30], [10, 0], [whole.length - 20, 0], [whole.length, 0]] as const) {
    const changed = whole.slice(0, whole.length - cut);
    if (at !== 0) changed[changed.length + at] = (changed.at(at) ?? 0) ^ 1;
    store.objects.set("/X/c/1", changed);
    const array = await arrayAt(await openGroup(store.objects, { pool }), "X");
    await assertRejects(() => readArray(array), FormatError, "Cannot decode chunk X/c/1 (part 0) of store: ");
  }
});

Deno.test("zarrita reads what was written", async () => {
  const zarr = await zarrita();
  for (const version of [2, 3] as const) {
    const pool = new BufferPool(), store = new MemoryStore();
    const writer = new ZarrWriter(store, version, pool, "memory");
    const specs: Record<string, ArraySpec> = {};
    // Those of its codecs that zarrita has, and names and types that it can read.
    const codecs = Object.entries(CODECS).filter(([name]) => !name.includes("snappy") && name !== "gzip and crc32c");
    for (const [i, [, list]] of codecs.entries()) {
      for (const dtype of DTYPES) {
        if (!(dtype === "string" || isNumeric(dtype)) || dtype.startsWith("complex")) continue;
        const shards = version === 3 && i % 2 === 0;
        specs[`a${i}_${dtype}`] = { ...specOf(dtype, [[70, 30], [16, 8], [2, 2]], { sharded: shards }), codecs: list };
      }
    }
    for (const [path, spec] of Object.entries(specs)) {
      await writeArray(writer, path, spec, makeValues(spec.dtype, 2100));
    }
    await writer.finish(nodesOf(specs));
    const ranged = {
      get: (key: string) => Promise.resolve(store.objects.get(key)),
      getRange: (key: string, range: { offset: number; length: number } | { suffixLength: number }) => {
        const bytes = store.objects.get(key);
        const part = "suffixLength" in range
          ? bytes?.slice(-range.suffixLength)
          : bytes?.slice(range.offset, range.offset + range.length);
        return Promise.resolve(part);
      },
    };
    for (const [path, spec] of Object.entries(specs)) {
      const node = await zarr.open(zarr.root(ranged).resolve(path), { kind: "array" });
      const { data } = await zarr.get(node) as { data: Iterable<unknown> };
      const values = makeValues(spec.dtype, 2100);
      const expected = values instanceof Uint8Array && isNumeric(spec.dtype) ? viewAs(spec.dtype, values) : values;
      assertEquals(Array.from(data, Number), Array.from(expected as Iterable<unknown>, Number), path);
      if (spec.dtype === "string") assertEquals(Array.from(data, String), Array.from(values, String));
    }
  }
});
