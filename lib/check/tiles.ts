/**
 * Cutting two arrays of one shape into the same pieces, whatever their chunks.
 *
 * @module
 */
import { cell, cells, positions, product, type Range, whole } from "../base/range.ts";
import type { ArraySpec } from "../storage/node.ts";

/** A piece this large is worth the call. */
const ENOUGH_BYTES = 2 ** 20;

/** Boxes that cover arrays like `a` and `b`, in the order of their grid, last axis fastest. */
export function* boxes(a: ArraySpec, b: ArraySpec, item: number, most: number): Generator<readonly Range[]> {
  const { shape } = a, tile = tileShape(a, b, item, most);
  if (product(shape) === 0) return;
  const grid = shape.map((length, axis) => cells(whole(length), tile[axis] ?? 1));
  for (const at of positions(grid)) {
    yield at.map((index, axis) => cell(index, tile[axis] ?? 1, shape[axis] ?? 1));
  }
}

/**
 * The shape of a piece: whole chunks of the array whose chunks are longer, an axis each, so that few chunks are decoded
 * twice; more of them where they are small, fewer rows where they are larger than `most` bytes.
 */
export function tileShape(a: ArraySpec, b: ArraySpec, item: number, most: number): number[] {
  const { shape } = a;
  const tile = shape.map((length, axis) => Math.min(length, Math.max(a.chunks[axis] ?? 1, b.chunks[axis] ?? 1)));
  const bytes = (): number => product(tile) * item;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const step = tile[axis] ?? 1, length = shape[axis] ?? 1;
    const times = Math.floor(Math.min(ENOUGH_BYTES, most) / Math.max(1, bytes()));
    if (times > 1) tile[axis] = Math.min(length, step * times);
    if ((tile[axis] ?? 1) < length) break;
  }
  for (let axis = 0; axis < shape.length && bytes() > most; axis++) {
    tile[axis] = Math.max(1, Math.floor((tile[axis] ?? 1) * most / bytes()));
  }
  return tile;
}
