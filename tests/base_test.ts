/** The ground that everything stands on: ranges, sizes, texts, buffers, casts. */
import {
  assert,
  assertEquals,
  assertLessOrEqual,
  assertNotStrictEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { formatBytes, parseBytes } from "../lib/base/bytes.ts";
import { cast, dtypeName, itemBytes, type NumericType, sameDType, viewAs } from "../lib/base/dtype.ts";
import { BufferPool } from "../lib/base/pool.ts";
import { cell, cells, intersect, positions, product, share, shift, size, strides, whole } from "../lib/base/range.ts";
import { fromTexts, rowBytes, rowCount, rowText, StringsBuilder, toTexts, utf8 } from "../lib/base/strings.ts";
import { withSeed } from "./random.ts";

Deno.test("intersect: what two ranges share, and an empty range where they share nothing", () => {
  assertEquals(intersect({ start: 2, end: 8 }, { start: 5, end: 10 }), { start: 5, end: 8 });
  for (const [a, b] of [[[0, 3], [3, 6]], [[3, 6], [0, 3]], [[0, 2], [5, 6]], [[4, 4], [0, 9]]] as const) {
    assertEquals(size(intersect({ start: a[0], end: a[1] }, { start: b[0], end: b[1] })), 0);
  }
  assertEquals(shift(whole(3), -2), { start: -2, end: 1 });
});

Deno.test("cells and cell: the cells that a range touches, and what each covers", () => {
  assertEquals(cells({ start: 3, end: 9 }, 4), { start: 0, end: 3 });
  assertEquals(cells({ start: 4, end: 8 }, 4), { start: 1, end: 2 });
  assertEquals(cells({ start: 5, end: 5 }, 4), { start: 0, end: 0 });
  assertEquals([0, 1, 2].map((at) => cell(at, 4, 9)), [
    { start: 0, end: 4 },
    { start: 4, end: 8 },
    { start: 8, end: 9 },
  ]);
});

Deno.test("share: the parts cover the range without gaps, and differ by one at most", () => {
  for (const length of [0, 1, 7, 100]) {
    for (const parts of [1, 2, 3, 7, 101]) {
      const all = Array.from({ length: parts }, (_, part) => share({ start: 5, end: 5 + length }, part, parts));
      assertEquals([all[0]?.start, all.at(-1)?.end], [5, 5 + length]);
      assert(all.every((part, at) => at === 0 || part.start === all[at - 1]?.end));
      const sizes = all.map(size);
      assert(Math.max(...sizes) - Math.min(...sizes) <= 1, `${length} in ${parts}: ${sizes}`);
    }
  }
});

Deno.test("positions: every position of a box, last axis fastest", () => {
  const all = (...lengths: number[]) => Array.from(positions(lengths.map(whole)), (at) => at.slice());
  assertEquals(all(2, 2), [[0, 0], [0, 1], [1, 0], [1, 1]]);
  assertEquals(all(), [[]]);
  assertEquals(all(2, 0), []);
  assertEquals(Array.from(positions([{ start: 3, end: 5 }]), (at) => at[0]), [3, 4]);
  assertEquals([product([]), product([2, 3])], [1, 6]);
  assertEquals([strides([4, 3, 2]), strides([])], [[6, 2, 1], []]);
});

Deno.test("parseBytes: sizes as people write them", () => {
  const sizes: Readonly<Record<string, number>> = {
    "0": 0,
    "1000000": 1e6,
    "256MiB": 2 ** 28,
    "256 mib": 2 ** 28,
    "1GB": 1e9,
    "1.5GiB": 1.5 * 2 ** 30,
    "4g": 2 ** 32,
    "10k": 10240,
    " 7 B ": 7,
    "0.3b": 0,
  };
  for (const [text, bytes] of Object.entries(sizes)) assertEquals(parseBytes(text), bytes, text);
  assertEquals(parseBytes(12.5), 12.5);
});

Deno.test("parseBytes: what is no size is refused with an example", () => {
  for (const text of ["", "x", "MiB", "-1", "1e3", "1,5GB", "1 G iB", "2XB", "0x10", "constructor"]) {
    assertThrows(() => parseBytes(text), RangeError, "256MiB");
  }
});

Deno.test("parseBytes: names that every JavaScript object has are no units", () => {
  for (const text of ["1constructor", "1valueOf"]) assertThrows(() => parseBytes(text), RangeError, "256MiB");
});

Deno.test("formatBytes: one decimal below ten, none above", () => {
  const shown = [0, 1, 1023, 1024, 1536, 10 * 1024, 1024 ** 2, 2.5 * 1024 ** 3, 12 * 1024 ** 5];
  const wanted = ["0 B", "1 B", "1023 B", "1.0 KiB", "1.5 KiB", "10 KiB", "1.0 MiB", "2.5 GiB", "12 PiB"];
  assertEquals(shown.map(formatBytes), wanted);
});

Deno.test("formatBytes: what rounds up to 1024 is one of the next unit", () => {
  assertEquals([1024 ** 2 - 1, 1024 ** 3 - 1].map(formatBytes), ["1.0 MiB", "1.0 GiB"]);
});

Deno.test("StringsBuilder: rows grow beyond its first memory, and clear keeps it for the next", async () => {
  await withSeed((random) => {
    const builder = new StringsBuilder();
    for (const count of [5000, 3, 0, 2000]) {
      const texts = Array.from({ length: count }, () => "é\u{1f600}x".repeat(random.below(12)));
      builder.clear();
      for (const text of texts) builder.pushText(text);
      assertEquals([builder.rows, builder.byteLength], [count, utf8(texts.join("")).length]);
      const view = builder.view(), own = builder.finish();
      assertEquals(toTexts(view), texts);
      builder.push(utf8("more"));
      assertEquals(toTexts(own), texts);
    }
  });
});

Deno.test("StringsBuilder: appends rows out of the middle of others, and suffixes", () => {
  const source = fromTexts(["a", "", "bc", "é", "last"]), builder = new StringsBuilder();
  builder.push(utf8("first"), utf8("-1"));
  builder.append(source, 1, 4);
  builder.append(source, 4, 4);
  builder.append(builder.finish(), 0, 1);
  assertEquals(toTexts(builder.finish()), ["first-1", "", "bc", "é", "first-1"]);
  assertEquals([rowCount(source), rowText(source, 4), rowBytes(source, 3)], [5, "last", utf8("é")]);
});

Deno.test("Strings: a byte order mark and lone surrogates are text like any other", () => {
  assertEquals(toTexts(fromTexts(["\ufeffa", "", "\0"])), ["\ufeffa", "", "\0"]);
  assertEquals(toTexts(fromTexts(["\ud800"])), ["\ufffd"]);
});

Deno.test("BufferPool: what is given back is taken again, the smallest that fits", () => {
  const pool = new BufferPool(), [small, large] = [pool.take(100), pool.take(1000)];
  assertEquals([small.length, large.length, small.byteOffset], [100, 1000, 0]);
  pool.give(large);
  pool.give(small);
  const again = pool.take(90);
  assertStrictEquals(again.buffer, small.buffer);
  assertEquals(again.length, 90);
  assertStrictEquals(pool.take(101).buffer, large.buffer);
  assertNotStrictEquals(pool.take(90).buffer, small.buffer);
});

Deno.test("BufferPool: memory starts at a multiple of 8, and its length is one", () => {
  const pool = new BufferPool();
  for (const bytes of [0, 1, 7, 8, 9, 100_003]) {
    const taken = pool.take(bytes);
    assertEquals([taken.length, taken.byteOffset % 8, taken.buffer.byteLength % 8], [bytes, 0, 0]);
  }
});

Deno.test("BufferPool: a buffer that is far too large is kept for who needs it rather than lent", () => {
  const pool = new BufferPool(), huge = pool.take(2 ** 22), { buffer } = huge;
  pool.give(huge);
  assertNotStrictEquals(pool.take(1000).buffer, buffer);
  assertStrictEquals(pool.take(2 ** 22).buffer, buffer);
});

Deno.test("BufferPool: buffers that are too small do not pile up, and clear frees what is not in use", () => {
  const pool = new BufferPool(), freed: ArrayBuffer[] = [];
  for (let round = 1; round < 40; round++) {
    const taken = pool.take(round * 200_000);
    freed.push(taken.buffer);
    pool.give(taken);
  }
  const kept = () => freed.filter((buffer) => buffer.byteLength > 0).length;
  assert(kept() <= 12, `${kept()} are kept`);
  const inUse = pool.take(10);
  pool.clear();
  assertEquals([kept(), inUse.buffer.byteLength > 0], [0, true]);
});

Deno.test("BufferPool: whatever the sizes, it holds little more than was in use at the same time", async () => {
  await withSeed((random) => {
    const pool = new BufferPool(), made = new Set<ArrayBuffer>();
    let most = 0;
    for (let round = 0; round < 200; round++) {
      const taken = Array.from({ length: 1 + random.below(3) }, () => pool.take(100_000 * (1 + random.below(40))));
      for (const { buffer } of taken) made.add(buffer);
      most = Math.max(most, taken.reduce((sum, { buffer }) => sum + buffer.byteLength, 0));
      const [left, ...given] = taken;
      if (left !== undefined && round % 10 === 0) {
        pool.leave(left);
        made.delete(left.buffer);
      } else if (left !== undefined) pool.give(left);
      for (const buffer of given) pool.give(buffer);
      assertLessOrEqual([...made].reduce((sum, buffer) => sum + buffer.byteLength, 0), most + 2 ** 20);
    }
    assertEquals(pool.lent, 0);
  });
});

const TYPES: readonly NumericType[] = [
  ...(["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"] as const),
  ...(["float16", "float32", "float64", "complex64", "complex128"] as const),
];

Deno.test("cast: every type into every wider one keeps small numbers", () => {
  for (const from of TYPES.filter((type) => !type.startsWith("complex"))) {
    for (const to of TYPES) {
      const count = 5, source = new Uint8Array(count * itemBytes(from)), target = new Uint8Array(count * itemBytes(to));
      const view = viewAs(from, source), isBig = view instanceof BigInt64Array || view instanceof BigUint64Array;
      const numbers = from === "bool" || to === "bool" ? [0, 1, 1, 0, 1] : [0, 1, 2, 100, 127];
      for (const [at, number] of numbers.entries()) view[at] = isBig ? BigInt(number) : number;
      cast(source, from, target, to);
      const step = to.startsWith("complex") ? 2 : 1, found = viewAs(to, target);
      assertEquals(numbers.map((_, at) => Number(found[at * step])), numbers, `${from} to ${to}`);
      if (step === 2) assertEquals(numbers.map((_, at) => Number(found[at * 2 + 1])), [0, 0, 0, 0, 0]);
    }
  }
});

Deno.test("cast: 64-bit integers keep every bit between each other, and complex numbers both parts", () => {
  const values = BigInt64Array.of(2n ** 62n + 1n, -1n), target = new Uint8Array(16);
  cast(new Uint8Array(values.buffer), "int64", target, "int64");
  assertEquals(new BigInt64Array(target.buffer), values);
  const pairs = Float32Array.of(1.5, -2, NaN, Infinity), wide = new Uint8Array(32);
  cast(new Uint8Array(pairs.buffer), "complex64", wide, "complex128");
  assertEquals(new Float64Array(wide.buffer), Float64Array.of(1.5, -2, NaN, Infinity));
});

Deno.test("dtypeName: every type has a name of its own", () => {
  const text = { kind: "unicode", length: 5 } as const, bytes = { kind: "bytes", length: 5 } as const;
  const struct = { kind: "struct", fields: [{ name: "a", dtype: "int32" }, { name: "b", dtype: text }] } as const;
  assertEquals([text, bytes, struct].map(dtypeName), ["<U5", "|S5", "[('a', int32), ('b', <U5)]"]);
  assertEquals([text, bytes, struct].map(itemBytes), [20, 5, 24]);
  assert(sameDType(text, { ...text }) && !sameDType(text, bytes) && !sameDType("string", text));
  assertThrows(() => itemBytes("string"), TypeError);
});
