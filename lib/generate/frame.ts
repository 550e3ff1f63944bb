/**
 * obs and var of random values, one column of each type.
 *
 * Source: anndata's `gen_typed_df` and `gen_random_column` (anndata/tests/helpers.py), which the notebook calls, and
 * renames the column `cat`.
 *
 * @module
 */
import type { NumericType } from "../base/dtype.ts";
import type { StoreBuilder } from "./builder.ts";
import { below, type Key, keyOf, unit } from "./random.ts";

/** A dataframe. */
export interface Frame {
  /** Where it stands. */
  readonly name: "obs" | "var";
  /** How many rows it has. */
  readonly rows: number;
  /** Tells its values from those of other stores. */
  readonly seed: readonly (number | string)[];
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** The name of row `row`. */
const NAME = { obs: (row: number) => `cell${row}`, var: (row: number) => `gene${row}` };

/** The columns of numbers: their types, and a value by its place. */
const NUMBERS: Readonly<Record<string, readonly [NumericType, (key: Key, row: number) => number]>> = {
  int64: ["int64", (key, row) => below(key, row, 100) - 50],
  float64: ["float64", unit],
  uint8: ["uint8", (key, row) => below(key, row, 255)],
  bool: ["bool", (key, row) => below(key, row, 2)],
};

/** The columns of numbers that may be missing. */
const NULLABLE: typeof NUMBERS = {
  "nullable-bool": ["bool", (key, row) => below(key, row, 2)],
  "nullable-int32": ["int32", (key, row) => below(key, row, 100) - 50],
  "nullable-uint8": ["uint8", (key, row) => below(key, row, 255)],
};

/** Add `frame`. */
export async function addFrame(builder: StoreBuilder, { name, rows, seed }: Frame): Promise<void> {
  const categorical = { cat_unordered: false, [`${name}_cat`]: true };
  const columns = [categorical, NUMBERS, NULLABLE].flatMap((one) => Object.keys(one));
  builder.group(name, { type: "dataframe", version: "0.2.0" }, { "column-order": columns, "_index": "_index" });
  await builder.texts(`${name}/_index`, rows, NAME[name]);
  const keyed = (column: string, part = "values") => keyOf(...seed, name, column, part);
  for (const [column, isOrdered] of Object.entries(categorical)) {
    await addCategorical(builder, `${name}/${column}`, rows, keyed(column), isOrdered);
  }
  for (const [column, [dtype, value]] of Object.entries(NUMBERS)) {
    await addNumbers(builder, `${name}/${column}`, rows, dtype, keyed(column), value);
  }
  for (const [column, [dtype, value]] of Object.entries(NULLABLE)) {
    const path = `${name}/${column}`, type = dtype === "bool" ? "nullable-boolean" : "nullable-integer";
    builder.group(path, { type, version: "0.1.0" });
    await addNumbers(builder, `${path}/mask`, rows, "bool", keyed(column, "mask"), (key, row) => below(key, row, 2));
    await addNumbers(builder, `${path}/values`, rows, dtype, keyed(column), value);
  }
}

async function addNumbers(
  builder: StoreBuilder,
  path: string,
  rows: number,
  dtype: NumericType,
  key: Key,
  value: (key: Key, row: number) => number,
): Promise<void> {
  await builder.numbers(path, [rows], dtype, (view, [range]) => {
    const { start, end } = range ?? { start: 0, end: 0 };
    if (view instanceof BigInt64Array || view instanceof BigUint64Array) {
      for (let row = start; row < end; row++) view[row - start] = BigInt(value(key, row));
    } else for (let row = start; row < end; row++) view[row - start] = value(key, row);
  });
}

/** Random letters; the categories are those that were drawn, sorted by code point as pandas sorts them. */
async function addCategorical(
  builder: StoreBuilder,
  path: string,
  rows: number,
  key: Key,
  ordered: boolean,
): Promise<void> {
  // Few rows draw from half as many letters, so that categories come up more than once.
  const letters = [...LETTERS].slice(0, rows > LETTERS.length ? Math.floor(rows / 2) : LETTERS.length);
  const drawn = new Set<number>();
  for (let row = 0; row < rows && drawn.size < letters.length; row++) drawn.add(below(key, row, letters.length));
  const categories = letters.filter((_, at) => drawn.has(at)).sort();
  const codes = letters.map((letter) => categories.indexOf(letter));
  builder.group(path, { type: "categorical", version: "0.2.0" }, { ordered });
  await builder.texts(`${path}/categories`, categories.length, (row) => categories[row] ?? "");
  await addNumbers(
    builder,
    `${path}/codes`,
    rows,
    "int8",
    key,
    (_, row) => codes[below(key, row, letters.length)] ?? 0,
  );
}
