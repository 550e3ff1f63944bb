// BloscLZ and Snappy, which few stores use: the search of lz4_encode.as.ts
// without its finer points.

import { blosclzBound, blosclzLiterals, blosclzMatch } from "./blosclz.as.ts";
import { LITERAL_MARGIN, MATCH_MARGIN } from "./lz4_encode.as.ts";
import { matchEnd, MAX_DISTANCE, slotOf, startStream } from "./matches.as.ts";
import { snappyBound, snappyLiterals, snappyMatch, snappyStart } from "./snappy.as.ts";

/** Returns the encoded length, or 0 where it'd be more than `dstBytes`. */
function encode(src: usize, srcBytes: usize, dst: usize, dstBytes: usize, snappy: bool): i32 {
  const end = src + srcBytes, oend = dst + dstBytes;
  if (dstBytes < 16) return 0;
  let op = snappy ? snappyStart(dst, srcBytes) : dst, anchor = src;
  if (srcBytes > MATCH_MARGIN) {
    const lastStart = end - MATCH_MARGIN, lastEnd = end - LITERAL_MARGIN;
    const shift = startStream(src, srcBytes);
    store<u32>(slotOf(load<u64>(src)), <u32> src + shift);
    let tries: u32 = 1 << 6;
    for (let ip = src + 1; ip <= lastStart;) {
      const sequence = load<u64>(ip), position = <u32> ip + shift, slot = slotOf(sequence);
      const distance = position - load<u32>(slot);
      store<u32>(slot, position);
      // far matches of BloscLZ take 4 bytes: only worth it from 5 on (blosclz.c)
      if (
        distance > MAX_DISTANCE || load<u32>(ip - distance) != <u32> sequence ||
        load<u8>(ip + 4) != load<u8>(ip + 4 - distance)
      ) {
        ip += tries++ >> 6;
        continue;
      }
      const matched = matchEnd(ip + 5, ip + 5 - distance, lastEnd);
      const literals = ip - anchor, length = matched - ip;
      const bound = snappy ? snappyBound(literals, length) : blosclzBound(literals, length);
      if (bound > oend - op) return 0;
      op = snappy ? snappyLiterals(op, anchor, literals) : blosclzLiterals(op, anchor, literals);
      op = snappy ? snappyMatch(op, distance, length) : blosclzMatch(op, distance, length);
      anchor = ip = matched;
      tries = 1 << 6;
    }
  }
  const literals = end - anchor;
  const bound = snappy ? snappyBound(literals, 0) : blosclzBound(literals, 0);
  if (bound > oend - op) return 0;
  op = snappy ? snappyLiterals(op, anchor, literals) : blosclzLiterals(op, anchor, literals);
  // the marker of the format's second version
  if (!snappy) store<u8>(dst, load<u8>(dst) | 32);
  return <i32> (op - dst);
}

export function blosclzEncode(src: usize, srcBytes: usize, dst: usize, dstBytes: usize): i32 {
  return encode(src, srcBytes, dst, dstBytes, false);
}

export function snappyEncode(src: usize, srcBytes: usize, dst: usize, dstBytes: usize): i32 {
  return encode(src, srcBytes, dst, dstBytes, true);
}
