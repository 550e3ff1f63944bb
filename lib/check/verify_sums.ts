/**
 * Entries, sums and digests of a matrix, input by input.
 *
 * @module
 */
import { product } from "../base/range.ts";
import type { Matrix } from "../lazy/anndata.ts";
import type { Cells } from "./cells.ts";
import { Digest } from "../stream/digest.ts";

/** What a group of cells holds. */
export interface Sums {
  /** Values that are neither zero nor NaN. */
  readonly nonZero: number;
  /** Values that are NaN. */
  readonly nan: number;
  /** The sum of the others; of real and imaginary parts alike. */
  readonly sum: number;
  /** The sum of their sizes: what rounding is measured by. */
  readonly size: number;
  /** What tells their values and places from all others. */
  readonly digest: string;
  /** Whether an entry stands twice: a concatenation may have made one of them. */
  readonly hasRepeated: boolean;
  /** Whether indices are not sorted, or stand twice: a concatenation that reindexes nothing leaves them so. */
  readonly isDisordered: boolean;
}

/** What a matrix holds. */
export interface MatrixSums {
  /** A group each. */
  readonly groups: readonly Sums[];
  /** What is wrong with the cells of no group: they all hold the one fill value. Null where nothing is. */
  readonly outside: string | null;
}

/** A matrix's entries and sums, input by input. */
export interface ElementSums {
  /** The matrix' path, such as `layers/counts`. */
  readonly element: string;
  /** One for each input that has the matrix: entries that are not zero and the sum of all, and whether the output's are the same. */
  readonly inputs: readonly {
    readonly input: string;
    readonly nonZero: number;
    readonly sum: number;
    readonly same: boolean;
  }[];
}

class Counter {
  nonZero = 0;
  nan = 0;
  sum = 0;
  size = 0;
  hasRepeated = false;
  isDisordered = false;
  readonly #digest = new Digest();

  add(place: number, value: number | bigint): void {
    const number = Number(value);
    if (number === 0) return;
    if (typeof value === "bigint") this.#digest.whole(place, value);
    else this.#digest.number(place, value);
    if (Number.isNaN(number)) this.nan++;
    else {
      this.nonZero++;
      this.sum += number;
      this.size += Math.abs(number);
    }
  }

  get(): Sums {
    const { nonZero, nan, sum, size, hasRepeated, isDisordered } = this;
    return { nonZero, nan, sum, size, hasRepeated, isDisordered, digest: String(this.#digest) };
  }
}

/** Cells that no input fills: all hold one value. */
class Outside {
  #first: number | undefined;
  #count = 0;
  #isMixed = false;

  add(value: number): void {
    this.#first ??= value;
    this.#count++;
    if (value !== this.#first && !(Number.isNaN(value) && Number.isNaN(this.#first))) this.#isMixed = true;
  }

  /** What is wrong, where there are `cells` of them and those that are not stored are zero. */
  problem(cells: number | null): string | null {
    if (this.#isMixed) return "what no input fills does not hold one value everywhere";
    if (this.#first === undefined || this.#first === 0 || cells === null || this.#count === cells) return null;
    return `of ${cells} values that no input fills ${this.#count} are ${this.#first}, and the others zero`;
  }
}

/** How a matrix is read. */
export interface SumOptions {
  /** Whether the output holds integers of 64 bits: then the values of both count as such. */
  readonly isWide: boolean;
  readonly signal: AbortSignal | undefined;
}

/** The sums of each group of a matrix' cells, in one pass. */
export async function sumsOf(matrix: Matrix, cells: Cells, { isWide, signal }: SumOptions): Promise<MatrixSums> {
  const counters = Array.from({ length: cells.groups }, () => new Counter()), outside = new Outside();
  const parts = matrix.dtype.startsWith("complex") ? 2 : 1, more = product(matrix.shape.slice(2));
  const items = parts * more, [rows = 0, columns = 1] = matrix.shape;
  const add = (row: number, column: number, data: ArrayLike<number | bigint>, at: number): void => {
    const group = cells.groupOf(row, column), counter = counters[group];
    if (counter === undefined) {
      for (let item = 0; item < items; item++) outside.add(Number(data[at * items + item]));
      return;
    }
    const place = cells.placeOf(row, column) * items;
    for (let item = 0; item < items; item++) {
      const value = data[at * items + item] as number | bigint;
      counter.add(place + item, isWide ? value : Number(value));
    }
  };
  if (matrix.kind === "dense") {
    for await (using chunk of matrix.chunks({ signal })) {
      for (let row = chunk.rows.start, at = 0; row < chunk.rows.end; row++) {
        for (let column = chunk.columns.start; column < chunk.columns.end; column++, at++) {
          add(row, column, chunk.data, at);
        }
      }
    }
  } else {
    const isCsr = matrix.layout === "csr", seen = new Int32Array(isCsr ? columns : rows);
    for await (using chunk of matrix.chunks({ signal })) {
      const first = chunk.layout === "csr" ? chunk.rows.start : chunk.columns.start;
      for (let line = 0; line + 1 < chunk.indptr.length; line++) {
        const major = first + line;
        for (let k = chunk.indptr[line] as number, last = -1; k < (chunk.indptr[line + 1] as number); k++) {
          const minor = chunk.indices[k] as number, [row, column] = isCsr ? [major, minor] : [minor, major];
          const counter = counters[cells.groupOf(row, column)];
          if (counter !== undefined) {
            if (seen[minor] === major + 1) counter.hasRepeated = true;
            if (minor <= last) counter.isDisordered = true;
          }
          [seen[minor], last] = [major + 1, minor];
          // A zero that is stored is no different from one that is not.
          if (counter !== undefined || Number(chunk.data[k * parts]) !== 0) add(row, column, chunk.data, k);
        }
      }
    }
  }
  const inside = cells.inside, isRepeated = counters.some(({ hasRepeated }) => hasRepeated);
  const left = inside === null || isRepeated ? null : (rows * columns - inside) * items;
  return { groups: counters.map((counter) => counter.get()), outside: outside.problem(left) };
}

/** What rounding may make of a sum of entries that stood twice, as a share of its terms' sizes. */
const ROUNDING = 1e-8;

/** Compare what inputs hold with what the output holds of each; null where an input has nothing of it. */
export function compareSums(
  element: string,
  names: readonly string[],
  inputs: readonly (Sums | null)[],
  output: readonly (Sums | null)[],
  problem: (message: string) => void,
): ElementSums {
  const rows: ElementSums["inputs"][number][] = [];
  for (const [at, input] of names.entries()) {
    const own = inputs[at], there = output[at];
    if (own === null || own === undefined || there === null || there === undefined) continue;
    const isFree = own.hasRepeated;
    const isSum = (own.nonZero === there.nonZero || isFree) && own.nan === there.nan &&
      (Math.abs(own.sum - there.sum) <= ROUNDING * Math.max(own.size, there.size) || Object.is(own.sum, there.sum));
    const same = isSum && (isFree || own.digest === there.digest);
    rows.push({ input, nonZero: there.nonZero, sum: there.sum, same });
    if (same) continue;
    const held = ({ nonZero, sum, nan }: Sums) =>
      `${nonZero} values other than zero with the sum ${sum}` +
      `${nan > 0 ? ` and ${nan} NaN` : ""}`;
    problem(
      isSum
        ? `"${input}" has ${held(own)}, its part of the output as many, but not all are the same or at the same place`
        : `"${input}" has ${held(own)}, its part of the output ${held(there).replace(" values other than zero", "")}`,
    );
  }
  return { element, inputs: rows };
}
