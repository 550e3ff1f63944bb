// The kernel's zstd beside node:zlib: what it reads must be what zstd reads, and what zstd refuses it must refuse.

import { assert, assertEquals, assertThrows } from "@std/assert";
import zlib from "node:zlib";
import { BufferPool } from "../lib/base/pool.ts";
import { FEW_BYTES, zstdDecode } from "../lib/kernel/zstd_decode.ts";
import { blockHeader, zstdFrame } from "../lib/kernel/zstd_frame.ts";
import { openByteCodec } from "../lib/storage/codec/codecs.ts";
import { Lease } from "../lib/storage/lease.ts";
import { guarded, same } from "./guarded.ts";
import { Random, withSeed } from "./random.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Seconds that damaged frames are tried for. */
const SECONDS = Number(Deno.env.get("ANNCAT_ZSTD_SECONDS") ?? 3);

/** Noise of few and of many letters, runs, and repeats from near and far. */
function mixed(length: number, random: Random): Bytes {
  const bytes = new Uint8Array(length), letters = random.pick([2, 16, 60, 200, 256]), longest = random.pick([40, 4000]);
  for (let at = 0; at < length;) {
    const part = Math.min(length - at, 1 + random.below(random.pick([4, 40, longest])));
    const kind = random.below(3), far = random.pick([1, 2, 3, 4, 7, 15, 16, 17, 300, 32_768, 131_072, 1_000_000]);
    if (kind === 0) { for (let i = 0; i < part; i++) bytes[at + i] = random.below(1 + random.below(letters)); }
    else if (kind === 1) bytes.fill(random.below(letters), at, at + part);
    else for (let i = 0; i < part; i++) bytes[at + i] = bytes[Math.max(0, at + i - far)] ?? 0;
    at += part;
  }
  return bytes;
}

const {
  ZSTD_c_checksumFlag: CHECKSUM,
  ZSTD_c_compressionLevel: LEVEL,
  ZSTD_c_enableLongDistanceMatching: LONG,
  ZSTD_c_strategy: STRATEGY,
  ZSTD_c_windowLog: WINDOW,
} = zlib.constants;

interface Options {
  readonly params: Record<number, number>;
  readonly pledgedSrcSize?: number;
}

function options(length: number, random: Random): Options {
  const params = {
    [LEVEL]: random.below(27) - 7,
    [CHECKSUM]: random.below(2),
    ...(random.below(3) === 0 ? { [WINDOW]: 10 + random.below(14) } : {}),
    ...(random.below(6) === 0 ? { [LONG]: 1 } : {}),
    ...(random.below(4) === 0 ? { [STRATEGY]: 1 + random.below(9) } : {}),
  };
  return { params, ...(random.below(2) === 0 ? { pledgedSrcSize: length } : {}) };
}

function encode(decoded: Uint8Array, made: Options): Bytes {
  // In one piece: Deno puts an empty frame behind what takes more.
  return new Uint8Array(zlib.zstdCompressSync(decoded, { ...made, chunkSize: 1024 + 2 * decoded.length }));
}

function decode(encoded: Uint8Array, length: number): Bytes {
  return guarded(length, (into) => zstdDecode(encoded, into));
}

/** What the format offers, as far as the blocks of a frame make use of it. */
function* features(encoded: Bytes): Generator<string> {
  const view = new DataView(encoded.buffer);
  for (let at = zstdFrame(encoded)?.start ?? 0, last = false; !last;) {
    const { kind, isLast, stored } = blockHeader(view, at);
    yield `${kind} block`;
    if (kind === "coded") yield* parts(encoded.subarray(at + 3, at + 3 + stored));
    at += 3 + stored;
    last = isLast;
  }
}

function* parts(block: Bytes): Generator<string> {
  const byte = (at: number) => block[at] ?? 0, kind = byte(0) & 3, format = byte(0) >> 2 & 3;
  yield `literals ${kind}`;
  if (kind > 1) yield `coded literals, format ${format}`;
  const bits = (from: number, n: number) => {
    const word = [0, 1, 2, 3, 4].reduce((sum, i) => sum + byte(i) * 2 ** (8 * i), 0);
    return Math.floor(word / 2 ** from) % 2 ** n;
  };
  const plain = [[1, 3, 5], [2, 4, 12], [1, 3, 5], [3, 4, 20]][format] ?? [];
  const coded = [[3, 14, 10], [3, 14, 10], [4, 18, 14], [5, 22, 18]][format] ?? [];
  const [head = 0, from = 0, n = 0] = kind < 2 ? plain : coded, size = bits(from, n);
  const at = head + (kind === 1 ? 1 : size), more = byte(at) < 128 ? 0 : byte(at) < 255 ? 1 : 2;
  if (byte(at) === 0) return yield "no sequences";
  yield `sequences, ${1 + more} bytes`;
  for (const [i, name] of ["matches", "offsets", "lengths"].entries()) {
    yield `${name} ${byte(at + 1 + more) >> (2 + 2 * i) & 3}`;
  }
}

Deno.test("zstd's frames of every level and length are read, and every kind of block", () =>
  withSeed((random) => {
    const seen = new Set<string>();
    const run = (decoded: Bytes, made: Options) => {
      const encoded = encode(decoded, made), note = `${decoded.length} bytes, ${JSON.stringify(made)}`;
      for (const feature of features(encoded)) seen.add(feature);
      same(decode(encoded, decoded.length), decoded, note);
    };
    for (let length = 0; length <= 300; length++) run(mixed(length, random), options(length, random));
    for (let level = -7; level <= 19; level++) {
      const length = random.below(random.pick([3000, 40_000])), decoded = mixed(length, random);
      run(decoded, { params: { [LEVEL]: level }, pledgedSrcSize: length });
      run(decoded, options(length, random));
    }
    for (const blocks of [1, 2, 3, 5]) {
      for (const more of [-1, 0, 1]) {
        const length = blocks * 131_072 + more;
        run(mixed(length, random), options(length, random));
      }
    }
    // What stays alike from block to block makes use of the codes of the block before, and with few matches of its tables.
    const stays = Uint8Array.from({ length: 400_000 }, () => Math.min(random.below(256), random.below(256)));
    const copied = Uint8Array.from(stays, () => random.below(256));
    for (let at = 1000; at + 500 < copied.length; at += 100 + random.below(300)) {
      const from = at - 100 - random.below(900);
      copied.copyWithin(at, from, from + 10 + random.below(60));
    }
    for (const decoded of [stays, copied, new Uint8Array(1_000_000)]) {
      for (const level of [-3, 1, 3, 6]) run(decoded, { params: { [LEVEL]: level }, pledgedSrcSize: decoded.length });
    }
    const all = mixed(5_000_000, random);
    for (const params of [{ [LEVEL]: 1, [WINDOW]: 18 }, { [LEVEL]: 3, [LONG]: 1, [WINDOW]: 24, [CHECKSUM]: 1 }]) {
      run(all, { params });
    }
    const named = (name: string, ...kinds: readonly (number | string)[]) => kinds.map((kind) => `${name} ${kind}`);
    const wanted = [
      ...["raw block", "run block", "coded block", "no sequences", "sequences, 1 bytes", "sequences, 2 bytes"],
      ...[...named("lengths", 0, 2, 3), ...named("offsets", 0, 2, 3), ...named("matches", 0, 2, 3)],
      ...[...named("literals", 0, 2, 3), ...named("coded literals, format", 0, 1, 2, 3)],
    ];
    assertEquals(wanted.filter((feature) => !seen.has(feature)), []);
  }));

/** `encoded` with some of its bytes changed: many at the start, where the codes are. */
function damaged(encoded: Bytes, random: Random): Bytes {
  const changed = encoded.slice(), start = random.below(3) === 0 ? 0 : (zstdFrame(encoded)?.start ?? 0) + 3;
  for (let edits = 1 + random.below(3); edits > 0; edits--) {
    const at = Math.min(start, encoded.length - 1), near = random.below(2) === 0 ? 60 : encoded.length;
    const place = at + random.below(Math.min(near, encoded.length - at));
    changed[place] = random.pick([0, 255, random.below(256), (encoded[place] ?? 0) ^ 1 << random.below(8)]);
  }
  return random.below(8) === 0 ? changed.slice(0, random.below(changed.length)) : changed;
}

const ROOM = 40_000;

/** What node:zlib makes of a frame, or why it refuses it: it does not tell one that is cut off. */
function byNode(encoded: Bytes, room = ROOM): Uint8Array | string {
  const frame = zstdFrame(encoded);
  if (frame === undefined || frame.end === undefined) return "cut off";
  try {
    return zlib.zstdDecompressSync(encoded, { chunkSize: room + 1, maxOutputLength: room });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function byKernel(encoded: Bytes, room = ROOM): Uint8Array | string {
  try {
    return decode(encoded, room);
  } catch (error) {
    if (error instanceof RangeError && !error.stack?.includes("set (")) return error.message;
    throw error;
  }
}

Deno.test("zstd that is damaged is refused where zstd refuses it, or read as zstd reads it", () =>
  withSeed((random) => {
    let refused = 0, read = 0, stricter = 0;
    const end = performance.now() + 1000 * SECONDS;
    for (let round = 0; performance.now() < end; round++) {
      const decoded = mixed(20 + random.below(random.pick([300, 3000, 30_000])), random);
      const whole = encode(decoded, options(decoded.length, random));
      for (let time = 0; time < 8; time++) {
        const encoded = damaged(whole, random), expected = byNode(encoded), actual = byKernel(encoded);
        const note = `round ${round}: ${expected.slice(0, 80)}, ${actual.slice(0, 80)}`;
        if (typeof expected !== "string" && typeof actual !== "string") {
          read++;
          same(actual, expected, note);
        } else if (typeof expected !== "string") {
          // Section 4.2.2 wants streams of literals used up, and 3.1.1.3 something in a block: zstd does not look.
          stricter++;
          assert(
            actual === "it has a code that stands for nothing" || actual === "the encoded bytes end too early",
            note,
          );
        } else {
          refused++;
          // Windows of more than 128 MiB: they cost nothing here.
          assert(typeof actual === "string" || expected.includes("too much memory"), note);
        }
      }
    }
    assert(
      refused > 100 && read > 50 && stricter < read,
      `${refused} refused, ${read} read, ${stricter} by zstd alone`,
    );
  }));

Deno.test("zstd's frames stop at every cut, and at one byte too many", () => {
  const decoded = mixed(3000, new Random(1));
  for (const params of [{ [LEVEL]: 3 }, { [LEVEL]: 19, [CHECKSUM]: 1 }]) {
    const encoded = encode(decoded, { params });
    for (let cut = 0; cut < encoded.length; cut++) {
      assertThrows(() => decode(encoded.subarray(0, cut), decoded.length), RangeError);
    }
    for (const length of [0, 1, decoded.length - 1]) {
      assertThrows(() => decode(encoded, length), RangeError, "more bytes than expected");
    }
    same(decode(encoded, decoded.length + 1), decoded, "room for more");
  }
});

/** A frame of blocks that are coded so: their kind and bytes, and how long a run is. */
function frameOf(...blocks: readonly (readonly [kind: 0 | 1 | 2, bytes: readonly number[], size?: number])[]): Bytes {
  const parts = blocks.flatMap(([kind, bytes, size = bytes.length], at) => {
    const header = size << 3 | kind << 1 | (at === blocks.length - 1 ? 1 : 0);
    return [header & 255, header >> 8 & 255, header >> 16, ...bytes];
  });
  return Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, ...parts);
}

Deno.test("zstd's blocks that its encoder hardly ever writes are read as zstd reads them", () => {
  const ten = [0, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]] as const, none = 0, end = 1, set = 0b01010100;
  // Literals that are one byte over and over, with headers of 1, 2 and 3 bytes; a section says there are no sequences.
  const runs = [[5 << 3 | 1, 42], [0x45, 0x23, 42], [0x4d, 0xb3, 0x01, 42]].map((head) =>
    [2, [...head, none]] as const
  );
  // Sequences of which each has the same codes, which takes no bits: 3 bytes of the second last distance.
  const alike = (...n: readonly number[]) => [2, [0, ...n, set, 0, 0, 0, end]] as const;
  const again = [2, [0, 100, 0b11111100, end]] as const;
  const cases: Record<string, Bytes> = {
    "runs of literals": frameOf(...runs),
    "a run of blocks": frameOf([1, [7], 131_072], [1, [8], 0], ten),
    "few sequences": frameOf(ten, alike(100), again),
    "sequences in 2 bytes": frameOf(ten, alike(128 + 10, 7), again),
    "sequences in 3 bytes": frameOf(ten, alike(255, 200, 0), ten, again),
    "no sequences in 2 bytes": frameOf(ten, [2, [1 << 3, 9, 128, 0]]),
    "no block that could be used again": frameOf(ten, again),
    "a distance of 0": frameOf(ten, [2, [0, 1, set, 0, 1, 0, 3]]),
    "a match before the start": frameOf(alike(1)),
    "bits that are left": frameOf(ten, [2, [0, 100, set, 0, 0, 0, 2]]),
    "no last bit": frameOf(ten, [2, [0, 100, set, 0, 0, 0, 0]]),
    "reserved bits": frameOf(ten, [2, [0, 100, set | 1, 0, 0, 0, end]]),
    "more literals than there are": frameOf(ten, [2, [0, 1, set, 1, 0, 0, end]]),
    "symbols that there are none of": frameOf(ten, [2, [0, 1, set, 36, 0, 0, end]]),
    "a block that is too long": frameOf(ten, alike(255, 0xff, 0x7f)),
    "a run that is too long": frameOf([1, [7], 131_073]),
    "literals of no code": frameOf(ten, [2, [0x03, 0x11, 0, 1, 0]]),
  };
  const read = Object.entries(cases).filter(([name, encoded]) => {
    const expected = byNode(encoded, 600_000), actual = byKernel(encoded, 600_000);
    if (typeof expected === "string" || typeof actual === "string") {
      assertEquals([typeof expected, typeof actual], ["string", "string"], `${name}: ${expected}, ${actual}`);
      return false;
    }
    same(actual, expected, name);
    return true;
  });
  assertEquals(read.map(([name]) => name), Object.keys(cases).slice(0, 6));
});

const codec = openByteCodec({ name: "zstd", configuration: {} });

Deno.test("the codec zstd is the same for short chunks, of the kernel, and for long ones, of node:zlib", () => {
  const lease = new Lease(new BufferPool());
  const read = (encoded: Bytes, expected?: number) => codec?.decode(encoded, expected, lease) as Bytes;
  for (const length of [0, 1, FEW_BYTES, FEW_BYTES + 1, 3 * FEW_BYTES]) {
    const decoded = mixed(length, new Random(length));
    const made = { params: { [CHECKSUM]: 1 }, pledgedSrcSize: length }, encoded = encode(decoded, made);
    const unsaid = encode(decoded, { params: {} });
    for (
      const bytes of [encoded, unsaid, Uint8Array.from([...encoded, 0, 1]), Uint8Array.from([...encoded, ...encoded])]
    ) {
      same(read(bytes, length), decoded, `${length} bytes`);
    }
    same(read(encoded), decoded, "the header says how many");
    same(read(unsaid), decoded, "nothing says how many");
    for (const expected of [length - 1, length + 1].filter((bytes) => bytes >= 0)) {
      assertThrows(() => read(encoded, expected), RangeError, "bytes");
    }
    assertThrows(() => read(encoded.subarray(0, -1), length), RangeError, "cut off");
    assertThrows(() => read(encoded.with(-1, (encoded.at(-1) ?? 0) ^ 1), length), Error, "checksum");
    // A dictionary's number, of one byte.
    const foreign = Uint8Array.from([...encoded.subarray(0, 4), (encoded[4] ?? 0) | 1, 7, ...encoded.subarray(5)]);
    assertThrows(() => read(foreign, length), Error, "ictionary");
    assertThrows(() => read(encoded.with(4, (encoded[4] ?? 0) | 8), length), Error);
    assertThrows(() => read(encoded.with(0, 0), length), Error);
  }
});
