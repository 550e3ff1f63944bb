/**
 * Entries and sums of a matrix, input by input.
 *
 * @module
 */
import type { Range } from "../base/range.ts";
import type { Matrix } from "../lazy/anndata.ts";

/** An input's share of a matrix. */
export interface Share {
  /** Its positions on the axis of concatenation. */
  readonly span: Range;
  /** A 1 for each position of the other axis that counts; null where none does. */
  readonly mask: Uint8Array | null;
}

/** What a share holds. */
export interface Sums {
  /** Values that are neither zero nor NaN. */
  readonly nonZero: number;
  /** Values that are NaN. */
  readonly nan: number;
  /** The sum of the others; of real and imaginary parts alike. */
  readonly sum: number;
  /** The sum of their sizes: what rounding is measured by. */
  readonly size: number;
  /** Whether an entry stands twice: a concatenation may have made one of them. */
  readonly hasRepeated: boolean;
  /** Whether indices are not sorted, or stand twice: a concatenation that reindexes nothing leaves them so. */
  readonly isDisordered: boolean;
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

  add(value: number): void {
    if (Number.isNaN(value)) this.nan++;
    else if (value !== 0) {
      this.nonZero++;
      this.sum += value;
      this.size += Math.abs(value);
    }
  }
}

/** The sums of each share of a matrix, in one pass; null for a share in which nothing counts. */
export async function sumsOf(
  matrix: Matrix,
  axis: 0 | 1,
  shares: readonly Share[],
  signal: AbortSignal | undefined,
): Promise<(Sums | null)[]> {
  const counters = shares.map(() => new Counter()), starts = shares.map(({ span }) => span.start);
  const shareAt = (position: number): number => lastAtMost(starts, position);
  const parts = matrix.dtype.startsWith("complex") ? 2 : 1;
  const add = (share: number, other: number, data: ArrayLike<number | bigint>, at: number): void => {
    if (shares[share]?.mask?.[other] !== 1) return;
    for (let part = 0; part < parts; part++) counters[share]?.add(Number(data[at * parts + part]));
  };
  if (matrix.kind === "dense") {
    for await (using chunk of matrix.chunks({ signal })) {
      for (let row = chunk.rows.start, at = 0; row < chunk.rows.end; row++) {
        for (let column = chunk.columns.start; column < chunk.columns.end; column++, at++) {
          const [position, other] = axis === 0 ? [row, column] : [column, row];
          add(shareAt(position), other, chunk.data, at);
        }
      }
    }
  } else {
    const isMajor = (matrix.layout === "csr") === (axis === 0),
      seen = new Int32Array(matrix.shape[matrix.layout === "csr" ? 1 : 0]);
    for await (using chunk of matrix.chunks({ signal })) {
      const first = chunk.layout === "csr" ? chunk.rows.start : chunk.columns.start;
      for (let row = 0; row + 1 < chunk.indptr.length; row++) {
        let last = -1;
        const major = first + row, fixed = isMajor ? shareAt(major) : 0;
        for (let k = chunk.indptr[row] as number; k < (chunk.indptr[row + 1] as number); k++) {
          const minor = chunk.indices[k] as number, share = isMajor ? fixed : shareAt(minor), counter = counters[share];
          if (counter !== undefined) {
            if (seen[minor] === major + 1) counter.hasRepeated = true;
            if (minor <= last) counter.isDisordered = true;
          }
          [seen[minor], last] = [major + 1, minor];
          add(share, isMajor ? minor : major, chunk.data, k);
        }
      }
    }
  }
  return counters.map((counter, at) => shares[at]?.mask === null ? null : { ...counter });
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

/** What rounding may make of a sum, as a share of its terms' sizes. */
const ROUNDING = 1e-8;

/** Compare what inputs hold with what the output holds of each. */
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
    const same = (own.nonZero === there.nonZero || isFree) && own.nan === there.nan &&
      (Math.abs(own.sum - there.sum) <= ROUNDING * Math.max(own.size, there.size) || Object.is(own.sum, there.sum));
    rows.push({ input, nonZero: there.nonZero, sum: there.sum, same });
    if (!same) {
      problem(
        `"${input}" has ${own.nonZero} values other than zero with the sum ${own.sum}` +
          `${own.nan > 0 ? ` and ${own.nan} NaN` : ""}, its part of the output ${there.nonZero} with ${there.sum}` +
          `${there.nan > 0 ? ` and ${there.nan} NaN` : ""}`,
      );
    }
  }
  return { element, inputs: rows };
}
