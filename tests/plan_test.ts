/** The planner's rules: names, columns, types, cuts and limits. */
import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLessOrEqual,
  assertMatch,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { type DType, type NumericType, promote, resultType } from "../lib/base/dtype.ts";
import { AnncatError, IncompatibleInputsError, MemoryLimitError } from "../lib/base/errors.ts";
import { compareCodePoints, natsorted } from "../lib/base/natsort.ts";
import type { Values } from "../lib/base/values.ts";
import { size } from "../lib/base/range.ts";
import { fromTexts, toTexts } from "../lib/base/strings.ts";
import { planConcat } from "../lib/concat.ts";
import {
  type ConcatOptions,
  parseCodec,
  type ResolvedOptions,
  resolveOptions,
  type RunOptions,
} from "../lib/options.ts";
import { type Absence, type ColumnType, columnType, type SupportedColumn } from "../lib/plan/column.ts";
import { codeType } from "../lib/plan/column_plan.ts";
import { arraySpec, unitCounts, unitShape } from "../lib/plan/grid.ts";
import { planJson, revived } from "../lib/plan/json.ts";
import { duplicates, joinIndexes } from "../lib/plan/join.ts";
import { divide, memoryPlan } from "../lib/plan/memory.ts";
import type { Plan } from "../lib/plan/plan.ts";
import type { ArraySpec } from "../lib/storage/node.ts";
import { inFolder, namesIn } from "./in_process.ts";
import { type MadeStore, writeAnnData } from "./made_store.ts";
import promotions from "./promotions.json" with { type: "json" };
import { withSeed } from "./random.ts";

// --- names

function join(how: "inner" | "outer", ...indexes: readonly (readonly string[])[]): string[] {
  return toTexts(joinIndexes(indexes.map(fromTexts), how).names);
}

Deno.test("joinIndexes: inner keeps the order of the first index", () => {
  assertEquals(join("inner", ["c", "a", "b", "x"], ["b", "y", "a", "c"]), ["c", "a", "b"]);
  assertEquals(join("inner", ["c", "a", "b"], ["b", "a"], ["a", "c"]), ["a"]);
  assertEquals(join("inner", ["a"], ["b"]), []);
  assertEquals(join("inner", [], ["b"]), []);
});

Deno.test("joinIndexes: outer changes nothing for equal indexes and empty sides, and sorts everything else", () => {
  assertEquals(join("outer", [..."cab"], [..."cab"]), [..."cab"]);
  assertEquals(join("outer", [..."cab"], []), [..."cab"]);
  assertEquals(join("outer", [], [..."cab"]), [..."cab"]);
  assertEquals(join("outer", [..."cab"], [..."cba"]), [..."abc"]);
  assertEquals(join("outer", [..."cab"], [..."ca"]), [..."abc"]);
  assertEquals(join("outer", [..."cab"], [], [..."cab"]), [..."cab"]);
  assertEquals(join("outer", [..."ba"], [..."ab"], [..."dc"]), [..."abcd"]);
});

Deno.test("joinIndexes: outer sorts by code point, not by UTF-16 unit", () => {
  const names = ["\uffee", "\u{1f600}", "z", "", "é", "e\u0301", "Z"];
  assertEquals(join("outer", names, ["a"]), ["", "Z", "a", "e\u0301", "z", "é", "\uffee", "\u{1f600}"]);
});

Deno.test("joinIndexes: reindexes are null where nothing changes, and -1 where a name is dropped", () => {
  const { reindexes } = joinIndexes([["a", "b"], ["b", "a", "c"], ["a", "b", "d"]].map(fromTexts), "inner");
  assertEquals(reindexes, [null, Int32Array.of(1, 0, -1), Int32Array.of(0, 1, -1)]);
  const outer = joinIndexes([["b"], ["a", "b"]].map(fromTexts), "outer");
  assertEquals(outer.reindexes, [Int32Array.of(1), null]);
});

Deno.test("joinIndexes: thousands of random names, as sets and sorting make them", async () => {
  await withSeed((random) => {
    const name = (): string => `${random.pick(["g", "ENSG0", "é", "\u{1f600}", "\uffee"])}${random.below(4000)}`;
    const indexes = Array.from({ length: 4 }, () => [...new Set(Array.from({ length: 3000 }, name))]);
    const [first = []] = indexes;
    assertEquals(join("inner", ...indexes), first.filter((one) => indexes.every((index) => index.includes(one))));
    const all = [...new Set(indexes.flat())].sort(compareCodePoints),
      joined = joinIndexes(indexes.map(fromTexts), "outer");
    assertEquals(toTexts(joined.names), all);
    const place = new Map(all.map((one, at) => [one, at]));
    assertEquals(joined.reindexes, indexes.map((index) => Int32Array.from(index, (one) => place.get(one) ?? -1)));
  });
});

Deno.test("duplicates: how many rows repeat an earlier one, and the first three such names", () => {
  const of = (...names: string[]) => duplicates(fromTexts(names));
  assertEquals(of(), { count: 0, names: [] });
  assertEquals(of("a", "b", "A", ""), { count: 0, names: [] });
  assertEquals(of("a", "b", "a", "a", "", ""), { count: 3, names: ["a", ""] });
  assertEquals(of(..."abcdeedcba"), { count: 5, names: ["e", "d", "c"] });
});

// --- columns

const SPEC: ArraySpec = { shape: [3], dtype: "int8", chunks: [3], shards: null, codecs: [], fill: 0 };
const ALL: Absence = { any: false, rows: false };
const LACKING: Absence = { any: true, rows: true };
/** Lacking only where there are no rows. */
const LACKING_EMPTY: Absence = { any: true, rows: false };

function plain(dtype: NumericType | "string"): SupportedColumn {
  return { kind: "plain", name: "c", path: "obs/c", dtype, spec: { ...SPEC, dtype } };
}

function nullable(dtype: NumericType | "string"): SupportedColumn {
  const values = { ...SPEC, dtype };
  return { kind: "nullable", name: "c", path: "obs/c", dtype, values, mask: SPEC };
}

function categorical(
  values: readonly (string | number | boolean)[],
  more: { readonly ordered?: boolean; readonly dtype?: NumericType; readonly hasMissing?: boolean } = {},
): SupportedColumn {
  const { ordered = false, dtype, ...rest } = more, type: DType = dtype ?? "string";
  const categories = { dtype: type, values: valuesOf(values), spec: { ...SPEC, dtype: type }, ...rest };
  return { kind: "categorical", name: "c", path: "obs/c", codes: SPEC, ordered, categories };
}

const plainType = (dtype: NumericType | "string"): ColumnType => ({ kind: "plain", dtype });
const nullableType = (dtype: NumericType | "string"): ColumnType => ({ kind: "nullable", dtype });
const categories = (values: readonly (string | number | boolean)[], dtype: NumericType | "string" = "string") =>
  ({ kind: "categorical", ordered: false, dtype, values: valuesOf(values) }) as const;

/** A list as plans have it; one without values is of text. */
function valuesOf(list: readonly (string | number | boolean)[]): Values {
  const texts = list.filter((value) => typeof value === "string");
  return texts.length === list.length ? fromTexts(texts) : list.filter((value) => typeof value !== "string");
}
const CONFLICT: ColumnType = { kind: "conflict" };

Deno.test("columnType: numbers promote as numpy's do", () => {
  assertEquals(columnType([plain("int32"), plain("float32")], ALL), plainType("float64"));
  assertEquals(columnType([plain("uint8"), plain("int8")], ALL), plainType("int16"));
  assertEquals(columnType([plain("uint64"), plain("int64")], ALL), plainType("float64"));
  assertEquals(columnType([plain("bool"), plain("int64")], ALL), plainType("int64"));
  assertEquals(columnType([plain("bool"), plain("bool")], ALL), plainType("bool"));
  assertEquals(columnType([plain("float16")], ALL), plainType("float16"));
});

Deno.test("columnType: what a column becomes where some input lacks it", () => {
  for (const dtype of ["int8", "uint16", "int64", "uint64"] as const) {
    assertEquals(columnType([plain(dtype)], LACKING), plainType("float64"));
    assertEquals(columnType([plain(dtype)], LACKING_EMPTY), plainType(dtype));
  }
  for (const dtype of ["float16", "float32", "float64"] as const) {
    assertEquals(columnType([plain(dtype)], LACKING), plainType(dtype));
  }
  assertEquals(columnType([plain("bool")], LACKING), nullableType("bool"));
  assertEquals(columnType([plain("string")], LACKING), nullableType("string"));
  assertEquals(columnType([nullable("int32")], LACKING), nullableType("int32"));
  assertEquals(columnType([nullable("bool")], LACKING), nullableType("bool"));
  assertEquals(columnType([categorical(["b", "a"])], LACKING), categories(["b", "a"]));
});

Deno.test("columnType: nullable columns with others", () => {
  assertEquals(columnType([nullable("int64"), nullable("uint8")], ALL), nullableType("int64"));
  assertEquals(columnType([nullable("int64"), plain("int64")], ALL), nullableType("int64"));
  assertEquals(columnType([plain("bool"), nullable("bool")], ALL), nullableType("bool"));
  assertEquals(columnType([nullable("string"), plain("string")], ALL), nullableType("string"));
});

Deno.test("columnType: nullable integers with floats would be Float64, which anndata cannot write", () => {
  assertEquals(columnType([nullable("int64"), plain("float32")], ALL), CONFLICT);
});

Deno.test("columnType: mixtures that pandas makes objects of are conflicts", () => {
  const mixtures: readonly (readonly [readonly SupportedColumn[], Absence])[] = [
    [[plain("string"), plain("int64")], ALL],
    [[plain("bool"), plain("int64")], LACKING],
    [[plain("bool"), plain("float64")], ALL],
    [[nullable("int64"), plain("bool")], ALL],
    [[nullable("bool"), plain("int64")], ALL],
    [[categorical([1, 2], { dtype: "int64" }), plain("string")], ALL],
    [[categorical([1, 2], { dtype: "int64" }), categorical(["a"])], ALL],
    [[categorical(["a"]), plain("int64")], ALL],
  ];
  for (const [columns, absent] of mixtures) assertEquals(columnType(columns, absent), CONFLICT);
});

Deno.test("columnType: categoricals with plain values become plain values", () => {
  assertEquals(columnType([categorical(["a"]), plain("string")], ALL), plainType("string"));
  assertEquals(columnType([categorical(["a"], { hasMissing: true }), plain("string")], ALL), nullableType("string"));
  assertEquals(columnType([categorical([1, 2], { dtype: "int64" }), plain("int64")], ALL), plainType("int64"));
});

Deno.test("columnType: the first column's categories keep their order where they are all of them", () => {
  const of = (...sets: readonly (readonly string[])[]) => columnType(sets.map((set) => categorical(set)), ALL);
  assertEquals(of(["b", "a"], ["b", "a"]), categories(["b", "a"]));
  assertEquals(of(["b", "a", "z"], ["b", "a"]), categories(["b", "a", "z"]));
  assertEquals(of(["b"], ["b", "a"]), categories(["a", "b"]));
  assertEquals(of(["c10", "c2"], ["c1"]), categories(["c1", "c2", "c10"]));
  assertEquals(of([], ["b", "a"]), categories(["a", "b"]));
  assertEquals(of([], []), categories([]));
});

Deno.test("columnType: categories that are numbers", () => {
  const ints = (values: number[], dtype: NumericType = "int8") => categorical(values, { dtype });
  assertEquals(columnType([ints([10]), ints([9, 10])], ALL), categories([9, 10], "int64"));
  assertEquals(columnType([ints([10]), ints([9.5], "float64")], ALL), categories([9.5, 10], "float64"));
});

Deno.test("columnType: ordered categoricals stay so only where all agree", () => {
  const ordered = (...values: readonly string[]) => categorical(values, { ordered: true });
  const low = ["low", "high"];
  assertEquals(columnType([ordered(...low), ordered(...low)], ALL), { ...categories(low), ordered: true });
  assertEquals(columnType([ordered(...low), ordered()], ALL), { ...categories(low), ordered: true });
  assertEquals(columnType([ordered(...low), ordered("high", "low")], ALL), plainType("string"));
  assertEquals(columnType([ordered(...low), ordered("low")], ALL), plainType("string"));
  assertEquals(columnType([ordered(...low), categorical(low)], ALL), plainType("string"));
  assertEquals(columnType([ordered(...low), ordered("low")], LACKING), nullableType("string"));
});

Deno.test("codeType: the smallest signed integer that numbers all categories", () => {
  const counts = [0, 1, 128, 129, 32768, 32769];
  assertEquals(counts.map(codeType), ["int8", "int8", "int8", "int16", "int16", "int32"]);
});

Deno.test("natsorted: as natsort 8.4 sorts by default", async () => {
  // Of `natsorted(sorted(texts))` in Python: those that count as equal come by code point.
  const ascii = ["", "1.5", "1.25", "9", "10", "-1", "B", "C1", "a01b", "a1b", "a2", "a02c", "a b", "a_b", "b", "c1"];
  const large = ["n123456789012345678901", "n123456789012345678902", "n000123456789012345678903"];
  const other = ["c2", "c10", "é", ...large, "x2", "x²", "x2²", "x٣", "x𝟛", "x4", "z"];
  await withSeed((random) => {
    for (const wanted of [ascii, [...ascii, ...large], [...ascii, ...other]]) {
      for (let round = 0; round < 20; round++) {
        assertEquals(toTexts(natsorted(fromTexts(random.shuffled(wanted)))), wanted);
      }
    }
  });
});

Deno.test("promote: numpy's result_type of every pair", () => {
  const table: Readonly<Record<string, Readonly<Record<string, string>>>> = promotions;
  const types = Object.keys(table) as NumericType[];
  assertEquals(types.length, 14);
  const found = types.map((a) => [a, Object.fromEntries(types.map((b) => [b, promote(a, b)]))]);
  assertEquals(Object.fromEntries(found), promotions);
  assertThrows(() => resultType([]), TypeError);
});

// --- options

const MACHINE = { cores: 2, memory: 16 * 2 ** 30 };

function resolve(options: ConcatOptions & RunOptions): ResolvedOptions {
  return resolveOptions(options, MACHINE);
}

Deno.test("parseCodec: every name, with and without a level", () => {
  assertEquals(parseCodec("keep"), "keep");
  assertEquals(parseCodec("none"), []);
  assertEquals(parseCodec("zstd"), [{ name: "zstd", configuration: { level: 3, checksum: false } }]);
  assertEquals(parseCodec("zstd:-7"), [{ name: "zstd", configuration: { level: -7, checksum: false } }]);
  assertEquals(parseCodec("gzip:0"), [{ name: "gzip", configuration: { level: 0 } }]);
  const blosc = parseCodec("blosc-lz4:9");
  assertEquals(blosc === "keep" ? null : blosc[0]?.configuration["clevel"], 9);
});

Deno.test("parseCodec: wrong names and levels are refused with the right ones", () => {
  for (const text of ["", "zst", "blosc", "keep:1x"]) {
    assertThrows(() => parseCodec(text), TypeError, "keep, none, zstd");
  }
  for (const text of ["zstd:", "zstd:23", "zstd:1.5", "zstd:x", "gzip:10", "gzip:-1", "blosc-lz4:10"]) {
    assertThrows(() => parseCodec(text), RangeError, "whole number from");
  }
  for (const text of ["none:1", "keep:1"]) assertThrows(() => parseCodec(text), TypeError, `"${text}"`);
});

Deno.test("parseCodec: what stands behind the level is refused, not ignored", () => {
  assertThrows(() => parseCodec("zstd:1:2"), Error, "zstd:1:2");
});

Deno.test("resolveOptions: what is not said has the documented default", () => {
  const options = resolve({});
  assertEquals([options.axis, options.join, options.workers, options.memory], [0, "inner", 2, 2 ** 30]);
  assertEquals(resolveOptions({}, { cores: 1, memory: 2 ** 30 }).memory, 2 ** 28);
  assertEquals([options.fillValue, options.codecs, options.shards, options.chunks], [null, "keep", "keep", null]);
  assertEquals([resolve({ fillValue: NaN }).fillValue, resolve({ fillValue: -Infinity }).fillValue], [
    "NaN",
    "-Infinity",
  ]);
  assertEquals(resolve({ axis: "var", memory: "1GB", shards: null }).memory, 1e9);
});

Deno.test("resolveOptions: wrong values are refused by name", () => {
  const wrong: readonly (readonly [Record<string, unknown>, string])[] = [
    [{ axis: 2 }, "axis"],
    [{ join: "left" }, "join"],
    [{ sparseLayout: "coo" }, "sparseLayout"],
    [{ onConflict: "ignore" }, "onConflict"],
    [{ zarrFormat: 1 }, "zarrFormat"],
    [{ chunks: [] }, "chunks"],
    [{ chunks: [1, 2, 3] }, "chunks"],
    [{ chunks: [0] }, "chunks"],
    [{ shards: [1.5] }, "shards"],
    [{ chunks: [100], shards: [50] }, "100 would do"],
    [{ chunks: [100, 30], shards: [200, 100] }, "200,120 would do"],
    [{ memory: "lots" }, "256MiB"],
    [{ memory: 0 }, "memory"],
    [{ memory: NaN }, "memory"],
    [{ workers: -1 }, "workers"],
    [{ workers: 0.5 }, "workers"],
    [{ maxLoadedElems: 0 }, "maxLoadedElems"],
  ];
  for (const [options, name] of wrong) {
    const error = assertThrows(() => resolve(options as ConcatOptions), Error, name);
    assert(error instanceof TypeError || error instanceof RangeError, String(error));
  }
});

// --- grids

const NO_OPTIONS = resolve({});

function specOf(more: Partial<Parameters<typeof arraySpec>[0]>, options = NO_OPTIONS, version: 2 | 3 = 3): ArraySpec {
  const wanted = { shape: [1000, 400], dtype: "float32", like: undefined, fill: 0, isMatrix: true } as const;
  return arraySpec({ ...wanted, ...more }, options, { first: "zarr", output: { kind: "zarr", version } });
}

function like(shape: number[], chunks: number[], shards: number[] | null = null): ArraySpec {
  return { ...SPEC, shape, chunks, shards };
}

Deno.test("arraySpec: chunks are the first input's, where it has several", () => {
  assertEquals(specOf({ like: like([500, 400], [100, 50]) }).chunks, [100, 50]);
  assertEquals(specOf({ shape: [1000, 30], like: like([500, 400], [100, 50]) }).chunks, [100, 30]);
});

Deno.test("arraySpec: a chunk that held a whole axis grows to a usual size", () => {
  assertEquals(specOf({ shape: [1e6, 400], like: like([500, 400], [500, 400]) }).chunks, [655, 400]);
  assertEquals(specOf({ shape: [1e6], dtype: "int32", like: like([3], [3]) }).chunks, [262144]);
  assertEquals(specOf({ shape: [10], dtype: "int32", like: like([3], [3]) }).chunks, [10]);
});

Deno.test("arraySpec: without a model, chunks hold about a mebibyte", () => {
  assertEquals(specOf({}).chunks, [500, 400]);
  assertEquals(specOf({ shape: [0, 400] }).chunks, [1, 400]);
  assertEquals(specOf({ shape: [], like: undefined }).chunks, []);
  const { chunks } = specOf({ shape: [1e6, 1e5], dtype: "complex128" });
  assertLessOrEqual(chunks.reduce((a, b) => a * b) * 16, 2 ** 20);
});

Deno.test("arraySpec: the user's chunks and shards are for matrices, cut at the edges, shards whole chunks", () => {
  const options = { ...resolve({ chunks: [64, 32] }), shards: [200, 1000] };
  assertEquals(specOf({}, options).chunks, [64, 32]);
  assertEquals(specOf({}, options).shards, [256, 416]);
  assertEquals(specOf({}, options, 2).shards, null);
  assertEquals(specOf({ shape: [10], isMatrix: false }, options).chunks, [10]);
  assertEquals(specOf({ shape: [100], dtype: "int32" }, resolve({ chunks: [7] })).chunks, [7]);
  const sharded = like([500, 400], [100, 50], [200, 400]);
  assertEquals(specOf({ like: sharded }).shards, [200, 400]);
  assertEquals(specOf({ like: sharded }, resolve({ shards: null })).shards, null);
  assertEquals(specOf({ like: sharded }, NO_OPTIONS, 2).shards, null);
});

Deno.test("arraySpec: codecs are the first input's that can be written, the user's, or zstd", () => {
  const blosc = { name: "blosc", configuration: { cname: "lz4", typesize: 8 } };
  const kept = specOf({ like: { ...SPEC, codecs: [blosc, { name: "delta", configuration: {} }] } }).codecs;
  assertEquals(kept, [{ name: "blosc", configuration: { cname: "lz4" } }]);
  assertEquals(specOf({}).codecs.map(({ name }) => name), ["zstd"]);
  assertEquals(specOf({ like: { ...SPEC, codecs: [blosc] } }, resolve({ codec: "none" })).codecs, []);
});

Deno.test("unitCounts: stored objects are shards where there are any", () => {
  const spec = { ...SPEC, shape: [1000, 400], chunks: [100, 50], shards: [300, 200] };
  assertEquals([unitShape(spec), unitCounts(spec)], [[300, 200], [4, 2]]);
  assertEquals(unitCounts({ ...spec, shards: null }), [10, 8]);
  assertEquals(unitCounts({ ...spec, shape: [0, 400] }), [0, 2]);
});

// --- plans

type Job = (options?: ConcatOptions & RunOptions) => Promise<Plan>;

const GENES = Array.from({ length: 50 }, (_, i) => `g${i}`);
const A = { rows: 5000, vars: GENES, x: "dense", chunks: [1000, 20] } as const;
const B = { rows: 7000, vars: GENES.slice(5).reverse(), x: "csr", chunks: [1000] } as const;
const C = { rows: 5000, vars: GENES, x: "csc", chunks: [1000] } as const;

/** What planning `stores` together gives. */
async function jobOf(folder: string, stores: readonly Omit<MadeStore, "seed">[]): Promise<Job> {
  const paths: string[] = [];
  for (const store of stores) {
    const seed = paths.length;
    paths.push(await writeAnnData(`${folder}/${crypto.randomUUID()}.zarr`, { ...store, seed }));
  }
  return (options) => planConcat(paths, `${folder}/out.zarr`, { memory: "1GiB", workers: 2, ...options });
}

interface PlanCase {
  readonly stores: readonly Omit<MadeStore, "seed">[];
  readonly options: ConcatOptions;
}

const PLANS: Readonly<Record<string, PlanCase>> = {
  "append": { stores: [A, A], options: { label: "batch", keys: ["x", "y"] } },
  "dense, reindexed": {
    stores: [A, { ...A, vars: GENES.toReversed() }],
    options: { join: "outer", fillValue: NaN, chunks: [700, 30], shards: [1400, 60] },
  },
  "sparse": { stores: [A, B, C], options: { join: "outer", indexUnique: "-" } },
  "sparse, sorted": { stores: [C, B], options: { join: "outer", sparseLayout: "csc", fillValue: 1.5 } },
  "axis var": { stores: [A, C], options: { axis: "var", shards: [100, 100] } },
  "nothing": { stores: [{ rows: 0, vars: [], x: null }], options: {} },
};

Deno.test("planJson: numbers that JSON has no name for come back", () => {
  const values = [1.5, Infinity, -Infinity, 0, -0];
  assertEquals(JSON.parse(planJson({ values }), revived), { values });
  assertThrows(() => planJson({ values: [NaN] }), TypeError);
});

for (const [name, { stores, options }] of Object.entries(PLANS)) {
  Deno.test(`buildPlan: ${name}`, async (t) => {
    await inFolder(async (folder) => {
      const job = await jobOf(folder, stores), plan = await job(options);
      await t.step("the same plan each time, and the same after a way through JSON", async () => {
        assertEquals(await job(options), plan);
        assertEquals(JSON.parse(planJson(plan), revived), plan);
        assertEquals(JSON.stringify(await job(options)), JSON.stringify(plan));
      });
      await t.step("tasks are numbered, and those that fill cover every stored object once", () => checkTasks(plan));
      await t.step("memory is within the limit, and is what its terms add up to", () => {
        const { memory, tasks } = plan;
        assertLessOrEqual(memory.total, memory.limit);
        assertEquals(memory.terms.reduce((sum, { bytes }) => sum + bytes, 0), memory.total);
        assert(tasks.every((task) => task.memory > 0));
      });
    });
  });
}

function checkTasks({ tasks, elements }: Plan): void {
  assertEquals(tasks.map(({ id }) => id), tasks.map((_, at) => at));
  for (const [number, element] of elements.entries()) {
    const own = tasks.filter((task) => task.element === number);
    if (element.kind === "sparse") {
      const shares = own.filter((task) => task.kind === "entries").map(({ share }) => share).sort((a, b) => a - b);
      assertEquals(shares, shares.map((_, at) => at));
      continue;
    }
    const filled = own.reduce((sum, task) => {
      if (task.kind === "append") return sum + size(task.units);
      return task.kind === "dense" ? sum + task.units.reduce((all, range) => all * size(range), 1) : sum;
    }, 0);
    assertEquals(filled, unitCounts(element.spec).reduce((a, b) => a * b, 1), element.path);
  }
}

Deno.test("divide: names are freed before there are tasks, and a budget that is too small for them says so", () => {
  const held = { plan: 2 ** 20, network: 0, headers: 0, names: 200 * 2 ** 20 },
    needs = [{ path: "X", least: 2e7, full: 2e7 }];
  const ask = (limit: number, names: number) => divide(limit, 2, { ...held, names }, needs);
  const says = "Cannot hold the names and categories to join in 150 MiB: it needs ";
  const { required, element } = assertThrows(() => ask(150 * 2 ** 20, held.names), MemoryLimitError, says);
  assertEquals(element, undefined);
  const { workers, task } = ask(required, held.names), { total, terms } = memoryPlan(required, workers, held, 2e7);
  assertGreaterOrEqual(task, 2e7);
  assertEquals([total, terms.some(({ name }) => name.startsWith("largest task"))], [required, false]);
  // Few names leave what they took to the tasks, and these are what a budget is too small for.
  assertThrows(() => ask(70 * 2 ** 20, 1000), MemoryLimitError, 'Cannot hold "X" in 70 MiB');
  const few = memoryPlan(required, 2, { ...held, names: 1000 }, 2e7);
  assertEquals(few.terms.at(-1), { name: "largest task × 2", bytes: 4e7 });
});

Deno.test("buildPlan: parts side by side keep chunks where memory holds these, and decode them again elsewhere", async () => {
  await inFolder(async (folder) => {
    const store = { ...B, rows: 4000, density: 0.5, chunks: [100_000] } as const;
    const job = await jobOf(folder, Array.from({ length: 30 }, () => store));
    const kept = async (memory: string): Promise<boolean | undefined> => {
      const { elements, memory: { total, limit } } = await job({ axis: "var", memory });
      assertLessOrEqual(total, limit);
      return elements.find((element) => element.kind === "sparse")?.keepsChunks;
    };
    const { required } = await assertRejects(() => kept("60MiB"), MemoryLimitError);
    assertEquals([await kept("1GiB"), await kept(String(required))], [true, false]);
  });
});

Deno.test("buildPlan: a budget that is too small is refused with both numbers, and that number is enough", async () => {
  await inFolder(async (folder) => {
    const job = await jobOf(folder, [A, B, C]), before = namesIn(folder), join = "outer";
    const error = await assertRejects(() => job({ join, memory: "40MiB" }), MemoryLimitError, "40 MiB");
    assertEquals(error.limit, 40 * 2 ** 20);
    assertGreater(error.required, error.limit);
    const [, shown = ""] = /raise --memory to (\d+)MiB/.exec(error.message) ?? [];
    assertGreaterOrEqual(Number(shown) * 2 ** 20, error.required);
    const plan = await job({ join, memory: `${shown}MiB` });
    assertLessOrEqual(plan.memory.total, plan.memory.limit);
    assertLessOrEqual(plan.memory.workers, 1);
    assertEquals(namesIn(folder), before);
  });
});

Deno.test("buildPlan: more memory never means fewer workers", async () => {
  await inFolder(async (folder) => {
    const big = { rows: 60_000, vars: GENES, x: "dense", chunks: [5000, 10] } as const;
    const job = await jobOf(folder, [big, { ...big, vars: GENES.toReversed() }]), workers: number[] = [];
    for (let step = 0; step < 12; step++) {
      workers.push((await job({ memory: (100 + 30 * step) * 2 ** 20, workers: 4 })).memory.workers);
    }
    assertEquals(workers, workers.toSorted((a, b) => a - b));
    assertEquals(workers.at(-1), 4);
  });
});

Deno.test("buildPlan: duplicates are refused only where something is reindexed, with count and names", async () => {
  await inFolder(async (folder) => {
    const twice = { ...A, rows: 10, vars: ["g", "h", "g", ...GENES] };
    await (await jobOf(folder, [twice, twice]))();
    const job = await jobOf(folder, [A, twice]);
    for (const join of ["inner", "outer"] as const) {
      const error = await assertRejects(() => job({ join }), IncompatibleInputsError);
      assertMatch(error.message, /\.zarr.*1 var names.*"g"/);
    }
  });
});

Deno.test("buildPlan: a conflict names the column, inputs and types, and the ways out", async () => {
  const inputs = [0, 1].map((number) => `${CASES}/refuse_string_int/inputs/${number}.zarr`);
  const job = (options: ConcatOptions) => planConcat(inputs, "out.zarr", options);
  const kinds = async (options: ConcatOptions) => {
    return (await job(options)).notes.filter(({ element }) => element.startsWith("obs/")).map(({ kind }) => kind);
  };
  const error = await assertRejects(() => job({}), IncompatibleInputsError);
  assertMatch(
    error.message,
    /"mixed" is \w+ in .*0\.zarr and \w+ in .*1\.zarr.*--on-conflict drop.*--on-conflict string/,
  );
  assertEquals(await kinds({ onConflict: "drop" }), ["dropped"]);
  assertEquals(await kinds({ onConflict: "string" }), ["coerced"]);
  await assertRejects(() => job({ onConflict: "drop", strict: true }), IncompatibleInputsError, "strictly");
});

const CASES = decodeURIComponent(new URL("../testdata/cases", import.meta.url).pathname);

Deno.test("planConcat: the corpus: the same plan each time, and the same after a way through JSON", async () => {
  let plans = 0;
  for (const name of namesIn(CASES)) {
    const { inputs, args }: { inputs: string[]; args: string[] } = JSON.parse(
      Deno.readTextFileSync(`${CASES}/${name}/case.json`),
    );
    const axis = args.includes("--axis=var") ? "var" : "obs", join = args.includes("--join=outer") ? "outer" : "inner";
    const paths = inputs.map((input) => `${CASES}/${name}/${input}`);
    try {
      const [plan, again] = [
        await planConcat(paths, "o.zarr", { axis, join }),
        await planConcat(paths, "o.zarr", { axis, join }),
      ];
      assertEquals(again, plan, name);
      assertEquals(JSON.parse(planJson(plan), revived), plan, name);
      plans++;
    } catch (error) {
      if (!(error instanceof AnncatError)) throw error; // some cases are there to be refused
    }
  }
  assertGreater(plans, 100);
});

Deno.test("buildPlan: random inputs: sizes of the output are those of its inputs", async () => {
  await withSeed(async (random) => {
    for (let round = 0; round < 12; round++) {
      const stores = Array.from({ length: 1 + random.below(4) }, () => ({
        rows: random.below(200),
        vars: random.shuffled(GENES).slice(0, random.below(50)),
        x: random.pick(["dense", "csr", "csc"] as const),
      }));
      await inFolder(async (folder) => {
        const job = await jobOf(folder, stores);
        const join = random.pick(["inner", "outer"] as const),
          sparseLayout = random.pick(["auto", "csr", "csc"] as const);
        checkSizes(await job({ join, sparseLayout }), stores.reduce((sum, { rows }) => sum + rows, 0));
      });
    }
  });
});

function checkSizes(plan: Plan, rows: number): void {
  assertEquals(plan.shape[0], rows);
  const arrays = plan.nodes.filter((node) => node.kind === "array");
  const lengths = (path: string) => arrays.find((node) => node.path === path)?.spec.shape;
  assertEquals(lengths("obs/_index"), [rows]);
  assertEquals(lengths("var/_index"), [plan.shape[1]]);
  for (const { spec } of arrays) assert(spec.chunks.every((chunk) => chunk >= 1));
  const paths = plan.nodes.map(({ path }) => path);
  assertEquals(new Set(paths).size, paths.length);
  for (const element of plan.elements) {
    if (element.kind === "copy") continue;
    const parts = element.parts.map(({ at }) => at).filter((at) => size(at) > 0);
    assert(parts.every((at, i) => i === 0 || at.start >= (parts[i - 1]?.end ?? 0)), element.path);
  }
}

Deno.test("resultType: the highest family goes first", () => {
  assertEquals(resultType(["int8", "uint8", "float16"]), "float16");
  assertEquals(resultType(["int8", "uint8"]), "int16");
});
