// Zstandard's Huffman codes, RFC 8878, section 4.2: from weights to a table that
// is looked up with the next bits, and streams that are read from their end.

import { firstBit, wordAt } from "./zstd_decode_bits.as.ts";
import { countsLog, makeStates, readCounts } from "./zstd_decode_fse.as.ts";

/** Bits that are looked up at once: no code is longer. */
const BITS: u32 = 11;

/** An entry has the code's bits in its low byte, the symbol in the high one. */
const TABLE: usize = memory.data(2 << 11, 16);

/** One byte each; with the last, which the others imply. */
const WEIGHTS: usize = memory.data(256 + 16, 16);
const WEIGHT_STATES: usize = memory.data(8 << 6, 16);
/** Symbols mean themselves. */
const WEIGHT_MEANINGS: usize = memory.data(8 * 16, 16);
/** Where the next symbol of each weight goes, 4 bytes each. */
const NEXT: usize = memory.data(4 * 16, 16);

function makeMeanings(): void {
  for (let i: u64 = 0; i < 16; i++) store<u64>(WEIGHT_MEANINGS + 8 * <usize> i, i << 16 | 31 << 8);
}
makeMeanings();

/** Reads a code from `src` and makes its table; where it ends, or 0 where it is none (section 4.2.1). */
export function readHuffman(src: usize, end: usize): usize {
  if (src >= end) return 0;
  const head: u32 = load<u8>(src++);
  let n: u32 = 0;
  if (head >= 128) {
    n = head - 127;
    for (let i: u32 = 0; i < n; i += 2) {
      const pair = load<u8>(src++);
      store<u8>(WEIGHTS + i, pair >> 4);
      store<u8>(WEIGHTS + i + 1, pair & 15);
    }
  } else {
    const last = src + head;
    if (last <= end) n = readWeights(src, last);
    src = last;
  }
  return n > 0 && src <= end && makeTable(n) ? src : 0;
}

/** Two states take turns at the weights, until the bits end (section 4.2.1.2). */
function readWeights(src: usize, end: usize): u32 {
  const start = readCounts(src, end, BITS, 6), log = countsLog();
  if (start == 0 || start >= end) return 0;
  makeStates(WEIGHT_STATES, WEIGHT_MEANINGS);
  let at = firstBit(start, end) - 2 * log;
  if (at < -1) return 0;
  let one = 8 * bitsAt(start, at + log, log), other = 8 * bitsAt(start, at, log);
  for (let n: u32 = 0; n < 254;) {
    const entry = load<u64>(one, WEIGHT_STATES), bits = 31 - (<u32> (entry >> 8) & 255);
    store<u8>(WEIGHTS + n++, entry >> 16);
    at -= bits;
    if (at < -1) {
      store<u8>(WEIGHTS + n++, load<u64>(other, WEIGHT_STATES) >> 16);
      return n;
    }
    one = other;
    other = <u32> (entry >> 48) + 8 * bitsAt(start, at, bits);
  }
  return 0;
}

/** `n` bits, of which the lowest is the one above bit `at`. */
function bitsAt(start: usize, at: i32, n: u32): u32 {
  return <u32> (wordAt(start, at + n) >> 32) >> 1 >> (31 - n);
}

/** Makes the table of `n` weights and the last one (section 4.2.1); false where they are those of no code. */
function makeTable(n: u32): bool {
  memory.fill(NEXT, 0, 4 * 16);
  let sum: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const weight: u32 = load<u8>(WEIGHTS + i);
    if (weight > BITS) return false;
    sum += (1 << weight) >> 1;
    store<u32>(NEXT + 4 * weight, load<u32>(NEXT + 4 * weight) + 1);
  }
  if (sum == 0) return false;
  const longest: u32 = 32 - clz(sum), rest: u32 = (1 << longest) - sum;
  if (longest > BITS || (rest & (rest - 1)) != 0) return false;
  const last: u32 = 32 - clz(rest);
  store<u8>(WEIGHTS + n, last);
  store<u32>(NEXT + 4 * last, load<u32>(NEXT + 4 * last) + 1);
  const ones = load<u32>(NEXT + 4);
  if (ones < 2 || (ones & 1) != 0) return false;

  let at = TABLE;
  for (let weight: u32 = 1; weight <= longest; weight++) {
    const own = load<u32>(NEXT + 4 * weight);
    store<u32>(NEXT + 4 * weight, <u32> at);
    at += <usize> own << (weight + BITS - longest);
  }
  for (let i: u32 = 0; i <= n; i++) {
    const weight: u32 = load<u8>(WEIGHTS + i);
    if (weight == 0) continue;
    const bytes: u32 = 1 << (weight + BITS - longest), from: usize = load<u32>(NEXT + 4 * weight);
    store<u32>(NEXT + 4 * weight, <u32> from + bytes);
    fill(from, bytes, i << 8 | longest + 1 - weight);
  }
  return true;
}

@inline
function fill(from: usize, bytes: u32, entry: u32): void {
  if (bytes == 2) store<u16>(from, entry);
  else if (bytes == 4) store<u32>(from, entry << 16 | entry);
  else if (bytes == 8) store<u64>(from, 0x1000100010001 * <u64> entry);
  else {
    const all = i16x8.splat(<i16> entry);
    for (const end = from + bytes; from < end; from += 16) v128.store(from, all);
  }
}

/** What a word of 32 bits starts with. */
@inline
function entryOf(word: u32): u32 {
  return load<u16>(word >> 20 & 0xffe, TABLE);
}

@inline
function top(word: u64): u32 {
  return <u32> (word >> 32);
}

/** Writes two symbols to `to`; how many bits they take is in the lowest byte of what is returned. */
@inline
function pair(word: u64, to: usize): u64 {
  const high = top(word), one = entryOf(high), other = entryOf(high << one);
  store<u16>(to, one >> 8 | other & 0xff00);
  return one + other;
}

/** Decodes the `bytes` symbols that are left of a stream; whether it ends with them. */
function finish(src: usize, at: i32, dst: usize, bytes: usize): bool {
  for (const end = dst + bytes; dst < end; dst++) {
    const entry = entryOf(top(wordAt(src, at)));
    store<u8>(dst, entry >> 8);
    at -= entry & 255;
  }
  return at == -1;
}

/** Decodes `bytes` bytes from one stream; false where it has fewer or more. */
export function decodeOne(src: usize, end: usize, dst: usize, bytes: usize): bool {
  return src < end && finish(src, firstBit(src, end), dst, bytes);
}

/**
 * Decodes `bytes` bytes from four streams, which a table of three lengths comes
 * before (RFC 8878, section 3.1.1.3.1.6). What a stream reads before its start
 * is memory of the kernel all the same, and shows at the end.
 */
export function decodeFour(src: usize, end: usize, dst: usize, bytes: usize): bool {
  const part = (bytes + 3) >> 2, two = part << 1, three = two + part, first = src + 6;
  const second = first + load<u16>(src), third = second + load<u16>(src + 2), fourth = third + load<u16>(src + 4);
  if (bytes < 6 || three > bytes || fourth >= end) return false;
  if (second == first || third == second || fourth == third) return false;
  let at0 = firstBit(first, second), at1 = firstBit(second, third), at2 = firstBit(third, fourth);
  let at3 = firstBit(fourth, end);
  let op = dst;
  const done = (bytes - three) & ~3, last = dst + done;
  while (op < last) {
    const word0 = wordAt(first, at0);
    const word1 = wordAt(second, at1);
    const word2 = wordAt(third, at2);
    const word3 = wordAt(fourth, at3);
    const a0 = pair(word0, op);
    const a1 = pair(word1, op + part);
    const a2 = pair(word2, op + two);
    const a3 = pair(word3, op + three);
    const b0 = pair(word0 << a0, op + 2);
    const b1 = pair(word1 << a1, op + part + 2);
    const b2 = pair(word2 << a2, op + two + 2);
    const b3 = pair(word3 << a3, op + three + 2);
    at0 -= <i32> (a0 + b0) & 255;
    at1 -= <i32> (a1 + b1) & 255;
    at2 -= <i32> (a2 + b2) & 255;
    at3 -= <i32> (a3 + b3) & 255;
    op += 4;
  }
  return finish(first, at0, op, part - done) &&
    finish(second, at1, op + part, part - done) &&
    finish(third, at2, op + two, part - done) &&
    finish(fourth, at3, op + three, bytes - three - done);
}
