// Deflate streams of any length, through windows of fixed size.

import * as kernel from "./kernel.wasm";
import { layOut, reason, view } from "./scratch.ts";

/** How far back matches reach. */
const HISTORY = 32768;

/** Encoded and decoded bytes per window. */
const WINDOW = 256 * 1024;

/** What the kernel may write past the bytes that it is asked for. */
const OVERRUN = 259;

/** One bit of a length's code and one of a distance's make 258 bytes. */
const MOST_TIMES = 1032;

/** A `RangeError` where `encoded` is too short for `bytes` bytes: before memory is taken for them. */
export function mayHold(encoded: Uint8Array, bytes: number): void {
  if (bytes > MOST_TIMES * encoded.length) {
    throw new RangeError(`it has ${encoded.length} bytes, too few to hold ${bytes}`);
  }
}

/** What was used of a stream's bytes, and what came out. */
export interface Inflated {
  readonly read: number;
  readonly written: number;
}

/**
 * Decodes a bare deflate stream (RFC 1951) to `into`; what follows it is not
 * looked at. A `RangeError` for what is none, or is longer than `into`.
 */
export function inflate(encoded: Uint8Array, into: Uint8Array): Inflated {
  return throughWindows(encoded, into.length, (piece, at) => into.set(piece, at));
}

/** As {@linkcode inflate}, for the lengths alone; a `RangeError` past `most` bytes. */
export function inflatedBytes(encoded: Uint8Array, most: number): Inflated {
  return throughWindows(encoded, most, () => {});
}

function throughWindows(
  encoded: Uint8Array,
  most: number,
  take: (piece: Uint8Array, at: number) => void,
): Inflated {
  const room = Math.min(most, WINDOW) + OVERRUN;
  const [inAt = 0, historyAt = 0] = layOut(Math.min(encoded.length, WINDOW), HISTORY + room);
  const outAt = historyAt + HISTORY;
  kernel.inflateStart();
  for (let read = 0, written = 0;;) {
    const source = encoded.subarray(read, read + WINDOW), isWhole = read + source.length === encoded.length;
    view(inAt, source.length).set(source);
    // one byte more than expected, so that a longer stream shows
    const asked = Math.min(most - written + 1, WINDOW);
    const code = kernel.inflate(inAt, source.length, isWhole ? 1 : 0, outAt, asked, Math.min(written, HISTORY));
    if (code < 0) throw new RangeError(reason(code));
    const bytes = kernel.inflateWritten();
    if (bytes > most - written) throw new RangeError(`it decodes to more than ${most} bytes`);
    take(view(outAt, bytes), written);
    read += kernel.inflateRead();
    written += bytes;
    if (code > 0) return { read, written };
    view(historyAt, HISTORY + bytes).copyWithin(0, bytes);
  }
}

/** The checksum of zlib's streams (RFC 1950). */
export function adler32(bytes: Uint8Array): number {
  const [at = 0] = layOut(Math.min(bytes.length, WINDOW));
  let sum = 1;
  for (let start = 0; start < bytes.length; start += WINDOW) {
    const piece = bytes.subarray(start, start + WINDOW);
    view(at, piece.length).set(piece);
    sum = kernel.adler32(at, piece.length, sum);
  }
  return sum >>> 0;
}
