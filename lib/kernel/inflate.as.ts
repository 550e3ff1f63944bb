// Deflate, RFC 1951, in windows: each call goes on where the last one stopped.
// The loop over symbols is libdeflate's: a word of bits that is filled up
// without a branch, some literals for each filling, one look-up for a symbol.

import { copyMatch } from "./copy.as.ts";
import { BAD_CODE, BAD_DISTANCE, INPUT_ENDS } from "./errors.as.ts";
import {
  DISTANCE_BITS,
  DISTANCES,
  END,
  LENGTH_BITS,
  LENGTHS,
  makeDistances,
  makeFixed,
  makeLengths,
  makeSymbols,
  ORDER,
  SECOND,
  SPECIAL,
  SYMBOL_BITS,
  SYMBOLS,
} from "./inflate_tables.as.ts";

/** What is returned where nothing is wrong. */
const GOES_ON: i32 = 0;
const ENDED: i32 = 1;

/** More bytes than a block's header has. */
const HEADER: usize = 600;
/** Bytes that a round of the loop over symbols reads. */
const ROUND: usize = 16;

/** Where in the stream the next bit is: before a block's header, in a stored block, among symbols. */
const BETWEEN: i32 = 0;
const STORED: i32 = 1;
const CODED: i32 = 2;
let place: i32 = BETWEEN;

/** Whether no block comes after this one. */
let isLast = false;
/** Bytes that are left of a stored block. */
let stored: usize = 0;

/** The next byte, and the bits of bytes before it that are not used yet. */
let ip: usize = 0;
let bits: u64 = 0;
let count: u64 = 0;

let op: usize = 0;
let read: usize = 0;
let written: usize = 0;

/** Starts a stream. */
export function inflateStart(): void {
  place = BETWEEN;
  isLast = false;
  bits = count = 0;
}

/** After inflate: the bytes that it is done with, and those it wrote. */
export function inflateRead(): usize {
  return read;
}
export function inflateWritten(): usize {
  return written;
}

/**
 * Decodes from `srcBytes` bytes, the stream's last ones if `whole`, until it
 * needs more of them or has written `dstBytes` bytes, or up to 259 more.
 * Matches may reach into the `history` bytes before `dst`. ENDED at the
 * stream's end, GOES_ON before it, or a negative reason.
 */
export function inflate(
  src: usize,
  srcBytes: usize,
  whole: bool,
  dst: usize,
  dstBytes: usize,
  history: usize,
): i32 {
  const iend = src + srcBytes, oend = dst + dstBytes;
  ip = src;
  op = dst;
  let code = GOES_ON;
  while (true) {
    if (place == CODED) {
      // a read past the end of everything shows by the bits that were used
      code = inflateSymbols(whole ? iend + 8 : iend - min(srcBytes, ROUND), oend, dst - history);
      if (place == CODED || code != GOES_ON) break;
    } else if (place == STORED) {
      const bytes = min(stored, min(iend - ip, oend - op));
      memory.copy(op, ip, bytes);
      ip += bytes;
      op += bytes;
      stored -= bytes;
      if (stored != 0) break;
      place = BETWEEN;
    }
    if (isLast) {
      code = ENDED;
      break;
    }
    giveBack();
    if (whole ? ip > iend : iend - ip < HEADER) break;
    if (!startBlock(iend)) {
      code = BAD_CODE;
      break;
    }
  }
  giveBack();
  read = ip - src;
  written = op - dst;
  return ip > iend || (whole && code == GOES_ON && op < oend) ? INPUT_ENDS : code;
}

/** Whole bytes are unread, so that a window may end here. */
function giveBack(): void {
  ip -= <usize> (count >> 3);
  count &= 7;
  bits &= (1 << count) - 1;
}

/** At least 56 bits. */
@inline
function fill(): void {
  bits |= load<u64>(ip) << count;
  ip += <usize> ((63 - count) >> 3);
  count |= 56;
}

@inline
function take(n: u64): u32 {
  const value = <u32> (bits & ((1 << n) - 1));
  bits >>= n;
  count -= n;
  return value;
}

/** Reads a block's header; false if it is none. */
function startBlock(iend: usize): bool {
  fill();
  isLast = take(1) != 0;
  const kind = take(2);
  place = CODED;
  if (kind == 0) {
    giveBack();
    bits = count = 0;
    place = STORED;
    stored = load<u16>(ip);
    const isRight = (stored ^ 0xffff) == load<u16>(ip + 2);
    ip += 4;
    return isRight || ip > iend;
  }
  if (kind == 1) {
    makeFixed();
    return true;
  }
  return kind == 2 && readCodes(iend);
}

/** RFC 1951, section 3.2.7. */
function readCodes(iend: usize): bool {
  const symbols: u32 = 257 + take(5), distances: u32 = 1 + take(5), lengths: u32 = 4 + take(4);
  if (symbols > 286 || distances > 30) return false;
  memory.fill(LENGTHS, 0, 19);
  for (let i: u32 = 0; i < lengths; i++) {
    fill();
    store<u8>(LENGTHS + load<u8>(ORDER + i), take(3));
  }
  if (!makeLengths(LENGTHS)) return false;

  const all = symbols + distances;
  for (let n: u32 = 0; n < all;) {
    fill();
    const entry: u64 = load<u32>(DISTANCES + 4 * (<u32> bits & ((1 << LENGTH_BITS) - 1)));
    if (entry & SPECIAL || ip > iend + 8) return false;
    take(entry & 15);
    const symbol = <u32> (entry >> 16);
    if (symbol < 16) {
      store<u8>(LENGTHS + n++, symbol);
      continue;
    }
    const times: u32 = symbol == 16 ? 3 + take(2) : symbol == 17 ? 3 + take(3) : 11 + take(7);
    if (times > all - n || (symbol == 16 && n == 0)) return false;
    memory.fill(LENGTHS + n, symbol == 16 ? load<u8>(LENGTHS + n - 1) : 0, times);
    n += times;
  }
  return makeSymbols(LENGTHS, symbols) && makeDistances(LENGTHS + symbols, distances);
}

// Inside the loop over symbols the next bit is bit 2 of the word, so that what
// is masked off the word is the place of an entry of 4 bytes.

@inline
function symbolOf(word: u64): u64 {
  return load<u32>(<u32> word & (4 << SYMBOL_BITS) - 4, SYMBOLS);
}

/** The entry in the second table that `entry` leads to. */
@inline
function second(table: usize, entry: u64, word: u64): u64 {
  return load<u32>(table + 4 * <u32> (entry >> 16) + (<u32> word & (4 << <u32> (entry >> 8 & 15)) - 4));
}

/** What a code and the number behind it mean. */
@inline
function valueOf(entry: u64, word: u64): usize {
  return <usize> ((entry >> 16) + ((word >> 2 & ((1 << (entry & 63)) - 1)) >> (entry >> 8 & 15)));
}

/** Decodes symbols while there is a byte before `ilast` and room before `oend`, or to the block's end. */
function inflateSymbols(ilast: usize, oend: usize, first: usize): i32 {
  giveBack();
  // shifts look at the lowest six bits of an entry only: those to drop
  let ip_ = ip, op_ = op, bits_ = bits << 2, count_ = count + 2, code = GOES_ON;
  while (ip_ < ilast && op_ < oend) {
    bits_ |= load<u64>(ip_) << count_;
    ip_ += <usize> ((63 - count_) >> 3);
    count_ |= 56;
    let entry = symbolOf(bits_);
    if (<i32> entry < 0) {
      bits_ >>= entry;
      count_ -= entry & 63;
      store<u8>(op_++, entry >> 16);
      entry = symbolOf(bits_);
      if (<i32> entry < 0) {
        bits_ >>= entry;
        count_ -= entry & 63;
        store<u8>(op_++, entry >> 16);
        entry = symbolOf(bits_);
        if (<i32> entry < 0) {
          bits_ >>= entry;
          count_ -= entry & 63;
          store<u8>(op_++, entry >> 16);
          continue;
        }
      }
    }
    // 32 bits are left at least
    if (entry & SECOND) {
      bits_ >>= SYMBOL_BITS;
      count_ -= SYMBOL_BITS;
      entry = second(SYMBOLS, entry, bits_);
      if (<i32> entry < 0) {
        bits_ >>= entry;
        count_ -= entry & 63;
        store<u8>(op_++, entry >> 16);
        continue;
      }
    }
    const length = valueOf(entry, bits_);
    bits_ >>= entry;
    count_ -= entry & 63;
    if (entry & SPECIAL) {
      place = BETWEEN;
      if ((entry & END) == 0) code = BAD_CODE;
      break;
    }

    bits_ |= load<u64>(ip_) << count_;
    ip_ += <usize> ((63 - count_) >> 3);
    count_ |= 56;
    entry = load<u32>(<u32> bits_ & (4 << DISTANCE_BITS) - 4, DISTANCES);
    if (entry & SECOND) {
      bits_ >>= DISTANCE_BITS;
      count_ -= DISTANCE_BITS;
      entry = second(DISTANCES, entry, bits_);
    }
    const distance = valueOf(entry, bits_);
    bits_ >>= entry;
    count_ -= entry & 63;
    if (entry & SPECIAL) {
      code = BAD_CODE;
      break;
    }
    if (distance > op_ - first) {
      code = BAD_DISTANCE;
      break;
    }
    copyMatch(op_, distance, length);
    op_ += length;
  }
  ip = ip_;
  op = op_;
  bits = bits_ >> 2;
  count = count_ - 2;
  return code;
}
