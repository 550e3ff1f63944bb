// How often each byte occurs among literals.

/** How often each byte occurs, counted in four places at a time. */
const COUNTS: usize = memory.data(4 * 4 * 256, 16);
/** From this many literals on a part of them is enough to know how often each occurs, if many kinds do. */
export const MANY: usize = 16384;
const PART: usize = 256;
const MANY_KINDS: u32 = 192;

/** Counts bytes, or guesses how often each occurs. */
export function countBytes(src: usize, bytes: usize): void {
  if (bytes >= MANY) {
    countParts(src, bytes, 4);
    let found: u32 = 0;
    for (let i: usize = 0; i < 256; i++) found += countOf(i) != 0 ? 1 : 0;
    if (found >= MANY_KINDS) {
      // every byte needs a code
      for (let i: usize = 0; i < 256; i++) store<u32>(COUNTS + 4 * i, max<u32>(1, countOf(i) * 4));
      return;
    }
  }
  memory.fill(COUNTS, 0, 4 * 4 * 256);
  addBytes(src, bytes);
  sumCounts();
}

/** Counts the first part of each `every` parts. */
export function countParts(src: usize, bytes: usize, every: usize): void {
  memory.fill(COUNTS, 0, 4 * 4 * 256);
  for (let at: usize = 0; at + PART <= bytes; at += PART * every) addBytes(src + at, PART);
  sumCounts();
}

function addBytes(src: usize, bytes: usize): void {
  const end = src + bytes;
  let ip = src;
  for (; ip + 8 <= end; ip += 8) {
    const word = load<u64>(ip);
    count((word & 255) << 2, 0);
    count((word >> 8 & 255) << 2, 1024);
    count((word >> 16 & 255) << 2, 2048);
    count((word >> 24 & 255) << 2, 3072);
    count((word >> 32 & 255) << 2, 0);
    count((word >> 40 & 255) << 2, 1024);
    count((word >> 48 & 255) << 2, 2048);
    count((word >> 56) << 2, 3072);
  }
  for (; ip < end; ip++) count(<u64> load<u8>(ip) << 2, 0);
}

function sumCounts(): void {
  for (let at: usize = COUNTS; at < COUNTS + 1024; at += 16) {
    const low = i32x4.add(v128.load(at), v128.load(at, 1024));
    const high = i32x4.add(v128.load(at, 2048), v128.load(at, 3072));
    v128.store(at, i32x4.add(low, high));
  }
}

@inline
function count(place: u64, table: usize): void {
  const at = COUNTS + <usize> place + table;
  store<u32>(at, load<u32>(at) + 1);
}

/** How often `symbol` was counted. */
export function countOf(symbol: usize): u32 {
  return load<u32>(COUNTS + (symbol << 2));
}

/** How many bytes were counted. */
export function total(): u32 {
  let sum: u32 = 0;
  for (let i: usize = 0; i < 256; i++) sum += countOf(i);
  return sum;
}
