/**
 * How a stream is cut into chunks: what a caller may ask for, checked.
 *
 * @module
 */
import { parseBytes } from "../base/bytes.ts";
import { type Range, whole } from "../base/range.ts";

/** How a matrix or a column is cut into chunks, and which part of it is read. */
export interface ChunkOptions {
  /**
   * A number: so many rows a chunk (the last one may have fewer). A range: only these rows, in chunks of the usual size.
   * Rows are cells for `X`, whatever else for what goes along another axis; a csc matrix has `columns` instead.
   */
  readonly rows?: number | Range;
  /** The same for a csc matrix, whose chunks are whole columns. */
  readonly columns?: number | Range;
  /** About so many bytes of values and indices a chunk, as a number or as text (`"16MiB"`); one row at least. */
  readonly bytes?: number | string;
  /** Only these rows (of a csc matrix: columns), where `rows` says how many a chunk has. */
  readonly range?: Range;
  /**
   * Stops the stream: instead of the next chunk comes an error, the signal's reason. (The wait for a server is ended by
   * the signal that the store was opened with.)
   */
  readonly signal?: AbortSignal | undefined;
}

/** What is read at once: some rows, or columns. */
export interface ReadOptions {
  /** Only these rows (of a csc matrix: columns); all by default. */
  readonly range?: Range;
  /** Stops reading. */
  readonly signal?: AbortSignal | undefined;
}

/** {@linkcode ChunkOptions}, checked. "Row" is a position on the axis that is cut. */
export interface Cut {
  /** The rows to read. */
  readonly range: Range;
  /** Rows of a chunk; null where their number is free. */
  readonly rows: number | null;
  /** Bytes of a chunk; null where nothing was asked for. */
  readonly bytes: number | null;
  readonly signal: AbortSignal | undefined;
}

/** What is cut. */
export interface Cuttable {
  /** What messages call it. */
  readonly name: string;
  /** The axis along which it is cut. */
  readonly axis: "rows" | "columns";
  /** The length of that axis. */
  readonly length: number;
}

/** Check `options` for what they are to cut. */
export function resolveCut({ name, axis, length }: Cuttable, options: ChunkOptions): Cut {
  const other = axis === "rows" ? "columns" : "rows", own = options[axis];
  if (options[other] !== undefined) {
    throw new TypeError(`Cannot cut ${name} by ${other}: its chunks are whole ${axis}; give ${axis} instead`);
  }
  if (typeof own === "object" && options.range !== undefined) {
    throw new TypeError(`Cannot read two ranges of ${name}: give ${axis} or range`);
  }
  if (typeof own === "number" && options.bytes !== undefined) {
    throw new TypeError(`Cannot cut ${name} by ${axis} and by bytes: give one of them`);
  }
  return {
    range: checkRange({ name, axis, length }, typeof own === "object" ? own : options.range),
    rows: typeof own === "number" ? wholeNumber(axis, own) : null,
    bytes: options.bytes === undefined ? null : wholeNumber("bytes", parseBytes(options.bytes)),
    signal: options.signal,
  };
}

/** The cut that gives all of `range` as one chunk. */
export function wholeCut(what: Cuttable, options: ReadOptions): Cut {
  const range = checkRange(what, options.range);
  return { range, rows: Math.max(1, range.end - range.start), bytes: null, signal: options.signal };
}

function checkRange({ name, axis, length }: Cuttable, range: Range | undefined): Range {
  if (range === undefined) return whole(length);
  const { start, end } = range, isWhole = Number.isSafeInteger(start) && Number.isSafeInteger(end);
  if (isWhole && start >= 0 && start <= end && end <= length) return { start, end };
  throw new RangeError(`Cannot read ${axis} ${start}:${end} of ${name}: it has ${length}`);
}

function wholeNumber(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new RangeError(`Cannot use ${name} ${value}: it is a whole number of at least 1`);
}
