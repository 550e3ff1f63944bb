// The largest of many positions tells whether one of them leads out of a matrix.

/** The largest of `count` numbers at `at`, taken as unsigned; 0 for none. */
export function largest(at: usize, count: u32): u32 {
  const end = at + (<usize> count << 2), wide = at + (<usize> (count & ~15) << 2);
  let a = i32x4.splat(0), b = a, c = a, d = a;
  for (; at < wide; at += 64) {
    a = v128.max<u32>(a, v128.load(at));
    b = v128.max<u32>(b, v128.load(at, 16));
    c = v128.max<u32>(c, v128.load(at, 32));
    d = v128.max<u32>(d, v128.load(at, 48));
  }
  a = v128.max<u32>(v128.max<u32>(a, b), v128.max<u32>(c, d));
  let most = max(max(<u32> i32x4.extract_lane(a, 0), <u32> i32x4.extract_lane(a, 1)), max(<u32> i32x4.extract_lane(a, 2), <u32> i32x4.extract_lane(a, 3)));
  for (; at < end; at += 4) most = max(most, load<u32>(at));
  return most;
}
