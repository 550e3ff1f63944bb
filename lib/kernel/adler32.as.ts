// The checksum of zlib's streams, RFC 1950, section 8.2: the sum of the bytes,
// and the sum of those sums, 16 bytes at a time.

const BASE: u32 = 65521;
/** Bytes whose sums of sums fit 32 bits. */
const STEP: usize = 4096;

/** The checksum of bytes that come after those of the checksum `before` (1: none). */
export function adler32(src: usize, bytes: usize, before: u32): u32 {
  let a = before & 0xffff, b = before >> 16;
  const end = src + bytes;
  while (src < end) {
    const part = min(STEP, end - src), vectors = src + (part & ~15), stop = src + part;
    let sums = i32x4.splat(0), earlier = i32x4.splat(0), weighted = i32x4.splat(0);
    b += a * <u32> (part & ~15);
    for (; src < vectors; src += 16) {
      const v = v128.load(src);
      earlier = i32x4.add(earlier, sums);
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(v)));
      const low = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(v), i16x8(16, 15, 14, 13, 12, 11, 10, 9));
      const high = i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(v), i16x8(8, 7, 6, 5, 4, 3, 2, 1));
      weighted = i32x4.add(weighted, i32x4.add(low, high));
    }
    a += total(sums);
    b = (b % BASE) + 16 * (total(earlier) % BASE) + total(weighted);
    for (; src < stop; src++) {
      a += load<u8>(src);
      b += a;
    }
    a %= BASE;
    b %= BASE;
  }
  return b << 16 | a;
}

@inline
function total(v: v128): u32 {
  return i32x4.extract_lane(v, 0) + i32x4.extract_lane(v, 1) + i32x4.extract_lane(v, 2) + i32x4.extract_lane(v, 3);
}
