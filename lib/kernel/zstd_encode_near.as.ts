// Matches at the distance of one item: the high bytes of sorted or small
// numbers are those of the number before.

import { copyWild } from "./copy.as.ts";
import { matchEnd } from "./matches.as.ts";
import { equalsOf16, hot, hotEnd } from "./zstd_encode_guess.as.ts";
import { countWord, keepNear, literalsEnd, put, sequencesEnd, setEnds, wordOf } from "./zstd_encode_kept.as.ts";

/** Row n: where the first n bytes of items of 4 bytes are; row 4 + n: of 8. */
const PICKS: usize = memory.data(16 * 13, 16);

function makePicks(): void {
  for (let item: usize = 4; item <= 8; item += 4) {
    for (let own: usize = 1; own <= item; own++) {
      const row = PICKS + ((item == 4 ? own : own + 4) << 4);
      for (let i: usize = 0; i < 16; i++) store<u8>(row + i, (i / own * item + i % own) & 15);
    }
  }
}
makePicks();

/** Where a run from `start` to `end` is cut: where those of most items end, so that it is followed by one like them. */
@inline
export function cut(start: usize, end: usize, item: usize): usize {
  const least = start + 3;
  return hot == 0 ? end : min(end, least + ((<usize> hotEnd - least) & (item - 1)));
}

/**
 * All runs of three bytes or more like those of the item before; 16 bytes that
 * are as most items are, or more alike, are taken at once.
 */
export function searchNear(anchor: usize, ip: usize, end: usize, item: usize): usize {
  const offset = <u32> item, last = end - 17, own = offset - hot, pattern = hotPattern(offset, own);
  const each = wordOf(own, max<u32>(3, hot)), two = i64x2.splat(each);
  const picks = v128.load(PICKS + ((item == 4 ? own : own + 4) << 4));
  const bytes: usize = item == 4 ? 4 * own : 2 * own;
  let sequences = sequencesEnd, literals = literalsEnd, hots: u32 = 0, isFirst = true;
  while (ip <= last) {
    const equal = <u32> equalsOf16(ip, item);
    if ((equal & pattern) == pattern && ip == anchor && !isFirst) {
      v128.store(literals, v128.swizzle(v128.load(ip), picks));
      v128.store(sequences, two);
      if (item == 4) {
        v128.store(sequences, two, 16);
        sequences += 16;
        hots += 2;
      }
      sequences += 16;
      hots += 2;
      literals += bytes;
      anchor = ip += 16;
      continue;
    }
    let starts = equal & equal >> 1 & equal >> 2;
    // the last offset cannot be used again without a literal between
    if (ip == anchor && !isFirst) starts &= ~1;
    if (starts == 0) {
      ip += 14;
      continue;
    }
    const skip = ctz(starts), next = skip + ctz(~(equal >> skip)), start = ip + skip;
    let matched = ip + next;
    if (next == 16) matched = matchEnd(matched, matched - item, end);
    matched = cut(start, matched, item);
    if (isFirst) {
      isFirst = false;
      put(anchor, start, offset, matched);
      sequences = sequencesEnd;
      literals = literalsEnd;
    } else {
      keepNear(sequences, <u32> (start - anchor), <u32> (matched - start));
      sequences += 8;
      copyWild(literals, anchor, start - anchor);
      literals += start - anchor;
    }
    anchor = ip = matched;
  }
  if (hots != 0) countWord(each, hots);
  setEnds(sequences, literals);
  return anchor;
}

/** A bit for each of 16 bytes of which `own` of an item are not in runs, those first; never there where `hot` is 0. */
function hotPattern(item: u32, own: u32): u32 {
  if (own == item) return 1 << 16;
  const one: u32 = (1 << item) - (1 << own);
  return item == 4 ? one * 0x1111 : one * 0x101;
}
