// Snappy's raw format (google/snappy format_description.txt): the decoded
// length as a varint, then literals and copies told apart by two bits.

import { copyMatch, copyWild } from "./copy.as.ts";
import { BAD_DISTANCE, INPUT_ENDS, OUTPUT_FULL, OUTPUT_SHORT } from "./errors.as.ts";

/** Decodes exactly `dstBytes`; 0, or a negative reason. */
export function snappyDecode(src: usize, srcBytes: usize, dst: usize, dstBytes: usize): i32 {
  let ip = src, op = dst;
  const iend = src + srcBytes, oend = dst + dstBytes;
  let told: u64 = 0, shift: u64 = 0, part: u64;
  do {
    if (ip >= iend || shift > 28) return INPUT_ENDS;
    part = load<u8>(ip++);
    told |= (part & 127) << shift;
    shift += 7;
  } while (part > 127);
  if (told != dstBytes) return told < dstBytes ? OUTPUT_SHORT : OUTPUT_FULL;

  while (ip < iend) {
    const tag: usize = load<u8>(ip++);
    let length = tag >> 2, distance: usize = 0;
    const kind = tag & 3;
    // reads up to 4 bytes, which may be slack; checked right after
    const field: usize = load<u32>(ip);
    if (kind == 0) {
      if (length >= 60) {
        const bytes = length - 59;
        length = bytes == 4 ? field : field & ((1 << (bytes << 3)) - 1);
        ip += bytes;
      }
      if (ip > iend || length >= iend - ip) return INPUT_ENDS;
      if (length >= oend - op) return OUTPUT_FULL;
      length++;
      copyWild(op, ip, length);
      ip += length;
      op += length;
      continue;
    }
    if (kind == 1) {
      length = (length & 7) + 4;
      distance = tag >> 5 << 8 | (field & 255);
      ip += 1;
    } else {
      length++;
      distance = kind == 2 ? field & 0xFFFF : field;
      ip += kind == 2 ? 2 : 4;
    }
    if (ip > iend) return INPUT_ENDS;
    if (length > oend - op) return OUTPUT_FULL;
    if (distance == 0 || distance > op - dst) return BAD_DISTANCE;
    copyMatch(op, distance, length);
    op += length;
  }
  return op == oend ? 0 : OUTPUT_SHORT;
}

/** The varint at the start, at most 5 bytes. */
export function snappyStart(op: usize, bytes: usize): usize {
  for (; bytes > 127; bytes >>= 7) store<u8>(op++, <u8> (bytes | 128));
  store<u8>(op, <u8> bytes);
  return op + 1;
}

/** Upper bound of the bytes one sequence takes. */
export function snappyBound(literals: usize, length: usize): usize {
  return literals + (length >> 4) + 16;
}

export function snappyLiterals(op: usize, anchor: usize, literals: usize): usize {
  if (literals == 0) return op;
  const rest = literals - 1;
  if (rest < 60) store<u8>(op++, <u8> (rest << 2));
  else {
    store<u8>(op, 62 << 2); // three bytes of length, enough for any stream
    store<u32>(op + 1, <u32> rest);
    op += 4;
  }
  copyWild(op, anchor, literals);
  return op + literals;
}

export function snappyMatch(op: usize, distance: u32, length: usize): usize {
  while (length > 0) {
    const part = min<usize>(length, 64);
    store<u8>(op, <u8> (part - 1 << 2 | 2));
    store<u16>(op + 1, <u16> distance);
    op += 3;
    length -= part;
  }
  return op;
}
