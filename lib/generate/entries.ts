/**
 * Where a random sparse matrix has entries: exactly as many as its density says, each set of places as likely as any
 * other, as in `scipy.sparse.random`. Any row or column can be had by itself.
 *
 * @module
 */
import { Cells } from "./cells.ts";
import { type Key, subkey, unit } from "./random.ts";

/** Rows and columns of a matrix. */
export interface Shape {
  readonly rows: number;
  readonly columns: number;
}

/** How many entries scipy gives a matrix of that density: the nearest whole number, of two the even one. */
export function entryCount({ rows, columns }: Shape, density: number): number {
  const exact = density * rows * columns, down = Math.floor(exact);
  const isUp = exact - down > 0.5 || (exact - down === 0.5 && down % 2 === 1);
  return isUp ? down + 1 : down;
}

/**
 * The places of entries. Each cell is chosen by itself with the chance that the density gives; then as many as were
 * chosen too many are struck out, or too few added, at random: which set of that many it is stays even.
 */
export class Entries {
  /** The size of the matrix. */
  readonly shape: Shape;
  /** How many entries there are. */
  readonly count: number;
  /** Entries of each row. */
  readonly perRow: Int32Array;
  /** Entries of each column. */
  readonly perColumn: Int32Array;
  readonly #cells: Cells;
  readonly #limit: number;
  readonly #changed = { row: new Map<number, number[]>(), column: new Map<number, number[]>() };

  /** Choose. */
  constructor(key: Key, shape: Shape, density: number) {
    this.shape = shape;
    this.count = entryCount(shape, density);
    this.#cells = new Cells(subkey(key, 0), shape.rows);
    this.#limit = Math.round(density * 2 ** 32);
    this.perRow = new Int32Array(shape.rows);
    this.perColumn = new Int32Array(shape.columns);
    this.#correct(subkey(key, 1), this.#countChosen());
  }

  /** Write the columns of a row's entries to `into`, upwards; how many. `into` has room for one more than all. */
  row(row: number, into: Int32Array): number {
    const chosen = this.#cells.chosenInRow(row, this.shape.columns, this.#limit, into);
    return change(into, chosen, this.#changed.row.get(row));
  }

  /** The same for the rows of a column. */
  column(column: number, into: Int32Array): number {
    return change(into, this.#cells.chosenInColumn(column, this.#limit, into), this.#changed.column.get(column));
  }

  #countChosen(): number {
    const { rows, columns } = this.shape, into = new Int32Array(columns + 1);
    let total = 0;
    for (let row = 0; row < rows; row++) {
      const count = this.row(row, into);
      for (let at = 0; at < count; at++) (this.perColumn[into[at] as number] as number)++;
      this.perRow[row] = count;
      total += count;
    }
    return total;
  }

  #correct(key: Key, chosen: number): void {
    const step = Math.sign(this.count - chosen);
    const places = { into: new Int32Array(this.shape.columns + 1), ends: this.#ends(step) };
    const all = places.ends.at(-1) ?? 0;
    for (let left = Math.abs(this.count - chosen), at = 0; left > 0; at++) {
      const number = Math.floor(unit(key, at) * all);
      if (this.#changePlace(number, step, places)) left--;
    }
  }

  /** Of what may be changed (entries to strike out, cells to fill): how many there are up to each row's end. */
  #ends(step: number): Float64Array {
    let total = 0;
    return Float64Array.from(this.perRow, (count) => total += step < 0 ? count : this.shape.columns - count);
  }

  /** Change place `number` of those; false where that was done before. */
  #changePlace(number: number, step: number, { into, ends }: { into: Int32Array; ends: Float64Array }): boolean {
    const row = firstAbove(ends, number), nth = number - (ends[row - 1] ?? 0);
    const chosen = this.#cells.chosenInRow(row, this.shape.columns, this.#limit, into);
    const column = step < 0 ? into[nth] as number : nthAbsent(into, chosen, nth);
    const before = this.#changed.row.get(row);
    if (before?.includes(column) === true) return false;
    this.#changed.row.set(row, [...before ?? [], column].sort((a, b) => a - b));
    this.#changed.column.set(column, [...this.#changed.column.get(column) ?? [], row].sort((a, b) => a - b));
    (this.perRow[row] as number) += step;
    (this.perColumn[column] as number) += step;
    return true;
  }
}

/** Strike `changed` out of the first `count` of `list` where they stand there, and put in the others; how many now. */
function change(list: Int32Array, count: number, changed: readonly number[] | undefined): number {
  for (const value of changed ?? []) {
    let at = 0;
    while (at < count && (list[at] as number) < value) at++;
    if (at < count && list[at] === value) list.copyWithin(at, at + 1, count--);
    else {
      list.copyWithin(at + 1, at, count++);
      list[at] = value;
    }
  }
  return count;
}

/** Number `nth` of the whole numbers that are not among the first `count` of `list`. */
function nthAbsent(list: Int32Array, count: number, nth: number): number {
  let value = nth;
  for (let at = 0; at < count && (list[at] as number) <= value; at++) value++;
  return value;
}

/** The place of the first of `ends`, which rise, that is above `number`. */
function firstAbove(ends: Float64Array, number: number): number {
  let low = 0, high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ends[middle] as number) > number) high = middle;
    else low = middle + 1;
  }
  return low;
}
