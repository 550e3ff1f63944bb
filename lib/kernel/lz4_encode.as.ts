// LZ4 block format. The search is the known fast one: one table, no chains,
// and steps that widen while nothing matches (lz4/doc/lz4_Block_format.md for
// the format and its end conditions).

import { copyWild } from "./copy.as.ts";
import { matchEnd, MAX_DISTANCE, slotOf, startStream } from "./matches.as.ts";

/** A match starts at least this far from the end ... */
export const MATCH_MARGIN: usize = 12;
/** ... and ends at least this far from it. */
export const LITERAL_MARGIN: usize = 5;

@inline
function putLength(op: usize, rest: usize): usize {
  if (rest >= 255) {
    const full = rest / 255;
    memory.fill(op, 255, full);
    op += full;
    rest -= 255 * full;
  }
  store<u8>(op, <u8> rest);
  return op + 1;
}

/** Upper bound of the bytes one sequence takes. */
@inline
export function sequenceBound(literals: usize, length: usize): usize {
  return literals + (literals >> 7) + (length >> 7) + 8;
}

@inline
export function putSequence(
  op: usize,
  anchor: usize,
  literals: usize,
  distance: u32,
  length: usize,
): usize {
  const rest = length - 4;
  store<u8>(op, <u8> ((min<usize>(literals, 15) << 4) | min<usize>(rest, 15)));
  op++;
  if (literals >= 15) op = putLength(op, literals - 15);
  copyWild(op, anchor, literals);
  op += literals;
  store<u16>(op, <u16> distance);
  op += 2;
  return rest >= 15 ? putLength(op, rest - 15) : op;
}

/** The literals that end every block; 0 where there's no room. */
export function putLast(op: usize, oend: usize, anchor: usize, literals: usize): usize {
  if (literals + literals / 255 + 2 > oend - op) return 0;
  store<u8>(op, <u8> (min<usize>(literals, 15) << 4));
  op++;
  if (literals >= 15) op = putLength(op, literals - 15);
  memory.copy(op, anchor, literals);
  return op + literals;
}

let covered: usize = 0;

/** After lz4Encode with `last` false: how many bytes its sequences stand for. */
export function lz4Covered(): usize {
  return covered;
}

/**
 * Returns the encoded length, or 0 where it'd be more than `dstBytes`. If not
 * `last`, stops after the last match: the literals after it are the caller's.
 */
export function lz4Encode(
  src: usize,
  srcBytes: usize,
  dst: usize,
  dstBytes: usize,
  acceleration: u32,
  last: bool,
): i32 {
  const end = src + srcBytes, oend = dst + dstBytes;
  let op = dst, anchor = src;
  if (srcBytes > MATCH_MARGIN) {
    const lastStart = end - MATCH_MARGIN, lastEnd = end - LITERAL_MARGIN;
    const shift = startStream(src, srcBytes);
    let ip = src;
    store<u32>(slotOf(load<u64>(ip)), <u32> ip + shift);
    ip++;
    while (true) {
      let step: usize = 1, tries: u32 = acceleration << 6, distance: u32 = 0;
      while (ip <= lastStart) {
        const sequence = load<u64>(ip), position = <u32> ip + shift, slot = slotOf(sequence);
        distance = position - load<u32>(slot);
        store<u32>(slot, position);
        if (distance <= MAX_DISTANCE && load<u32>(ip - distance) == <u32> sequence) break;
        ip += step;
        step = tries++ >> 6;
      }
      if (ip > lastStart) break;
      while (
        ip > anchor && ip - distance > src && load<u8>(ip - 1) == load<u8>(ip - distance - 1)
      ) ip--;
      while (true) {
        const matched = matchEnd(ip + 4, ip + 4 - distance, lastEnd);
        if (sequenceBound(ip - anchor, matched - ip) > oend - op) return 0;
        op = putSequence(op, anchor, ip - anchor, distance, matched - ip);
        anchor = ip = matched;
        if (ip > lastStart) break;
        store<u32>(slotOf(load<u64>(ip - 2)), <u32> ip - 2 + shift);
        // often the next match follows at once
        const sequence = load<u64>(ip), position = <u32> ip + shift, slot = slotOf(sequence);
        distance = position - load<u32>(slot);
        store<u32>(slot, position);
        if (distance > MAX_DISTANCE || load<u32>(ip - distance) != <u32> sequence) break;
      }
      ip++;
    }
  }
  covered = anchor - src;
  if (!last) return <i32> (op - dst);
  op = putLast(op, oend, anchor, end - anchor);
  return op == 0 ? 0 : <i32> (op - dst);
}
