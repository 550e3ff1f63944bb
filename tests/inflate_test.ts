// The kernel's inflate beside node:zlib: what it reads must be what zlib reads, and what zlib refuses it must refuse.

import { assertEquals, assertThrows } from "@std/assert";
import zlib from "node:zlib";
import { BufferPool } from "../lib/base/pool.ts";
import { adler32, inflate, inflatedBytes } from "../lib/kernel/inflate.ts";
import { gzipDecode, zlibDecode } from "../lib/storage/codec/deflate.ts";
import { Lease } from "../lib/storage/lease.ts";
import { guarded, same } from "./guarded.ts";
import { Random, withSeed } from "./random.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Noise, runs, and repeats from near and from as far as deflate reaches. */
function mixed(length: number, random: Random): Bytes {
  const bytes = new Uint8Array(length), letters = random.pick([2, 16, 200, 256]);
  for (let at = 0; at < length;) {
    const part = Math.min(length - at, 1 + random.below(random.pick([4, 40, 4000])));
    const kind = random.below(3), far = random.pick([1, 2, 7, 15, 16, 17, 300, 32_767, 32_768]);
    if (kind === 0) { for (let i = 0; i < part; i++) bytes[at + i] = random.below(letters); }
    else if (kind === 1) bytes.fill(random.below(letters), at, at + part);
    else for (let i = 0; i < part; i++) bytes[at + i] = bytes[Math.max(0, at + i - far)] ?? 0;
    at += part;
  }
  return bytes;
}

const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = zlib.constants;

function parameters(random: Random): zlib.ZlibOptions {
  return {
    level: random.below(10),
    memLevel: 1 + random.below(9),
    strategy: random.pick([Z_DEFAULT_STRATEGY, Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE]),
  };
}

function plain(bytes: Uint8Array): Bytes {
  return new Uint8Array(bytes);
}

function inflated(encoded: Uint8Array, length: number): Bytes {
  return guarded(length, (into) => inflate(encoded, into).written);
}

Deno.test("inflate reads what zlib wrote: every level, strategy and kind of block", () =>
  withSeed((random) => {
    for (let round = 0; round < 400; round++) {
      const decoded = mixed(random.below(random.pick([20, 3000, 100_000])), random), options = parameters(random);
      const encoded = plain(zlib.deflateRawSync(decoded, options)), note = JSON.stringify([round, options]);
      same(inflated(encoded, decoded.length), decoded, note);
      const behind = Uint8Array.of(...encoded, 1, 2, 3);
      assertEquals(inflatedBytes(behind, decoded.length), { read: encoded.length, written: decoded.length }, note);
    }
  }));

Deno.test("inflate reads streams that are longer than its windows, either side", () =>
  withSeed((random) => {
    for (const length of [262_143, 262_144, 262_145, 524_288, 3_000_001]) {
      for (let round = 0; round < 3; round++) {
        const decoded = mixed(length, random), options = parameters(random);
        const encoded = plain(zlib.deflateRawSync(decoded, options));
        same(inflated(encoded, length), decoded, JSON.stringify([length, options]));
      }
    }
    // Stored blocks and noise: as long before as after.
    const noise = Uint8Array.from({ length: 1_000_000 }, () => random.below(256));
    for (const level of [0, 6]) same(inflated(plain(zlib.deflateRawSync(noise, { level })), noise.length), noise, "");
    const zeros = new Uint8Array(5_000_000);
    same(inflated(plain(zlib.deflateRawSync(zeros)), zeros.length), zeros, "zeros");
  }));

Deno.test("inflate refuses what zlib refuses, and reads the rest as it does", () =>
  withSeed((random) => {
    let refused = 0, read = 0;
    const end = performance.now() + 5000;
    for (let round = 0; round < 20_000 && performance.now() < end; round++) {
      const decoded = mixed(200 + random.below(3000), random);
      const encoded = plain(zlib.deflateRawSync(decoded, parameters(random)));
      for (let edits = 1 + random.below(3); edits > 0; edits--) {
        // many at the start, where the codes are
        const at = random.below(random.below(2) === 0 ? Math.min(80, encoded.length) : encoded.length);
        encoded[at] = random.pick([0, 255, random.below(256), (encoded[at] ?? 0) ^ 1 << random.below(8)]);
      }
      const part = random.below(8) === 0 ? encoded.slice(0, random.below(encoded.length)) : encoded;
      let expected: Uint8Array | undefined;
      try {
        expected = zlib.inflateRawSync(part, { maxOutputLength: 100_000 });
      } catch {
        expected = undefined;
      }
      if (expected === undefined) {
        refused++;
        assertThrows(() => inflated(part, 100_000), RangeError, "", `round ${round}`);
      } else {
        read++;
        same(inflated(part, 100_000), expected, `round ${round}`);
      }
    }
    assertEquals(refused > 200 && read > 20, true, `${refused} refused, ${read} read`);
  }));

Deno.test("inflate stops at every cut, and at one byte too many", () => {
  const decoded = mixed(3000, new Random(1));
  for (const strategy of [Z_DEFAULT_STRATEGY, Z_FIXED]) {
    const encoded = plain(zlib.deflateRawSync(decoded, { strategy }));
    for (let cut = 0; cut < encoded.length; cut++) {
      assertThrows(() => inflated(encoded.subarray(0, cut), decoded.length), RangeError, "end too early");
    }
    for (const length of [0, 1, decoded.length - 1]) {
      assertThrows(() => inflated(encoded, length), RangeError, `more than ${length} bytes`);
    }
  }
});

Deno.test("adler32 is zlib's", () =>
  withSeed((random) => {
    for (const length of [0, 1, 15, 16, 17, 4095, 4096, 4097, 262_144, 300_001, random.below(100_000)]) {
      for (const bytes of [mixed(length, random), new Uint8Array(length).fill(255)]) {
        const encoded = zlib.deflateSync(bytes, { level: 0 });
        assertEquals(adler32(bytes), encoded.readUInt32BE(encoded.length - 4), `${length} bytes`);
      }
    }
  }));

Deno.test("zlib and gzip streams: headers of every kind, members, trailers, checksums", () => {
  const decoded = mixed(5000, new Random(2)), lease = new Lease(new BufferPool());
  const zipped = plain(zlib.gzipSync(decoded)), wrapped = plain(zlib.deflateSync(decoded));
  for (const expected of [5000, undefined]) {
    same(gzipDecode(zipped, expected, lease), decoded, "gzip");
    same(zlibDecode(wrapped, expected, lease), decoded, "zlib");
  }
  // RFC 1952, section 2.3.1: FEXTRA, FNAME, FCOMMENT and FHCRC, in that order.
  const head = zipped.slice(0, 10), body = zipped.subarray(10);
  head[3] = 4 | 8 | 16 | 2;
  const full = Uint8Array.of(...head, 3, 0, 7, 7, 7, 110, 0, 99, 99, 0, 1, 2, ...body);
  same(gzipDecode(full, 5000, lease), decoded, "all fields");
  same(gzipDecode(Uint8Array.of(...zipped, 0, 0, 1), 5000, lease), decoded, "something behind");
  const twice = Uint8Array.of(...zipped, ...zipped);
  same(gzipDecode(twice, undefined, lease), Uint8Array.of(...decoded, ...decoded), "two members");
  assertThrows(() => gzipDecode(twice, 5000, lease), RangeError, "it decodes to more than");

  const changed = (bytes: Bytes, at: number) => bytes.with(at < 0 ? bytes.length + at : at, 99);
  assertThrows(() => gzipDecode(changed(zipped, -1), 5000, lease), RangeError, "checksum");
  assertThrows(() => gzipDecode(changed(zipped, -5), 5000, lease), RangeError, "checksum");
  assertThrows(() => zlibDecode(changed(wrapped, -1), 5000, lease), RangeError, "checksum");
  assertThrows(() => gzipDecode(zipped.subarray(0, -1), 5000, lease), RangeError, "cut off");
  assertThrows(() => zlibDecode(wrapped.subarray(0, -1), 5000, lease), RangeError, "cut off");
  for (const at of [0, 1, 2]) assertThrows(() => gzipDecode(changed(zipped, at), 5000, lease), RangeError, "gzip");
  for (const at of [0, 1]) assertThrows(() => zlibDecode(changed(wrapped, at), 5000, lease), RangeError, "zlib");
  const noName = Uint8Array.of(...head.with(3, 8), ...new Uint8Array(20).fill(1));
  assertThrows(() => gzipDecode(noName, 5, lease), RangeError);
  for (const decode of [gzipDecode, zlibDecode]) {
    assertThrows(() => decode(new Uint8Array(), 5, lease), RangeError);
    assertThrows(() => decode(zipped.subarray(0, 20), 2 ** 30, lease), RangeError, "too few to hold");
  }
});
