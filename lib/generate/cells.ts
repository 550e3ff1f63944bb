/**
 * A matrix of random numbers in [0, 1), of which each cell can be had by itself.
 *
 * @module
 */
import type { Range } from "../base/range.ts";
import { joined, type Key, mix, subkey } from "./random.ts";

/** The keys of all rows, so that a column is as quick to make as a row. */
export class Cells {
  readonly #offset: Int32Array;
  readonly #high: Int32Array;
  readonly #low: Int32Array;

  /** The cells of `key` in `rows` rows. */
  constructor(key: Key, rows: number) {
    this.#offset = new Int32Array(rows);
    this.#high = new Int32Array(rows);
    this.#low = new Int32Array(rows);
    for (let row = 0; row < rows; row++) {
      const { offset, high, low } = subkey(key, row);
      this.#offset[row] = offset;
      this.#high[row] = high;
      this.#low[row] = low;
    }
  }

  /** The number in a cell. */
  value(row: number, column: number): number {
    const state = mix(column + (this.#offset[row] as number));
    return joined(mix(state ^ (this.#high[row] as number)), mix(state ^ (this.#low[row] as number)));
  }

  /** Write the numbers of a row's cells in `columns` to `into`, from its start. */
  values(row: number, columns: Range, into: Float64Array): void {
    const offset = this.#offset[row] as number, high = this.#high[row] as number, low = this.#low[row] as number;
    for (let column = columns.start, at = 0; column < columns.end; column++, at++) {
      const state = mix(column + offset);
      into[at] = joined(mix(state ^ high), mix(state ^ low));
    }
  }

  /** Write the columns below `columns` whose cell of `row` is chosen with a chance of `limit` in 2^32; how many. */
  chosenInRow(row: number, columns: number, limit: number, into: Int32Array): number {
    const offset = this.#offset[row] as number, high = this.#high[row] as number;
    let count = 0;
    for (let column = 0; column < columns; column++) {
      into[count] = column;
      count += Number((mix(mix(column + offset) ^ high) >>> 0) < limit);
    }
    return count;
  }

  /** The same for the rows of a column. */
  chosenInColumn(column: number, limit: number, into: Int32Array): number {
    const offset = this.#offset, high = this.#high;
    let count = 0;
    for (let row = 0; row < offset.length; row++) {
      into[count] = row;
      count += Number((mix(mix(column + (offset[row] as number)) ^ (high[row] as number)) >>> 0) < limit);
    }
    return count;
  }
}
