// The byte shuffle of HDF5 and of numcodecs over a whole chunk, tile by tile.

import * as kernel from "./kernel.wasm";
import { layOut, TILE, view } from "./scratch.ts";

/** Above this a tile would hold too few elements to be worth the kernel. */
const MAX_KERNEL_TYPESIZE = 1024;

/**
 * Gathers byte 0 of all elements, then byte 1, and so on. Bytes after the last
 * whole element are copied as they are.
 */
export function shuffle(src: Uint8Array, typesize: number, into: Uint8Array): void {
  const count = elements(src, typesize, into);
  if (typesize > MAX_KERNEL_TYPESIZE) {
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < typesize; j++) into[j * count + i] = src[i * typesize + j] ?? 0;
    }
  } else {
    const tile = tileElements(typesize);
    const [elementsAt = 0, planesAt = 0] = layOut(tile * typesize, tile * typesize);
    const elementsView = view(elementsAt, tile * typesize);
    const planesView = view(planesAt, tile * typesize);
    for (let from = 0; from < count; from += tile) {
      const n = Math.min(tile, count - from);
      elementsView.set(src.subarray(from * typesize, (from + n) * typesize));
      kernel.shuffle(elementsAt, planesAt, n, typesize, n);
      for (let j = 0; j < typesize; j++) {
        into.set(planesView.subarray(j * n, (j + 1) * n), j * count + from);
      }
    }
  }
  into.set(src.subarray(count * typesize), count * typesize);
}

/** Undoes `shuffle`. */
export function unshuffle(src: Uint8Array, typesize: number, into: Uint8Array): void {
  const count = elements(src, typesize, into);
  if (typesize > MAX_KERNEL_TYPESIZE) {
    for (let i = 0; i < count; i++) {
      for (let j = 0; j < typesize; j++) into[i * typesize + j] = src[j * count + i] ?? 0;
    }
  } else {
    const tile = tileElements(typesize);
    const [planesAt = 0, elementsAt = 0] = layOut(tile * typesize, tile * typesize);
    const elementsView = view(elementsAt, tile * typesize);
    const planesView = view(planesAt, tile * typesize);
    for (let from = 0; from < count; from += tile) {
      const n = Math.min(tile, count - from);
      for (let j = 0; j < typesize; j++) {
        planesView.set(src.subarray(j * count + from, j * count + from + n), j * n);
      }
      kernel.unshuffle(planesAt, elementsAt, n, typesize, n);
      into.set(elementsView.subarray(0, n * typesize), from * typesize);
    }
  }
  into.set(src.subarray(count * typesize), count * typesize);
}

/** Elements per tile: a multiple of 16, the kernel's vector. */
export function tileElements(typesize: number): number {
  return Math.max(16, Math.floor(TILE / typesize) & ~15);
}

function elements(src: Uint8Array, typesize: number, into: Uint8Array): number {
  if (!Number.isInteger(typesize) || typesize < 1) {
    throw new RangeError(`Cannot shuffle elements of ${typesize} bytes: must be 1 or more`);
  }
  if (into.length !== src.length) {
    throw new RangeError(
      `Cannot shuffle ${src.length} bytes into ${into.length}: must be the same`,
    );
  }
  return Math.floor(src.length / typesize);
}
