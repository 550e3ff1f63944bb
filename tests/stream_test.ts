/** The streams against the plainest code that does the same, on random inputs. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type DType, family, itemBytes, type NumericType, viewAs } from "../lib/base/dtype.ts";
import { FormatError } from "../lib/base/errors.ts";
import { BufferPool } from "../lib/base/pool.ts";
import { type Range, size } from "../lib/base/range.ts";
import { StringsBuilder, toTexts, utf8 } from "../lib/base/strings.ts";
import type { ArrayNode, ArraySpec, FillValue } from "../lib/storage/node.ts";
import { fillBytes } from "../lib/storage/fill.ts";
import { openGroup } from "../lib/storage/open.ts";
import { ZarrWriter } from "../lib/storage/zarr/writer.ts";
import { arrayAt } from "../lib/anndata/read.ts";
import { NumberCursor, TextCursor } from "../lib/stream/cursor.ts";
import { DenseRows } from "../lib/stream/dense_rows.ts";
import { StoredRows, WindowBuffer, windows } from "../lib/stream/rows.ts";
import { bucketFiles, ScratchRows } from "../lib/stream/scratch.ts";
import { RowShaper } from "../lib/stream/shape.ts";
import { sparseRows } from "../lib/stream/sparse.ts";
import type { SparseView, SparseViewPart } from "../lib/stream/sparse_view.ts";
import { Tile } from "../lib/stream/tile.ts";
import { concatOnDisk } from "../lib/concat.ts";
import { readSparse } from "./compare_values.ts";
import { inFolder } from "./in_process.ts";
import { type MadeStore, writeAnnData } from "./made_store.ts";
import { type Random, withSeed } from "./random.ts";
import { MemoryStore, nodesOf, type Values, writeArray } from "./storage_arrays.ts";

// --- arrays in memory

const SPEC: ArraySpec = { shape: [], dtype: "int32", chunks: [], shards: null, codecs: [], fill: 0 };

/** Arrays with these values, by path; `missing` chunks of each are not stored. */
async function arraysIn(
  arrays: Readonly<Record<string, readonly [spec: ArraySpec, values: Values]>>,
  missing: readonly string[] = [],
): Promise<(path: string) => Promise<ArrayNode>> {
  const pool = new BufferPool(), store = new MemoryStore(), writer = new ZarrWriter(store, 3, pool, "memory");
  for (const [path, [spec, values]] of Object.entries(arrays)) await writeArray(writer, path, spec, values);
  await writer.finish(nodesOf(Object.fromEntries(Object.entries(arrays).map(([path, [spec]]) => [path, spec]))));
  for (const key of missing) assert(store.objects.delete(`/${key}`), `${key} is not stored`);
  const root = await openGroup(store.objects, { pool });
  return (path) => arrayAt(root, path);
}

/** `count` numbers from 1 to 99, so that every type holds every one; bool: 1. */
function smallNumbers(random: Random, dtype: NumericType, count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count * itemBytes(dtype)), view = viewAs(dtype, bytes);
  for (let i = 0; i < view.length; i++) {
    const value = dtype === "bool" ? 1 : 1 + random.below(99);
    view[i] = view instanceof BigInt64Array || view instanceof BigUint64Array ? BigInt(value) : value;
  }
  return bytes;
}

function anyBits(random: Random, count: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: count }, () => random.below(256));
}

/** Elements as numbers, one (complex: two) each. */
function numbersOf(dtype: NumericType, bytes: Uint8Array): number[] {
  return Array.from(viewAs(dtype, bytes.slice()) as ArrayLike<number | bigint>, Number);
}

function bytesOf(values: Float64Array | Int32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
}

// --- cursors

Deno.test("NumberCursor: reads over chunk borders, over missing chunks, and as other types", async () => {
  await withSeed(async (random) => {
    for (let round = 0; round < 80; round++) {
      const length = 1 + random.below(60), chunk = 1 + random.below(20), chunks = Math.ceil(length / chunk);
      const from = random.pick(["uint8", "int16", "int32", "int64", "float32", "float64"] as const);
      const to = random.pick([from, "int32", "float64", "int64", "complex64"] as const);
      const values = smallNumbers(random, from, length), gap = random.below(chunks);
      const spec: ArraySpec = { ...SPEC, shape: [length], chunks: [chunk], dtype: from, fill: 100 };
      const node = await (await arraysIn({ a: [spec, values] }, [`a/c/${gap}`]))("a");
      const expected = numbersOf(from, values);
      for (let at = gap * chunk; at < Math.min(length, (gap + 1) * chunk); at++) expected[at] = 100;
      const start = random.below(length), cursor = new NumberCursor(node, { start, end: length });
      const found: number[] = [];
      while (start + found.length < length) {
        const count = Math.min(random.below(25), length - start - found.length);
        const into = new Uint8Array(count * itemBytes(to));
        await cursor.read(count, into, to);
        const read = numbersOf(to, into);
        found.push(...(to === "complex64" ? read.filter((_, at) => at % 2 === 0) : read));
        assertEquals(cursor.position, start + found.length);
      }
      assertEquals(found, expected.slice(start));
      await assertRejects(() => cursor.read(1, new Uint8Array(16), to), FormatError, "it ends at");
      await cursor.close();
    }
  });
});

Deno.test("TextCursor: reads over chunk borders, with a suffix, from strings of any and of a fixed length", async () => {
  await withSeed(async (random) => {
    for (let round = 0; round < 30; round++) {
      const length = 1 + random.below(50), chunk = 1 + random.below(12), gap = random.below(Math.ceil(length / chunk));
      const texts = Array.from({ length }, () => random.pick(["", "a", "é\u{1f600}", "name"]) + random.below(100));
      const spec: ArraySpec = { ...SPEC, shape: [length], chunks: [chunk], dtype: "string", fill: "none" };
      const open = await arraysIn({ s: [spec, texts], u: [{ ...spec, ...FIXED }, fixed(texts)] }, [`s/c/${gap}`]);
      const suffix = random.pick(["", "-x", "é"]), start = random.below(length);
      for (const path of ["s", "u"]) {
        const node = await open(path), cursor = new TextCursor(node, { start, end: length });
        const rows = new StringsBuilder();
        while (start + rows.rows < length) {
          await cursor.read(Math.min(random.below(9), length - start - rows.rows), rows, utf8(suffix));
          assertEquals(cursor.position, start + rows.rows);
        }
        const isGap = (at: number) => path === "s" && Math.floor(at / chunk) === gap;
        const expected = texts.map((text, at) => (isGap(at) ? "none" : text) + suffix).slice(start);
        assertEquals(toTexts(rows.finish()), expected);
        await cursor.close();
      }
    }
  });
});

const FIXED = { dtype: { kind: "unicode", length: 8 } as const, fill: "" };

/** Texts as UTF-32 of 8 code points each. */
function fixed(texts: readonly string[]): Uint8Array {
  const points = new Uint32Array(texts.length * 8);
  for (const [row, text] of texts.entries()) points.set(Array.from(text, (one) => one.codePointAt(0) ?? 0), row * 8);
  return new Uint8Array(points.buffer);
}

// --- tiles

/** A type of each item size, and another type that it is cast from. */
const TILE_TYPES: readonly (readonly [to: NumericType, from: NumericType])[] = [
  ["uint8", "bool"],
  ["float16", "uint8"],
  ["float32", "int16"],
  ["int64", "uint32"],
  ["float64", "float32"],
  ["complex64", "float32"],
  ["complex128", "int32"],
];

for (const [to, castFrom] of TILE_TYPES) {
  Deno.test(`Tile: ${to}: parts are placed, permuted, cut, cast and filled as element by element`, async () => {
    await withSeed(async (random) => {
      for (let round = 0; round < 60; round++) await checkTile(random, to, random.pick([to, castFrom]));
    });
  });
}

async function checkTile(random: Random, to: NumericType, from: NumericType): Promise<void> {
  const length = () => 1 + random.below(40);
  const shape = [length(), length()], spec: ArraySpec = { ...SPEC, shape, dtype: to, chunks: [1, 1].map(length) };
  const source = [length(), length()];
  // Where it is not cast, any bits must survive: also those of a NaN.
  const count = source.reduce((a, b) => a * b), item = itemBytes(to);
  const values = from === to ? anyBits(random, count * item) : smallNumbers(random, from, count);
  const sourceSpec: ArraySpec = { ...SPEC, shape: source, dtype: from, chunks: source.map(() => 1 + random.below(15)) };
  const missing = random.below(3) === 0 ? ["a/c/0/0"] : [];
  const node = await (await arraysIn({ a: [sourceSpec, values] }, missing))("a");
  const expectedSource = castAll(values, from, to), gap = sourceSpec.chunks;
  const maps = source.map((length, axis) => placesOf(random, length, shape[axis] ?? 0));
  const grid = shape.map((length, axis): Range => {
    const chunks = Math.ceil(length / (spec.chunks[axis] ?? 1)), start = random.below(chunks);
    return { start, end: start + 1 + random.below(chunks - start) };
  });
  const selection = source.map((length): Range => {
    const start = random.below(length);
    return { start, end: start + 1 + random.below(length - start) };
  });
  const pool = new BufferPool(), tile = new Tile(spec, grid, pool), fill = anyBits(random, item);
  tile.fill(fill);
  const offsets = selection.map((range, axis) => tile.offsets(axis, range, (at) => maps[axis]?.[at] ?? -1));
  await tile.read(node, selection, offsets);
  const [rows, columns] = grid as [Range, Range], [down = 1, across = 1] = spec.chunks;
  for (let row = rows.start; row < rows.end; row++) {
    for (let column = columns.start; column < columns.end; column++) {
      const chunk = tile.chunk([row, column]);
      const expected = new Uint8Array(down * across * item);
      for (let at = 0; at < down * across; at++) {
        const y = row * down + Math.floor(at / across), x = column * across + at % across;
        const place = [maps[0]?.indexOf(y) ?? -1, maps[1]?.indexOf(x) ?? -1] as const;
        const isIn = place.every((one, axis) =>
          one >= (selection[axis]?.start ?? 0) && one < (selection[axis]?.end ?? 0)
        );
        const isInGap = missing.length > 0 && place.every((one, axis) => one < (gap[axis] ?? 0));
        const from = (place[0] * (source[1] ?? 0) + place[1]) * item;
        const inside = y < (shape[0] ?? 0) && x < (shape[1] ?? 0);
        const value = isInGap ? new Uint8Array(item) : expectedSource.subarray(from, from + item);
        expected.set(isIn && inside ? value : fill, at * item);
      }
      assertEquals(chunk, expected, `chunk ${row}, ${column} of ${JSON.stringify({ shape, spec, source, from })}`);
    }
  }
  tile.release();
  pool.clear();
}

/** Where each of `from` positions goes in `to`: at most one to each place, -1 for nowhere; sometimes in order. */
function placesOf(random: Random, from: number, to: number): number[] {
  const places = random.shuffled(Array.from({ length: Math.max(from, to) }, (_, at) => at < to ? at : -1));
  const chosen = places.slice(0, from);
  if (random.below(2) === 0) return chosen;
  const sorted = chosen.filter((place) => place >= 0).sort((a, b) => a - b);
  return chosen.map((place) => place < 0 ? -1 : sorted.shift() ?? -1);
}

function castAll(bytes: Uint8Array, from: NumericType, to: NumericType): Uint8Array {
  if (from === to) return bytes;
  const parts = family(to) === "complex" ? 2 : 1, numbers = numbersOf(from, bytes);
  const result = new Uint8Array(numbers.length * itemBytes(to)), view = viewAs(to, result);
  for (const [at, number] of numbers.entries()) {
    view[at * parts] = view instanceof BigInt64Array || view instanceof BigUint64Array ? BigInt(number) : number;
  }
  return result;
}

// --- sparse rows

/** An entry: its position, and its value's parts. */
type Entry = readonly [index: number, ...value: number[]];

interface Rows {
  readonly pointers: Float64Array;
  readonly indices: Int32Array;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Random rows with positions below `minor`, unsorted and repeated where `messy`. */
function randomRows(random: Random, count: number, minor: number, dtype: NumericType, messy: boolean): Rows {
  const rows = Array.from({ length: count }, () => {
    const some = random.shuffled(Array.from({ length: minor }, (_, at) => at)).slice(0, random.below(minor + 1));
    if (!messy) return some.sort((a, b) => a - b);
    return [...some, ...some.filter(() => random.below(3) === 0)];
  });
  const pointers = Float64Array.from([0, ...rows.map((_, at) => rows.slice(0, at + 1).flat().length)]);
  const indices = Int32Array.from(rows.flat());
  return { pointers, indices, data: smallNumbers(random, dtype, indices.length) };
}

function entriesOf({ pointers, indices, data }: Rows, dtype: NumericType): Entry[][] {
  const numbers = numbersOf(dtype, data.subarray(0, (pointers.at(-1) ?? 0) * itemBytes(dtype)));
  const parts = family(dtype) === "complex" ? 2 : 1;
  return Array.from({ length: pointers.length - 1 }, (_, row) => {
    const [from, to] = [pointers[row] ?? 0, pointers[row + 1] ?? 0];
    return Array.from({ length: to - from }, (_, i): Entry => {
      const at = from + i;
      return [indices[at] ?? -1, ...numbers.slice(at * parts, (at + 1) * parts)];
    });
  });
}

/** Map, drop, sort and sum one row; `missing` positions get `fill`. */
function naiveShape(
  row: readonly Entry[],
  map: Int32Array | null,
  dtype: NumericType,
  missing: readonly number[],
  fill: readonly number[],
): Entry[] {
  const found = new Map<number, number[]>(missing.map((at) => [at, [...fill]]));
  for (const [index, ...value] of row) {
    const to = map === null ? index : map[index] ?? -1, before = found.get(to);
    if (to < 0) continue;
    found.set(to, before === undefined ? value : before.map((part, at) => summed(dtype, part, value[at] ?? 0)));
  }
  return [...found].sort(([a], [b]) => a - b).map(([index, value]): Entry => [index, ...value]);
}

/** A sum as an array of `dtype` holds it. */
function summed(dtype: NumericType, a: number, b: number): number {
  if (dtype === "bool") return a | b;
  const bytes = new Uint8Array(itemBytes(dtype)), view = viewAs(dtype, bytes);
  view[0] = view instanceof BigInt64Array || view instanceof BigUint64Array ? BigInt(a) + BigInt(b) : a + b;
  return Number(view[0]);
}

function mapFor(random: Random, from: number, to: number): Int32Array {
  return Int32Array.from(placesOf(random, from, to));
}

function holesOf(map: Int32Array, length: number): number[] {
  return Array.from({ length }, (_, at) => at).filter((at) => !map.includes(at));
}

const SPARSE_TYPES = ["bool", "int8", "uint16", "int32", "float32", "int64", "uint64", "float64", "complex64"] as const;
const WIDE_TYPES = [...SPARSE_TYPES, "complex128"] as const;

for (const dtype of WIDE_TYPES) {
  Deno.test(`RowShaper: ${dtype}: maps, drops, sorts, sums and fills as row by row`, async () => {
    await withSeed((random) => {
      const minorOut = 1 + random.below(80), fill: FillValue = dtype === "bool" ? true : 9;
      const shaper = new RowShaper(new BufferPool(), minorOut, dtype, fillBytes(dtype, fill));
      const fillParts = family(dtype) === "complex" ? [9, 0] : [dtype === "bool" ? 1 : 9];
      // One shaper for all rounds: nothing of one may show in the next.
      for (let round = 0; round < 80; round++) {
        const isMapped = random.below(4) > 0, minor = isMapped ? 1 + random.below(80) : minorOut;
        const rows = randomRows(random, random.below(8), minor, dtype, random.below(2) === 0);
        const map = isMapped ? mapFor(random, minor, minorOut) : null;
        const missing = map !== null && random.below(2) === 0 ? holesOf(map, minorOut) : null;
        const reshape = { map, minor, missing: missing === null ? null : Int32Array.from(missing), name: "X" };
        const expected = entriesOf(rows, dtype).map((row) => naiveShape(row, map, dtype, missing ?? [], fillParts));
        const counted = shaper.count(reshape, rows.pointers, rows.indices);
        const pointers = shaper.shape(reshape, rows.pointers, rows.indices, rows.data);
        assertEquals(entriesOf({ pointers, indices: shaper.indices, data: shaper.data }, dtype), expected);
        assertEquals(counted, pointers);
      }
    });
  });
}

Deno.test("RowShaper: values stay where they are, or move run by run, as row by row", async () => {
  await withSeed((random) => {
    const width = 900, pool = new BufferPool(), shaper = new RowShaper(pool, width, "float32", new Uint8Array(4));
    const seen = { kept: 0, moved: 0 };
    for (let round = 0; round < 25; round++) {
      // Rows long enough for several batches, in each of which a few positions are dropped, or none.
      const rows = randomRows(random, 30 + random.below(20), width, "float32", false), dropped = random.below(4);
      const map = Int32Array.from({ length: width }, (_, at) => at);
      for (let i = 0; i < dropped; i++) map[random.below(width)] = -1;
      const reshape = { map, minor: width, missing: null, name: "X" };
      const expected = entriesOf(rows, "float32").map((row) => naiveShape(row, map, "float32", [], []));
      const pointers = shaper.shape(reshape, rows.pointers, rows.indices, rows.data);
      assertEquals(entriesOf({ pointers, indices: shaper.indices, data: shaper.data }, "float32"), expected);
      seen[shaper.data === rows.data ? "kept" : "moved"]++;
    }
    assert(seen.kept > 0 && seen.moved > 0, JSON.stringify(seen));
    shaper.release();
    assertEquals(pool.lent, 0);
  });
});

Deno.test("RowShaper: an index outside of the matrix is refused by its name", () => {
  const shaper = new RowShaper(new BufferPool(), 4, "float32", new Uint8Array(4)),
    reshape = { map: null, minor: 4, missing: null, name: "X" };
  for (const index of [4, -1, 2 ** 31 - 1]) {
    const rows = [Float64Array.of(0, 2), Int32Array.of(1, index)] as const;
    assertThrows(() => shaper.shape(reshape, ...rows, new Uint8Array(8)), FormatError, `index ${index}`);
    assertThrows(() => shaper.count(reshape, ...rows), FormatError, `index ${index}`);
  }
});

interface Part {
  readonly part: SparseViewPart;
  readonly entries: readonly Entry[][];
  readonly close: () => Promise<void>;
}

async function storedPart(
  random: Random,
  dtype: NumericType,
  shape: Pick<SparseViewPart, "at" | "map" | "minor" | "offset"> & { readonly rows: number },
): Promise<Part> {
  const { rows: count, minor, at, map, offset } = shape;
  const rows = randomRows(random, count, minor, dtype, random.below(3) === 0), nnz = rows.indices.length;
  const array = (dtype: DType, length: number): ArraySpec => (
    { ...SPEC, dtype, shape: [length], chunks: [1 + random.below(10)] }
  );
  const open = await arraysIn({
    indptr: [array("int32", count + 1), bytesOf(Int32Array.from(rows.pointers))],
    indices: [array("int32", nnz), bytesOf(rows.indices)],
    data: [array(dtype, nnz), rows.data],
  });
  const matrix = { indptr: await open("indptr"), indices: await open("indices"), data: await open("data") };
  const source = new StoredRows(matrix, dtype);
  const part = { name: "a part", at, map, isSorted: false, offset, minor, dtype, source };
  return { part, entries: entriesOf(rows, dtype), close: () => source.close() };
}

/** Rows as scratch files of `perBucket` rows each, their names starting with `base`. */
function writeBuckets(base: string, rows: Rows, perBucket: number, dtype: NumericType): ScratchRows {
  const count = rows.pointers.length - 1, buckets = Math.max(1, Math.ceil(count / perBucket)), item = itemBytes(dtype);
  for (let bucket = 0; bucket < buckets; bucket++) {
    const [first, end] = [bucket * perBucket, Math.min(count, (bucket + 1) * perBucket)];
    const [from = 0, to = 0] = [rows.pointers[first], rows.pointers[end]], files = bucketFiles(base, bucket);
    const pointers = rows.pointers.slice(first, end + 1).map((pointer) => pointer - from);
    Deno.writeFileSync(files.indptr, bytesOf(pointers));
    Deno.writeFileSync(files.indices, bytesOf(rows.indices.slice(from, to)));
    Deno.writeFileSync(files.data, rows.data.slice(from * item, to * item));
  }
  return new ScratchRows({ base, rows: count, rowsPerBin: perBucket, rowsPerBucket: perBucket, buckets, dtype });
}

Deno.test("ScratchRows: pointers and entries over the borders of buckets", async () => {
  await withSeed(async (random) => {
    for (let round = 0; round < 30; round++) {
      await inFolder(async (folder) => {
        const count = random.below(40), dtype = random.pick(WIDE_TYPES);
        const rows = randomRows(random, count, 6, dtype, true), all = entriesOf(rows, dtype);
        const source = writeBuckets(`${folder}/0-0`, rows, 1 + random.below(12), dtype);
        assertEquals(source.rows, count);
        for (let look = 0; look < 10; look++) {
          const start = random.below(count + 1), end = start + random.below(count - start + 1);
          const pointers = await source.pointers({ start, end });
          assertEquals(pointers, rows.pointers.slice(start, end + 1));
          const [from = 0, to = 0] = [pointers[0], pointers.at(-1)], reader = source.entries(from);
          const found: Entry[] = [];
          while (found.length < to - from) {
            const take = Math.min(1 + random.below(20), to - from - found.length);
            const indices = new Int32Array(take + 2), data = new Uint8Array(take * itemBytes(dtype) + 16);
            await reader.read(take, indices, data);
            found.push(...entriesOf({ pointers: Float64Array.of(0, take), indices, data }, dtype).flat());
          }
          await reader.close();
          assertEquals(found, all.slice(start, end).flat());
        }
      });
    }
  });
});

/** Every row of `rows` that the view gives, once with entries and once counted only. */
async function readView(view: SparseView, rows: Range, limit: number): Promise<Entry[][]> {
  const found: Entry[][] = [], counts: number[] = [];
  let at = rows.start;
  for await (const window of sparseRows(view, rows, limit, "entries")) {
    assertEquals(window.rows.start, at);
    at = window.rows.end;
    found.push(...entriesOf({ ...window, data: window.data }, view.dtype));
  }
  assertEquals(at, rows.end);
  for await (const { pointers } of sparseRows(view, rows, limit, "counts")) {
    for (let row = 1; row < pointers.length; row++) counts.push((pointers[row] ?? 0) - (pointers[row - 1] ?? 0));
  }
  assertEquals(counts, found.map((row) => row.length));
  return found;
}

const WITH_ZEROS = ["bool", "int8", "uint16", "int64", "float16", "float32", "float64", "complex64"] as const;

Deno.test("DenseRows: rows of more values than the kernel takes at once", async () => {
  const width = 20_001, values = new Float64Array(2 * width), at = [0, 8191, 8192, 16_384, 20_000];
  for (const [k, place] of at.entries()) values[width + place] = k + 1;
  const shape = [2, width], spec: ArraySpec = { ...SPEC, shape, chunks: shape, dtype: "float64" };
  const node = await (await arraysIn({ a: [spec, bytesOf(values)] }))("a"), pool = new BufferPool();
  const source = new DenseRows(pool, node, { layout: "csr", dtype: "float64", band: 2, keepsZeros: false });
  assertEquals([...await source.pointers({ start: 0, end: 2 })], [0, 0, 5]);
  const indices = new Int32Array(5), data = new Float64Array(5);
  await source.entries(0).read(5, indices, bytesOf(data));
  assertEquals([[...indices], [...data]], [at, [1, 2, 3, 4, 5]]);
  await source.close();
});

Deno.test("DenseRows: bands of rows and of columns, as what is not zero cell by cell", async () => {
  await withSeed(async (random) => {
    for (let round = 0; round < 120; round++) {
      const dtype = random.pick(WITH_ZEROS), shape = [1 + random.below(30), 1 + random.below(12)] as const;
      const values = smallNumbers(random, dtype, shape[0] * shape[1]), item = itemBytes(dtype);
      for (let cell = 0; cell < shape[0] * shape[1]; cell++) {
        if (random.below(2) === 0) values.fill(0, cell * item, (cell + 1) * item);
      }
      if (dtype === "float64") new Float64Array(values.buffer).set([-0, NaN].slice(0, shape[0] * shape[1]));
      if (dtype === "complex64") new Float32Array(values.buffer).set([0, 5]); // no real part
      const chunks = [1 + random.below(9), 1 + random.below(9)], layout = random.pick(["csr", "csc"] as const);
      const node = await (await arraysIn({ a: [{ ...SPEC, shape, chunks, dtype }, values] }))("a");
      const pool = new BufferPool(), keepsZeros = random.below(4) === 0, band = 1 + random.below(12);
      const source = new DenseRows(pool, node, { layout, dtype, band, keepsZeros }),
        buffer = new WindowBuffer(pool, item);
      const [rows, width] = layout === "csr" ? shape : [shape[1], shape[0]];
      assertEquals(source.rows, rows);
      const start = random.below(rows + 1), end = start + random.below(rows - start + 1);
      const reads = random.pick(["all", "indices", "pointers"] as const), found: unknown[][] = [];
      for await (const window of windows(source, { start, end }, 1 + random.below(40), buffer, reads)) {
        assertEquals(window.rows.start, start + found.length);
        for (let row = 0; row < size(window.rows); row++) {
          const from = window.pointers[row] as number, to = window.pointers[row + 1] as number;
          if (reads === "pointers") found.push([to - from]);
          else {
            const data = reads === "all" ? numbersOf(dtype, window.data.subarray(from * item, to * item)) : [];
            found.push([to - from, ...window.indices.subarray(from, to), ...data]);
          }
        }
      }
      const expected = Array.from({ length: end - start }, (_, at) => {
        const numbers = (other: number): number[] => {
          const cell = layout === "csr" ? (start + at) * width + other : other * rows + start + at;
          return numbersOf(dtype, values.subarray(cell * item, (cell + 1) * item));
        };
        const kept = Array.from({ length: width }, (_, other) => other).filter((other) =>
          keepsZeros || numbers(other).some((number) => number !== 0)
        );
        if (reads === "pointers") return [kept.length];
        return [kept.length, ...kept, ...(reads === "all" ? kept.flatMap(numbers) : [])];
      });
      assertEquals(found, expected);
      buffer.release();
      await source.close();
      assertEquals(pool.lent, 0);
    }
  });
});

Deno.test("sparseRows: parts one after the other, with gaps, as row by row", async () => {
  await withSeed(async (random) => {
    for (let round = 0; round < 150; round++) {
      const dtype = random.pick(SPARSE_TYPES), minor = 1 + random.below(30);
      const fill = dtype !== "bool" && random.below(3) === 0 ? 5 : null;
      const filled = family(dtype) === "complex" ? [5, 0] : [5];
      const whole = Array.from({ length: minor }, (_, at): Entry => [at, ...filled]);
      const parts: Part[] = [], expected: Entry[][] = [];
      for (let number = 0; number < 1 + random.below(4); number++) {
        const gap = random.below(4) === 0 ? random.below(5) : 0;
        for (let row = 0; row < gap; row++) expected.push(fill === null ? [] : whole);
        const map = random.below(2) === 0 ? null : mapFor(random, 1 + random.below(30), minor), rows = random.below(12);
        const at = { start: expected.length, end: expected.length + rows };
        // Blocks on a diagonal stand further to the right.
        const offset = map === null && random.below(3) === 0 ? random.below(minor) : 0;
        const part = await storedPart(random, dtype, { rows, minor: map?.length ?? minor - offset, at, map, offset });
        const missing = map === null || fill === null ? [] : holesOf(map, minor);
        // Only what is reindexed is sorted and summed.
        const moved = (row: readonly Entry[]) => row.map(([index, ...value]): Entry => [index + offset, ...value]);
        expected.push(
          ...part.entries.map((row) => map === null ? moved(row) : naiveShape(row, map, dtype, missing, filled)),
        );
        parts.push(part);
      }
      const major = expected.length, start = random.below(major + 1);
      const rows = { start, end: start + random.below(major - start + 1) };
      const view: SparseView = {
        pool: new BufferPool(),
        major,
        minor,
        dtype,
        along: "major",
        fill,
        keepsChunks: true,
        parts: parts.map(({ part }) => part),
      };
      assertEquals(await readView(view, rows, 1 + random.below(40)), expected.slice(rows.start, rows.end));
      for (const { close } of parts) await close();
    }
  });
});

/** A part whose rows have been brought into the view's order; its entries are those of the view's rows. */
function sortedPart(
  random: Random,
  dtype: NumericType,
  folder: string,
  shape: { readonly minor: number; readonly at: Range; readonly map: Int32Array; readonly major: number },
): Part {
  const { minor, at, map, major } = shape, own = randomRows(random, major, minor, dtype, random.below(2) === 0);
  // A row that the part does not have is empty.
  const lengths = Array.from({ length: major }, (_, row) => {
    return map.includes(row) ? (own.pointers[row + 1] ?? 0) - (own.pointers[row] ?? 0) : 0;
  });
  const total = lengths.reduce((sum, length) => sum + length, 0), item = itemBytes(dtype);
  const pointers = new Float64Array(major + 1), indices = new Int32Array(total), data = new Uint8Array(total * item);
  for (const [row, length] of lengths.entries()) {
    const from = own.pointers[row] ?? 0, to = pointers[row] ?? 0;
    indices.set(own.indices.subarray(from, from + length), to);
    data.set(own.data.subarray(from * item, (from + length) * item), to * item);
    pointers[row + 1] = to + length;
  }
  const rows = { pointers, indices, data };
  const source = writeBuckets(`${folder}/${at.start}-${minor}`, rows, 1 + random.below(8), dtype);
  const part = { name: "a part", at, map, isSorted: true, offset: 0, minor, dtype, source };
  return { part, entries: entriesOf(rows, dtype), close: () => Promise.resolve() };
}

Deno.test("sparseRows: parts side by side, with rows in other places, as row by row", async () => {
  await withSeed(async (random) => {
    for (let round = 0; round < 100; round++) await inFolder((folder) => checkSideBySide(random, folder));
  });
});

async function checkSideBySide(random: Random, folder: string): Promise<void> {
  const dtype = random.pick(SPARSE_TYPES), major = 1 + random.below(20);
  const fill = dtype !== "bool" && random.below(2) === 0 ? 5 : null;
  const filled = family(dtype) === "complex" ? [5, 0] : [5];
  const parts: Part[] = [], expected: Entry[][] = Array.from({ length: major }, () => []);
  let width = 0;
  for (let number = 0; number < 1 + random.below(4); number++) {
    const map = random.below(3) === 0 ? null : mapFor(random, 1 + random.below(20), major);
    const minor = 1 + random.below(12), at = { start: width, end: width += minor };
    const isSorted = map !== null && random.below(2) === 0;
    const part = isSorted
      ? sortedPart(random, dtype, folder, { minor, at, map, major })
      : await storedPart(random, dtype, { rows: map?.length ?? major, minor, at, map, offset: 0 });
    for (const [row, into] of expected.entries()) {
      const from = map === null ? row : map.indexOf(row),
        own = from < 0 ? undefined : part.entries[isSorted ? row : from];
      const whole = Array.from({ length: fill === null ? 0 : minor }, (_, at): Entry => [at, ...filled]);
      const entries = own === undefined ? whole : map === null ? own : naiveShape(own, null, dtype, [], []);
      into.push(...entries.map(([index, ...value]): Entry => [index + at.start, ...value]));
    }
    parts.push(part);
  }
  const start = random.below(major + 1), rows = { start, end: start + random.below(major - start + 1) };
  const view: SparseView = {
    pool: new BufferPool(),
    major,
    minor: width,
    dtype,
    along: "minor",
    fill,
    keepsChunks: random.below(2) === 0,
    parts: parts.map(({ part }) => part),
  };
  assertEquals(await readView(view, rows, 1 + random.below(40)), expected.slice(rows.start, rows.end));
  for (const { close } of parts) await close();
}

// --- whole matrices through scratch files

/** The stored entries of a store's X by row and column. */
async function matrixOf(path: string): Promise<Map<string, number>> {
  const root = await openGroup(path, { pool: new BufferPool() }), x = await root.child("X");
  if (x?.kind !== "group") throw new Error("X is not sparse");
  const [rows = 0, columns = 0] = x.attrs["shape"] as readonly number[],
    isCsr = x.attrs["encoding-type"] === "csr_matrix";
  const [major, minor] = isCsr ? [rows, columns] : [columns, rows], sparse = await readSparse(x, major, minor);
  if (typeof sparse === "string") throw new Error(sparse);
  const found = new Map<string, number>();
  for (let row = 0; row < major; row++) {
    for (let at = sparse.pointers[row] ?? 0; at < (sparse.pointers[row + 1] ?? 0); at++) {
      const other = sparse.indices[at] ?? -1, key = isCsr ? `${row},${other}` : `${other},${row}`;
      found.set(key, Number(sparse.data[at]));
    }
  }
  return found;
}

Deno.test("concat: matrices of every layout are turned and reindexed entry by entry", async () => {
  await withSeed(async (random) => {
    for (let round = 0; round < 15; round++) {
      await inFolder(async (folder) => {
        const genes = Array.from({ length: 12 }, (_, at) => `g${String(at).padStart(2, "0")}`);
        const stores = Array.from({ length: 1 + random.below(3) }, (_, seed): MadeStore => ({
          seed: round * 10 + seed,
          rows: random.below(30),
          vars: random.shuffled(genes).slice(0, 1 + random.below(12)),
          x: random.pick(["csr", "csc"] as const),
          density: 0.4,
          chunks: [1 + random.below(30)],
        }));
        const paths: string[] = [];
        for (const store of stores) paths.push(await writeAnnData(`${folder}/${store.seed}.zarr`, store));
        const join = random.pick(["inner", "outer"] as const), sparseLayout = random.pick(["csr", "csc"] as const);
        const fillValue = join === "outer" && random.below(3) === 0 ? { fillValue: 3 } : {};
        await concatOnDisk(paths, `${folder}/out.zarr`, { join, sparseLayout, ...fillValue, workers: 0 });
        const columns = joined(stores.map(({ vars }) => vars), join);
        const expected = new Map<string, number>();
        let start = 0;
        for (const [number, { rows, vars }] of stores.entries()) {
          const own = await matrixOf(paths[number] ?? "");
          for (let row = 0; row < rows; row++) {
            for (const [column, name] of columns.entries()) {
              const value = vars.includes(name) ? own.get(`${row},${vars.indexOf(name)}`) : fillValue.fillValue;
              if (value !== undefined) expected.set(`${start + row},${column}`, value);
            }
          }
          start += rows;
        }
        assertEquals(sorted(await matrixOf(`${folder}/out.zarr`)), sorted(expected));
      });
    }
  });
});

function joined(lists: readonly (readonly string[])[], join: "inner" | "outer"): readonly string[] {
  if (join === "inner") return (lists[0] ?? []).filter((name) => lists.every((list) => list.includes(name)));
  return lists.reduce((a, b) => a.join() === b.join() ? a : [...new Set([...a, ...b])].sort());
}

function sorted(matrix: Map<string, number>): [string, number][] {
  return [...matrix].sort(([a], [b]) => a < b ? -1 : 1);
}

Deno.test("concat: a matrix of more entries than one bucket holds, in several bins, is turned whole", async () => {
  await inFolder(async (folder) => {
    const rows = 2200, vars = Array.from({ length: 1000 }, (_, at) => `g${at}`);
    const store: MadeStore = { rows, vars, x: "dense", dtype: "uint8", chunks: [400, 300], seed: 5 };
    const path = await writeAnnData(`${folder}/a.zarr`, store), turned = vars.toReversed();
    const sparse: MadeStore = { rows: 10, vars: turned, x: "csr", dtype: "uint8", seed: 6 };
    const other = await writeAnnData(`${folder}/b.zarr`, sparse);
    const report = await concatOnDisk([other, path], `${folder}/out.zarr`, { sparseLayout: "csc", workers: 0 });
    assert(report.plan.tasks.some((task) => task.kind === "gather" && task.bucket > 0), "there is one bucket only");
    const root = await openGroup(path, { pool: new BufferPool() });
    const cursor = await arrayAt(root, "X"), dense = new Uint8Array(rows * 1000);
    for await (const { ranges: [down, across], bytes, offset, strides } of cursor.blocks([range(rows), range(1000)])) {
      for (let y = 0; y < size(down ?? range(0)); y++) {
        const from = offset + y * (strides[0] ?? 0), to = ((down?.start ?? 0) + y) * 1000 + (across?.start ?? 0);
        dense.set(bytes.subarray(from, from + size(across ?? range(0))), to);
      }
    }
    const out = await openGroup(`${folder}/out.zarr`, { pool: new BufferPool() }), x = await out.child("X");
    assert(x?.kind === "group");
    const matrix = await readSparse(x, 1000, rows + 10);
    assert(typeof matrix !== "string", String(matrix));
    let wrong = 0;
    for (let column = 0; column < 1000; column++) {
      let at = matrix.pointers[column] ?? 0;
      while ((matrix.indices[at] ?? 0) < 10) at++;
      const end = matrix.pointers[column + 1] ?? 0;
      if (end - at !== rows) wrong++;
      for (let row = 0; row < rows; row++, at++) {
        // The genes of the first input come first, in its order.
        if (matrix.indices[at] !== row + 10 || matrix.data[at] !== dense[row * 1000 + 999 - column]) wrong++;
      }
    }
    assertEquals(wrong, 0);
  });
});

function range(end: number): Range {
  return { start: 0, end };
}
