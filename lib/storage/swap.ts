/**
 * Byte order, and the layout of elements that are not in C order.
 *
 * @module
 */
import { type DType, fieldBytes, isNumeric, itemBytes } from "../base/dtype.ts";
import { strides } from "../base/range.ts";

/** The elements of one item that are stored big-endian: `count` words of `width` bytes from byte `offset` on. */
export interface Swap {
  /** The first byte. */
  readonly offset: number;
  /** Bytes of one word. */
  readonly width: number;
  /** How many words. */
  readonly count: number;
}

/** All words of every item, big-endian: none where items have no byte order. */
export function bigEndian(dtype: DType): Swap[] {
  if (dtype === "string") return [];
  if (isNumeric(dtype)) {
    const bytes = itemBytes(dtype), count = dtype.startsWith("complex") ? 2 : 1;
    return bytes / count < 2 ? [] : [{ offset: 0, width: bytes / count, count }];
  }
  if (dtype.kind === "struct") {
    const swaps: Swap[] = [];
    let at = 0;
    for (const field of dtype.fields) {
      const values = fieldBytes(field) / Math.max(1, itemBytes(field.dtype));
      for (const swap of bigEndian(field.dtype)) {
        swaps.push({ ...swap, offset: swap.offset + at, count: swap.count * values });
      }
      at += fieldBytes(field);
    }
    return swaps;
  }
  return dtype.kind === "unicode" ? [{ offset: 0, width: 4, count: dtype.length }] : [];
}

/** Turn the big-endian words of every item in `bytes`, in place. `bytes` starts at a multiple of 8. */
export function swapBytes(bytes: Uint8Array, item: number, swaps: readonly Swap[]): void {
  const [first, ...more] = swaps;
  if (first === undefined) return;
  const { width } = first;
  if (more.length === 0 && first.width * first.count === item) {
    if (width === 2) return swap16(new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 1));
    return swap32(new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2), width === 8);
  }
  for (let start = 0; start < bytes.length; start += item) {
    for (const { offset, width, count } of swaps) {
      for (let word = 0; word < count; word++) {
        const at = start + offset + word * width;
        bytes.subarray(at, at + width).reverse();
      }
    }
  }
}

function swap16(words: Uint16Array): void {
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number;
    words[i] = word << 8 | word >>> 8;
  }
}

function swap32(words: Uint32Array, inPairs: boolean): void {
  for (let i = 0; i < words.length; i++) words[i] = reversed(words[i] as number);
  if (!inPairs) return;
  for (let i = 0; i + 1 < words.length; i += 2) {
    const low = words[i] as number;
    words[i] = words[i + 1] as number;
    words[i + 1] = low;
  }
}

function reversed(word: number): number {
  return word << 24 | (word & 0xff00) << 8 | word >>> 8 & 0xff00 | word >>> 24;
}

/** How far apart the array's axes lie in a chunk of `shape` that is stored with its axes in `order`. */
export function storedStrides(shape: readonly number[], order: readonly number[]): number[] {
  const stored = strides(order.map((axis) => shape[axis] as number));
  const result = shape.map(() => 1);
  for (const [at, axis] of order.entries()) result[axis] = stored[at] as number;
  return result;
}

/** A box of items in memory: where it starts and how far apart its axes lie, in items. */
export interface Box {
  /** The memory. */
  readonly bytes: Uint8Array;
  /** The first item. */
  readonly offset: number;
  /** The distances. */
  readonly strides: readonly number[];
}

/** Copy the items of a box of `shape`. */
export function copyBox(from: Box, into: Box, shape: readonly number[], itemBytes: number, axis = 0): void {
  if (axis === shape.length) {
    const start = from.offset * itemBytes;
    return into.bytes.set(from.bytes.subarray(start, start + itemBytes), into.offset * itemBytes);
  }
  const length = shape[axis] as number, near = from.strides[axis] as number, far = into.strides[axis] as number;
  if (axis === shape.length - 1 && near === 1 && far === 1) {
    const start = from.offset * itemBytes;
    return into.bytes.set(from.bytes.subarray(start, start + length * itemBytes), into.offset * itemBytes);
  }
  for (let i = 0; i < length; i++) {
    const source = { ...from, offset: from.offset + i * near }, target = { ...into, offset: into.offset + i * far };
    copyBox(source, target, shape, itemBytes, axis + 1);
  }
}
