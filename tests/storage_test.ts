/** The parts of the storage layer, and what no writer of ours makes: foreign, old and hostile stores. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import zlib from "node:zlib";
import type { DType } from "../lib/base/dtype.ts";
import { type AnncatError, FormatError, UnsupportedError } from "../lib/base/errors.ts";
import { BufferPool } from "../lib/base/pool.ts";
import { fromTexts, toTexts, utf8 } from "../lib/base/strings.ts";
import { openStoreWriter } from "../lib/storage/create.ts";
import { canonicalFill, fillBytes } from "../lib/storage/fill.ts";
import { Lease } from "../lib/storage/lease.ts";
import type { ArraySpec, FillValue, JsonValue, Node } from "../lib/storage/node.ts";
import { openGroup } from "../lib/storage/open.ts";
import { DenoStore, DenoStoreWriter } from "../lib/storage/store.ts";
import { crc32c } from "../lib/storage/codec/crc32c.ts";
import { lowerFill } from "../lib/storage/zarr/fill_json.ts";
import { parseJson, printJson } from "../lib/storage/zarr/json.ts";
import { copyBox, swapBytes } from "../lib/storage/swap.ts";
import { decodeVlen, encodeVlen } from "../lib/storage/zarr/vlen.ts";
import { ZarrWriter } from "../lib/storage/zarr/writer.ts";
import { zstdFrame } from "../lib/kernel/zstd_frame.ts";
import { listed, makeValues, MemoryStore, nodesOf, readArray, writeArray } from "./storage_arrays.ts";

type ErrorKind = new (message: string) => AnncatError;

type Json = Readonly<Record<string, JsonValue>>;

async function inFolder(test: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A store of version 2 that holds array `a`; `json` goes over a plain `.zarray`. */
function storeV2(json: Json, chunks: Readonly<Record<string, Uint8Array>> = {}): Map<string, Uint8Array> {
  const plain = {
    ...{ zarr_format: 2, shape: [4], chunks: [2], dtype: "<i4", fill_value: 0, order: "C" },
    ...{ filters: null, compressor: null },
  };
  const objects = new Map([["/.zgroup", utf8('{"zarr_format": 2}')]]);
  objects.set("/a/.zarray", printJson({ ...plain, ...json }));
  for (const [name, bytes] of Object.entries(chunks)) objects.set(`/a/${name}`, bytes);
  return objects;
}

/** A store of version 3 that holds array `a`; `json` goes over a plain `zarr.json`. */
function storeV3(json: Json, chunks: Readonly<Record<string, Uint8Array>> = {}): Map<string, Uint8Array> {
  const plain = {
    ...{ zarr_format: 3, node_type: "array", shape: [4], data_type: "int32", fill_value: 0, attributes: {} },
    chunk_grid: { name: "regular", configuration: { chunk_shape: [2] } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
  };
  const objects = new Map([["/zarr.json", utf8('{"zarr_format": 3, "node_type": "group"}')]]);
  objects.set("/a/zarr.json", printJson({ ...plain, ...json }));
  for (const [name, bytes] of Object.entries(chunks)) objects.set(`/a/${name}`, bytes);
  return objects;
}

async function child(objects: ReadonlyMap<string, Uint8Array>, name = "a"): Promise<Node | undefined> {
  return await (await openGroup(listed(objects), { pool: new BufferPool() })).child(name);
}

async function read(objects: ReadonlyMap<string, Uint8Array>): Promise<unknown> {
  const array = await child(objects);
  if (array?.kind !== "array") throw new Error("No array");
  const values = await readArray(array);
  if (!(values instanceof Uint8Array)) return values;
  return Array.from(new Int32Array(values.buffer, values.byteOffset, values.byteLength / 4));
}

const int32 = (...values: number[]) => new Uint8Array(Int32Array.from(values).buffer);

Deno.test("DenoStore reads files, parts of them, and nothing outside of its folder", () =>
  inFolder((folder) => {
    new DenoStoreWriter(folder).write("/a/b c#1", utf8("0123456789"));
    Deno.writeTextFileSync(`${folder}.outside`, "secret");
    const store = new DenoStore(folder);
    const text = (bytes: Uint8Array | undefined) => bytes === undefined ? undefined : new TextDecoder().decode(bytes);
    assertEquals(text(store.get("/a/b c#1")), "0123456789");
    assertEquals(text(store.getRange("/a/b c#1", { offset: 3, length: 4 })), "3456");
    assertEquals(text(store.getRange("/a/b c#1", { offset: 8, length: 4 })), "89");
    assertEquals(text(store.getRange("/a/b c#1", { offset: 80, length: 4 })), "");
    assertEquals(text(store.getRange("/a/b c#1", { suffixLength: 3 })), "789");
    assertEquals(text(store.getRange("/a/b c#1", { suffixLength: 300 })), "0123456789");
    for (const key of ["/a", "/x", "/a/b c#1/x", "/x/y"] as const) assertEquals(store.get(key), undefined);
    assertEquals(store.list("/"), ["a"]);
    assertEquals(store.list("/nothing"), []);
    const name = folder.slice(folder.lastIndexOf("/") + 1);
    for (const key of [`/../${name}.outside`, "/..", "/a/../a/b c#1", "//a", "/a/./b", "/a\0"] as const) {
      assertThrows(() => store.get(key), RangeError, "as a key");
    }
    Deno.removeSync(`${folder}.outside`);
  }));

Deno.test("AppendedFile appears under its name when it is finished, not before", () =>
  inFolder((folder) => {
    const file = new DenoStoreWriter(folder).append("/x/c/0");
    file.write(utf8("ab"));
    file.write(utf8("c"));
    assertEquals(file.length, 3);
    assertEquals(new DenoStore(folder).get("/x/c/0"), undefined);
    file.finish();
    assertEquals(new DenoStore(folder).get("/x/c/0"), utf8("abc"));
    assertEquals(new DenoStore(folder).list("/x/c"), ["0"]);
  }));

Deno.test("DenoStoreWriter: files that nobody has finished go when it is closed, one by one or with their folder", () =>
  inFolder((folder) => {
    for (const partial of [undefined, `${folder}/partial`]) {
      if (partial !== undefined) Deno.mkdirSync(partial);
      const writer = new DenoStoreWriter(`${folder}/store`, undefined, partial);
      for (const key of ["/x/0", "/x/1"] as const) writer.append(key).write(utf8("ab"));
      writer.append("/x/2").finish();
      writer.close();
      assertEquals(Array.from(Deno.readDirSync(`${folder}/store/x`), ({ name }) => name), ["2"]);
      if (partial !== undefined) assertEquals([...Deno.readDirSync(partial)], []);
      writer.append("/x/0").write(utf8("ab"));
      Deno.removeSync(partial ?? `${folder}/store`, { recursive: true });
      writer.close();
    }
  }));

Deno.test("Lease gives memory back once, and copies what is not its own", () => {
  const pool = new BufferPool(), lease = new Lease(pool);
  const first = lease.take(1000), second = lease.take(2000);
  assertEquals(lease.own(first).buffer, first.buffer);
  assertEquals(lease.own(first.subarray(8)).byteOffset, 8);
  assertEquals(lease.own(first.subarray(1)).buffer === first.buffer, false);
  assertEquals(lease.own(new Uint8Array(8)).length, 8);
  lease.keepOnly(second);
  assertEquals(pool.take(1000).buffer === second.buffer, false);
  lease.end();
  lease.end();
  assertEquals(pool.take(2000).buffer, second.buffer);
  assertEquals(pool.take(2000).buffer === second.buffer, false);
});

Deno.test("parseJson keeps integers of any size and reads what Python's json writes", () => {
  const text = '{"a": 9007199254740993, "b": [-9223372036854775808, 1e22, 1.5], "c": "9007199254740993"}';
  const expected = { a: "9007199254740993", b: ["-9223372036854775808", 1e22, 1.5], c: "9007199254740993" };
  assertEquals(parseJson(utf8(text)), expected);
  const odd = parseJson(utf8('{"a": NaN, "b": [-Infinity, "NaN and \\" Infinity"], "c": "\\u0000x"}'));
  assertEquals(odd, { a: NaN, b: [-Infinity, 'NaN and " Infinity'], c: "\0x" });
  assertThrows(() => parseJson(utf8("{")), SyntaxError);
  assertThrows(() => parseJson(utf8("{NaN")), SyntaxError);
});

Deno.test("printJson lays out like zarr-python", () => {
  const text = new TextDecoder().decode(printJson({ a: [1, [], {}], "ä": NaN }));
  assertEquals(text, '{\n  "a": [\n    1,\n    [],\n    {}\n  ],\n  "ä": NaN\n}');
  assertEquals(new TextDecoder().decode(printJson({ a: [1, "x"] }, "")), '{"a": [1, "x"]}');
});

Deno.test("fillBytes and canonicalFill know every form of every type", () => {
  const cases: readonly (readonly [DType, FillValue, number[], FillValue?])[] = [
    ["bool", true, [1]],
    ["bool", 1, [1], true],
    ["int8", -1, [255]],
    ["int64", "-9007199254740993", [255, 255, 255, 255, 255, 255, 223, 255]],
    ["int64", "5", [5, 0, 0, 0, 0, 0, 0, 0], 5],
    ["uint64", "18446744073709551615", new Array(8).fill(255)],
    ["float16", 1, [0, 60]],
    ["float32", "NaN", [0, 0, 192, 127]],
    ["float32", "0x7fc00000", [0, 0, 192, 127], "NaN"],
    ["float32", "0x7fc00001", [1, 0, 192, 127]],
    ["float32", "0x3f800000", [0, 0, 128, 63], 1],
    ["float32", -0, [0, 0, 0, 128], "0x80000000"],
    ["float64", "-Infinity", [0, 0, 0, 0, 0, 0, 240, 255]],
    ["complex64", [1, "NaN"], [0, 0, 128, 63, 0, 0, 192, 127]],
    [{ kind: "unicode", length: 2 }, "ä", [228, 0, 0, 0, 0, 0, 0, 0]],
    [{ kind: "bytes", length: 3 }, "YWI=", [97, 98, 0], "YWIA"],
    [{ kind: "struct", fields: [{ name: "a", dtype: "int16" }] }, "AQI=", [1, 2]],
  ];
  for (const [dtype, fill, bytes, canonical = fill] of cases) {
    assertEquals([...fillBytes(dtype, fill)], bytes, JSON.stringify(fill));
    assertEquals(canonicalFill(dtype, fill), canonical);
    assertEquals([...fillBytes(dtype, canonical)], bytes);
  }
  const wrong: readonly (readonly [DType, FillValue])[] = [
    ...([["bool", 2], ["int8", 300], ["int8", 0.5], ["uint8", -1], ["int64", "x"], ["uint64", "-1"]] as const),
    ...([["float32", "x"], ["float64", "0x7fc00000"], ["float32", true], ["complex64", [1, 2, 3]]] as const),
    ...([["int64", "9223372036854775808"], [{ kind: "bytes", length: 1 }, "YWI="]] as const),
    ...([[{ kind: "bytes", length: 1 }, "*"], [{ kind: "unicode", length: 1 }, "ab"]] as const),
  ];
  for (const [dtype, fill] of wrong) assertThrows(() => fillBytes(dtype, fill), RangeError, "fill value");
});

Deno.test("lowerFill writes numbers as zarr-python does", () => {
  const print = (dtype: DType, fill: FillValue) => new TextDecoder().decode(printJson(lowerFill(dtype, fill), ""));
  assertEquals(print("float32", 0), "0.0");
  assertEquals(print("float64", "0x8000000000000000"), "-0.0");
  assertEquals(print("float64", null), "0.0");
  assertEquals(print("float64", 1e22), "1e+22");
  assertEquals(print("int32", 0), "0");
  assertEquals(print("int64", "9007199254740993"), "9007199254740993");
  assertEquals(print("complex64", null), "[0.0, 0.0]");
  assertEquals(print("bool", null), "false");
  assertEquals(print({ kind: "bytes", length: 5 }, "YWIAAAA="), '"YWI="');
  assertEquals(print({ kind: "struct", fields: [{ name: "a", dtype: "int16" }] }, null), '"AAA="');
});

Deno.test("crc32c has the standard's check value at every alignment", () => {
  const padded = utf8("....123456789123456789");
  assertEquals(crc32c(padded.subarray(4, 13)), 0xe3069283);
  assertEquals(crc32c(padded.slice(13)), 0xe3069283);
  assertEquals(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assertEquals(crc32c(new Uint8Array(0)), 0);
});

Deno.test("zstdFrame tells whole frames from such as are cut off", () => {
  const inputs = [new Uint8Array(0), utf8("x"), new Uint8Array(300000), utf8("abc".repeat(50000) + Math.PI)];
  for (const input of inputs) {
    for (const checksum of [0, 1]) {
      for (const pledged of [true, false]) {
        const options = { params: { [zlib.constants.ZSTD_c_checksumFlag]: checksum } };
        const encoded = zlib.zstdCompressSync(
          input,
          Object.assign(options, pledged ? { pledgedSrcSize: input.length } : {}),
        );
        const contentBytes = pledged ? input.length : undefined;
        const frame = zstdFrame(encoded);
        assertEquals([frame?.contentBytes, frame?.end], [contentBytes, encoded.length]);
        for (let length = 0; length < encoded.length; length++) {
          assertEquals(zstdFrame(encoded.subarray(0, length))?.end, undefined);
        }
        assertEquals(zstdFrame(Uint8Array.from([...encoded, 0]))?.end, encoded.length);
      }
    }
  }
  assertEquals(zstdFrame(utf8("no frame at all")), undefined);
});

Deno.test("vlen-utf8 keeps rows of any length and refuses what its lengths deny", () => {
  const lease = new Lease(new BufferPool());
  const texts = ["", "a", "ä".repeat(40), "x".repeat(31), "x".repeat(33), "\u{1f600}", ""];
  const encoded = encodeVlen(fromTexts(texts), lease);
  assertEquals(toTexts(decodeVlen(encoded.slice(), texts.length, lease)), texts);
  for (let length = 0; length < encoded.length; length++) {
    assertThrows(() => decodeVlen(encoded.slice(0, length), texts.length, lease), RangeError);
  }
  assertThrows(() => decodeVlen(encoded.slice(), texts.length + 1, lease), RangeError, "7 rows of text instead of 8");
  assertThrows(() => decodeVlen(Uint8Array.of(1, 0, 0, 0, 255, 255, 255, 255, 1), 1, lease), RangeError, "row 0");
  assertThrows(() => decodeVlen(Uint8Array.of(255, 255, 255, 255), 2 ** 32 - 1, lease), RangeError, "too few");
  const part = { ...fromTexts(texts), offsets: fromTexts(texts).offsets.subarray(1, 4) };
  assertEquals(toTexts(decodeVlen(encodeVlen(part, lease), 2, lease)), texts.slice(1, 3));
});

Deno.test("swapBytes turns words of every width, and those of records", () => {
  const bytes = Uint8Array.from({ length: 16 }, (_, i) => i);
  const swapped = (item: number, ...swaps: Parameters<typeof swapBytes>[2]) => {
    const copy = bytes.slice();
    swapBytes(copy, item, swaps);
    return [...copy];
  };
  assertEquals(swapped(2, { offset: 0, width: 2, count: 1 }).slice(0, 4), [1, 0, 3, 2]);
  assertEquals(swapped(8, { offset: 0, width: 4, count: 2 }).slice(0, 8), [3, 2, 1, 0, 7, 6, 5, 4]);
  assertEquals(swapped(16, { offset: 0, width: 8, count: 2 }), [7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8]);
  const record = swapped(8, { offset: 1, width: 2, count: 1 }, { offset: 4, width: 4, count: 1 });
  assertEquals(record.slice(0, 8), [0, 2, 1, 3, 7, 6, 5, 4]);
});

Deno.test("copyBox copies between any two layouts", () => {
  const from = { bytes: Uint8Array.of(1, 2, 3, 4, 5, 6), offset: 0, strides: [1, 2] };
  const into = { bytes: new Uint8Array(8), offset: 1, strides: [4, 1] };
  copyBox(from, into, [2, 3], 1);
  assertEquals([...into.bytes], [0, 1, 3, 5, 0, 2, 4, 6]);
});

Deno.test("big-endian, F-ordered and filtered chunks of version 2 are read", async () => {
  const big = (...values: number[]) => int32(...values).reverse();
  assertEquals(await read(storeV2({ dtype: ">i4" }, { 0: big(2, 1), 1: big(4, 3) })), [1, 2, 3, 4]);
  const square = { shape: [2, 2], chunks: [2, 2] };
  assertEquals(await read(storeV2({ ...square, order: "F" }, { "0.0": int32(1, 3, 2, 4) })), [1, 2, 3, 4]);
  assertEquals(await read(storeV2({ ...square, dimension_separator: "/" }, { "0/0": int32(1, 2, 3, 4) })), [
    1,
    2,
    3,
    4,
  ]);
  const delta = [{ id: "delta", dtype: "<i4", astype: "<i4" }];
  assertEquals(await read(storeV2({ filters: delta }, { 0: int32(5, -2), 1: int32(1, 1) })), [5, 3, 1, 2]);
  const scaled = [{ id: "fixedscaleoffset", dtype: "<i4", astype: "|u1", scale: 0.5, offset: 1 }];
  assertEquals(await read(storeV2({ filters: scaled }, { 0: Uint8Array.of(1, 2) })), [3, 5, 0, 0]);
  const shuffle = [{ id: "shuffle", elementsize: 4 }];
  assertEquals(await read(storeV2({ filters: shuffle }, { 0: Uint8Array.of(1, 2, 0, 0, 0, 0, 0, 0) })), [1, 2, 0, 0]);
  assertEquals(await read(storeV2({ shape: [], chunks: [], fill_value: 9 })), [9]);
  // The fill value of a record is in the byte order of its fields.
  assertEquals(await read(storeV2({ shape: [1], dtype: [["a", ">i4"]], fill_value: "AAAABQ==" })), [5]);
  assertEquals(await read(storeV2({ shape: [0], chunks: [0] })), []);
  assertEquals(await read(storeV2({ dtype: "|O", filters: [{ id: "vlen-utf8" }] })), ["", "", "", ""]);
});

Deno.test("bytes that belong to the store are not changed by reading", async () => {
  const chunk = int32(1, 2).reverse();
  const before = chunk.slice();
  await read(storeV2({ dtype: ">i4" }, { 0: chunk }));
  const text = encodeVlen(fromTexts(["a", "bc"]), new Lease(new BufferPool())).slice();
  const textBefore = text.slice();
  const store = storeV2({ dtype: "|O", filters: [{ id: "vlen-utf8" }], fill_value: "" }, { 0: text });
  assertEquals(await read(store), ["a", "bc", "", ""]);
  assertEquals([chunk, text], [before, textBefore]);
});

Deno.test("stores of version 3 with their other spellings are read", async () => {
  const chunks = { "c/0": int32(1, 2), "c/1": int32(3, 4) };
  assertEquals(await read(storeV3({}, chunks)), [1, 2, 3, 4]);
  const v2Keys = { name: "v2", configuration: { separator: "." } };
  assertEquals(await read(storeV3({ chunk_key_encoding: v2Keys }, { 0: int32(1, 2) })), [1, 2, 0, 0]);
  assertEquals(
    await read(storeV3({ codecs: [{ name: "bytes", configuration: { endian: "big" } }] }, {
      "c/0": int32(2, 1).reverse(),
    })),
    [1, 2, 0, 0],
  );
  assertEquals(await read(storeV3({ shape: [], chunk_grid: grid([]) }, { c: int32(7) })), [7]);
  const square = { shape: [2, 2], chunk_grid: grid([2, 2]) };
  const bytes = { name: "bytes" };
  const turned = [{ name: "transpose", configuration: { order: [1, 0] } }, bytes];
  assertEquals(await read(storeV3({ ...square, codecs: turned }, { "c/0/0": int32(1, 3, 2, 4) })), [1, 2, 3, 4]);
  const struct = { name: "struct", configuration: { fields: [{ name: "x", data_type: "int32" }] } };
  assertEquals(await read(storeV3({ data_type: struct, fill_value: null }, chunks)), [1, 2, 3, 4]);
  assertEquals(await read(storeV3({ dimension_names: ["x"], extra: { must_understand: false } }, chunks)), [
    1,
    2,
    3,
    4,
  ]);
});

function grid(shape: readonly number[]): Json {
  return { name: "regular", configuration: { chunk_shape: shape } };
}

Deno.test("shards with their index at the start, within shards and within codecs are read", async () => {
  const index = (...pairs: number[]) => {
    const bytes = new Uint8Array(BigUint64Array.from(pairs, BigInt).buffer);
    return Uint8Array.from([...bytes, ...int32(crc32c(bytes) | 0)]);
  };
  const sharding = (chunk: readonly number[], codecs: JsonValue, at: string): JsonValue => ({
    name: "sharding_indexed",
    configuration: {
      ...{ chunk_shape: chunk, codecs, index_location: at },
      index_codecs: [{ name: "bytes", configuration: { endian: "little" } }, { name: "crc32c" }],
    },
  });
  const plain = [{ name: "bytes", configuration: { endian: "little" } }];
  const head = (object: readonly number[], ...pairs: number[]) => Uint8Array.from([...index(...pairs), ...object]);
  const pair = [...int32(4), ...int32(3)];
  // Two chunks of one element; the second one comes first.
  const start = head(pair, 40, 4, 36, 4);
  const one = { shape: [2], chunk_grid: grid([2]) };
  assertEquals(await read(storeV3({ ...one, codecs: [sharding([1], plain, "start")] }, { "c/0": start })), [3, 4]);
  // A shard with two shards in it, of which one is missing.
  const nested = Uint8Array.from([...start, ...index(0, start.length, -1, -1).slice(0, 0)]);
  const missing = new Uint8Array(BigUint64Array.of(0n, BigInt(start.length), 2n ** 64n - 1n, 2n ** 64n - 1n).buffer);
  const end = Uint8Array.from([...nested, ...missing, ...int32(crc32c(missing) | 0)]);
  const codecs = [sharding([2], [sharding([1], plain, "start")], "end")];
  const four = { shape: [4], chunk_grid: grid([4]), fill_value: 7 };
  assertEquals(await read(storeV3({ ...four, codecs }, { "c/0": end })), [3, 4, 7, 7]);
  // A shard as a whole in gzip.
  const wrapped = [sharding([1], plain, "start"), { name: "gzip", configuration: { level: 1 } }];
  const zipped = new Uint8Array(zlib.gzipSync(start));
  assertEquals(await read(storeV3({ ...one, codecs: wrapped }, { "c/0": zipped })), [3, 4]);
  const broken = start.slice();
  broken[3] = 1;
  const store = storeV3({ ...one, codecs: [sharding([1], plain, "start")] }, { "c/0": broken });
  await assertRejects(() => read(store), FormatError, "Cannot decode chunk a/c/0 (part 0) of store: the checksum");
});

Deno.test("hostile and strange metadata is refused with one line that names the place", async () => {
  const v2: readonly (readonly [Json, ErrorKind, string])[] = [
    [{ shape: [-1] }, FormatError, "shape has the length -1"],
    [{ shape: [1.5] }, FormatError, "shape has the length 1.5"],
    [{ shape: "4" }, FormatError, 'shape is "4"'],
    [{ shape: [1e300] }, FormatError, "shape has the length 1e+300"],
    [{ shape: new Array(100).fill(1) }, FormatError, "100 axes"],
    [{ chunks: [0] }, FormatError, "chunks has the length 0"],
    [{ chunks: [2, 2] }, FormatError, "chunks has 2 axes"],
    [{ shape: [9, 9], chunks: [2 ** 40, 2 ** 40] }, FormatError, "too large"],
    [{ dtype: 7 }, FormatError, "data type is 7"],
    [{ dtype: "<M8[ns]" }, UnsupportedError, "<M8[ns]"],
    [{ dtype: "|V4" }, UnsupportedError, "|V4"],
    [{ dtype: "<i3" }, UnsupportedError, "<i3"],
    [{ dtype: [["a"]] }, FormatError, "data type is missing"],
    [{ dtype: "|O" }, UnsupportedError, "vlen-utf8"],
    [{ dtype: "|O", filters: [{ id: "pickle" }] }, UnsupportedError, '"pickle"'],
    [{ order: "A" }, FormatError, "order"],
    [{ dimension_separator: "-" }, FormatError, "dimension_separator"],
    [{ filters: 7 }, FormatError, "filters is 7"],
    [{ filters: [7] }, FormatError, "a filter is 7"],
    [{ compressor: {} }, FormatError, "a codec is {}"],
    [{ compressor: { id: "bz2", level: 1 } }, UnsupportedError, "bz2"],
    [{ compressor: { id: "blosc", cname: "x" } }, UnsupportedError, "cname"],
    [{ compressor: { id: "blosc", clevel: 1e9 } }, UnsupportedError, "clevel"],
    [{ fill_value: "x" }, FormatError, "fill value"],
    [{ fill_value: 0.5 }, FormatError, "fill value 0.5"],
    [{ zarr_format: 1 }, UnsupportedError, "zarr_format is 1"],
  ];
  const v3: typeof v2 = [
    [{ shape: [-1] }, FormatError, "shape has the length -1"],
    [{ chunk_grid: grid([0]) }, FormatError, "chunk_shape has the length 0"],
    [{ chunk_grid: { name: "rectangular" } }, UnsupportedError, "rectangular"],
    [{ data_type: "int3" }, UnsupportedError, "int3"],
    [{ data_type: { name: "numpy.datetime64", configuration: {} } }, UnsupportedError, "datetime64"],
    [{ data_type: { name: "fixed_length_utf32", configuration: { length_bytes: 3 } } }, FormatError, "length"],
    [{ codecs: [] }, FormatError, "makes bytes"],
    [{ codecs: [{ name: "bytes" }, { name: "nonsense" }] }, UnsupportedError, "nonsense"],
    [{ codecs: [{ name: "gzip" }, { name: "bytes" }] }, FormatError, "before"],
    [{ codecs: [{ name: "bytes" }, { name: "bytes" }] }, FormatError, "out of place"],
    [{ codecs: [{ name: "transpose", configuration: { order: [1] } }, { name: "bytes" }] }, FormatError, "transpose"],
    [{ codecs: [{ name: "sharding_indexed", configuration: {} }] }, FormatError, "chunk_shape"],
    [{ codecs: [{ name: "vlen-utf8" }] }, FormatError, "strings"],
    [{ chunk_key_encoding: "suffix" }, UnsupportedError, "suffix"],
    [{ storage_transformers: [{ name: "x" }] }, UnsupportedError, "storage transformers"],
    [{ unknown: 1 }, UnsupportedError, '"unknown"'],
    [{ node_type: "x\ny" }, FormatError, "node_type"],
    [{ attributes: [] }, FormatError, "attributes"],
    [{ fill_value: "0x00" }, FormatError, "fill value"],
  ];
  for (const [cases, make] of [[v2, storeV2], [v3, storeV3]] as const) {
    for (const [json, kind, part] of cases) {
      const error = await assertRejects(() => child(make(json)), kind, part);
      assertEquals(error.message.startsWith("Cannot read a of store: "), true, error.message);
      assertEquals(error.message.includes("\n"), false);
      assertEquals([error.source, error.element], ["store", "a"]);
    }
  }
  const noJson = storeV2({}).set("/a/.zarray", utf8("{"));
  await assertRejects(() => child(noJson), FormatError, "Cannot read a of store: .zarray is no JSON");
});

Deno.test("chunks that claim more than they hold are refused before memory is taken", async () => {
  const lz4 = { compressor: { id: "lz4" }, dtype: "|O", filters: [{ id: "vlen-utf8" }], fill_value: "" };
  const bomb = Uint8Array.of(255, 255, 255, 127, 0);
  await assertRejects(() => read(storeV2(lz4, { 0: bomb })), FormatError, "its LZ4 header says 2147483647 bytes");
  const zeros = new Uint8Array(zlib.gzipSync(new Uint8Array(1e7)));
  const gzip = storeV2({ compressor: { id: "gzip", level: 1 } }, { 0: zeros });
  await assertRejects(() => read(gzip), FormatError, "it decodes to more than 8 bytes");
  const huge = storeV2({ shape: [2 ** 40], chunks: [2 ** 40] }, { 0: int32(1) });
  await assertRejects(
    () =>
      child(huge).then((array) => {
        return array?.kind === "array" ? readPart(array) : undefined;
      }),
    FormatError,
    "too large",
  );
});

async function readPart(array: Extract<Node, { kind: "array" }>): Promise<void> {
  for await (const _ of array.blocks([{ start: 0, end: 1 }])) return;
}

Deno.test("a chunk can be read from a large array that holds few", async () => {
  const array = await child(storeV2({ shape: [2 ** 50], chunks: [1000] }, { 3: new Uint8Array(4000).fill(1) }));
  if (array?.kind !== "array") throw new Error("No array");
  const values = await readArray(array, [{ start: 3999, end: 4001 }]);
  assertEquals([...values], [1, 1, 1, 1, 0, 0, 0, 0]);
});

Deno.test("groups without consolidated metadata are listed, or refused where the store cannot list", async () => {
  for (const store of [storeV2({}), storeV3({})]) {
    store.set("/notes.txt", utf8("x")).set("/folder/file", utf8("x"));
    const pool = new BufferPool();
    assertEquals(await (await openGroup(listed(store), { pool })).names(), ["a"]);
    const bare = await openGroup(store, { pool });
    assertEquals((await bare.child("a"))?.kind, "array");
    assertThrows(
      () => bare.names(),
      UnsupportedError,
      "Cannot read the root of store: its metadata is not consolidated",
    );
  }
});

Deno.test("stores that answer later, and have no more than get, are read", async () => {
  for (const version of [2, 3] as const) {
    const pool = new BufferPool(), memory = new MemoryStore();
    const shards = version === 3 ? [6] : null;
    const spec: ArraySpec = { shape: [11], chunks: [3], shards, dtype: "float32", codecs: [], fill: null };
    const writer = new ZarrWriter(memory, version, pool, "memory");
    await writeArray(writer, "g/a", spec, makeValues("float32", 11));
    await writer.finish(nodesOf({ "g/a": spec }));
    const later = { get: (key: string) => Promise.resolve(memory.objects.get(key)), url: "https://example.org/a.zarr" };
    const group = await openGroup(later, { pool });
    assertEquals(group.source, "https://example.org/a.zarr");
    const inner = await group.child("g");
    const array = inner?.kind === "group" ? await inner.child("a") : undefined;
    if (array?.kind !== "array") throw new Error("No array");
    assertEquals(await readArray(array), makeValues("float32", 11));
    assertEquals<unknown>(await array.encoded([0], new Lease(new BufferPool())), makeValues("float32", 3));
  }
});

Deno.test("openGroup says what is wrong with a path, and the way out", () =>
  inFolder(async (folder) => {
    const pool = new BufferPool();
    const refused = (path: string, kind: ErrorKind, part: string) => {
      return assertRejects(() => openGroup(path, { pool }), kind, part);
    };
    await refused(`${folder}/x.zarr`, FormatError, 'x.zarr": no such file or directory; check the path');
    await refused(folder, FormatError, "no zarr.json and no .zgroup is in it");
    await refused("https://example.org/a.h5ad", UnsupportedError, "over the network only zarr stores are read");
    for (
      const [name, part] of [["a.h5ad", "no HDF5 file"], ["a.zarr.zip", "zip"], ["a.txt", "it is a file"]] as const
    ) {
      Deno.writeTextFileSync(`${folder}/${name}`, "x");
      await refused(`${folder}/${name}`, FormatError, part);
    }
    for (const [key, bytes] of storeV3({})) new DenoStoreWriter(folder).write(key as "/", bytes);
    await refused(`${folder}/a`, FormatError, "it is a single array");
    assertEquals((await openGroup(`${folder}/`, { pool })).source, `${folder}/`);
  }));

Deno.test("openStoreWriter refuses what it cannot write before anything is written", () =>
  inFolder(async (folder) => {
    const pool = new BufferPool();
    const hdf5 = await openStoreWriter(`${folder}/a.h5ad`, { kind: "h5ad" }, pool);
    const writer = await openStoreWriter(`${folder}/a`, { kind: "zarr", version: 2 }, pool);
    const spec: ArraySpec = { shape: [4], chunks: [2], shards: null, dtype: "int8", codecs: [], fill: null };
    const bz2 = [{ name: "numcodecs.bz2", configuration: {} }];
    assertThrows(() => writer.array("x", { ...spec, codecs: bz2 }), UnsupportedError, "codec numcodecs.bz2");
    assertThrows(() => writer.array("x", { ...spec, shards: [4] }), UnsupportedError, "zarr version 2 has none");
    assertThrows(() => writer.array("x", spec).write([0], new Uint8Array(3)), RangeError, "a chunk of 3");
    const zstd = [{ name: "zstd", configuration: { level: 1 } }];
    assertThrows(() => hdf5.array("x", { ...spec, codecs: zstd }), UnsupportedError, "codec zstd is not supported");
    assertThrows(() => hdf5.array("x", { ...spec, shards: [4] }), UnsupportedError, "HDF5 has no shards");
    assertThrows(() => hdf5.array("x", spec).write([0], new Uint8Array(3)), RangeError, "a chunk of 3");
    assertEquals([...Deno.readDirSync(folder)], []);
  }));

Deno.test("a shard is finished when its last chunk has come, and holds what was not skipped", () =>
  inFolder(async (folder) => {
    const pool = new BufferPool();
    const writer = await openStoreWriter(folder, { kind: "zarr", version: 3 }, pool);
    const spec: ArraySpec = { shape: [50], chunks: [10], shards: [30], dtype: "uint8", codecs: [], fill: 0 };
    const array = writer.array("x", spec);
    const store = new DenoStore(folder);
    const chunk = (value: number) => new Uint8Array(10).fill(value);
    await array.write([4], chunk(5));
    await array.write([2], chunk(3));
    await array.write([0], chunk(0));
    assertEquals(store.get("/x/c/0"), undefined);
    await array.write([1], chunk(2));
    assertEquals(store.get("/x/c/0")?.length, 20 + 52);
    assertEquals(store.get("/x/c/1"), undefined);
    assertThrows(() => array.write([1], chunk(2)), RangeError, "its shard is finished");
    await array.close();
    assertEquals(store.get("/x/c/1")?.length, 10 + 52);
    await writer.finish(nodesOf({ x: spec }));
    const node = await (await openGroup(folder, { pool })).child("x");
    if (node?.kind !== "array") throw new Error("No array");
    const values = [...await readArray(node)];
    assertEquals([0, 10, 20, 30, 40].map((at) => values[at]), [0, 2, 3, 0, 5]);
  }));

Deno.test("documents of version 2 and 3 are those of zarr-python 3.1.6", async () => {
  const spec: ArraySpec = {
    ...{ shape: [4], chunks: [2], shards: null, dtype: "float32", fill: null },
    codecs: [{
      name: "blosc",
      configuration: { typesize: 4, cname: "lz4", clevel: 5, shuffle: "shuffle", blocksize: 0 },
    }],
  };
  const written = async (version: 2 | 3) => {
    const store = new MemoryStore();
    await new ZarrWriter(store, version, new BufferPool(), "memory").finish(nodesOf({ "g/a": spec }, { x: 1 }));
    return Object.fromEntries(Array.from(store.objects, ([key, bytes]) => [key, new TextDecoder().decode(bytes)]));
  };
  const v2 = await written(2);
  assertEquals(Object.keys(v2).sort(), [
    "/.zattrs",
    "/.zgroup",
    "/.zmetadata",
    "/g/.zattrs",
    "/g/.zgroup",
    "/g/a/.zarray",
    "/g/a/.zattrs",
  ]);
  assertEquals(v2["/.zgroup"], '{\n  "zarr_format": 2\n}');
  const array = JSON.parse(v2["/g/a/.zarray"] ?? "");
  assertEquals(array, {
    ...{ shape: [4], chunks: [2], dtype: "<f4", fill_value: 0, order: "C", filters: null, dimension_separator: "." },
    ...{ compressor: { id: "blosc", cname: "lz4", clevel: 5, shuffle: 1, blocksize: 0 }, zarr_format: 2 },
  });
  const inline = { metadata: {}, must_understand: false, kind: "inline" };
  assertEquals(JSON.parse(v2["/.zmetadata"] ?? ""), {
    metadata: {
      ".zgroup": { zarr_format: 2 },
      ".zattrs": { x: 1 },
      "g/.zattrs": {},
      "g/.zgroup": { zarr_format: 2, consolidated_metadata: inline },
      "g/a/.zattrs": { path: "g/a" },
      "g/a/.zarray": array,
    },
    zarr_consolidated_format: 1,
  });
  const v3 = await written(3);
  assertEquals(Object.keys(v3).sort(), ["/g/a/zarr.json", "/g/zarr.json", "/zarr.json"]);
  assertEquals(v3["/g/zarr.json"], '{\n  "attributes": {},\n  "zarr_format": 3,\n  "node_type": "group"\n}');
  const inner = JSON.parse(v3["/g/a/zarr.json"] ?? "");
  assertEquals(Object.keys(inner), [
    ...["shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs", "attributes", "zarr_format"],
    ...["node_type", "storage_transformers"],
  ]);
  const group = { attributes: {}, zarr_format: 3, consolidated_metadata: inline, node_type: "group" };
  const root = JSON.parse(v3["/zarr.json"] ?? "");
  assertEquals(root.consolidated_metadata, { ...inline, metadata: { g: group, "g/a": inner } });
});

Deno.test("writer: Blosc is told the item's size, so that it shuffles and its chunks can be copied", () =>
  inFolder(async (folder) => {
    const pool = new BufferPool();
    const configuration = { cname: "lz4", clevel: 5, shuffle: "shuffle", blocksize: 0 };
    const values = new Uint8Array(new Float64Array(8192).map((_, at) => 1 + at * Math.SQRT2).buffer);
    for (const version of [2, 3] as const) {
      const lengths: number[] = [], encodings: (string | undefined)[] = [];
      for (const told of [{}, { typesize: 8 }]) {
        const spec: ArraySpec = {
          ...{ shape: [8192], chunks: [8192], shards: null, dtype: "float64", fill: 0 },
          codecs: [{ name: "blosc", configuration: { ...configuration, ...told } }],
        };
        const path = `${folder}/${version}-${lengths.length}`,
          writer = await openStoreWriter(path, { kind: "zarr", version }, pool);
        const array = writer.array("x", spec);
        await array.write([0], values);
        await array.close();
        await writer.finish(nodesOf({ x: spec }));
        const node = await (await openGroup(path, { pool })).child("x");
        encodings.push(array.encoding, node?.kind === "array" ? node.encoding : undefined);
        lengths.push(Deno.statSync(`${path}/x/${version === 2 ? "0" : "c/0"}`).size);
      }
      assertEquals(new Set(encodings).size, 1);
      assertEquals(lengths[0], lengths[1]);
    }
  }));

Deno.test("textBytes: what the first chunk holds, however it is stored", async () => {
  const texts = Array.from({ length: 1000 }, (_, row) => `${row} `.repeat(row % 7)), rows = fromTexts(texts);
  const whole = rows.bytes.length, first = fromTexts(texts.slice(0, 300)).bytes.length;
  const zstd = { name: "zstd", configuration: { level: 1, checksum: false } };
  const blosc = { name: "blosc", configuration: { cname: "lz4", clevel: 5, shuffle: "noshuffle", blocksize: 0 } };
  const crc32c = { name: "crc32c", configuration: {} }, gzip = { name: "gzip", configuration: { level: 1 } };
  const folder = Deno.makeTempDirSync();
  const formats = [{ kind: "zarr", version: 2 }, { kind: "zarr", version: 3 }, { kind: "h5ad" }] as const;
  for (const format of formats) {
    for (const codecs of format.kind === "h5ad" ? [[], [gzip]] : [[], [zstd], [blosc], [gzip], [zstd, crc32c]]) {
      for (const [chunk, shards, wanted] of [[1000, null, whole], [300, null, first], [300, [600], first]] as const) {
        if (shards !== null && (format.kind === "h5ad" || format.version === 2)) continue;
        if (format.kind === "zarr" && format.version === 2 && codecs.includes(crc32c)) continue;
        const spec: ArraySpec = { shape: [1000], dtype: "string", chunks: [chunk], shards, codecs, fill: "" };
        const path = `${folder}/${crypto.randomUUID()}.${format.kind}`;
        const writer = await openStoreWriter(path, format, new BufferPool()), array = writer.array("texts", spec);
        for (let at = 0; at * chunk < 1000; at++) {
          const own = texts.slice(at * chunk, (at + 1) * chunk);
          await array.write([at], fromTexts([...own, ...new Array<string>(chunk - own.length).fill("")]));
        }
        await array.close();
        await writer.finish([{ kind: "group", path: "", attrs: {} }, {
          kind: "array",
          path: "texts",
          attrs: {},
          spec,
        }]);
        const node = await (await openGroup(path, { pool: new BufferPool() })).child("texts");
        const found = node?.kind === "array" ? await node.textBytes?.() : undefined;
        assertEquals(found, wanted, `${JSON.stringify(format)} ${codecs.map(({ name }) => name)} ${chunk} ${shards}`);
      }
    }
  }
  Deno.removeSync(folder, { recursive: true });
});
