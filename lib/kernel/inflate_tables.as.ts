// Canonical Huffman codes as tables that are looked up with the next bits of
// the stream, see RFC 1951, section 3.2.2; longer codes go through a second table.

/** Bits that are looked up at once. */
export const SYMBOL_BITS: u32 = 11;
export const DISTANCE_BITS: u32 = 8;
export const LENGTH_BITS: u32 = 7;

/** Codes are at most this long. */
const LONGEST: u32 = 15;

// An entry says in one word all that a symbol needs:
//   bits 0 to 7    bits to drop: the code's and those of the number behind it
//   bits 8 to 11   the code's bits alone; of a second table: how many it is looked up with
//   bits 16 to 30  the literal, the least length or distance, or where the second table starts
export const LITERAL: u32 = 1 << 31;
export const SPECIAL: u32 = 1 << 15;
export const SECOND: u32 = 1 << 14;
export const END: u32 = 1 << 13;

/** Stands where no code is. */
const NO_CODE: u32 = SPECIAL;

/** Both tables with their second tables: each of those has two codes at least. */
export const SYMBOLS: usize = memory.data(4 * (2048 + 144 * 16), 16);
export const DISTANCES: usize = memory.data(4 * (256 + 16 * 128), 16);

/** Lengths of codes, one byte each: what a block's header says. */
export const LENGTHS: usize = memory.data(320, 16);
/** Codes of each length, and where the next symbol of that length goes; 2 bytes each. */
const COUNTS: usize = memory.data(32, 16);
const NEXT: usize = memory.data(32, 16);
/** Symbols in the order of their codes, 2 bytes each. */
const SORTED: usize = memory.data(2 * 288, 16);

/** What each symbol becomes: entries without the code's bits. */
const SYMBOL_ENTRIES: usize = memory.data(4 * 288, 16);
const DISTANCE_ENTRIES: usize = memory.data(4 * 32, 16);

/** RFC 1951, section 3.2.5. */
function makeEntries(): void {
  for (let i: u32 = 0; i < 256; i++) store<u32>(SYMBOL_ENTRIES + 4 * i, LITERAL | i << 16);
  store<u32>(SYMBOL_ENTRIES + 4 * 256, SPECIAL | END);
  let base: u32 = 3;
  for (let i: u32 = 0; i < 28; i++) {
    const extra: u32 = i < 4 ? 0 : (i >> 2) - 1;
    store<u32>(SYMBOL_ENTRIES + 4 * (257 + i), base << 16 | extra);
    base += 1 << extra;
  }
  store<u32>(SYMBOL_ENTRIES + 4 * 285, 258 << 16);
  for (let i: u32 = 286; i < 288; i++) store<u32>(SYMBOL_ENTRIES + 4 * i, NO_CODE);
  base = 1;
  for (let i: u32 = 0; i < 30; i++) {
    const extra: u32 = i < 2 ? 0 : (i >> 1) - 1;
    store<u32>(DISTANCE_ENTRIES + 4 * i, base << 16 | extra);
    base += 1 << extra;
  }
  for (let i: u32 = 30; i < 32; i++) store<u32>(DISTANCE_ENTRIES + 4 * i, NO_CODE);
}
makeEntries();

/** The order in which a header says how long the codes of lengths are (section 3.2.7). */
export const ORDER: usize = memory.data<u8>([
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]);

/** The codes of section 3.2.6. */
export function makeFixed(): void {
  memory.fill(LENGTHS, 8, 144);
  memory.fill(LENGTHS + 144, 9, 112);
  memory.fill(LENGTHS + 256, 7, 24);
  memory.fill(LENGTHS + 280, 8, 8);
  memory.fill(LENGTHS + 288, 5, 32);
  makeSymbols(LENGTHS, 288);
  makeDistances(LENGTHS + 288, 32);
}

export function makeSymbols(lengths: usize, count: u32): bool {
  // without an end the block would have none
  return load<u8>(lengths + 256) != 0 && makeTable(lengths, count, SYMBOLS, SYMBOL_BITS, SYMBOL_ENTRIES);
}

export function makeDistances(lengths: usize, count: u32): bool {
  return makeTable(lengths, count, DISTANCES, DISTANCE_BITS, DISTANCE_ENTRIES);
}

/** The code of code lengths goes into the table of distances, which is made after it. */
export function makeLengths(lengths: usize): bool {
  return makeTable(lengths, 19, DISTANCES, LENGTH_BITS, 0);
}

/** Whether `lengths` are those of a code: complete, or of one symbol or none, as zlib takes it. */
function makeTable(lengths: usize, count: u32, table: usize, bits: u32, entries: usize): bool {
  memory.fill(COUNTS, 0, 32);
  for (let i: u32 = 0; i < count; i++) {
    const at = COUNTS + 2 * <usize> load<u8>(lengths + i);
    store<u16>(at, load<u16>(at) + 1);
  }
  store<u16>(COUNTS, 0);
  let left: i32 = 1, longest: u32 = 0, start: u32 = 0;
  for (let length: u32 = 1; length <= LONGEST; length++) {
    const own: u32 = load<u16>(COUNTS + 2 * length);
    store<u16>(NEXT + 2 * length, <u16> start);
    start += own;
    left = (left << 1) - own;
    if (left < 0) return false;
    if (own > 0) longest = length;
  }
  if (left > 0 && (longest > 1 || (longest == 1 && entries == 0))) return false;
  for (let symbol: u32 = 0; symbol < count; symbol++) {
    const length: u32 = load<u8>(lengths + symbol), at = NEXT + 2 * length;
    if (length == 0) continue;
    store<u16>(SORTED + 2 * <usize> load<u16>(at), <u16> symbol);
    store<u16>(at, load<u16>(at) + 1);
  }

  const rest = longest > bits ? longest - bits : 0;
  let code: u32 = 0, end: u32 = 1 << bits, symbols = SORTED;
  store<u32>(table, NO_CODE);
  for (let length: u32 = 1; length <= max(longest, bits); length++) {
    code <<= 1;
    // with one bit more to look up, what was there is there twice
    if (length <= bits) memory.copy(table + (2 << length), table, 2 << length);
    for (let left: u32 = load<u16>(COUNTS + 2 * length); left > 0; left--) {
      const symbol: u32 = load<u16>(symbols);
      symbols += 2;
      // the stream has a code's first bit first
      const first = reversed(code++) >> (16 - length);
      const plain = entries == 0 ? symbol << 16 : load<u32>(entries + 4 * symbol);
      if (length <= bits) {
        store<u32>(table + 4 * first, plain + (length << 8 | length));
        continue;
      }
      const link = table + 4 * (first & ((1 << bits) - 1));
      let second = load<u32>(link);
      if (second == NO_CODE) {
        second = SPECIAL | SECOND | end << 16 | rest << 8 | bits;
        store<u32>(link, second);
        end += 1 << rest;
      }
      const more = length - bits;
      fill(table + 4 * (second >> 16), first >> bits, more, rest, plain + (more << 8 | more));
    }
  }
  return true;
}

function fill(table: usize, first: u32, length: u32, bits: u32, entry: u32): void {
  for (let at = first; at < 1 << bits; at += 1 << length) store<u32>(table + 4 * at, entry);
}

function reversed(code: u32): u32 {
  let bits = (code & 0x5555) << 1 | code >> 1 & 0x5555;
  bits = (bits & 0x3333) << 2 | bits >> 2 & 0x3333;
  bits = (bits & 0x0f0f) << 4 | bits >> 4 & 0x0f0f;
  return (bits & 0x00ff) << 8 | bits >> 8;
}
