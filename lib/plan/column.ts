/**
 * The type that a column of several inputs has in the result, by pandas' rules as anndata uses them.
 *
 * Source: `pd.concat` of pandas 2.3 with anndata 0.12's `try_unifying_dtype`, tried for every pair of types.
 *
 * @module
 */
import { type DType, family, isNumeric, type NumericType, promote, resultType } from "../base/dtype.ts";
import { areSame, countOf, type Values } from "../base/values.ts";
import type { Categories, ColumnHeader } from "../anndata/header.ts";
import { distinct, ordered } from "./categories.ts";

/** A column that can be carried. */
export type SupportedColumn = Exclude<ColumnHeader, { kind: "unsupported" }>;

/** The type of a column in the result. */
export type ColumnType =
  | { readonly kind: "plain"; readonly dtype: NumericType | "string" }
  | { readonly kind: "nullable"; readonly dtype: NumericType | "string" }
  | {
    readonly kind: "categorical";
    readonly ordered: boolean;
    readonly dtype: DType;
    readonly values: Values;
  }
  /** No type that anndata could write holds them all. */
  | { readonly kind: "conflict" };

/** What a column meets in the inputs that lack it. */
export interface Absence {
  /** Whether any input lacks it. */
  readonly any: boolean;
  /** Whether an input with rows lacks it, so that values are missing. */
  readonly rows: boolean;
}

const CONFLICT: ColumnType = { kind: "conflict" };

/** The type of the column that `present` make together; at least one of them. */
export function columnType(present: readonly SupportedColumn[], absent: Absence): ColumnType {
  if (present.every((column) => column.kind === "categorical")) {
    return categoricalType(present.map(categoriesOf), absent);
  }
  const dtypes = present.map(valueType);
  if (dtypes.every((dtype) => dtype === "string")) return textType(present, absent);
  if (dtypes.every((dtype) => isNumeric(dtype))) return numericType(present, dtypes, absent);
  return CONFLICT;
}

/** The type of a column's values, its categories' for a categorical. */
function valueType(column: SupportedColumn): DType {
  return column.kind === "categorical" ? column.categories.dtype : column.dtype;
}

function textType(present: readonly SupportedColumn[], absent: Absence): ColumnType {
  const nullable = present.some((column) => column.kind === "nullable") || hasGaps(present, absent);
  return { kind: nullable ? "nullable" : "plain", dtype: "string" };
}

function hasGaps(present: readonly SupportedColumn[], absent: Absence): boolean {
  return absent.rows ||
    present.some((column) => column.kind === "categorical" && column.categories.hasMissing === true);
}

function numericType(
  present: readonly SupportedColumn[],
  dtypes: readonly NumericType[],
  absent: Absence,
): ColumnType {
  const dtype = resultType(dtypes), gaps = hasGaps(present, absent);
  const bools = dtypes.filter((type) => type === "bool").length;
  const nullable = present.some((column) => column.kind === "nullable");
  if (bools === dtypes.length) return { kind: nullable || gaps || absent.any ? "nullable" : "plain", dtype: "bool" };
  const isInteger = family(dtype) === "int" || family(dtype) === "uint";
  // pandas keeps bool beside other numbers as objects, unless all are plain integers and nothing is missing.
  const allWhole = dtypes.every((type) => type === "bool" || family(type) === "int" || family(type) === "uint");
  if (bools > 0 && (nullable || gaps || !allWhole)) return CONFLICT;
  // Nullable floats have no encoding in anndata's format.
  if (nullable) return isInteger ? { kind: "nullable", dtype } : CONFLICT;
  return { kind: "plain", dtype: gaps && isInteger ? "float64" : dtype };
}

interface CategorySet extends Categories {
  readonly ordered: boolean;
}

function categoriesOf(column: SupportedColumn): CategorySet {
  if (column.kind !== "categorical") throw new TypeError(`Unexpected column kind "${column.kind}"`);
  return { ...column.categories, ordered: column.ordered };
}

function categoricalType(sets: readonly CategorySet[], absent: Absence): ColumnType {
  const filled = sets.filter((set) => countOf(set.values) > 0);
  const dtype = categoryType(filled);
  if (dtype === undefined) return CONFLICT;
  if (sets.some((set) => set.ordered)) {
    const [first] = filled;
    if (first === undefined) return { kind: "categorical", ordered: true, dtype, values: [] };
    if (filled.every((set) => set.ordered && areSame(set.values, first.values))) {
      return { kind: "categorical", ordered: true, dtype, values: first.values };
    }
    if (dtype !== "string") return CONFLICT;
    const gaps = absent.rows || sets.some((set) => set.hasMissing === true);
    return { kind: gaps ? "nullable" : "plain", dtype: "string" };
  }
  const first = sets[0], all = distinct(filled.map((set) => set.values));
  const keepsOrder = first !== undefined && countOf(first.values) === countOf(all) && first.dtype === dtype;
  return { kind: "categorical", ordered: false, dtype, values: keepsOrder ? first.values : ordered(all) };
}

/** The type of a union of categories: text, bool, int64 or float64; undefined for a mixture. */
function categoryType(sets: readonly Categories[]): DType | undefined {
  const types = sets.map((set) => set.dtype);
  if (types.every((type) => type === "string")) return "string";
  if (!types.every((type) => isNumeric(type))) return undefined;
  const bools = types.filter((type) => type === "bool").length;
  if (bools > 0) return bools === types.length ? "bool" : undefined;
  return promote(resultType(types), "int64");
}
