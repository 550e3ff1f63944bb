/**
 * Columns of an output's dataframes beside those of its inputs, row by row.
 *
 * @module
 */
import type { TypedArray } from "../base/dtype.ts";
import type { Range } from "../base/range.ts";
import { rowBytes, rowCount, type Strings, utf8 } from "../base/strings.ts";
import type { Column } from "../lazy/column.ts";
import type { DataFrame } from "../lazy/frame.ts";
import { textKey } from "../stream/digest.ts";

/** Rows that are compared at once. */
const ROWS = 2 ** 16;

/** What a column holds: text and numbers are never the same. */
type Kind = "text" | "number";

function kindOf(column: Column): Kind {
  switch (column.kind) {
    case "strings":
      return "text";
    case "categorical":
      return column.categories.some((value) => typeof value === "string") ? "text" : "number";
    case "nullable":
      return column.dtype === "string" ? "text" : "number";
    case "numbers":
      return "number";
  }
}

/** Whether a column holds whole numbers that a float64 may not. */
function isWide(column: Column): boolean {
  return (column.kind === "numbers" || column.kind === "nullable") && /^u?int64$/.test(column.dtype);
}

/** A column of an output, with what every input's rows of it need. */
export interface OutputColumn {
  readonly column: Column;
  readonly kind: Kind;
  readonly isWide: boolean;
  /** Numbers that tell its categories apart; none where it has none. */
  readonly categories: Float64Array;
}

/** An output's dataframe: of its columns nothing is kept but what tells categories apart, which is found once. */
export class OutputFrame {
  readonly #frame: DataFrame;
  readonly #categorical = new Map<string, Pick<OutputColumn, "kind" | "categories">>();

  constructor(frame: DataFrame) {
    this.#frame = frame;
  }

  /** Its column `name`. */
  column(name: string): OutputColumn {
    const column = this.#frame.column(name);
    const known = this.#categorical.get(name) ?? { kind: kindOf(column), categories: categoryKeys(column) };
    if (column.kind === "categorical") this.#categorical.set(name, known);
    return { column, isWide: isWide(column), ...known };
  }
}

function categoryKeys(column: Column): Float64Array {
  const categories = column.kind === "categorical" ? column.categories : [];
  return Float64Array.from(categories, (value) => typeof value === "string" ? textKey(utf8(value)) : Number(value));
}

/** The rows of a column as numbers that tell its values apart; NaN for what is missing. */
async function* keys(
  column: Column,
  range: Range,
  wide: boolean,
  signal: AbortSignal | undefined,
  categories: Float64Array = categoryKeys(column),
): AsyncGenerator<Float64Array> {
  for await (const chunk of column.chunks({ rows: ROWS, range, signal })) {
    switch (chunk.kind) {
      case "categorical":
        yield Float64Array.from(chunk.codes as Int32Array, (code) => categories[Number(code)] ?? NaN);
        break;
      case "nullable": {
        const values = valueKeys(chunk.values, wide);
        yield values.map((value, row) => chunk.mask[row] === 0 ? value : NaN);
        break;
      }
      default:
        yield valueKeys(chunk.values, wide);
    }
  }
}

function valueKeys(values: TypedArray | Strings, wide: boolean): Float64Array {
  if ("bytes" in values) {
    return Float64Array.from({ length: rowCount(values) }, (_, row) => textKey(rowBytes(values, row)));
  }
  if (!(values instanceof BigInt64Array) && !(values instanceof BigUint64Array)) return Float64Array.from(values);
  return Float64Array.from({ length: values.length }, (_, row) => {
    const value = values[row] as bigint, number = Number(value);
    return wide && !Number.isSafeInteger(number) ? textKey(utf8(String(value))) : number;
  });
}

function same(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

/** The rows of one input in the columns `names` of a dataframe along the axis of concatenation: one line for each column that is wrong. */
export async function compareAlong(
  output: OutputFrame,
  names: readonly string[],
  span: Range,
  input: DataFrame | null,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const wrong: string[] = [], known = new Set(input?.columns);
  for (const name of names) {
    const own = known.has(name) ? input?.column(name) : undefined;
    const found = await compareRows(output.column(name), span, own, signal);
    if (found !== undefined) wrong.push(`its column "${name}" ${found}`);
  }
  return wrong;
}

async function compareRows(
  { column, kind, isWide, categories }: OutputColumn,
  span: Range,
  input: Column | undefined,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  // A mixture that was written as text is not what it was.
  if (input !== undefined && kindOf(input) !== kind) return undefined;
  const there = keys(column, span, isWide, signal, categories);
  const own = input === undefined ? undefined : keys(input, { start: 0, end: input.length }, isWide, signal);
  let row = span.start, first: number | undefined;
  try {
    for await (const values of there) {
      const { value: wanted } = await own?.next() ?? { value: undefined };
      for (const [at, value] of values.entries()) {
        first ??= value;
        const due = own === undefined ? first : (wanted as Float64Array | undefined)?.[at] ?? NaN;
        if (!same(value, due)) {
          return own === undefined ? `is not filled alike, row ${row + at}` : `has another value, row ${row + at}`;
        }
      }
      row += values.length;
    }
  } finally {
    await there.return(undefined);
    await own?.return(undefined);
  }
  return undefined;
}

/** The rows of one input in the column that says from which input they come: what is wrong where one says another key. */
export async function compareLabel(
  { column, categories }: OutputColumn,
  span: Range,
  key: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const due = textKey(utf8(key));
  let row = span.start;
  for await (const values of keys(column, span, false, signal, categories)) {
    const wrong = values.findIndex((value) => value !== due);
    if (wrong >= 0) return `its column "${column.name}" does not say "${key}", row ${row + wrong}`;
    row += values.length;
  }
  return undefined;
}

/** The columns that say from which input a row comes: those in which input `n` has the value number `n` everywhere. */
export async function labelsOf(
  output: DataFrame,
  spans: readonly Range[],
  signal: AbortSignal | undefined,
): Promise<ReadonlySet<string>> {
  const labels = new Set<string>();
  for (const name of output.columns) {
    const column = output.column(name);
    if (column.kind !== "categorical" || column.categories.length !== spans.length) continue;
    if (await isLabel(column, spans, signal)) labels.add(name);
  }
  return labels;
}

async function isLabel(
  column: Extract<Column, { kind: "categorical" }>,
  spans: readonly Range[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let input = 0;
  for await (const { rows, codes } of column.chunks({ rows: ROWS, signal })) {
    for (const [at, code] of codes.entries()) {
      while (rows.start + at >= (spans[input]?.end ?? Infinity)) input++;
      if (Number(code) !== input) return false;
    }
  }
  return true;
}

/** An input's dataframe on a joined axis. */
export interface JoinedFrame {
  readonly frame: DataFrame;
  /** Where its rows are in the output's; -1: nowhere. */
  readonly places: Int32Array;
}

/** Bytes of the columns that are compared at once: one at least. */
const BATCH = 2 ** 25;

/** Bytes that a row of such a column takes. */
const ROW = Float64Array.BYTES_PER_ELEMENT + Uint8Array.BYTES_PER_ELEMENT;

/**
 * The columns of a dataframe on a joined axis: each holds what the first input has that has the column, and where that
 * has nothing either nothing, or what a later one has (`coalesce`). `inputs` is asked for once for many columns.
 */
export async function compareJoined(
  output: DataFrame,
  inputs: () => AsyncGenerator<JoinedFrame | null>,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const wrong: string[] = [], count = Math.max(1, Math.floor(BATCH / (ROW * Math.max(1, output.length))));
  for (let start = 0; start < output.columns.length; start += count) {
    const frame = new OutputFrame(output), names = output.columns.slice(start, start + count);
    const batch = names.map((name) => new JoinedColumn(frame.column(name)));
    for await (const input of inputs()) {
      const known = new Set(input?.frame.columns);
      for (const column of batch) if (input !== null && known.has(column.name)) await column.add(input, signal);
    }
    for (const column of batch) wrong.push(...await column.wrong(signal));
  }
  return wrong;
}

/** What a column on a joined axis must hold. */
class JoinedColumn {
  readonly #output: OutputColumn;
  /** The values, row by row; NaN where there is none. */
  readonly #due: Float64Array;
  /** Whether the first input that has the column has a value there. */
  readonly #isSure: Uint8Array;
  /** Whether an input has the column. */
  #has = false;
  /** Whether it holds text in one and numbers in another. */
  #isMixed = false;

  constructor(output: OutputColumn) {
    const { length } = output.column;
    this.#output = output;
    this.#due = new Float64Array(length).fill(NaN);
    this.#isSure = new Uint8Array(length);
  }

  get name(): string {
    return this.#output.column.name;
  }

  /** Add what the next input has that has the column. */
  async add({ frame, places }: JoinedFrame, signal: AbortSignal | undefined): Promise<void> {
    const column = frame.column(this.name), { kind, isWide } = this.#output;
    this.#isMixed ||= kindOf(column) !== kind;
    let row = 0;
    for await (const values of keys(column, { start: 0, end: column.length }, isWide, signal)) {
      for (const value of values) {
        const to = places[row++] ?? -1;
        if (to < 0 || !Number.isNaN(this.#due[to])) continue;
        this.#due[to] = value;
        if (!this.#has && !Number.isNaN(value)) this.#isSure[to] = 1;
      }
    }
    this.#has = true;
  }

  /** What is wrong, once all inputs are added: a line or none. */
  async wrong(signal: AbortSignal | undefined): Promise<string[]> {
    const name = `its column "${this.name}"`;
    if (!this.#has) return [`${name} is in none of the inputs`];
    if (this.#isMixed) return [];
    const row = await this.#firstWrong(signal);
    return row === undefined ? [] : [`${name} has another value than the inputs, row ${row}`];
  }

  async #firstWrong(signal: AbortSignal | undefined): Promise<number | undefined> {
    const { column, isWide, categories } = this.#output;
    let row = 0;
    for await (const values of keys(column, { start: 0, end: column.length }, isWide, signal, categories)) {
      for (const value of values) {
        const isFree = this.#isSure[row] === 0 && Number.isNaN(value);
        if (!isFree && !same(value, this.#due[row] ?? NaN)) return row;
        row++;
      }
    }
    return undefined;
  }
}
