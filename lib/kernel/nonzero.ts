// The entries of dense rows, some thousands at a time in the kernel.

import * as kernel from "./kernel.wasm";
import { layOut, view, words } from "./scratch.ts";

/** Values that are in the kernel at once. */
const VALUES = 8192;

/** Rows of `width` values, side by side, of `item` bytes each. */
export interface DenseLines {
  readonly values: Uint8Array;
  readonly width: number;
  readonly item: number;
  /** The bits of 8 bytes of values of which one at least is set where a value is not zero: all but signs. */
  readonly mask: bigint;
}

/** How many values are not zero in each of the rows from `start` to before `end`. */
export function countNonzero(lines: DenseLines, start: number, end: number): Float64Array {
  const counts = new Float64Array(end - start);
  const [values = 0, own = 0] = layOut(VALUES * lines.item, 4 * VALUES);
  for (const { row, rows, first, width } of pieces(lines, start, end)) {
    enter(lines, row, rows, first, width, values);
    kernel.countNonzero(values, rows, width, lines.item, lines.mask, own);
    const found = words(own, rows);
    for (let at = 0; at < rows; at++) {
      counts[row - start + at] = (counts[row - start + at] as number) + (found[at] as number);
    }
  }
  return counts;
}

/**
 * Positions and, unless `data` is null, values of what is not zero in the rows from `start` to before `end`, which have
 * room for it.
 */
export function takeNonzero(
  lines: DenseLines,
  start: number,
  end: number,
  indices: Int32Array,
  data: Uint8Array | null,
): void {
  const { item, mask } = lines, room = VALUES + 1;
  const [values = 0, ownIndices = 0, ownData = 0] = layOut(VALUES * item, 4 * room, item * room);
  let at = 0;
  for (const { row, rows, first, width } of pieces(lines, start, end)) {
    enter(lines, row, rows, first, width, values);
    const kept = kernel.takeNonzero(values, rows, width, first, item, mask, ownIndices, ownData);
    indices.set(words(ownIndices, kept), at);
    data?.set(view(ownData, kept * item), at * item);
    at += kept;
  }
}

/** Rows that are in the kernel at once, or some values of one: `width` of them from `first` on. */
interface Piece {
  readonly row: number;
  readonly rows: number;
  readonly first: number;
  readonly width: number;
}

function* pieces({ width }: DenseLines, start: number, end: number): Generator<Piece> {
  const step = Math.max(1, Math.floor(VALUES / Math.max(1, width)));
  for (let row = start; row < end; row += step) {
    const rows = Math.min(step, end - row);
    for (let first = 0; first < width; first += VALUES) {
      yield { row, rows, first, width: Math.min(VALUES, width - first) };
    }
  }
}

function enter(lines: DenseLines, row: number, rows: number, first: number, width: number, at: number): void {
  const from = (row * lines.width + first) * lines.item, bytes = rows * width * lines.item;
  view(at, bytes).set(lines.values.subarray(from, from + bytes));
}
