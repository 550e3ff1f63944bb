// LZ4 block format, see lz4/doc/lz4_Block_format.md. All lengths are checked
// before the copy they govern; what runs over is slack (copy.as.ts).

import { copyMatch, copyWild } from "./copy.as.ts";
import { BAD_DISTANCE, INPUT_ENDS, OUTPUT_FULL, OUTPUT_SHORT } from "./errors.as.ts";

let read: usize = 0;
let written: usize = 0;

/** After lz4Decode: the bytes it read and wrote up to its last sequence's start. */
export function lz4Read(): usize {
  return read;
}
export function lz4Written(): usize {
  return written;
}

/**
 * Decodes exactly `dstBytes`; 0, or a negative reason. Matches may reach into
 * the `history` bytes before `dst`.
 */
export function lz4Decode(
  src: usize,
  srcBytes: usize,
  dst: usize,
  dstBytes: usize,
  history: usize,
): i32 {
  let ip = src, op = dst;
  const iend = src + srcBytes, oend = dst + dstBytes, first = dst - history;
  read = written = 0;
  while (ip < iend) {
    read = ip - src;
    written = op - dst;
    const token: usize = load<u8>(ip++);
    let literals = token >> 4;
    if (literals == 15) {
      let more: usize;
      do {
        if (ip >= iend) return INPUT_ENDS;
        more = load<u8>(ip++);
        literals += more;
        // also keeps a long run of 255s from overflowing
        if (literals > dstBytes) return OUTPUT_FULL;
      } while (more == 255);
    }
    if (literals > iend - ip) return INPUT_ENDS;
    if (literals > oend - op) return OUTPUT_FULL;
    copyWild(op, ip, literals);
    ip += literals;
    op += literals;
    if (ip == iend) return op == oend ? 0 : OUTPUT_SHORT;

    if (iend - ip < 2) return INPUT_ENDS;
    const distance: usize = load<u16>(ip);
    ip += 2;
    let length = token & 15;
    if (length == 15) {
      let more: usize;
      do {
        if (ip >= iend) return INPUT_ENDS;
        more = load<u8>(ip++);
        length += more;
        if (length > dstBytes) return OUTPUT_FULL;
      } while (more == 255);
    }
    length += 4;
    if (length > oend - op) return OUTPUT_FULL;
    if (distance == 0 || distance > op - first) return BAD_DISTANCE;
    copyMatch(op, distance, length);
    op += length;
  }
  return INPUT_ENDS;
}
