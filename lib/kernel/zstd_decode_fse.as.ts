// Zstandard's codes of numbers, RFC 8878, section 4.1: how often each symbol
// comes, and the table of states that this makes.

import { SPREAD, spread } from "./zstd_format.as.ts";

/** Symbols have at most so many counts; 2 bytes each, with sign. */
const COUNTS: usize = memory.data(2 * 256, 16);
/** How many states of each symbol came before. */
const NEXT: usize = memory.data(2 * 256, 16);

/** What readCounts found besides: the states are 1 << log, and the symbols. */
let log: u32 = 0;
let symbols: u32 = 0;

export function countsLog(): u32 {
  return log;
}

/** Reads counts of symbols up to `most` from `src`; where they end, or 0 where they are none (section 4.1.1). */
export function readCounts(src: usize, end: usize, most: u32, mostLog: u32): usize {
  log = 5 + (load<u8>(src) & 15);
  if (src >= end || log > mostLog) return 0;
  memory.fill(COUNTS, 0, 2 * 256);
  let at: usize = 4, left: i32 = (1 << log) + 1, half: i32 = 1 << log, bits: u32 = log, symbol: u32 = 0;
  while (left > 1 && symbol <= most) {
    // what is read past the end shows there
    const word = load<u32>(src + (at >> 3)) >> <u32> (at & 7), few = 2 * half - 1 - left;
    let count: i32 = word & (half - 1);
    at += bits;
    if (count >= few) {
      count = word & (2 * half - 1);
      if (count >= half) count -= few;
      at++;
    }
    count--;
    left -= count < 0 ? 1 : count;
    store<i16>(COUNTS + 2 * symbol++, <i16> count);
    while (left < half) {
      half >>= 1;
      bits--;
    }
    if (count != 0) continue;
    let zeros: u32;
    do {
      zeros = load<u8>(src + (at >> 3)) | <u32> load<u8>(src + (at >> 3) + 1) << 8;
      zeros = zeros >> <u32> (at & 7) & 3;
      symbol += zeros;
      at += 2;
    } while (zeros == 3 && symbol <= most);
  }
  const next = src + ((at + 7) >> 3);
  symbols = symbol;
  return left == 1 && symbol <= most + 1 && next <= end ? next : 0;
}

/** Counts that the format has set: `n` of them at `from`. */
export function setCounts(from: usize, n: u32, itsLog: u32): void {
  log = itsLog;
  symbols = n;
  memory.copy(COUNTS, from, 2 * n);
}

// An entry of 8 bytes says all that a state means:
//   bits 0 to 7    bits of the number behind the symbol
//   bits 8 to 15   31 without the bits of the next state
//   bits 16 to 47  the number at least
//   bits 48 to 63  where the next state is at least, in bytes of the table
/** Makes the table of the counts (section 4.1.1); `meanings` has bits 0 to 47 for each symbol, with 31. */
export function makeStates(table: usize, meanings: usize): void {
  const size: u32 = 1 << log;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    const count: i32 = load<i16>(COUNTS + 2 * symbol);
    store<u16>(NEXT + 2 * symbol, <u16> (count < 0 ? 1 : count));
  }
  spread(COUNTS, symbols, log);
  for (let state: u32 = 0; state < size; state++) {
    const symbol: usize = load<u8>(SPREAD + state), next: u32 = load<u16>(NEXT + 2 * symbol);
    store<u16>(NEXT + 2 * symbol, <u16> (next + 1));
    const bits = log - (31 - clz(next));
    const entry = load<u64>(meanings + 8 * symbol) - (bits << 8);
    store<u64>(table + 8 * state, entry | <u64> ((next << bits) - size) << 51);
  }
}
