/**
 * Planning a column that several inputs make together: its type, what is said of it, its arrays.
 *
 * @module
 */
import type { NumericType } from "../base/dtype.ts";
import { IncompatibleInputsError, UnsupportedError } from "../base/errors.ts";
import { countOf } from "../base/values.ts";
import type { ColumnHeader } from "../anndata/header.ts";
import type { ArraySpec, Attributes, FillValue } from "../storage/node.ts";
import { Places } from "./categories.ts";
import { type Absence, type ColumnType, columnType, type SupportedColumn } from "./column.ts";
import { codesOf, maskOf, valuesOf } from "./column_source.ts";
import { describe, describeMixture, describeType } from "./describe.ts";
import type { Draft } from "./draft.ts";
import type { AppendPart, ArraySource, ValueSource } from "./element.ts";

/** Puts what each input's column gives, and `missing` where there is none, in its place. */
export type PlaceColumn = (
  source: (column: SupportedColumn, input: number) => ValueSource | ArraySource,
  missing: FillValue,
) => AppendPart[];

/** A column to be planned. */
export interface ColumnPlan {
  /** The dataframe that it is in, such as `obs`. */
  readonly frame: string;
  readonly name: string;
  /** The inputs' columns; undefined where one has none. */
  readonly columns: readonly (ColumnHeader | undefined)[];
  readonly absent: Absence;
  /** Whether a column that is the only one keeps its categories just as they are. */
  readonly keepsCategories: boolean;
  readonly place: (columns: readonly (SupportedColumn | undefined)[]) => PlaceColumn;
}

/** Plan one column; false where it is dropped. */
export function planColumn(draft: Draft, plan: ColumnPlan): boolean {
  const { columns, absent } = plan, path = `${plan.frame}/${plan.name}`;
  const present = columns.filter((column) => column !== undefined);
  const odd = present.find((column) => column.kind === "unsupported");
  if (odd?.kind === "unsupported") return refuseUnsupported(draft, plan, odd);
  const supported = present.filter((column): column is SupportedColumn => column.kind !== "unsupported");
  draft.joins(supported.flatMap((column) => column.kind === "categorical" ? [column.categories.values] : []));
  let type = typeOf(plan, supported);
  if (type.kind === "conflict") {
    if (draft.options.onConflict === "error") throw conflict(draft, plan);
    const what = describeMixture(draft, columns);
    if (draft.options.onConflict === "drop") {
      draft.note("dropped", path, `${what} have no common type`);
      return false;
    }
    draft.note("coerced", path, `${what} have no common type: written as text`);
    type = { kind: absent.rows || supported.some(mayMiss) ? "nullable" : "plain", dtype: "string" };
  } else noteChanges(draft, path, supported, type, absent);
  const place = plan.place(columns as readonly (SupportedColumn | undefined)[]);
  writeColumn(draft, path, supported, type, place);
  return true;
}

function typeOf({ absent, keepsCategories }: ColumnPlan, supported: readonly SupportedColumn[]): ColumnType {
  const [only, ...others] = supported;
  if (!keepsCategories || only?.kind !== "categorical" || others.length > 0) return columnType(supported, absent);
  const { dtype, values } = only.categories;
  return { kind: "categorical", ordered: only.ordered, dtype, values };
}

function mayMiss(column: SupportedColumn): boolean {
  return column.kind === "nullable" || (column.kind === "categorical" && column.categories.hasMissing === true);
}

function noteChanges(
  draft: Draft,
  path: string,
  present: readonly SupportedColumn[],
  type: ColumnType,
  absent: Absence,
): void {
  const from = [...new Set(present.map(describe))], to = describeType(type);
  if (from.length > 1 || from[0] !== to) draft.note("coerced", path, `${from.join(", ")} become ${to}`);
  if (absent.rows) draft.note("filled", path, "missing in some inputs");
}

function writeColumn(
  draft: Draft,
  path: string,
  present: readonly SupportedColumn[],
  type: ColumnType,
  place: PlaceColumn,
): void {
  const [like] = present, valuesLike = like === undefined ? undefined : valuesSpec(like);
  switch (type.kind) {
    case "plain": {
      const { dtype } = type, missing = dtype === "string" ? "" : nan(dtype);
      const parts = place((column, input) => valuesOf(column, input, dtype, missing), missing);
      return draft.append(path, dtype, valuesLike, parts);
    }
    case "nullable": {
      const { dtype } = type, missing = dtype === "string" ? "" : dtype === "bool" ? false : 0;
      draft.group(path, { "encoding-type": nullableEncoding(dtype), "encoding-version": "0.1.0" });
      const parts = place((column, input) => valuesOf(column, input, dtype, missing), missing);
      draft.append(`${path}/values`, dtype, valuesLike, parts);
      const maskLike = like?.kind === "nullable" ? like.mask : undefined;
      return draft.append(`${path}/mask`, "bool", maskLike, place(maskOf, true));
    }
    case "categorical": {
      using places = new Places(type.values);
      const dtype = codeType(countOf(type.values));
      const like = present.find((column) => column.kind === "categorical");
      categoricalGroup(draft, path, type.ordered);
      draft.append(
        `${path}/codes`,
        dtype,
        like?.kind === "categorical" ? like.codes : undefined,
        place((column, input) => codesOf(column, input, places), -1),
      );
      const categoriesLike = like?.kind === "categorical" ? like.categories.spec : undefined;
      return draft.list(`${path}/categories`, type.dtype, categoriesLike, type.values);
    }
    case "conflict":
      throw new TypeError("Cannot write a column without a type");
  }
}

function valuesSpec(column: SupportedColumn): ArraySpec | undefined {
  return column.kind === "plain" ? column.spec : column.kind === "nullable" ? column.values : undefined;
}

/** Add the group of a categorical column. */
export function categoricalGroup(draft: Draft, path: string, ordered: boolean): void {
  const attrs: Attributes = { "encoding-type": "categorical", "encoding-version": "0.2.0", ordered };
  draft.group(path, attrs);
}

/** The smallest signed integer that numbers `count` categories, -1 included. */
export function codeType(count: number): NumericType {
  return count <= 128 ? "int8" : count <= 32768 ? "int16" : "int32";
}

function nan(dtype: NumericType): FillValue {
  return dtype.startsWith("float") ? "NaN" : dtype.startsWith("complex") ? ["NaN", 0] : dtype === "bool" ? false : 0;
}

function nullableEncoding(dtype: NumericType | "string"): string {
  return dtype === "string" ? "nullable-string-array" : dtype === "bool" ? "nullable-boolean" : "nullable-integer";
}

function refuseUnsupported(
  draft: Draft,
  plan: ColumnPlan,
  column: Extract<ColumnHeader, { kind: "unsupported" }>,
): boolean {
  const element = `${plan.frame}/${plan.name}`;
  if (draft.options.onConflict === "drop") {
    draft.note("dropped", element, `it has ${column.what}, which anncat does not carry`);
    return false;
  }
  throw new UnsupportedError(
    `Cannot carry ${plan.frame} column "${plan.name}" of ${draft.inputName(plan.columns.indexOf(column))}: ` +
      `it has ${column.what}; leave it out with --skip ${element}`,
    { element },
  );
}

function conflict(draft: Draft, plan: ColumnPlan): IncompatibleInputsError {
  const element = `${plan.frame}/${plan.name}`;
  return new IncompatibleInputsError(
    `Cannot concatenate as ${plan.frame} column "${plan.name}" is ${describeMixture(draft, plan.columns)}; ` +
      `use --on-conflict drop, --on-conflict string, or --skip ${element}`,
    { element },
  );
}
