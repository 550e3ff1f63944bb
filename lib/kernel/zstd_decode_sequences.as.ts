// The second half of a Zstandard block, RFC 8878, section 3.1.1.3.2: literals to
// copy, and matches. As in zstd itself, an entry of a table says all that its
// state means, and bits are read from the end of the stream.

import { copyMatch, copyWild } from "./copy.as.ts";
import { BAD_CODE, BAD_DISTANCE, INPUT_ENDS, OUTPUT_FULL } from "./errors.as.ts";
import { firstBit, wordAt } from "./zstd_decode_bits.as.ts";
import { literals, literalsEnd, literalsNext, readLiterals, startLiterals } from "./zstd_decode_literals.as.ts";
import { LENGTHS, MATCHES, OFFSETS, readTables, startTables, TABLE_BYTES, tableBits, TABLES } from "./zstd_decode_tables.as.ts";

/** With so many bits of numbers a word also has those of the next states, which are 26 at most. */
const FEW_BITS: u32 = 57 - 26;

/** The stream: where it starts, and the number of its next bit from there. */
let base: usize = 0;
let at: i32 = 0;

/** The last three distances. */
let near0: usize = 0;
let near1: usize = 0;
let near2: usize = 0;

let op: usize = 0;
let oend: usize = 0;
let lit: usize = 0;
let litEnd: usize = 0;
/** Where the frame's bytes start. */
let start: usize = 0;

/** Starts a frame. */
export function zstdDecodeStart(): void {
  startLiterals();
  startTables();
  near0 = 1;
  near1 = 4;
  near2 = 8;
}

/**
 * Decodes a block of `srcBytes` bytes to at most `room` bytes at `dst`, behind
 * the frame's bytes from `from` on; how many they are, or a negative reason.
 */
export function zstdDecodeBlock(src: usize, srcBytes: usize, dst: usize, room: usize, from: usize): i32 {
  const end = src + srcBytes;
  let code = readLiterals(src, end, room);
  if (code < 0) return code;
  op = dst;
  oend = dst + room;
  lit = literals();
  litEnd = literalsEnd();
  start = from;
  code = decodeSequences(literalsNext(), end);
  if (code < 0) return code;
  const bytes = litEnd - lit;
  if (bytes > oend - op) return OUTPUT_FULL;
  memory.copy(op, lit, bytes);
  return <i32> (op + bytes - dst);
}

function decodeSequences(src: usize, end: usize): i32 {
  if (src >= end) return INPUT_ENDS;
  let left: u32 = load<u8>(src++);
  if (left == 255) {
    left = 0x7f00 + <u32> load<u16>(src);
    src += 2;
  } else if (left >= 128) left = (left - 128) << 8 | <u32> load<u8>(src++);
  if (left == 0) return src == end ? 0 : BAD_CODE;
  if (src >= end) return INPUT_ENDS;
  src = readTables(src, end);
  if (src == 0) return BAD_CODE;
  if (src >= end) return INPUT_ENDS;
  base = src;
  at = firstBit(src, end);
  return runSequences(left);
}

@inline
function firstState(kind: usize): u32 {
  const bits = tableBits(kind), state = <u32> (wordAt(base, at) >> 32) >> 1 >> (31 - bits);
  at -= bits;
  return 8 * state;
}

/** The state that follows `entry`, by the next bits. */
@inline
function nextState(entry: u64, bits: u32): u32 {
  return <u32> (entry >> 48) + 8 * (bits >> 1 >> <u32> (entry >> 8));
}

/** Drops the bits that `nextState` used. */
@inline
function behind(entry: u64, bits: u32): u32 {
  return bits << ~<u32> (entry >> 8);
}

function runSequences(left: u32): i32 {
  let l_ = firstState(LENGTHS), o_ = firstState(OFFSETS), m_ = firstState(MATCHES);
  let at_ = at, op_ = op, lit_ = lit;
  let near0_ = near0, near1_ = near1, near2_ = near2;
  const base_ = base;
  while (at_ >= -1) {
    const l = load<u64>(l_, TABLES), o = load<u64>(o_, TABLES + TABLE_BYTES), m = load<u64>(m_, TABLES + 2 * TABLE_BYTES);
    let word = wordAt(base_, at_);
    const sum = <u32> (l + m + o), numbers = sum & 255;

    let distance = <usize> (o >> 16), run = <usize> (l >> 16), length = <usize> (m >> 16);
    if (<u8> o > 1) {
      distance += <usize> (word >> (0 - o));
      word <<= o;
      near2_ = near1_;
      near1_ = near0_;
      near0_ = distance;
    } else {
      // the last distances once more (section 3.1.1.5)
      let which: u32 = run == 0 ? 1 : 0;
      if (<u8> o != 0) {
        which += 1 + <u32> (word >> 63);
        word <<= 1;
      }
      distance = near0_;
      if (which != 0) {
        distance = which == 1 ? near1_ : which == 2 ? near2_ : near0_ - 1;
        if (which != 1) near2_ = near1_;
        near1_ = near0_;
        near0_ = distance;
      }
      if (distance == 0) return BAD_DISTANCE;
    }
    if (numbers > FEW_BITS) word = wordAt(base_, at_ - (<u32> o & 255));
    if (<u8> m != 0) {
      length += <usize> (word >> (0 - m));
      word <<= m;
    }
    if (<u8> l != 0) {
      run += <usize> (word >> (0 - l));
      word <<= l;
    }
    at_ -= numbers;
    if (--left > 0) {
      if (numbers > FEW_BITS) word = wordAt(base_, at_);
      let bits = <u32> (word >> 32);
      l_ = nextState(l, bits);
      bits = behind(l, bits);
      m_ = nextState(m, bits);
      bits = behind(m, bits);
      o_ = nextState(o, bits);
      at_ -= 3 * 31 - (sum >> 8 & 255);
    }

    if (run > litEnd - lit_) return BAD_CODE;
    if (run + length > oend - op_) return OUTPUT_FULL;
    copyWild(op_, lit_, run);
    op_ += run;
    lit_ += run;
    if (distance > op_ - start) return BAD_DISTANCE;
    copyMatch(op_, distance, length);
    op_ += length;
    if (left == 0) break;
  }
  op = op_;
  lit = lit_;
  near0 = near0_;
  near1 = near1_;
  near2 = near2_;
  // all bits are used, and no more than there are
  return at_ == -1 ? 0 : BAD_CODE;
}
