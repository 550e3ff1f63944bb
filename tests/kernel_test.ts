import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  bloscBound,
  type BloscConfig,
  bloscDecode,
  bloscEncode,
  bloscHeader,
  type BloscName,
} from "../lib/kernel/blosc.ts";
import { largest } from "../lib/kernel/largest.ts";
import { lz4Bound, lz4Decode, lz4Encode } from "../lib/kernel/lz4.ts";
import { memory } from "../lib/kernel/kernel.wasm";
import { shuffle, unshuffle } from "../lib/kernel/shuffle.ts";
import vectors from "./kernel_vectors/index.json" with { type: "json" };

const NAMES: readonly BloscName[] = ["lz4", "lz4hc", "blosclz", "snappy", "zlib", "zstd"];

/** The twin of `source` in kernel_vectors/make_vectors.py. */
function source(kind: string, bytes: number): Uint8Array {
  const make = (i: number): number => {
    if (kind === "zeros") return 0;
    if (kind === "ramp") return i % 4 === 0 ? Math.floor(i / 24) % 251 : 0;
    let x = (Math.imul(i, 2654435761) + 12345) >>> 0;
    x ^= x >>> 15;
    x = Math.imul(x, 2246822519);
    return (x ^ (x >>> 13)) & 255;
  };
  return Uint8Array.from({ length: bytes }, (_, i) => make(i));
}

function encode(decoded: Uint8Array, config: BloscConfig): Uint8Array {
  const into = new Uint8Array(bloscBound(decoded.length));
  return into.slice(0, bloscEncode(decoded, config, into));
}

function decode(encoded: Uint8Array, bytes: number): Uint8Array {
  const into = new Uint8Array(bytes);
  bloscDecode(encoded, into);
  return into;
}

/** A small generator with a seed, so that a failure can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
}

function flip(encoded: Uint8Array, edits: Record<number, number>): Uint8Array {
  const copy = encoded.slice();
  for (const [at, value] of Object.entries(edits)) copy[Number(at)] = value;
  return copy;
}

Deno.test("bloscDecode reads what numcodecs wrote", () => {
  for (const { codec, typesize, kind, bytes, encoded } of vectors) {
    if (codec.id !== "blosc") continue;
    const data = Uint8Array.fromBase64(encoded);
    assertEquals(bloscHeader(data).typesize, typesize);
    assertEquals(decode(data, bytes), source(kind, bytes), JSON.stringify({ codec, typesize, bytes }));
  }
});

Deno.test("bloscEncode writes the header that c-blosc writes", () => {
  for (const { codec, typesize, kind, bytes, encoded } of vectors) {
    if (codec.id !== "blosc") continue;
    const native = Uint8Array.fromBase64(encoded);
    // "memcpyed" depends on how well each encoder does
    const flags = (bits: number) => bits & ~2;
    const ours = encode(source(kind, bytes), { ...codec, typesize } as unknown as BloscConfig);
    const note = JSON.stringify({ codec, typesize, bytes });
    assertEquals([...ours.subarray(0, 2)], [...native.subarray(0, 2)], note);
    assertEquals(flags(ours[2] ?? 0), flags(native[2] ?? 0), note);
    assertEquals([...ours.subarray(3, 12)], [...native.subarray(3, 12)], note);
  }
});

Deno.test("lz4Decode and unshuffle read what numcodecs wrote", () => {
  for (const { codec, typesize, kind, bytes, encoded } of vectors) {
    const data = Uint8Array.fromBase64(encoded), into = new Uint8Array(bytes);
    if (codec.id === "lz4") lz4Decode(data.subarray(4), into);
    else if (codec.id === "shuffle") unshuffle(data, typesize, into);
    else continue;
    assertEquals(into, source(kind, bytes), `${codec.id} ${typesize} ${bytes}`);
    if (codec.id !== "shuffle") continue;
    shuffle(source(kind, bytes), typesize, into);
    assertEquals(into, data);
  }
});

Deno.test("bloscEncode round-trips through bloscDecode", () => {
  const lengths = [0, 1, 7, 127, 128, 129, 1000, 4096, 70_001, 600_000];
  for (const cname of NAMES) {
    for (const bit of [0, 1, 2] as const) {
      for (const typesize of [1, 2, 3, 4, 8, 12, 16, 17, 40, 255, 256]) {
        for (const bytes of lengths) {
          // the slow ones in full only for some
          if (bytes > 5000 && !(cname === "lz4" || typesize === 4)) continue;
          for (const kind of ["ramp", "noise"]) {
            const decoded = source(kind, bytes);
            const config = { cname, clevel: 5, shuffle: bit, blocksize: 0, typesize };
            const note = JSON.stringify({ ...config, bytes, kind });
            assertEquals(decode(encode(decoded, config), bytes), decoded, note);
          }
        }
      }
    }
  }
});

Deno.test("bloscEncode takes all levels, and block sizes that leave a remainder", () => {
  const decoded = source("ramp", 50_003);
  for (const cname of NAMES) {
    for (let clevel = 0; clevel <= 9; clevel++) {
      for (const blocksize of [0, 1, 1000, 4096, 1 << 30]) {
        const config = { cname, clevel, shuffle: 1, blocksize, typesize: 4 } as const;
        assertEquals(decode(encode(decoded, config), decoded.length), decoded, JSON.stringify(config));
      }
    }
  }
});

Deno.test("bloscEncode stores what does not shrink, in no more than bloscBound", () => {
  const decoded = crypto.getRandomValues(new Uint8Array(65_536));
  const config = { cname: "lz4", clevel: 5, shuffle: 1, blocksize: 0, typesize: 4 } as const;
  const encoded = encode(decoded, config);
  assertEquals(encoded.length, bloscBound(decoded.length));
  assert(bloscHeader(encoded).memcpyed);
});

Deno.test("the kernel's memory does not grow with the chunk", () => {
  const config = { cname: "lz4", clevel: 5, shuffle: 1, blocksize: 0, typesize: 8 } as const;
  const small = new Uint8Array(2 << 20), large = new Uint8Array(24 << 20);
  decode(encode(small, config), small.length);
  const before = memory.buffer.byteLength;
  decode(encode(large, config), large.length);
  const block = new Uint8Array(lz4Bound(large.length));
  lz4Decode(block.subarray(0, lz4Encode(large, block)), large);
  shuffle(large, 8, block.subarray(0, large.length));
  assertEquals(memory.buffer.byteLength, before);
});

Deno.test("bloscEncode refuses a config it cannot follow", () => {
  const config = { cname: "lz4", clevel: 5, shuffle: 1, blocksize: 0, typesize: 4 } as const;
  const decoded = new Uint8Array(100), into = new Uint8Array(bloscBound(100));
  assertThrows(() => bloscEncode(decoded, { ...config, clevel: 10 }, into), RangeError, "level is 10");
  assertThrows(() => bloscEncode(decoded, { ...config, typesize: 0 }, into), RangeError, "type size is 0");
  assertThrows(() => bloscEncode(decoded, config, into.subarray(1)), RangeError, "need 116");
});

Deno.test("bloscDecode works on views with an offset and on shared memory", () => {
  const decoded = source("ramp", 40_000);
  const config = { cname: "lz4", clevel: 5, shuffle: 1, blocksize: 0, typesize: 8 } as const;
  const room = new Uint8Array(new SharedArrayBuffer(100_000));
  const used = bloscEncode(decoded, config, room.subarray(3));
  const into = room.subarray(50_001, 90_001);
  bloscDecode(room.subarray(3, 3 + used), into);
  assertEquals(into.slice(), decoded);
});

Deno.test("bloscHeader refuses headers that contradict themselves", () => {
  const config = { cname: "lz4", clevel: 5, shuffle: 1, blocksize: 0, typesize: 4 } as const;
  const good = encode(source("ramp", 4096), config);
  assertThrows(() => bloscHeader(good.subarray(0, 15)), Error, "a header alone takes 16");
  assertThrows(() => bloscHeader(good.subarray(1)), Error, "version");
  assertThrows(() => bloscHeader(good.subarray(0, good.length - 1)), Error, "bytes and has");
  assertThrows(() => bloscHeader(flip(good, { 0: 3 })), Error, "version is 3");
  assertThrows(() => bloscHeader(flip(good, { 1: 2 })), Error, "lz4 version is 2");
  assertThrows(() => bloscHeader(flip(good, { 2: 0xE1 })), Error, "inner format is 7");
  assertThrows(() => bloscHeader(flip(good, { 2: 0x29 })), Error, "later version");
  assertThrows(() => bloscHeader(flip(good, { 3: 0 })), Error, "type size is 0");
  assertThrows(() => bloscHeader(flip(good, { 7: 0xFF })), Error, "decoded bytes");
  assertThrows(() => bloscHeader(flip(good, { 8: 0, 9: 0 })), Error, "block size is 0");
  assertThrows(() => bloscHeader(flip(good, { 8: 1, 9: 0 })), Error, "no room for the starts");
  assertThrows(() => bloscHeader(flip(good, { 11: 0x7F })), Error, "block size");
  assertThrows(() => bloscHeader(flip(good, { 2: 0x23 })), Error, "copied bytes");
});

Deno.test("bloscDecode refuses lies about blocks and lengths", () => {
  const config = { cname: "lz4", clevel: 5, shuffle: 1, blocksize: 0, typesize: 4 } as const;
  const good = encode(source("ramp", 4096), config), into = new Uint8Array(4096);
  bloscDecode(good, into);
  assertThrows(() => bloscDecode(good, new Uint8Array(4095)), Error, "not the 4095 expected");
  assertThrows(() => bloscDecode(flip(good, { 17: 0xFF }), into), Error, "starts after its end");
  assertThrows(() => bloscDecode(flip(good, { 19: 0xFF }), into), Error, "starts after its end");
  assertThrows(() => bloscDecode(flip(good, { 23: 0x80 }), into), Error, "goes past its end");
  // the first stream: a length of none, and a first match that reaches too far
  assertThrows(() => bloscDecode(flip(good, { 20: 0 }), into), Error, "stream 0 is not lz4");
});

Deno.test("lz4Decode refuses overlong, truncated and backward-reaching blocks", () => {
  const into = new Uint8Array(100);
  const refused = (bytes: readonly number[], why: string) =>
    assertThrows(() => lz4Decode(Uint8Array.from(bytes), into), Error, why);
  refused([], "end too early");
  refused([0xF0], "end too early");
  refused([0x50, 1, 2], "end too early");
  refused([0x10, 1, 0], "end too early");
  refused([0x10, 1, 0, 0, 0], "before the start");
  refused([0x10, 1, 2, 0, 0], "before the start");
  refused([0x1F, 1, 1, 0, 255, 255], "more bytes");
  refused([0xF0, ...new Array(1000).fill(255)], "more bytes");
  refused([0x10, 1], "fewer bytes");
});

Deno.test("lz4Decode refuses a long block that ends in a match, at each cut of its windows", () => {
  // 600,000 literals are more than a window; then a match and nothing
  const more = Math.floor((600_000 - 15) / 255), rest = 600_000 - 15 - 255 * more;
  const head = [0xF4, ...new Array(more).fill(255), rest];
  const block = Uint8Array.from([...head, ...source("noise", 600_000), 1, 0]);
  for (const bytes of [600_008, 600_009, 1_200_000, 3_000_000]) {
    assertThrows(() => lz4Decode(block, new Uint8Array(bytes)), Error, "end too early");
  }
  assertThrows(() => lz4Decode(block, new Uint8Array(600_007)), Error, "more bytes");
});

Deno.test("lz4Encode round-trips blocks longer than its windows", () => {
  const noise = source("noise", 1_300_000), ramp = source("ramp", 700_000);
  const mixed = new Uint8Array(noise.length + ramp.length + 1_100_000 + noise.length);
  mixed.set(noise);
  mixed.set(ramp, noise.length);
  mixed.set(noise, mixed.length - noise.length);
  for (const bytes of [0, 1, 12, 13, 100, 524_287, 524_288, 524_289, mixed.length]) {
    const encoded = new Uint8Array(lz4Bound(bytes)), into = new Uint8Array(bytes);
    const used = lz4Encode(mixed.subarray(0, bytes), encoded);
    lz4Decode(encoded.subarray(0, used), into);
    assert(into.every((byte, i) => byte === mixed[i]), `${bytes} bytes`);
  }
});

Deno.test("lz4Encode stays right when the kernel starts to count positions again", () => {
  // each stream takes 65536 positions or more, of 2^32
  const decoded = source("ramp", 100), encoded = new Uint8Array(lz4Bound(100)), into = new Uint8Array(100);
  for (let i = 0; i < 70_000; i++) {
    const used = lz4Encode(decoded, encoded);
    lz4Decode(encoded.subarray(0, used), into);
    assert(into.every((byte, at) => byte === decoded[at]), `stream ${i}`);
  }
});

Deno.test("unshuffle undoes shuffle for any length, and copies the leftover bytes", () => {
  for (const typesize of [1, 2, 3, 4, 5, 8, 12, 16, 17, 31, 32, 100, 1024, 1025]) {
    for (const bytes of [0, 1, typesize, 16 * typesize, 1000, 70_001, 300_007]) {
      const decoded = source("noise", bytes), encoded = new Uint8Array(bytes), into = new Uint8Array(bytes);
      shuffle(decoded, typesize, encoded);
      const count = Math.floor(bytes / typesize);
      const right = encoded.every((byte, at) => {
        if (at >= count * typesize) return byte === decoded[at];
        return byte === decoded[at % count * typesize + Math.floor(at / count)];
      });
      assert(right, `typesize ${typesize}, ${bytes} bytes`);
      unshuffle(encoded, typesize, into);
      assertEquals(into, decoded);
    }
  }
  assertThrows(() => shuffle(new Uint8Array(8), 0, new Uint8Array(8)), RangeError, "0 bytes");
  assertThrows(() => shuffle(new Uint8Array(8), 2, new Uint8Array(7)), RangeError, "must be the same");
});

/** Decodes damaged bytes: an Error or bytes, and none outside of `into`. */
function survives(decoder: (into: Uint8Array) => void, bytes: number): void {
  const room = new Uint8Array(bytes + 256).fill(0xA5);
  try {
    decoder(room.subarray(128, 128 + bytes));
  } catch (error) {
    // anything else, such as a trap of WebAssembly, is a check that's missing
    assert(error instanceof Error && error.message.startsWith("Cannot decode "), String(error));
  }
  assert(room.subarray(0, 128).every((byte) => byte === 0xA5), "wrote before its room");
  assert(room.subarray(128 + bytes).every((byte) => byte === 0xA5), "wrote after its room");
}

Deno.test("largest finds the largest wherever it is, negative numbers above all", () => {
  assertEquals(largest(new Int32Array()), 0);
  for (const length of [1, 15, 16, 17, 63, 64, 16_384, 16_385, 50_000]) {
    for (const at of [0, length >> 1, length - 1]) {
      const positions = new Int32Array(length).fill(7);
      positions[at] = 2 ** 31 - 1;
      assertEquals(largest(positions), 2 ** 31 - 1, `${at} of ${length}`);
      positions[at] = -2;
      assertEquals(largest(positions.subarray(at)), 2 ** 32 - 2, `${at} of ${length}`);
    }
  }
});

Deno.test("decoders survive mutated input", () => {
  const seed = Number(Deno.env.get("ANNCAT_SEED") ?? Math.floor(Math.random() * 2 ** 32));
  const below = random(seed);
  const frames = NAMES.flatMap((cname) =>
    ([0, 1, 2] as const).map((bit) => {
      const bytes = 3000 + below(3000);
      const decoded = source(below(2) === 0 ? "ramp" : "noise", bytes);
      decoded.fill(0, below(bytes));
      return {
        bytes,
        encoded: encode(decoded, { cname, clevel: 5, shuffle: bit, blocksize: 1024, typesize: 1 + below(17) }),
      };
    })
  );
  const block = new Uint8Array(lz4Bound(6000));
  const used = lz4Encode(source("ramp", 6000), block);
  const end = performance.now() + 5000;
  let done = 0;
  try {
    for (; done < 60_000 && performance.now() < end; done++) {
      const isFrame = below(4) > 0;
      const frame = frames[below(frames.length)];
      assert(frame !== undefined);
      const damaged = isFrame ? frame.encoded.slice() : block.slice(0, used);
      for (let edits = 1 + below(4); edits > 0; edits--) {
        // many at the start, where the lengths and offsets are
        const at = below(below(2) === 0 ? Math.min(64, damaged.length) : damaged.length);
        damaged[at] = [0, 255, 128, below(256), (damaged[at] ?? 0) ^ 1 << below(8)][below(5)] ?? 0;
      }
      const part = below(8) === 0 ? damaged.subarray(0, below(damaged.length)) : damaged;
      if (isFrame) {
        if (below(2) === 0 && part.length >= 16) {
          new DataView(part.buffer).setUint32(12, part.length, true);
        }
        survives((into) => bloscDecode(part, into), frame.bytes);
      } else survives((into) => lz4Decode(part, into), 6000);
    }
  } catch (error) {
    throw new Error(`Mutation ${done} with ANNCAT_SEED=${seed}`, { cause: error });
  }
  assert(done >= 2000, `only ${done} mutations in 5 s`);
});
