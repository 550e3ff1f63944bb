// Copies that may write up to 31 bytes too far: every buffer the kernel is
// given has that much room (`SLACK` in scratch.ts) behind it.

/** Row d: byte i of a pattern of d bytes that repeats, for d from 0 to 15. */
const REPEAT: usize = memory.data(256, 16);
/** Entry d: the longest multiple of d that a vector holds. */
const STEP: usize = memory.data(16, 16);

function makeTables(): void {
  for (let d: usize = 1; d < 16; d++) {
    for (let i: usize = 0; i < 16; i++) store<u8>(REPEAT + 16 * d + i, <u8> (i % d));
    store<u8>(STEP + d, <u8> (16 - 16 % d));
  }
}
makeTables();

@inline
export function copyWild(dst: usize, src: usize, bytes: usize): void {
  v128.store(dst, v128.load(src));
  if (bytes > 16) {
    const end = dst + bytes;
    do {
      dst += 16;
      src += 16;
      v128.store(dst, v128.load(src));
    } while (dst + 16 < end);
  }
}

/** Repeats the `distance` bytes before `dst`; `distance` is at least 1. */
@inline
export function copyMatch(dst: usize, distance: usize, bytes: usize): void {
  if (distance >= 16) copyWild(dst, dst - distance, bytes);
  else {
    const end = dst + bytes;
    const pattern = v128.swizzle(v128.load(dst - distance), v128.load(REPEAT + (distance << 4)));
    const step: usize = load<u8>(STEP + distance);
    do {
      v128.store(dst, pattern);
      dst += step;
    } while (dst < end);
  }
}
