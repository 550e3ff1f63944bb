/**
 * Text of any length as numcodecs' vlen-utf8 lays it out: the number of rows, then each row's length and UTF-8 bytes,
 * lengths as 32-bit little-endian numbers.
 *
 * @module
 */
import { rowCount, type Strings } from "../../base/strings.ts";
import type { Lease } from "../lease.ts";

/** Below this a loop is faster than a call that copies. */
const SHORT = 32;

/** The rows that `encoded`, memory of `lease`, holds; it is changed: rows move up to lie without gaps. */
export function decodeVlen(encoded: Uint8Array<ArrayBuffer>, rows: number, lease: Lease): Strings {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  if (encoded.length < 4) throw new RangeError(`it has ${encoded.length} bytes, too few for text`);
  const found = view.getUint32(0, true);
  if (found !== rows) throw new RangeError(`it holds ${found} rows of text instead of ${rows}`);
  // Each row takes four bytes at least: a lie is found out before memory is taken for it.
  if (encoded.length < 4 + 4 * rows) throw new RangeError(`it has ${encoded.length} bytes, too few for ${rows} rows`);
  const room = lease.take(4 * (rows + 1));
  const offsets = new Uint32Array(room.buffer, room.byteOffset, rows + 1);
  offsets[0] = 0;
  let at = 4, to = 0;
  for (let row = 0; row < rows; row++) {
    if (at + 4 > encoded.length) throw new RangeError(`its text ends before row ${row}`);
    const length = view.getUint32(at, true);
    at += 4;
    if (length > encoded.length - at) throw new RangeError(`the text of row ${row} reaches past its end`);
    if (length > SHORT) encoded.copyWithin(to, at, at + length);
    else for (let i = 0; i < length; i++) encoded[to + i] = encoded[at + i] as number;
    at += length;
    to += length;
    offsets[row + 1] = to;
  }
  if (at !== encoded.length) throw new RangeError(`it has ${encoded.length - at} bytes after its text`);
  return { offsets, bytes: encoded.subarray(0, to) };
}

/** Bytes of text in `bytes` bytes that hold `rows` rows. */
export function vlenTextBytes(bytes: number, rows: number): number {
  return Math.max(0, bytes - 4 - 4 * rows);
}

/** `strings` laid out as vlen-utf8, in memory of `lease`. */
export function encodeVlen(strings: Strings, lease: Lease): Uint8Array<ArrayBuffer> {
  const { offsets, bytes } = strings;
  const rows = rowCount(strings);
  const first = offsets[0] ?? 0;
  const into = lease.take(4 + 4 * rows + (offsets[rows] ?? 0) - first);
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  view.setUint32(0, rows, true);
  let at = 4;
  for (let row = 0; row < rows; row++) {
    const start = offsets[row] as number, length = (offsets[row + 1] as number) - start;
    view.setUint32(at, length, true);
    at += 4;
    if (length > SHORT) into.set(bytes.subarray(start, start + length), at);
    else for (let i = 0; i < length; i++) into[at + i] = bytes[start + i] as number;
    at += length;
  }
  return into;
}
