/**
 * Columns and their types in words, for messages.
 *
 * @module
 */
import { dtypeName } from "../base/dtype.ts";
import type { ColumnHeader } from "../anndata/header.ts";
import type { ColumnType } from "./column.ts";
import type { Draft } from "./draft.ts";

/** `int64 in a.zarr and string in b.zarr`: each type once, with the first input that has it. */
export function describeMixture(draft: Draft, columns: readonly (ColumnHeader | undefined)[]): string {
  const seen = new Map<string, string>();
  for (const [input, column] of columns.entries()) {
    const what = column === undefined ? "missing" : describe(column);
    if (!seen.has(what)) seen.set(what, draft.inputName(input));
  }
  return [...seen].map(([what, where]) => `${what} in ${where}`).join(" and ");
}

/** A column's type in words. */
export function describe(column: ColumnHeader): string {
  switch (column.kind) {
    case "plain":
      return column.dtype;
    case "nullable":
      return `nullable ${column.dtype}`;
    case "categorical":
      return `${column.ordered ? "ordered " : ""}categorical of ${dtypeName(column.categories.dtype)}`;
    case "unsupported":
      return column.what;
  }
}

/** A result's type in words. */
export function describeType(type: ColumnType): string {
  switch (type.kind) {
    case "plain":
      return type.dtype;
    case "nullable":
      return `nullable ${type.dtype}`;
    case "categorical":
      return `${type.ordered ? "ordered " : ""}categorical of ${dtypeName(type.dtype)}`;
    case "conflict":
      return "nothing";
  }
}
