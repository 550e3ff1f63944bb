// The kernel's memory. Everything is copied in and out block by block, so no
// view of it ever escapes and the chunk size does not matter; it grows to what
// the largest block so far needed (wasm memory never shrinks).

import * as kernel from "./kernel.wasm";

/** Room behind every buffer for the kernel's wide copies (copy.as.ts). */
const SLACK = 64;

const PAGE = 65536;

/** Bytes that a block is shuffled in, or out of, the kernel at a time. */
export const TILE = 65536;

/** Blosc blocks beyond this are refused; c-blosc itself never chooses more than 1 MiB. */
export const MAX_BLOCK = 64 * 1024 * 1024;

/**
 * Lays out buffers of these sizes one after the other and returns their
 * addresses. They are valid until the next call.
 */
export function layOut(...sizes: readonly number[]): number[] {
  let end = align(kernel.base());
  const addresses: number[] = [];
  for (const size of sizes) {
    addresses.push(end);
    end = align(end + size + SLACK);
  }
  const missing = end - kernel.memory.buffer.byteLength;
  if (missing > 0) kernel.memory.grow(Math.ceil(missing / PAGE));
  return addresses;
}

function align(address: number): number {
  return (address + SLACK - 1) & ~(SLACK - 1);
}

/** Kernel memory, for the moment: gone with the next `layOut`. */
export function view(address: number, bytes: number): Uint8Array {
  return new Uint8Array(kernel.memory.buffer, address, bytes);
}

/** Kernel memory as int32, for the moment: gone with the next `layOut`. */
export function words(address: number, count: number): Int32Array<ArrayBuffer> {
  return new Int32Array(kernel.memory.buffer as ArrayBuffer, address, count);
}

/** What a decoder's negative result says (errors.as.ts). */
export function reason(code: number): string {
  switch (code) {
    case -1:
      return "the encoded bytes end too early";
    case -2:
      return "it decodes to more bytes than expected";
    case -3:
      return "a match reaches back before the start";
    case -5:
      return "it has a code that stands for nothing";
    default:
      return "it decodes to fewer bytes than expected";
  }
}
