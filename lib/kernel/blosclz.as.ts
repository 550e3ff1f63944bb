// BloscLZ, a relative of FastLZ (blosc/blosclz.c in Blosc/c-blosc). A control
// byte below 32 is a run of that many literals plus one; any other is a match:
// 3 bits of length, 5 of distance, then more of both.

import { copyMatch, copyWild } from "./copy.as.ts";
import { BAD_DISTANCE, INPUT_ENDS, OUTPUT_FULL, OUTPUT_SHORT } from "./errors.as.ts";

/** Distances from here on take two bytes more. */
const FAR: u32 = 8191;

/** Decodes exactly `dstBytes`; 0, or a negative reason. */
export function blosclzDecode(src: usize, srcBytes: usize, dst: usize, dstBytes: usize): i32 {
  let ip = src, op = dst;
  const iend = src + srcBytes, oend = dst + dstBytes;
  while (ip < iend) {
    // the first is always literals, its upper bits are a marker
    const control: usize = ip == src ? load<u8>(ip) & 31 : load<u8>(ip);
    ip++;
    if (control < 32) {
      const literals = control + 1;
      if (literals > iend - ip) return INPUT_ENDS;
      if (literals > oend - op) return OUTPUT_FULL;
      copyWild(op, ip, literals);
      ip += literals;
      op += literals;
      continue;
    }
    let length = (control >> 5) + 2, distance = (control & 31) << 8;
    if (length == 9) {
      let more: usize;
      do {
        if (ip >= iend) return INPUT_ENDS;
        more = load<u8>(ip++);
        length += more;
        if (length > dstBytes) return OUTPUT_FULL;
      } while (more == 255);
    }
    if (ip >= iend) return INPUT_ENDS;
    distance += load<u8>(ip++);
    if (distance == FAR) {
      if (iend - ip < 2) return INPUT_ENDS;
      distance += <usize> load<u8>(ip) << 8 | load<u8>(ip + 1);
      ip += 2;
    }
    distance++;
    if (length > oend - op) return OUTPUT_FULL;
    if (distance > op - dst) return BAD_DISTANCE;
    copyMatch(op, distance, length);
    op += length;
  }
  return op == oend ? 0 : OUTPUT_SHORT;
}

/** Upper bound of the bytes one sequence takes. */
export function blosclzBound(literals: usize, length: usize): usize {
  return literals + (literals >> 5) + (length >> 7) + 8;
}

export function blosclzLiterals(op: usize, anchor: usize, literals: usize): usize {
  while (literals > 0) {
    const run = min<usize>(literals, 32);
    store<u8>(op, <u8> (run - 1));
    copyWild(op + 1, anchor, run);
    op += run + 1;
    anchor += run;
    literals -= run;
  }
  return op;
}

export function blosclzMatch(op: usize, distance: u32, length: usize): usize {
  distance--;
  const near = min(distance, FAR);
  const field = min<u32>(<u32> length - 2, 7);
  store<u8>(op++, <u8> (field << 5 | near >> 8));
  if (field == 7) {
    let rest = length - 9;
    for (; rest >= 255; rest -= 255) store<u8>(op++, 255);
    store<u8>(op++, <u8> rest);
  }
  store<u8>(op++, <u8> near);
  if (near == FAR) {
    store<u8>(op++, <u8> (distance - FAR >> 8));
    store<u8>(op++, <u8> (distance - FAR));
  }
  return op;
}
