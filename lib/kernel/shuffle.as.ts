// Byte shuffle: the bytes of each element are spread over typesize planes,
// `stride` bytes apart, so that a caller can work through a block by tiles.
// An address has the bits [element, byte]; shuffling rotates them to [byte, element].
// A layer of zips over all vectors rotates the address bits by one: four layers
// shuffle 16 elements, and log2(typesize) layers undo it.

import { hi, lo } from "./simd.as.ts";

function shuffle2(src: usize, dst: usize, count: usize, stride: usize): void {
  for (let i: usize = 0; i < count; i += 16) {
    const s = src + i * 2, d = dst + i;
    const a0 = v128.load(s);
    const a1 = v128.load(s + 16);
    const b0 = lo(a0, a1), b1 = hi(a0, a1);
    const c0 = lo(b0, b1), c1 = hi(b0, b1);
    const d0 = lo(c0, c1), d1 = hi(c0, c1);
    const e0 = lo(d0, d1), e1 = hi(d0, d1);
    v128.store(d, e0);
    v128.store(d + stride, e1);
  }
}

function unshuffle2(src: usize, dst: usize, count: usize, stride: usize): void {
  for (let i: usize = 0; i < count; i += 16) {
    const s = src + i, d = dst + i * 2;
    const a0 = v128.load(s);
    const a1 = v128.load(s + stride);
    const b0 = lo(a0, a1), b1 = hi(a0, a1);
    v128.store(d, b0);
    v128.store(d + 16, b1);
  }
}

function shuffle4(src: usize, dst: usize, count: usize, stride: usize): void {
  for (let i: usize = 0; i < count; i += 16) {
    const s = src + i * 4, d = dst + i;
    const a0 = v128.load(s);
    const a1 = v128.load(s + 16);
    const a2 = v128.load(s + 32);
    const a3 = v128.load(s + 48);
    const b0 = lo(a0, a2), b1 = hi(a0, a2);
    const b2 = lo(a1, a3), b3 = hi(a1, a3);
    const c0 = lo(b0, b2), c1 = hi(b0, b2);
    const c2 = lo(b1, b3), c3 = hi(b1, b3);
    const d0 = lo(c0, c2), d1 = hi(c0, c2);
    const d2 = lo(c1, c3), d3 = hi(c1, c3);
    const e0 = lo(d0, d2), e1 = hi(d0, d2);
    const e2 = lo(d1, d3), e3 = hi(d1, d3);
    v128.store(d, e0);
    v128.store(d + stride, e1);
    v128.store(d + 2 * stride, e2);
    v128.store(d + 3 * stride, e3);
  }
}

function unshuffle4(src: usize, dst: usize, count: usize, stride: usize): void {
  for (let i: usize = 0; i < count; i += 16) {
    const s = src + i, d = dst + i * 4;
    const a0 = v128.load(s);
    const a1 = v128.load(s + stride);
    const a2 = v128.load(s + 2 * stride);
    const a3 = v128.load(s + 3 * stride);
    const b0 = lo(a0, a2), b1 = hi(a0, a2);
    const b2 = lo(a1, a3), b3 = hi(a1, a3);
    const c0 = lo(b0, b2), c1 = hi(b0, b2);
    const c2 = lo(b1, b3), c3 = hi(b1, b3);
    v128.store(d, c0);
    v128.store(d + 16, c1);
    v128.store(d + 32, c2);
    v128.store(d + 48, c3);
  }
}

function shuffle8(src: usize, dst: usize, count: usize, stride: usize): void {
  for (let i: usize = 0; i < count; i += 16) {
    const s = src + i * 8, d = dst + i;
    const a0 = v128.load(s);
    const a1 = v128.load(s + 16);
    const a2 = v128.load(s + 32);
    const a3 = v128.load(s + 48);
    const a4 = v128.load(s + 64);
    const a5 = v128.load(s + 80);
    const a6 = v128.load(s + 96);
    const a7 = v128.load(s + 112);
    const b0 = lo(a0, a4), b1 = hi(a0, a4);
    const b2 = lo(a1, a5), b3 = hi(a1, a5);
    const b4 = lo(a2, a6), b5 = hi(a2, a6);
    const b6 = lo(a3, a7), b7 = hi(a3, a7);
    const c0 = lo(b0, b4), c1 = hi(b0, b4);
    const c2 = lo(b1, b5), c3 = hi(b1, b5);
    const c4 = lo(b2, b6), c5 = hi(b2, b6);
    const c6 = lo(b3, b7), c7 = hi(b3, b7);
    const d0 = lo(c0, c4), d1 = hi(c0, c4);
    const d2 = lo(c1, c5), d3 = hi(c1, c5);
    const d4 = lo(c2, c6), d5 = hi(c2, c6);
    const d6 = lo(c3, c7), d7 = hi(c3, c7);
    const e0 = lo(d0, d4), e1 = hi(d0, d4);
    const e2 = lo(d1, d5), e3 = hi(d1, d5);
    const e4 = lo(d2, d6), e5 = hi(d2, d6);
    const e6 = lo(d3, d7), e7 = hi(d3, d7);
    v128.store(d, e0);
    v128.store(d + stride, e1);
    v128.store(d + 2 * stride, e2);
    v128.store(d + 3 * stride, e3);
    v128.store(d + 4 * stride, e4);
    v128.store(d + 5 * stride, e5);
    v128.store(d + 6 * stride, e6);
    v128.store(d + 7 * stride, e7);
  }
}

function unshuffle8(src: usize, dst: usize, count: usize, stride: usize): void {
  for (let i: usize = 0; i < count; i += 16) {
    const s = src + i, d = dst + i * 8;
    const a0 = v128.load(s);
    const a1 = v128.load(s + stride);
    const a2 = v128.load(s + 2 * stride);
    const a3 = v128.load(s + 3 * stride);
    const a4 = v128.load(s + 4 * stride);
    const a5 = v128.load(s + 5 * stride);
    const a6 = v128.load(s + 6 * stride);
    const a7 = v128.load(s + 7 * stride);
    const b0 = lo(a0, a4), b1 = hi(a0, a4);
    const b2 = lo(a1, a5), b3 = hi(a1, a5);
    const b4 = lo(a2, a6), b5 = hi(a2, a6);
    const b6 = lo(a3, a7), b7 = hi(a3, a7);
    const c0 = lo(b0, b4), c1 = hi(b0, b4);
    const c2 = lo(b1, b5), c3 = hi(b1, b5);
    const c4 = lo(b2, b6), c5 = hi(b2, b6);
    const c6 = lo(b3, b7), c7 = hi(b3, b7);
    const d0 = lo(c0, c4), d1 = hi(c0, c4);
    const d2 = lo(c1, c5), d3 = hi(c1, c5);
    const d4 = lo(c2, c6), d5 = hi(c2, c6);
    const d6 = lo(c3, c7), d7 = hi(c3, c7);
    v128.store(d, d0);
    v128.store(d + 16, d1);
    v128.store(d + 32, d2);
    v128.store(d + 48, d3);
    v128.store(d + 64, d4);
    v128.store(d + 80, d5);
    v128.store(d + 96, d6);
    v128.store(d + 112, d7);
  }
}

/** Transposes 16 rows of 16 bytes. */
function transpose16(s: usize, from: usize, d: usize, to: usize): void {
  const a0 = v128.load(s);
  const a1 = v128.load(s + from);
  const a2 = v128.load(s + 2 * from);
  const a3 = v128.load(s + 3 * from);
  const a4 = v128.load(s + 4 * from);
  const a5 = v128.load(s + 5 * from);
  const a6 = v128.load(s + 6 * from);
  const a7 = v128.load(s + 7 * from);
  const a8 = v128.load(s + 8 * from);
  const a9 = v128.load(s + 9 * from);
  const a10 = v128.load(s + 10 * from);
  const a11 = v128.load(s + 11 * from);
  const a12 = v128.load(s + 12 * from);
  const a13 = v128.load(s + 13 * from);
  const a14 = v128.load(s + 14 * from);
  const a15 = v128.load(s + 15 * from);
  const b0 = lo(a0, a8), b1 = hi(a0, a8);
  const b2 = lo(a1, a9), b3 = hi(a1, a9);
  const b4 = lo(a2, a10), b5 = hi(a2, a10);
  const b6 = lo(a3, a11), b7 = hi(a3, a11);
  const b8 = lo(a4, a12), b9 = hi(a4, a12);
  const b10 = lo(a5, a13), b11 = hi(a5, a13);
  const b12 = lo(a6, a14), b13 = hi(a6, a14);
  const b14 = lo(a7, a15), b15 = hi(a7, a15);
  const c0 = lo(b0, b8), c1 = hi(b0, b8);
  const c2 = lo(b1, b9), c3 = hi(b1, b9);
  const c4 = lo(b2, b10), c5 = hi(b2, b10);
  const c6 = lo(b3, b11), c7 = hi(b3, b11);
  const c8 = lo(b4, b12), c9 = hi(b4, b12);
  const c10 = lo(b5, b13), c11 = hi(b5, b13);
  const c12 = lo(b6, b14), c13 = hi(b6, b14);
  const c14 = lo(b7, b15), c15 = hi(b7, b15);
  const d0 = lo(c0, c8), d1 = hi(c0, c8);
  const d2 = lo(c1, c9), d3 = hi(c1, c9);
  const d4 = lo(c2, c10), d5 = hi(c2, c10);
  const d6 = lo(c3, c11), d7 = hi(c3, c11);
  const d8 = lo(c4, c12), d9 = hi(c4, c12);
  const d10 = lo(c5, c13), d11 = hi(c5, c13);
  const d12 = lo(c6, c14), d13 = hi(c6, c14);
  const d14 = lo(c7, c15), d15 = hi(c7, c15);
  const e0 = lo(d0, d8), e1 = hi(d0, d8);
  const e2 = lo(d1, d9), e3 = hi(d1, d9);
  const e4 = lo(d2, d10), e5 = hi(d2, d10);
  const e6 = lo(d3, d11), e7 = hi(d3, d11);
  const e8 = lo(d4, d12), e9 = hi(d4, d12);
  const e10 = lo(d5, d13), e11 = hi(d5, d13);
  const e12 = lo(d6, d14), e13 = hi(d6, d14);
  const e14 = lo(d7, d15), e15 = hi(d7, d15);
  v128.store(d, e0);
  v128.store(d + to, e1);
  v128.store(d + 2 * to, e2);
  v128.store(d + 3 * to, e3);
  v128.store(d + 4 * to, e4);
  v128.store(d + 5 * to, e5);
  v128.store(d + 6 * to, e6);
  v128.store(d + 7 * to, e7);
  v128.store(d + 8 * to, e8);
  v128.store(d + 9 * to, e9);
  v128.store(d + 10 * to, e10);
  v128.store(d + 11 * to, e11);
  v128.store(d + 12 * to, e12);
  v128.store(d + 13 * to, e13);
  v128.store(d + 14 * to, e14);
  v128.store(d + 15 * to, e15);
}

/** Offsets 0, 16, ... and, overlapping, typesize - 16. */
function nextGroup(at: usize, typesize: usize): usize {
  return at + 16 == typesize ? typesize : min(at + 16, typesize - 16);
}

/** `count` elements at `src` to planes at `dst`, `dst + stride`, ... */
export function shuffle(src: usize, dst: usize, count: usize, typesize: usize, stride: usize): void {
  const whole = count & ~15;
  let done: usize = whole;
  if (typesize == 2) shuffle2(src, dst, whole, stride);
  else if (typesize == 4) shuffle4(src, dst, whole, stride);
  else if (typesize == 8) shuffle8(src, dst, whole, stride);
  else if (typesize >= 16) {
    for (let i: usize = 0; i < whole; i += 16) {
      for (let at: usize = 0; at < typesize; at = nextGroup(at, typesize)) {
        transpose16(src + i * typesize + at, typesize, dst + at * stride + i, stride);
      }
    }
  } else done = 0;
  for (let j: usize = 0; j < typesize; j++) {
    const d = dst + j * stride;
    let s = src + done * typesize + j;
    for (let i = done; i < count; i++) {
      store<u8>(d + i, load<u8>(s));
      s += typesize;
    }
  }
}

/** Planes at `src`, `src + stride`, ... to `count` elements at `dst`. */
export function unshuffle(src: usize, dst: usize, count: usize, typesize: usize, stride: usize): void {
  const whole = count & ~15;
  let done: usize = whole;
  if (typesize == 2) unshuffle2(src, dst, whole, stride);
  else if (typesize == 4) unshuffle4(src, dst, whole, stride);
  else if (typesize == 8) unshuffle8(src, dst, whole, stride);
  else if (typesize >= 16) {
    for (let i: usize = 0; i < whole; i += 16) {
      for (let at: usize = 0; at < typesize; at = nextGroup(at, typesize)) {
        transpose16(src + at * stride + i, stride, dst + i * typesize + at, typesize);
      }
    }
  } else done = 0;
  for (let j: usize = 0; j < typesize; j++) {
    const s = src + j * stride;
    let d = dst + done * typesize + j;
    for (let i = done; i < count; i++) {
      store<u8>(d, load<u8>(s + i));
      d += typesize;
    }
  }
}
