// LZ4 blocks with a longer search: every position is kept, in chains of equal
// hashes, and a match waits for a better one at the next position.

import {
  LITERAL_MARGIN,
  MATCH_MARGIN,
  putLast,
  putSequence,
  sequenceBound,
} from "./lz4_encode.as.ts";
import { matchEnd, MAX_DISTANCE } from "./matches.as.ts";

const LOG: u32 = 15;
/** Of the tables that the caller provides: heads, then distances by position. */
const HEADS: usize = 4 << LOG;
const TABLES: usize = HEADS + (2 << 16);
/** From this length on no better match is looked for. */
const ENOUGH: usize = 128;

export function lz4hcTables(): usize {
  return TABLES;
}

@inline
function headOf(tables: usize, ip: usize): usize {
  return tables + (<usize> (load<u32>(ip) * 2654435761 >> (32 - LOG)) << 2);
}

/** Where the distance from `ip` to the one before of its hash is kept. */
@inline
function linkOf(tables: usize, ip: usize): usize {
  return tables + HEADS + ((ip & 0xFFFF) << 1);
}

/** Adds the positions from `from` to before `to`. */
function insert(tables: usize, from: usize, to: usize): void {
  for (let p = from; p < to; p++) {
    const head = headOf(tables, p);
    // addresses as they are: 0, an empty head, is too far from any of them
    const distance = <u32> p - load<u32>(head);
    store<u16>(linkOf(tables, p), <u16> min(distance, MAX_DISTANCE + 1));
    store<u32>(head, <u32> p);
  }
}

let bestDistance: u32 = 0;

/** The length of the longest match at `ip` (0 for none), with `bestDistance`. */
function search(tables: usize, src: usize, ip: usize, lastEnd: usize, depth: i32): usize {
  let best: usize = 3, at: usize = load<u32>(headOf(tables, ip));
  while (depth-- > 0 && at >= src && at < ip && <u32> (ip - at) <= MAX_DISTANCE) {
    if (load<u8>(at + best) == load<u8>(ip + best) && load<u32>(at) == load<u32>(ip)) {
      const length = matchEnd(ip + 4, at + 4, lastEnd) - ip;
      if (length > best) {
        best = length;
        bestDistance = <u32> (ip - at);
        if (length >= ENOUGH || ip + length >= lastEnd) break;
      }
    }
    const back: usize = load<u16>(linkOf(tables, at));
    if (back == 0) break; // the chain ends, or is too far
    at -= back;
  }
  return best > 3 ? best : 0;
}

/** Returns the encoded length, or 0 where it'd be more than `dstBytes`. */
export function lz4hcEncode(
  src: usize,
  srcBytes: usize,
  dst: usize,
  dstBytes: usize,
  depth: i32,
  tables: usize,
): i32 {
  const end = src + srcBytes, oend = dst + dstBytes;
  let op = dst, anchor = src;
  if (srcBytes > MATCH_MARGIN) {
    const lastStart = end - MATCH_MARGIN, lastEnd = end - LITERAL_MARGIN;
    memory.fill(tables, 0, HEADS);
    let ip = src, tries: u32 = 1 << 6;
    while (ip <= lastStart) {
      let length = search(tables, src, ip, lastEnd, depth);
      if (length == 0) {
        const step = min<usize>(tries++ >> 6, 16);
        insert(tables, ip, min(ip + step, lastStart + 1));
        ip += step;
        continue;
      }
      tries = 1 << 6;
      let distance = bestDistance;
      insert(tables, ip, ip + 1);
      while (length < ENOUGH && ip < lastStart) {
        const later = search(tables, src, ip + 1, lastEnd, depth);
        if (later <= length + 1) break;
        ip++;
        length = later;
        distance = bestDistance;
        insert(tables, ip, ip + 1);
      }
      if (sequenceBound(ip - anchor, length) > oend - op) return 0;
      op = putSequence(op, anchor, ip - anchor, distance, length);
      anchor = ip + length;
      insert(tables, ip + 1, min(anchor, lastStart + 1));
      ip = anchor;
    }
  }
  op = putLast(op, oend, anchor, end - anchor);
  return op == 0 ? 0 : <i32> (op - dst);
}
