// Zstandard frames (RFC 8878) for arrays of numbers, block by block through a
// window of fixed size.

import * as kernel from "./kernel.wasm";
import { layOut, view } from "./scratch.ts";

const BLOCK = 64 * 1024;
/** How far back a match may reach from a block's start, at least where there is as much. */
const HISTORY = 2 * BLOCK;
const WINDOW = HISTORY + 3 * BLOCK;

const MAX_HEADER = 9;
const MAX_BYTES = 2 ** 31 - 1;

/** Kinds of blocks. */
const RAW = 0, REPEATED = 1, COMPRESSED = 2;

/** What `zstdEncode` may write at most. */
export function zstdBound(bytes: number): number {
  return MAX_HEADER + bytes + 3 * Math.max(1, Math.ceil(bytes / BLOCK));
}

/**
 * Encodes a frame with its length and without a checksum, and returns the
 * frame's length; `into` has at least `zstdBound` bytes. `itemBytes` is the
 * size of the numbers that `decoded` holds: 1, 2, 4 or 8.
 */
export function zstdEncode(decoded: Uint8Array, itemBytes: number, into: Uint8Array): number {
  const bytes = decoded.length;
  const refuse = (why: string) => {
    throw new RangeError(`Cannot encode zstd frame: ${why}`);
  };
  if (bytes > MAX_BYTES) refuse(`${bytes} bytes are above ${MAX_BYTES}`);
  if (into.length < zstdBound(bytes)) refuse(`${bytes} bytes need ${zstdBound(bytes)}, not ${into.length}`);
  if (![1, 2, 4, 8].includes(itemBytes)) refuse(`items have ${itemBytes} bytes`);
  let end = putHeader(bytes, into);
  const [window = 0, room = 0] = layOut(Math.min(bytes, WINDOW), kernel.zstdEncodeRoom());
  kernel.zstdEncodeStart(room);
  // `held` bytes are in the window
  let at = 0, held = 0;
  do {
    const part = decoded.subarray(at, at + BLOCK), last = at + part.length === bytes;
    if (held + part.length > WINDOW) {
      view(window, WINDOW).copyWithin(0, held - HISTORY, held);
      held = HISTORY;
    }
    view(window + held, part.length).set(part);
    const length = kernel.zstdEncodeBlock(window, window + held, part.length, at, itemBytes, room);
    if (length === 0) {
      end = putBlock(last, RAW, part.length, part, into, end);
    } else if (length === 1) {
      end = putBlock(last, REPEATED, part.length, part.subarray(0, 1), into, end);
    } else {
      end = putBlock(last, COMPRESSED, length, view(kernel.zstdEncodeOutput(room), length), into, end);
    }
    at += part.length;
    held += part.length;
  } while (at < bytes);
  return end;
}

/** Section 3.1.1.1: one segment, so that the content's length is the window's. */
function putHeader(bytes: number, into: Uint8Array): number {
  const data = new DataView(into.buffer, into.byteOffset, into.length);
  data.setUint32(0, 0xfd2fb528, true);
  if (bytes < 256) {
    data.setUint16(4, 0x20 | bytes << 8, true);
    return 6;
  }
  if (bytes < 65536 + 256) {
    data.setUint8(4, 0x60);
    data.setUint16(5, bytes - 256, true);
    return 7;
  }
  data.setUint8(4, 0xa0);
  data.setUint32(5, bytes, true);
  return 9;
}

/** Puts a block whose header says `kind` and `size`, and returns where it ends. */
function putBlock(
  last: boolean,
  kind: number,
  size: number,
  content: Uint8Array,
  into: Uint8Array,
  at: number,
): number {
  const header = Number(last) | kind << 1 | size << 3;
  into[at] = header;
  into[at + 1] = header >> 8;
  into[at + 2] = header >> 16;
  into.set(content, at + 3);
  return at + 3 + content.length;
}
