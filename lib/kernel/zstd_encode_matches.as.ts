// The search for matches in blocks of numbers: at the distance of one item
// where that pays, and by hash tables of where whole items were seen last.

import { matchEnd } from "./matches.as.ts";
import { log2 } from "./zstd_encode_fse.as.ts";
import { equalsOf16, GROUP, guess, isNear, itemCost, restCost, shapeCost } from "./zstd_encode_guess.as.ts";
import {
  first,
  literalsEnd,
  OFFSETS_END,
  put,
  sequencesEnd,
  setEnds,
  startBlock,
  startFrame,
} from "./zstd_encode_kept.as.ts";
import { cut, searchNear } from "./zstd_encode_near.as.ts";

/** Positions of several items, and of one. */
const LONG_LOG: u64 = 14;
const SHORT_LOG: u64 = 12;
const SHORT: usize = 4 << 14;
/** Of the tables that the caller provides. */
export const TABLES: usize = SHORT + (4 << 12);
/** Above all distances, so that 0 in a table is too far. */
const FIRST: u32 = 1 << 20;

/** No match starts this near to the end of a block: loads are this long. */
const MARGIN: usize = 96;

/**
 * 256 times the bits that a match takes, about: with one of the offsets used
 * last; of several items, and of one, with another, whose own bits are more.
 */
const REPEAT_COST: u32 = 2 << 8;
const LONG_COST: u32 = 7 << 8;
const SHORT_COST: u32 = 9 << 7;

/** The bits that offsets far away have besides. */
const FAR_COST: u32 = 18 << 8;
/** Items that take no more are not looked up one by one. */
const CHEAP_ITEM: u32 = 12 << 8;

/** After this many bytes of a block it shows whether matches from afar are worth the search in more blocks. */
const PROBE: usize = 8192;
const BLOCKS_WITHOUT: u32 = 7;

/** How many blocks are still to come without. */
let without: u32 = 0;

/** How many more are to be with them, whatever they take. */
let kept: u32 = 0;
/** Whether the last block was searched for them throughout, or was tried without; and what the one before it took. */
let isFar = false;
let isTrial = false;
let farCost: u32 = 0;

export function startMatches(tables: usize): void {
  startFrame();
  without = kept = 0;
  isFar = isTrial = false;
  memory.fill(tables, 0, TABLES);
}

/**
 * Searches `bytes` bytes at `src` for matches that reach back to `low` at most;
 * `position` is that of `src` among all bytes. Writes sequences and literals.
 */
export function searchMatches(
  low: usize,
  src: usize,
  bytes: usize,
  position: u32,
  item: usize,
  tables: usize,
  sequences: usize,
  literals: usize,
): void {
  startBlock(sequences, literals);
  const from = src == low ? src + item : src, end = src + bytes;
  if (from + 2 * GROUP > end) return;
  guess(from, end - GROUP, item);
  let anchor = src, ip = from;
  isFar = without == 0;
  if (without > 0) without--;
  else {
    const shift = position + FIRST - <u32> src;
    if (item == 8) anchor = searchFar(low, src, end, shift, tables, 8);
    else if (item == 4) anchor = searchFar(low, src, end, shift, tables, 4);
    else if (item == 2) anchor = searchFar(low, src, end, shift, tables, 2);
    else anchor = searchFar(low, src, end, shift, tables, 1);
    ip = max(anchor, max(from, stopped));
  }
  if (isNear) anchor = searchNear(anchor, ip, end, item);
  if (sequencesEnd != sequences) {
    memory.copy(literalsEnd, anchor, end - anchor);
    setEnds(sequencesEnd, literalsEnd + (end - anchor));
  }
}

/**
 * Takes note of the bytes that a block of `bytes` became: where matches from
 * afar made it no shorter than it was thought to be without, the next is tried
 * without, and the better way kept to.
 */
export function noteLength(length: usize, bytes: usize, item: usize): void {
  const cost = <u32> ((<u64> length << 11) * item / bytes);
  if (isTrial) {
    isTrial = false;
    if (cost < farCost) without = BLOCKS_WITHOUT;
    else kept = BLOCKS_WITHOUT;
  } else if (kept > 0) kept--;
  else if (isNear && isFar && cost > itemCost) {
    without = 1;
    isTrial = true;
    farCost = cost;
  }
}

/** Where searchFar stopped. */
let stopped: usize = 0;

/** Items of a match whose positions are kept. */
const INSERT: usize = 4;

/** The entry for what `long` bytes at `ip` are. */
@inline
function slotOf(tables: usize, ip: usize, long: usize): usize {
  let key = load<u64>(ip);
  if (long > 8) key = key * 0x9E3779B185EBCA87 ^ load<u64>(ip + long - 8);
  if (long > 16) key = key * 0x9E3779B185EBCA87 ^ load<u64>(ip + 8);
  if (long > 24) key = key * 0x9E3779B185EBCA87 ^ load<u64>(ip + 16);
  return tables + (<usize> ((key * 0x9E3779B185EBCA87) >> (64 - LONG_LOG)) << 2);
}

@inline
function searchFar(low: usize, src: usize, end: usize, shift: u32, tables: usize, item: usize): usize {
  const last = end - MARGIN, probe = min(last, src + PROBE), byteCost = itemCost / <u32> item;
  // as many bytes as are about worth a match
  const worth = (LONG_COST + FAR_COST) / max(1, byteCost), unit = max<usize>(item, 4);
  const long = min<usize>(32, max<usize>(item == 8 ? 16 : 8, (<usize> worth + unit - 1) & ~(unit - 1)));
  const shape: u32 = (1 << <u32> item) - 1, longest: u32 = (1 << min<u32>(<u32> long, 16)) - 1;
  let anchor = src, ip = src == low ? src + item : src, tries: usize = 0, gained: u32 = 0, limit = probe;
  stopped = ip;
  if (ip + MARGIN > end) return anchor;
  while (true) {
    if (ip > limit) {
      stopped = ip;
      if (limit == last) break;
      if (gained < <u32> (PROBE >> 5) * byteCost) {
        without = BLOCKS_WITHOUT;
        isFar = false;
        break;
      }
      limit = last;
      continue;
    }
    const equal = isNear ? <u32> equalsOf16(ip, item) : 0, starts = equal & equal >> 1 & equal >> 2;
    const others = ~(starts | starts << 1 | starts << 2);
    if (ip >= anchor) {
      const at = <u32> ip + shift, slot = slotOf(tables, ip, long), most = min(<u32> (ip - low), OFFSETS_END - 1);
      let distance = at - load<u32>(slot), cost = LONG_COST, same: u32 = 0;
      store<u32>(slot, at);
      if (distance <= most) same = <u32> equalsOf16(ip, distance);
      let isThere = (~same & longest) == 0;
      if (item >= 4 && (isNear ? popcnt(others & shape) * restCost : itemCost) > CHEAP_ITEM) {
        const word = item == 4 ? <u64> load<u32>(ip) : load<u64>(ip);
        const own = tables + SHORT + (<usize> ((word * 0x9E3779B185EBCA87) >> (64 - SHORT_LOG)) << 2);
        const other = load<u32>(own);
        store<u32>(own, at);
        if (!isThere && at - other <= most) {
          distance = at - other;
          cost = SHORT_COST;
          same = <u32> equalsOf16(ip, distance);
          isThere = (~same & shape) == 0;
        }
      }
      if (isThere) {
        const from = ip - distance;
        const matched = same == 0xFFFF ? matchEnd(ip + 16, from + 16, end) : ip + ctz(~same);
        const before = clz(~(<u32> v128.bitmask<i8>(v128.eq<i8>(v128.load(ip - 16), v128.load(from - 16))) << 16));
        const back = min<usize>(min<usize>(before, 16), min<usize>(ip - anchor, from - low));
        const price: u32 = distance == first ? REPEAT_COST : cost + (log2(distance) << 8);
        const length = <u32> (matched - ip);
        const worth = isNear
          ? (popcnt(others & ((1 << min<u32>(length, 16)) - 1)) + <u32> back) * restCost + length * shapeCost +
            (length > 16 ? (length - 16) * byteCost : 0)
          : (length + <u32> back) * byteCost;
        if (worth > price) {
          gained += worth - price;
          anchor = put(anchor, ip - back, distance, matched);
          const enough = min(min(matched, ip + INSERT * item), last);
          for (let p = ip + item; p < enough; p += item) store<u32>(slotOf(tables, p, long), <u32> p + shift);
          ip = anchor & ~(item - 1);
          tries = 0;
          continue;
        }
      }
    }
    if (isNear) {
      let own = starts & shape;
      // the last offset cannot be used again without a literal between
      if (ip <= anchor) own &= (first == <u32> item ? -2 : -1) << <u32> (anchor - ip);
      if (own != 0) {
        const skip = ctz(own), length = ctz(~(equal >> skip)), start = ip + skip;
        const matched = length + skip == 16 ? matchEnd(ip + 16, ip + 16 - item, end) : start + length;
        anchor = put(anchor, start, <u32> item, cut(start, matched, item));
        ip = anchor & ~(item - 1);
        tries = 0;
        continue;
      }
    }
    ip += item * (1 + (tries++ >> 6));
  }
  return anchor;
}
