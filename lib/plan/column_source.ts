/**
 * Where the values of a column's arrays come from.
 *
 * @module
 */
import type { NumericType } from "../base/dtype.ts";
import { fromTexts, isStrings, type Strings } from "../base/strings.ts";
import type { Categories } from "../anndata/header.ts";
import type { ArraySpec, FillValue } from "../storage/node.ts";
import type { Places } from "./categories.ts";
import type { SupportedColumn } from "./column.ts";
import type { ArraySource, Transform, ValueSource } from "./element.ts";
import { chunkBytes } from "./grid.ts";
import { pythonFloat, pythonText } from "./text.ts";

/** The array at `path` of input `input`. */
export function fromArray(input: number, path: string, spec: ArraySpec, transform: Transform): ArraySource {
  const text = spec.rowBytes === undefined ? {} : { rowBytes: spec.rowBytes };
  return { from: "array", input, path, chunkBytes: chunkBytes(spec), ...text, transform };
}

/** Names: text as it is, numbers as text, with `suffix` behind each. */
export function namesOf(input: number, path: string, spec: ArraySpec, suffix: string): ArraySource {
  const isText = spec.dtype === "string" || typeof spec.dtype === "object";
  return fromArray(input, path, spec, { kind: isText ? "copy" : "text", suffix });
}

const COPY: Transform = { kind: "copy", suffix: "" };

/** A column's values as `dtype`; `missing` stands for a category that is none. */
export function valuesOf(
  column: SupportedColumn,
  input: number,
  dtype: NumericType | "string",
  missing: FillValue,
): ArraySource {
  const asText: Transform = dtype === "string" && column.kind !== "categorical" && column.dtype !== "string"
    ? { kind: "text", suffix: "" }
    : COPY;
  switch (column.kind) {
    case "plain":
      return fromArray(input, column.path, column.spec, asText);
    case "nullable":
      return fromArray(input, `${column.path}/values`, column.values, asText);
    case "categorical": {
      const values = dtype === "string" ? categoryTexts(column.categories) : column.categories.values;
      return fromArray(input, `${column.path}/codes`, column.codes, { kind: "lookup", values, missing });
    }
  }
}

/** Which of a column's rows have no value, in a result that keeps this apart from the values. */
export function maskOf(column: SupportedColumn, input: number): ValueSource | ArraySource {
  return gapsOf(column, input) ?? { from: "value", value: false };
}

/** Which of a column's rows have no value, where its form tells; null where all have one. */
function gapsOf(column: SupportedColumn, input: number): ArraySource | null {
  switch (column.kind) {
    case "plain":
      return null;
    case "nullable":
      return fromArray(input, `${column.path}/mask`, column.mask, COPY);
    case "categorical":
      return fromArray(input, `${column.path}/codes`, column.codes, { kind: "is-missing" });
  }
}

/** Which of a column's rows another input's value may stand in for: {@linkcode gapsOf}, and floats that are NaN. */
export function missingOf(column: SupportedColumn, input: number): ArraySource | null {
  const isFloat = column.kind === "plain" && column.dtype.startsWith("float");
  return isFloat ? fromArray(input, column.path, column.spec, { kind: "is-nan" }) : gapsOf(column, input);
}

/** A categorical column's codes, by the place of each category in the result. */
export function codesOf(
  column: SupportedColumn,
  input: number,
  places: Places,
): ArraySource {
  if (column.kind !== "categorical") throw new TypeError(`Unexpected column kind "${column.kind}"`);
  const map = places.of(column.categories.values);
  const isIdentity = map.every((to, from) => to === from);
  return fromArray(input, `${column.path}/codes`, column.codes, isIdentity ? COPY : { kind: "codes", map });
}

function categoryTexts({ values, dtype }: Categories): Strings {
  if (isStrings(values)) return values;
  const isFloat = String(dtype).startsWith("float");
  return fromTexts(
    values.map((value) => typeof value === "number" && isFloat ? pythonFloat(value) : pythonText(value)),
  );
}
