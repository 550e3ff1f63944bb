// What Zstandard's encoder and decoder both know of the format, RFC 8878: the
// codes of numbers, how often they usually come, and where states go.

/** Section 3.1.1.3.2.1.1: the bits beyond each code of literals' lengths, and of matches'; the latter are 3 longer. */
export const LITERAL_BITS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
]);
export const MATCH_BITS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2,
  3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
]);
export const LITERAL_KINDS: u32 = 36;
export const MATCH_KINDS: u32 = 53;

/** Section 3.1.1.3.2.2: the counts of what most sequences are like, for 2^6, 2^5 and 2^6 states. */
export const USUAL_LITERALS: usize = memory.data<i16>([
  4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
]);
export const USUAL_OFFSETS: usize = memory.data<i16>([
  1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1,
]);
export const USUAL_MATCHES: usize = memory.data<i16>([
  1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
]);
export const USUAL_OFFSET_KINDS: u32 = 29;

/** The symbol of each of up to 512 states, after `spread`. */
export const SPREAD: usize = memory.data(512 + 16, 16);

/** Gives each of the 2^log states its symbol (section 4.1.1); a count, two bytes with sign, of -1 is one of less than 1. */
export function spread(counts: usize, symbols: u32, log: u32): void {
  const mask: u32 = (1 << log) - 1, step = ((mask + 1) >> 1) + ((mask + 1) >> 3) + 3;
  let high = mask;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    if (load<i16>(counts + 2 * symbol) < 0) store<u8>(SPREAD + high--, symbol);
  }
  let at: u32 = 0;
  for (let symbol: u32 = 0; symbol < symbols; symbol++) {
    for (let left: i32 = load<i16>(counts + 2 * symbol); left > 0; left--) {
      store<u8>(SPREAD + at, symbol);
      do at = (at + step) & mask; while (at > high);
    }
  }
}
