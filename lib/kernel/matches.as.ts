// What the encoders share: a hash table of positions, and comparison.

/** 2^12 positions: 16 KiB, as LZ4's own default, leaves room in the L1 cache. */
const LOG: u64 = 12;
const TABLE: usize = memory.data(1 << 14, 64);

/** No match reaches further back, in any of the formats. */
export const MAX_DISTANCE: u32 = 65535;

// Positions count on from stream to stream with a gap wider than any distance,
// so the entries of earlier streams rule themselves out and the table need not
// be cleared for each (often small) stream.
let next: u32 = MAX_DISTANCE + 1;

/** What to add to an address of this stream for its position in the table. */
export function startStream(src: usize, bytes: usize): u32 {
  if (<u64> next + bytes + MAX_DISTANCE + 1 > 0xFFFFFFFF) {
    memory.fill(TABLE, 0, 1 << 14);
    next = MAX_DISTANCE + 1;
  }
  const shift = next - <u32> src;
  next += <u32> bytes + MAX_DISTANCE + 1;
  return shift;
}

/** The table's entry for the 5 bytes that `sequence` begins with. */
@inline
export function slotOf(sequence: u64): usize {
  return TABLE + (<usize> (((sequence << 24) * 0x9E3779B185EBCA87) >> (64 - LOG)) << 2);
}

/** Where `a` stops being equal to `b`, at most `end`; reads 15 bytes past it. */
@inline
export function matchEnd(a: usize, b: usize, end: usize): usize {
  while (a < end) {
    const equal = v128.bitmask<i8>(v128.eq<i8>(v128.load(a), v128.load(b)));
    if (equal != 0xFFFF) {
      a += ctz(~equal);
      break;
    }
    a += 16;
    b += 16;
  }
  return min(a, end);
}
