/**
 * The two wrappings of deflate that chunks come in, gzip's and zlib's, decoded by the kernel.
 *
 * Source: RFC 1952 and RFC 1950. As with zlib itself, gzip's members follow one another, and what is behind the end
 * is not looked at.
 *
 * @module
 */
import { crc32 } from "node:zlib";
import { adler32, inflate, type Inflated, inflatedBytes, mayHold } from "../../kernel/inflate.ts";
import type { Lease } from "../lease.ts";
import { checkMost, MOST_BYTES } from "./pipeline.ts";

interface Wrapping {
  /** Where the deflate stream starts whose header is at `at`; a `RangeError` where none is. */
  start(encoded: Uint8Array, at: number): number;
  /** The bytes behind the stream. */
  readonly trailer: number;
  /** Whether those, at `at`, are right for what was decoded. */
  isRight(encoded: DataView, at: number, decoded: Uint8Array): boolean;
  /** Whether another stream may follow. */
  readonly repeats: boolean;
}

const ZLIB: Wrapping = {
  start(encoded, at) {
    const hasDictionary = ((encoded[at + 1] ?? 0) & 32) !== 0;
    if (isZlib(encoded, at) && !hasDictionary) return at + 2;
    throw new RangeError("it does not start as zlib does");
  },
  trailer: 4,
  isRight: (encoded, at, decoded) => encoded.getUint32(at) === adler32(decoded),
  repeats: false,
};

const Flag = { headerSum: 2, extra: 4, name: 8, comment: 16 } as const;

const GZIP: Wrapping = {
  start(encoded, at) {
    if (!isMember(encoded, at)) throw new RangeError("it does not start as gzip does");
    const flags = encoded[at + 3] ?? 0;
    let start = at + 10;
    if (flags & Flag.extra) start += 2 + ((encoded[start] ?? 0) | (encoded[start + 1] ?? 0) << 8);
    for (const text of [Flag.name, Flag.comment]) if (flags & text) start = encoded.indexOf(0, start) + 1 || Infinity;
    if (flags & Flag.headerSum) start += 2;
    return start;
  },
  trailer: 8,
  isRight(encoded, at, decoded) {
    return encoded.getUint32(at, true) === crc32(decoded) &&
      encoded.getUint32(at + 4, true) === decoded.length % 2 ** 32;
  },
  repeats: true,
};

function isMember(encoded: Uint8Array, at: number): boolean {
  return isGzip(encoded, at) && encoded[at + 2] === 8;
}

/** Whether a zlib stream starts at `at`: deflate's number, and a header that divides by 31. */
export function isZlib(encoded: Uint8Array, at = 0): boolean {
  const first = encoded[at] ?? 0, second = encoded[at + 1] ?? 0;
  return (first & 15) === 8 && (first << 8 | second) % 31 === 0;
}

/** Whether a gzip stream starts at `at`: its magic number. */
export function isGzip(encoded: Uint8Array, at = 0): boolean {
  return encoded[at] === 0x1f && encoded[at + 1] === 0x8b;
}

/** What a zlib stream holds: `expected` bytes at most, where that is known. */
export function zlibDecode(encoded: Uint8Array, expected: number | undefined, lease: Lease): Uint8Array<ArrayBuffer> {
  return decode(ZLIB, encoded, expected, lease);
}

/** What a gzip stream holds: `expected` bytes at most, where that is known. */
export function gzipDecode(encoded: Uint8Array, expected: number | undefined, lease: Lease): Uint8Array<ArrayBuffer> {
  return decode(GZIP, encoded, expected, lease);
}

function decode(
  wrapping: Wrapping,
  encoded: Uint8Array,
  expected: number | undefined,
  lease: Lease,
): Uint8Array<ArrayBuffer> {
  const most = expected ?? MOST_BYTES;
  checkMost(most);
  const bytes = expected ?? throughStreams(wrapping, encoded, (stream, done) => inflatedBytes(stream, most - done));
  mayHold(encoded, bytes);
  const into = lease.take(bytes), view = new DataView(encoded.buffer, encoded.byteOffset, encoded.length);
  const written = throughStreams(wrapping, encoded, (stream, done) => {
    const part = inflate(stream, into.subarray(done)), end = stream.byteOffset - encoded.byteOffset + part.read;
    if (end + wrapping.trailer > encoded.length) throw new RangeError("it is cut off");
    const isRight = wrapping.isRight(view, end, into.subarray(done, done + part.written));
    if (!isRight) throw new RangeError("its checksum is wrong");
    return part;
  });
  return into.subarray(0, written);
}

/** Has each stream of `encoded` decoded, and told how much came of those before it; returns how much came of all. */
function throughStreams(
  wrapping: Wrapping,
  encoded: Uint8Array,
  run: (stream: Uint8Array, done: number) => Inflated,
): number {
  let at = 0, done = 0;
  do {
    const start = wrapping.start(encoded, at);
    const { read, written } = run(encoded.subarray(start), done);
    at = start + read + wrapping.trailer;
    done += written;
  } while (wrapping.repeats && isMember(encoded, at));
  return done;
}
