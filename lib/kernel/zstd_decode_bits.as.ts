// Streams of bits that are read from their end, RFC 8878, section 4.1: bits are
// numbered from the stream's start, so that all are used where the next is -1.

/**
 * At least 57 bits from bit `at` down, that one highest. Those before the start
 * are of whatever lies there: the kernel's own tables alone, which come before
 * all streams, are longer than a stream can go on until its length is checked.
 */
@inline
export function wordAt(start: usize, at: i32): u64 {
  return load<u64>(start + (at >> 3) - 7) << <u64> (~at & 7);
}

/** The first bit to read, below the highest one that is set; less than -1 where none is. */
export function firstBit(start: usize, end: usize): i32 {
  const last = <u32> load<u8>(end - 1);
  return last == 0 ? -1000 : <i32> ((end - start) << 3) - 1 - (clz(last) - 23);
}
