// Finite state entropy, RFC 8878, section 4.1, as its encoder needs it: counts
// scaled to a power of two, their description, and the table of a coder.
// The loops are those of Zstandard's fse_compress.c.

import { SPREAD, spread } from "./zstd_format.as.ts";

/** Of a coder: the next states, two bytes each, then eight bytes for each symbol. */
const SYMBOLS: usize = 1024;
/** The bytes of a coder of up to 64 symbols with up to 512 states. */
export const CODER_BYTES: usize = SYMBOLS + 64 * 8;

/** Where each symbol's states start, two bytes each. */
const STARTS: usize = memory.data(2 * 65, 16);

/** The floor of the logarithm of `value`, at least 1, to base 2. */
@inline
export function log2(value: u32): u32 {
  return 31 - clz(value);
}

/** 256 times the logarithm of `value`, at least 1: off by 3 at most. */
export function log256(value: u32): u32 {
  const whole = log2(value), part = ((value << (31 - whole)) & 0x7FFFFFFF) >> 15;
  // of 1 + x, for x below 1: about x + 0.345 x (1 - x)
  const bow = (part * ((1 << 16) - part)) >> 16;
  return (whole << 8) + ((part + ((bow * 22610) >> 16)) >> 8);
}

/** The coder's step for `symbol`: what to add to a state for the bits it gives, and to what is left for the next. */
@inline
export function stepOf(coder: usize, symbol: usize): u64 {
  return load<u64>(coder + (symbol << 3), SYMBOLS);
}

/** How many bits `state` gives in a step. */
@inline
export function bitsOf(step: u64, state: u32): u32 {
  return (state + <u32> step) >> 16;
}

@inline
export function nextState(coder: usize, step: u64, state: u32, bits: u32): u32 {
  return load<u16>(coder + (((state >> bits) + <u32> (step >> 32)) << 1));
}

/** The state in which a coder starts that has `symbol` to give last: no bits go with it. */
export function firstState(coder: usize, symbol: usize): u32 {
  const step = stepOf(coder, symbol), bits = (<u32> step + (1 << 15)) >> 16;
  return nextState(coder, step, (bits << 16) - <u32> step, bits);
}

/** How many states suit `total` symbols of `kinds` kinds: the logarithm to base 2, at most `most`. */
export function statesLog(total: u32, kinds: u32, most: u32): u32 {
  const enough = total > 8 ? log2(total - 1) - 2 : 0;
  return min(most, max(max(enough, log2(kinds) + 1), 5));
}

/**
 * Scales the `symbols` counts (four bytes each) of `total` symbols of two kinds
 * or more to a sum of 2^log, none below 1; `norm` gets two bytes for each.
 */
export function normalize(counts: usize, symbols: u32, total: u32, log: u32, norm: usize): void {
  let left: i32 = 1 << log;
  for (let i: u32 = 0; i < symbols; i++) {
    const count = load<u32>(counts + 4 * i);
    const part = count == 0 ? 0 : max<u32>(1, <u32> ((((<u64> count) << (log + 1)) + total) / (<u64> total << 1)));
    store<u16>(norm + 2 * i, <u16> part);
    left -= <i32> part;
  }
  while (left != 0) {
    let most: u32 = 0;
    for (let i: u32 = 1; i < symbols; i++) {
      if (load<u16>(norm + 2 * i) > load<u16>(norm + 2 * most)) most = i;
    }
    const part: i32 = load<u16>(norm + 2 * most);
    const change = left > 0 ? left : max(left, -max(1, part >> 3));
    store<u16>(norm + 2 * most, <u16> (part + change));
    left -= change;
  }
}

/** Makes the coder of normalized counts; -1 is a count of less than one. */
export function makeCoder(coder: usize, norm: usize, symbols: u32, log: u32): void {
  const size: u32 = 1 << log;
  let start: u32 = 0;
  for (let i: u32 = 0; i < symbols; i++) {
    store<u16>(STARTS + 2 * i, <u16> start);
    start += <u32> abs<i32>(load<i16>(norm + 2 * i));
  }
  spread(norm, symbols, log);
  for (let state: u32 = 0; state < size; state++) {
    const own = STARTS + 2 * <usize> load<u8>(SPREAD + state);
    const place: usize = load<u16>(own);
    store<u16>(coder + 2 * place, <u16> (size + state));
    store<u16>(own, <u16> (place + 1));
  }
  let total: u32 = 0;
  for (let i: u32 = 0; i < symbols; i++) {
    const count: u32 = abs<i32>(load<i16>(norm + 2 * i));
    if (count == 0) continue;
    const bits = count == 1 ? log : log - log2(count - 1), least = count == 1 ? size : count << bits;
    store<u64>(coder + 8 * i, <u64> ((bits << 16) - least) | (<u64> (total - count)) << 32, SYMBOLS);
    total += count;
  }
}

/** Makes the coder of one symbol alone, which gives no bits. */
export function makeSingle(coder: usize, symbol: usize): void {
  store<u16>(coder, 0);
  store<u64>(coder + 8 * symbol, 0, SYMBOLS);
}

/** Writes the description of normalized counts (section 4.1.1) and returns where it ends. */
export function putCounts(op: usize, norm: usize, symbols: u32, log: u32): usize {
  let bits: u64 = log - 5, count: u64 = 4;
  let left: i32 = (1 << log) + 1, threshold: i32 = 1 << log, wide: u32 = log + 1, symbol: u32 = 0, wasZero = false;
  while (left > 1) {
    if (wasZero) {
      const start = symbol;
      while (load<i16>(norm + 2 * symbol) == 0) symbol++;
      let run = symbol - start;
      for (; run >= 3; run -= 3) {
        bits |= <u64> 3 << count;
        count += 2;
        if (count > 32) {
          store<u32>(op, <u32> bits);
          op += 4;
          bits >>= 32;
          count -= 32;
        }
      }
      bits |= <u64> run << count;
      count += 2;
    }
    const own: i32 = load<i16>(norm + 2 * symbol++), spare = 2 * threshold - 1 - left;
    left -= abs(own);
    let value = own + 1;
    if (value >= threshold) value += spare;
    bits |= <u64> value << count;
    count += wide - (value < spare ? 1 : 0);
    wasZero = own == 0;
    while (left < threshold) {
      wide--;
      threshold >>= 1;
    }
    if (count > 32) {
      store<u32>(op, <u32> bits);
      op += 4;
      bits >>= 32;
      count -= 32;
    }
  }
  store<u64>(op, bits);
  return op + <usize> ((count + 7) >> 3);
}
