/**
 * Which chunks of an array lie under a selection, and where the selected elements lie in them.
 *
 * @module
 */
import { cell, cells, intersect, positions, type Range, whole } from "../base/range.ts";
import type { ArraySpec, Placed } from "./node.ts";

/** A chunk of an array, and what of it is selected. */
export interface Selected {
  /** Its position in the grid. */
  readonly chunk: readonly number[];
  /** What is selected of it, in the array's coordinates. */
  readonly ranges: readonly Range[];
}

/** The chunks under `selection` in the order of the grid, last axis fastest; a `RangeError` where it does not fit. */
export function* chunksUnder(selection: readonly Range[], spec: ArraySpec, path: string): Generator<Selected> {
  const { shape, chunks } = spec;
  checkSelection(selection, shape, path);
  const grid = selection.map((range, axis) => cells(range, chunks[axis] as number));
  for (const at of positions(grid)) {
    const chunk = at.slice();
    const ranges = chunk.map((index, axis) => {
      const covered = cell(index, chunks[axis] as number, shape[axis] as number);
      return intersect(covered, selection[axis] ?? whole(0));
    });
    yield { chunk, ranges };
  }
}

/** Where `ranges` lie in a chunk of shape `chunks` whose axes are `strides` apart. */
export function placedIn(
  chunk: readonly number[],
  ranges: readonly Range[],
  chunks: readonly number[],
  strides: readonly number[],
): Placed {
  const offset = ranges.reduce((sum, range, axis) => {
    const start = (chunk[axis] as number) * (chunks[axis] as number);
    return sum + (range.start - start) * (strides[axis] as number);
  }, 0);
  return { ranges, offset, strides };
}

function checkSelection(selection: readonly Range[], shape: readonly number[], path: string): void {
  const fits = selection.length === shape.length && selection.every(({ start, end }, axis) => {
    return start >= 0 && start <= end && end <= (shape[axis] as number);
  });
  if (fits) return;
  const shown = selection.map(({ start, end }) => `${start}:${end}`).join(", ");
  throw new RangeError(`Cannot read [${shown}] of ${path}: its shape is [${shape.join(", ")}]`);
}
