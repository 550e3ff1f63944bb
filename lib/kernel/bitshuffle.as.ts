// Bit shuffle, as Blosc 1 has it: byte planes first, then in each plane every
// 8 bytes become 8 rows of bits (bit k of byte i is bit i of row k). Only for
// a multiple of 8 elements; the caller copies anything else as it is.

import { shuffle, unshuffle } from "./shuffle.as.ts";

@inline
function swap(x: v128, mask: v128, by: i32): v128 {
  const t = v128.and(v128.xor(x, v128.shr<u64>(x, by)), mask);
  return v128.xor(x, v128.xor(t, v128.shl<i64>(t, by)));
}

/** Transposes each 8 by 8 bits, in place; may write to 8 bytes past the end. */
function transposeBits(at: usize, bytes: usize): void {
  for (const end = at + bytes; at < end; at += 16) {
    let x = v128.load(at);
    x = swap(x, v128.splat<i64>(0x00AA00AA00AA00AA), 7);
    x = swap(x, v128.splat<i64>(0x0000CCCC0000CCCC), 14);
    x = swap(x, v128.splat<i64>(0x00000000F0F0F0F0), 28);
    if (at + 16 <= end) v128.store(at, x);
    else store<u64>(at, v128.extract_lane<u64>(x, 0));
  }
}

/** Byte planes at `planes` (which are overwritten) to rows of bits at `dst`. */
export function bitRows(planes: usize, dst: usize, count: usize, typesize: usize): void {
  transposeBits(planes, count * typesize);
  for (let j: usize = 0; j < typesize; j++) {
    shuffle(planes + j * count, dst + j * count, count >> 3, 8, count >> 3);
  }
}

/** Rows of bits at `src` to byte planes at `planes`. */
export function bitPlanes(src: usize, planes: usize, count: usize, typesize: usize): void {
  for (let j: usize = 0; j < typesize; j++) {
    unshuffle(src + j * count, planes + j * count, count >> 3, 8, count >> 3);
  }
  transposeBits(planes, count * typesize);
}
