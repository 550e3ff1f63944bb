// The kernel's zstd frames, read by node:zlib: whatever numbers hold, it must be what went in.

import { assert, assertEquals, assertThrows } from "@std/assert";
import zlib from "node:zlib";
import { BufferPool } from "../lib/base/pool.ts";
import { memory } from "../lib/kernel/kernel.wasm";
import { FEW_BYTES, zstdDecode } from "../lib/kernel/zstd_decode.ts";
import { zstdBound, zstdEncode } from "../lib/kernel/zstd_encode.ts";
import { openByteCodec } from "../lib/storage/codec/codecs.ts";
import { zstdFrame } from "../lib/kernel/zstd_frame.ts";
import { Lease } from "../lib/storage/lease.ts";
import { guarded } from "./guarded.ts";
import { type Random, withSeed } from "./random.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const BLOCK = 64 * 1024;
const SIZES = [1, 2, 4, 8] as const;

/** Encodes, checks that nothing is written outside of the bound and that node:zlib reads it, and gives the frame. */
function encoded(decoded: Uint8Array, itemBytes: number, note: string): Bytes {
  const room = zstdBound(decoded.length);
  const frame = guarded(room, (into) => {
    const length = zstdEncode(decoded, itemBytes, into);
    assert(length <= room, `more than the bound: ${note}`);
    return length;
  }, note);
  const { contentBytes, end } = zstdFrame(frame) ?? {};
  assertEquals([contentBytes, end], [decoded.length, frame.length], note);
  const back = zlib.zstdDecompressSync(frame, { chunkSize: Math.max(64, decoded.length + 1) });
  const first = back.length === decoded.length && back.equals(decoded)
    ? -1
    : back.findIndex((x, i) => x !== decoded[i]);
  assertEquals([back.length, first], [decoded.length, -1], note);
  if (decoded.length <= FEW_BYTES) {
    const into = new Uint8Array(decoded.length);
    assertEquals(zstdDecode(frame, into), decoded.length, note);
    assert(back.equals(into), `the kernel reads something else: ${note}`);
  }
  return frame;
}

/** Numbers of one kind after the other, some of them from before once more, near and far. */
function mixed(bytes: number, itemBytes: number, random: Random): Bytes {
  const result = new Uint8Array(bytes);
  for (let at = 0; at < bytes;) {
    const part = Math.min(bytes - at, itemBytes * (1 + random.below(random.pick([4, 60, 1000, 20_000]))));
    const kind = random.below(7),
      from = Math.max(0, at - random.pick([1, itemBytes, 3 * itemBytes, 300, 70_000, 200_000]));
    if (kind === 0) { for (let i = 0; i < part; i++) result[at + i] = random.below(256); }
    else if (kind === 1) result.fill(random.below(256), at, at + part);
    else if (kind === 2) { for (let i = 0; i < part; i++) result[at + i] = result[from + i] ?? 0; }
    else numbers(result.subarray(at, at + part), itemBytes, kind, random);
    at += part;
  }
  return result;
}

/** Small counts, counts as floats, ascending numbers, or items of which a few bytes vary. */
function numbers(into: Bytes, itemBytes: number, kind: number, random: Random): void {
  const view = new DataView(new ArrayBuffer(8)), top = random.below(256), most = random.pick([2, 5, 200]);
  let sum = 0;
  for (let at = 0; at < into.length; at += itemBytes) {
    if (kind === 3) view.setUint32(0, random.below(most), true);
    else if (kind === 4 && itemBytes === 8) view.setFloat64(0, random.below(most), true);
    else if (kind === 4) view.setFloat32(0, random.below(most), true);
    else if (kind === 5) view.setUint32(0, sum += random.below(most * 8), true);
    else view.setUint32(0, top << 24 | random.below(65536), true);
    for (let i = 0; i < itemBytes; i++) into[at + i] = view.getUint8(i);
  }
}

/** `frame`'s blocks: the kind (0 raw, 1 one byte, 2 compressed) and what follows its header. */
function blocks(frame: Bytes): { readonly kind: number; readonly body: Bytes }[] {
  const result = [];
  let at = [6, 7, 9][(frame[4] ?? 0) >> 6] ?? 0;
  for (let last = false; !last;) {
    const header = (frame[at] ?? 0) | (frame[at + 1] ?? 0) << 8 | (frame[at + 2] ?? 0) << 16;
    const kind = header >> 1 & 3, size = kind === 1 ? 1 : header >> 3;
    result.push({ kind, body: frame.slice(at + 3, at + 3 + size) });
    at += 3 + size;
    last = (header & 1) !== 0;
  }
  return result;
}

/** How a compressed block has its literals: 0 raw, 1 one byte, 2 in a code, 3 in the code before. */
function literalsOf({ body }: { readonly body: Bytes }): number {
  return (body[0] ?? 0) & 3;
}

Deno.test("zstdEncode: node:zlib reads mixtures of all kinds, whatever the size of items", () =>
  withSeed((random) => {
    const end = performance.now() + 4000;
    let rounds = 0, last: { decoded: Bytes; itemBytes: number; frame: Bytes } | undefined;
    for (; rounds < 3000 && performance.now() < end; rounds++) {
      const itemBytes = random.pick(SIZES), bytes = random.below(random.pick([300, 5000, 5000, 100_000, 400_000]));
      // an array need not be as its type promises
      const decoded = mixed(bytes, random.below(4) === 0 ? random.pick(SIZES) : itemBytes, random);
      const note = `round ${rounds}, ${bytes} bytes, items of ${itemBytes}`, frame = encoded(decoded, itemBytes, note);
      // nothing is left over from what was encoded before
      if (last !== undefined) assertEquals(encoded(last.decoded, last.itemBytes, note), last.frame, note);
      last = rounds % 8 === 0 ? { decoded, itemBytes, frame } : undefined;
    }
    assert(rounds > 100, `${rounds} rounds only`);
  }));

Deno.test("zstdEncode: every length up to 300, and those around blocks", () =>
  withSeed((random) => {
    const lengths = Array.from({ length: 301 }, (_, i) => i);
    for (const many of [1, 2, 3, 5, 6, 7]) for (let i = -3; i <= 3; i++) lengths.push(many * BLOCK + i);
    lengths.push(65536 + 255, 65536 + 256, 65536 + 257);
    for (const length of lengths) {
      for (const itemBytes of length < 1000 ? SIZES : [random.pick(SIZES)]) {
        encoded(mixed(length, itemBytes, random), itemBytes, `${length} bytes, items of ${itemBytes}`);
        encoded(new Uint8Array(length).fill(7), itemBytes, `${length} equal bytes, items of ${itemBytes}`);
      }
    }
  }));

/** Bytes of `weights[i]` times the symbol i, in any order. */
function weighted(weights: readonly number[], random: Random): Bytes {
  const bytes = Uint8Array.from(weights.flatMap((weight, symbol) => new Array<number>(weight).fill(symbol)));
  for (let i = bytes.length - 1; i > 0; i--) {
    const other = random.below(i + 1), byte = bytes[i] ?? 0;
    bytes[i] = bytes[other] ?? 0;
    bytes[other] = byte;
  }
  return bytes;
}

Deno.test("zstdEncode: literals that need long codes, few codes, codes of all bytes", () =>
  withSeed((random) => {
    const fibonacci = [1, 1];
    for (let i = 2; i < 22; i++) fibonacci.push((fibonacci[i - 1] ?? 0) + (fibonacci[i - 2] ?? 0));
    const cases: Record<string, readonly number[]> = {
      "longer than eleven bits": fibonacci,
      "longer than eleven bits, all bytes": [...fibonacci, ...new Array<number>(234).fill(1)],
      "two symbols": [9000, 1000],
      "the last two symbols": [...new Array<number>(254).fill(0), 5000, 300],
      "two symbols apart": [5000, ...new Array<number>(254).fill(0), 300],
      "one rare symbol": [9999, 1],
      "powers of two": Array.from({ length: 12 }, (_, i) => 2 ** i),
      "steps": Array.from({ length: 256 }, (_, i) => 1 + (i >> 2)),
      "128 alike": new Array<number>(128).fill(60),
      "129 alike": new Array<number>(129).fill(60),
      "all alike": new Array<number>(256).fill(64),
      "sixteen alike at the end": [...new Array<number>(240).fill(0), ...new Array<number>(16).fill(500)],
    };
    for (const [name, weights] of Object.entries(cases)) {
      const decoded = weighted(weights, random);
      const entropy = weights.reduce((bits, own) => own === 0 ? bits : bits + own * Math.log2(decoded.length / own), 0);
      const native = zlib.zstdCompressSync(decoded, { params: { [zlib.constants.ZSTD_c_compressionLevel]: 19 } });
      // matches may make it shorter than any code of bytes, and codes are a bit long at least, eleven at most
      const best = Math.max(entropy / 8, decoded.length / 8, native.length), { length } = encoded(decoded, 8, name);
      assert(length <= 1.03 * best + 150, `${name}: ${length} bytes instead of ${best}`);
      for (const length of [31, 32, 40, 255, 256, 257, 1023, 1024, 1025]) {
        encoded(decoded.slice(0, length), 8, `${name}, ${length} bytes`);
      }
    }
  }));

Deno.test("zstdEncode: the kinds of blocks and literals that there are", () =>
  withSeed((random) => {
    const noise = Uint8Array.from({ length: 3 * BLOCK }, () => random.below(256));
    assertEquals(blocks(encoded(noise, 8, "noise")).map(({ kind }) => kind), [0, 0, 0]);
    assertEquals(encoded(noise, 8, "noise").length, zstdBound(noise.length));

    // the first block is not one of a single byte: decoders before 1.4.4 may not take it
    const zeros = blocks(encoded(new Uint8Array(3 * BLOCK), 4, "zeros"));
    assertEquals(zeros.map(({ kind }) => kind), [2, 1, 1]);

    // noise in doubles: a code for all bytes in the first block, which the others go on with
    const floats = new Uint8Array(
      Float64Array.from({ length: 4 * BLOCK / 8 }, () => random.next() + random.next() / 2 ** 32).buffer,
    );
    const coded = blocks(encoded(floats, 8, "doubles"));
    assertEquals(coded.map(({ kind }) => kind), [2, 2, 2, 2]);
    assertEquals(coded.map(literalsOf), [2, 3, 3, 3]);
    // with noise in between the code is unknown to the decoder, and with other bytes it is not right
    const two = floats.slice(0, 2 * BLOCK), part = noise.slice(0, BLOCK);
    const other = Uint8Array.from({ length: BLOCK }, (_, i) => i % 8 < 5 ? random.below(256) : random.below(4));
    const between = blocks(encoded(Uint8Array.from([...two, ...part, ...two, ...other]), 8, "between"));
    assertEquals(between.map(({ kind }) => kind), [2, 2, 0, 2, 2, 2]);
    assertEquals(between.filter(({ kind }) => kind === 2).map(literalsOf), [2, 3, 2, 3, 2]);
  }));

Deno.test("zstdEncode: lengths of matches and literals from short to as long as a block", () =>
  withSeed((random) => {
    for (const run of [3, 4, 34, 35, 66, 67, 130, 131, 132, 1000, 40_000, 65_000]) {
      for (const plain of [1, 15, 16, 17, 63, 64, 65, 1000, 30_000]) {
        const decoded = new Uint8Array(200_000);
        for (let at = 0; at < decoded.length; at += run + plain) {
          for (let i = 0; i < plain && at + i < decoded.length; i++) decoded[at + i] = 1 + random.below(255);
        }
        for (const itemBytes of [1, 4]) encoded(decoded, itemBytes, `${run} zeros, ${plain} others, ${itemBytes}`);
      }
    }
  }));

/** What numbers of the kinds that cells have take, of what level 3 of node:zlib makes of them. */
function share(values: { readonly buffer: ArrayBuffer; readonly BYTES_PER_ELEMENT: number }): number {
  const decoded = new Uint8Array(values.buffer);
  return encoded(decoded, values.BYTES_PER_ELEMENT, "numbers").length / zlib.zstdCompressSync(decoded).length;
}

Deno.test("zstdEncode takes no more room than level 3 for the numbers of cells", () =>
  withSeed((random) => {
    const length = 200_000, count = () => 1 + Math.floor(-Math.log(1 - random.next()) * 1.5);
    let column = 0;
    const columns = Array.from({ length }, () => {
      column += 1 + random.below(39);
      return column = column < 30_000 ? column : random.below(39);
    });
    let row = 0;
    const starts = BigInt64Array.from({ length }, () => BigInt(row += 500 + random.below(3000)));
    const rowScale = Array.from({ length: length / 1000 }, () => 0.5 + random.next());
    const logged = Array.from({ length }, (_, i) => Math.log1p(count() * (rowScale[Math.floor(i / 1000)] ?? 1)));
    assert(share(Int32Array.from(columns)) < 0.9, "int32 columns");
    assert(share(BigInt64Array.from(columns, BigInt)) < 1, "int64 columns");
    assert(share(starts) < 1.03, "starts of rows");
    assert(share(Float32Array.from({ length }, count)) < 1.05, "float32 counts");
    assert(share(Float64Array.from({ length }, count)) < 1.05, "float64 counts");
    assert(share(Int32Array.from({ length }, count)) < 1, "int32 counts");
    assert(share(Float32Array.from(logged)) < 1.05, "float32 logarithms");
    assert(share(Float64Array.from(logged)) < 1.05, "float64 logarithms");
    assert(share(Float32Array.from({ length }, () => random.below(10) === 0 ? count() : 0)) < 1.05, "mostly zeros");
    assert(
      share(Float64Array.from({ length }, () => random.next() + random.next() / 2 ** 32)) < 1.01,
      "random doubles",
    );
    assert(share(Uint8Array.from({ length }, () => random.below(20))) < 1.05, "codes");
  }));

Deno.test("zstdEncode refuses too little room and odd items, and holds no more than a megabyte", () => {
  const decoded = new Uint8Array(1000);
  assertThrows(() => zstdEncode(decoded, 4, new Uint8Array(zstdBound(1000) - 1)), RangeError, "1000 bytes need");
  for (const size of [0, 3, 16]) {
    assertThrows(() => zstdEncode(decoded, size, new Uint8Array(2000)), RangeError, `items have ${size} bytes`);
  }
  encoded(new Uint8Array(8_000_000), 8, "zeros");
  assert(memory.buffer.byteLength <= 2 ** 20, `${memory.buffer.byteLength} bytes of memory`);
});

Deno.test("the codec zstd has numbers encoded by the kernel at low levels, and nothing else", () => {
  const numbers = new Uint8Array(Int32Array.from({ length: 5000 }, (_, i) => 7 * i).buffer);
  const into = new Uint8Array(zstdBound(numbers.length));
  const ours = into.subarray(0, zstdEncode(numbers, 4, into)), lease = new Lease(new BufferPool());
  const isOurs = (configuration: Record<string, number | boolean>, itemBytes?: number) => {
    const made = openByteCodec({ name: "zstd", configuration })?.encode?.(numbers, lease, itemBytes);
    assert(made instanceof Uint8Array);
    assertEquals(Uint8Array.from(zlib.zstdDecompressSync(made)), numbers);
    return made.length === ours.length && made.every((byte, i) => byte === ours[i]);
  };
  for (const level of [0, 1, 2, 3]) assertEquals(isOurs({ level }, 4), true, `level ${level}`);
  for (const level of [-1, 4, 22]) assertEquals(isOurs({ level }, 4), false, `level ${level}`);
  assertEquals(isOurs({ level: 3, checksum: true }, 4), false);
  assertEquals(isOurs({ level: 3 }, 16), false);
  assertEquals(isOurs({ level: 3 }), false);
});
