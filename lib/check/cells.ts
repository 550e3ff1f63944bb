/**
 * Which cells of a matrix belong to which input, and where each of them is there: the same places in an output and in
 * the inputs that it is made of.
 *
 * @module
 */
import { type Range, size } from "../base/range.ts";

/** Cells of a matrix in groups. */
export interface Cells {
  /** How many groups there are. */
  readonly groups: number;
  /** The group of a cell; -1 for one that belongs to none. */
  groupOf(row: number, column: number): number;
  /** A number for the cell, the same in the output and in the input. */
  placeOf(row: number, column: number): number;
  /** How many cells belong to a group; null where nobody needs to know. */
  readonly inside: number | null;
}

/** An input's share of an output along the axis of concatenation. */
export interface Share {
  /** Its positions on that axis. */
  readonly span: Range;
  /** Which positions of the other axis it fills; null where it fills none. */
  readonly filled: Filled | null;
}

/** Positions of an axis: those with a 1, or those in a range. */
export type Filled = Uint8Array | Range;

function isFilled(filled: Filled | null | undefined, at: number): boolean {
  if (filled === null || filled === undefined) return false;
  return filled instanceof Uint8Array ? filled[at] === 1 : at >= filled.start && at < filled.end;
}

/** How many cells are filled. Shares that fill the same positions have one mask, which is counted once. */
function filledCells(shares: readonly Share[]): number {
  const counts = new Map<Filled | null, number>();
  return shares.reduce((sum, { span, filled }) => {
    const count = counts.get(filled) ?? filledCount(filled);
    counts.set(filled, count);
    return sum + size(span) * count;
  }, 0);
}

function filledCount(filled: Filled | null): number {
  if (filled === null) return 0;
  return filled instanceof Uint8Array ? filled.reduce((sum, one) => sum + one, 0) : size(filled);
}

/** The cells of an output in which inputs follow one another along `axis`, a group each. */
export function outputCells(axis: 0 | 1, shares: readonly Share[], length: number): Cells {
  const starts = shares.map(({ span }) => span.start);
  let last = -1, group = -1;
  const shareAt = (position: number): number => {
    if (position !== last) [last, group] = [position, lastAtMost(starts, position)];
    return group;
  };
  return {
    groups: shares.length,
    groupOf(row, column) {
      const share = shareAt(axis === 0 ? row : column);
      return isFilled(shares[share]?.filled, axis === 0 ? column : row) ? share : -1;
    },
    placeOf(row, column) {
      const position = axis === 0 ? row : column;
      return (position - (starts[shareAt(position)] ?? 0)) * length + (axis === 0 ? column : row);
    },
    inside: filledCells(shares),
  };
}

/** The cells of an input whose positions on the other axis go to `to`; -1: nowhere. */
export function inputCells(axis: 0 | 1, to: (other: number) => number, length: number): Cells {
  return {
    groups: 1,
    groupOf: (row, column) => to(axis === 0 ? column : row) < 0 ? -1 : 0,
    placeOf: (row, column) => axis === 0 ? row * length + to(column) : column * length + to(row),
    inside: null,
  };
}

/** The last of ascending `starts` that is not past `position`; of equal ones (empty shares) the last. */
function lastAtMost(starts: readonly number[], position: number): number {
  let low = 0, high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Which input each position of a joined axis has its values from: the first of `having` that has the position. */
export function ownersOf(length: number, places: readonly Int32Array[], having: readonly number[]): Int32Array {
  const owners = new Int32Array(length).fill(-1);
  for (const input of having.toReversed()) for (const to of places[input] ?? []) if (to >= 0) owners[to] = input;
  return owners;
}

/** The rows of what goes along a joined axis, a group for each input. */
export function ownedRows(owners: Int32Array, inputs: number, width: number): Cells {
  return {
    groups: inputs,
    groupOf: (row) => owners[row] ?? -1,
    placeOf: (row, column) => row * width + column,
    inside: owners.reduce((sum, owner) => owner < 0 ? sum : sum + 1, 0) * width,
  };
}

/** The rows that input `input` gives to what goes along a joined axis. */
export function givenRows(owners: Int32Array, input: number, places: Int32Array, width: number): Cells {
  return {
    groups: 1,
    groupOf: (row) => owners[places[row] ?? -1] === input ? 0 : -1,
    placeOf: (row, column) => (places[row] ?? 0) * width + column,
    inside: null,
  };
}

/** The square that input `input` gives to what goes from a joined axis to itself: in the output, and in the input. */
export function squares(
  owners: Int32Array,
  input: number,
  places: Int32Array,
): { readonly output: Cells; readonly input: Cells } {
  const length = owners.length, isIn = (at: number): boolean => owners[at] === input;
  return {
    output: {
      groups: 1,
      groupOf: (row, column) => isIn(row) && isIn(column) ? 0 : -1,
      placeOf: (row, column) => row * length + column,
      inside: owners.reduce((sum, owner) => owner === input ? sum + 1 : sum, 0) ** 2,
    },
    input: {
      groups: 1,
      groupOf: (row, column) => (places[row] ?? -1) < 0 || (places[column] ?? -1) < 0 ? -1 : 0,
      placeOf: (row, column) => (places[row] ?? 0) * length + (places[column] ?? 0),
      inside: null,
    },
  };
}
