/**
 * Planning a dataframe along the axis of concatenation: its index, its columns, the label.
 *
 * @module
 */
import type { DType, NumericType } from "../base/dtype.ts";
import { IncompatibleInputsError, UnsupportedError } from "../base/errors.ts";
import { type Range, size } from "../base/range.ts";
import type { Categories, ColumnHeader, FrameHeader, IndexHeader } from "../anndata/header.ts";
import type { ArraySpec, Attributes, FillValue } from "../storage/node.ts";
import { pythonFloat, pythonText } from "./text.ts";
import { type Absence, type ColumnType, columnType, type SupportedColumn } from "./column.ts";
import { describe, describeMixture, describeType } from "./describe.ts";
import type { Draft } from "./draft.ts";
import type { AppendPart, AppendSource, Transform } from "./element.ts";
import { chunkBytes } from "./grid.ts";

/** A dataframe to be planned. */
export interface FramePlan {
  /** Where it goes, such as `obs`. */
  readonly path: string;
  /** The inputs' dataframes; null where one has none. */
  readonly frames: readonly (FrameHeader | null)[];
  /** The inputs' indexes. */
  readonly indexes: readonly IndexHeader[];
  /** Where each input's rows go. */
  readonly spans: readonly Range[];
  /** The inputs' keys. */
  readonly keys: readonly string[];
  readonly join: "inner" | "outer";
  readonly label: string | null;
  readonly indexUnique: string | null;
}

/** Plan the dataframe into `draft`. */
export function planFrame(draft: Draft, plan: FramePlan): void {
  const carried: string[] = [];
  const place = draft.reserve();
  for (const name of columnNames(plan)) {
    if (name === plan.label) planLabel(draft, plan, name);
    else if (!draft.wants(`${plan.path}/${name}`) || !planColumn(draft, plan, name)) continue;
    carried.push(name);
  }
  const index = planIndex(draft, plan);
  draft.groupAt(place, plan.path, {
    "_index": index,
    "column-order": carried,
    "encoding-type": "dataframe",
    "encoding-version": "0.2.0",
  });
}

/** Inner: the first input's order; outer: first seen. The label comes last where no column has its name. */
function columnNames(plan: FramePlan): string[] {
  const lists = plan.frames.map((frame) => frame?.columns.map((column) => column.name) ?? []);
  const names = plan.join === "outer"
    ? [...new Set(lists.flat())]
    : (lists[0] ?? []).filter((name) => lists.every((list) => list.includes(name)));
  return plan.label === null || names.includes(plan.label) ? names : [...names, plan.label];
}

/** The concatenated index; returns the name under which it is stored. */
function planIndex(draft: Draft, plan: FramePlan): string {
  const names = new Set(plan.indexes.map((index) => index.name));
  const [shared] = names, name = names.size === 1 ? shared ?? "_index" : "_index";
  const parts = plan.indexes.map((index, input): AppendPart => {
    const suffix = plan.indexUnique === null ? "" : `${plan.indexUnique}${plan.keys[input]}`;
    const transform: Transform = { kind: isText(index.spec) ? "copy" : "text", suffix };
    return part(plan, input, fromArray(input, index.path, index.spec, transform));
  });
  draft.append(`${plan.path}/${name}`, "string", plan.indexes[0]?.spec, parts);
  return name;
}

function isText(spec: ArraySpec): boolean {
  return spec.dtype === "string" || typeof spec.dtype === "object";
}

function planLabel(draft: Draft, plan: FramePlan, name: string): void {
  const path = `${plan.path}/${name}`;
  categoricalGroup(draft, path, false);
  const type = codeType(plan.keys.length);
  draft.append(
    `${path}/codes`,
    type,
    undefined,
    plan.spans.map((_, input) => part(plan, input, { from: "value", value: input })),
  );
  draft.list(`${path}/categories`, "string", undefined, plan.keys);
}

/** Plan one column; false where it is dropped. */
function planColumn(draft: Draft, plan: FramePlan, name: string): boolean {
  const path = `${plan.path}/${name}`;
  const columns = plan.frames.map((frame) => frame?.columns.find((column) => column.name === name));
  const present = columns.filter((column) => column !== undefined);
  const odd = present.find((column) => column.kind === "unsupported");
  if (odd?.kind === "unsupported") return refuseUnsupported(draft, plan, odd);
  const supported = present.filter((column): column is SupportedColumn => column.kind !== "unsupported");
  const absent: Absence = {
    any: columns.includes(undefined),
    rows: columns.some((column, input) => column === undefined && rowsOf(plan, input) > 0),
  };
  let type = columnType(supported, absent);
  if (type.kind === "conflict") {
    if (draft.options.onConflict === "error") throw conflict(draft, plan, name, columns);
    const what = describeMixture(draft, columns);
    if (draft.options.onConflict === "drop") {
      draft.note("dropped", path, `${what} have no common type`);
      return false;
    }
    draft.note("coerced", path, `${what} have no common type: written as text`);
    type = { kind: absent.rows || supported.some(mayMiss) ? "nullable" : "plain", dtype: "string" };
  } else noteChanges(draft, path, supported, type, absent);
  writeColumn(draft, plan, path, columns as readonly (SupportedColumn | undefined)[], type);
  return true;
}

function rowsOf(plan: FramePlan, input: number): number {
  const span = plan.spans[input];
  return span === undefined ? 0 : size(span);
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
  plan: FramePlan,
  path: string,
  columns: readonly (SupportedColumn | undefined)[],
  type: ColumnType,
): void {
  const like = columns.find((column) => column !== undefined);
  const valuesLike = like === undefined ? undefined : valuesSpec(like);
  const parts = (source: (column: SupportedColumn, input: number) => AppendSource, missing: FillValue): AppendPart[] =>
    columns.map((column, input) =>
      part(plan, input, column === undefined ? { from: "value", value: missing } : source(column, input))
    );
  switch (type.kind) {
    case "plain": {
      const missing = type.dtype === "string" ? "" : nan(type.dtype);
      draft.append(
        path,
        type.dtype,
        valuesLike,
        parts((column, input) => values(column, input, type.dtype, missing), missing),
      );
      return;
    }
    case "nullable": {
      const missing = type.dtype === "string" ? "" : type.dtype === "bool" ? false : 0;
      draft.group(path, { "encoding-type": nullableEncoding(type.dtype), "encoding-version": "0.1.0" });
      draft.append(
        `${path}/values`,
        type.dtype,
        valuesLike,
        parts((column, input) => values(column, input, type.dtype, missing), missing),
      );
      draft.append(`${path}/mask`, "bool", like?.kind === "nullable" ? like.mask : undefined, parts(mask, true));
      return;
    }
    case "categorical": {
      categoricalGroup(draft, path, type.ordered);
      const position = new Map(type.values.map((value, at) => [value, at]));
      const like = columns.find((column) => column?.kind === "categorical");
      const dtype = codeType(type.values.length);
      draft.append(
        `${path}/codes`,
        dtype,
        codesSpec(like),
        parts((column, input) => codes(column, input, position), -1),
      );
      draft.list(`${path}/categories`, type.dtype, categorySpec(like), type.values);
      return;
    }
    case "conflict":
      throw new TypeError("Cannot write a column without a type");
  }
}

function part(plan: FramePlan, input: number, source: AppendSource): AppendPart {
  return { at: plan.spans[input] ?? { start: 0, end: 0 }, source };
}

function fromArray(input: number, path: string, spec: ArraySpec, transform: Transform): AppendSource {
  return { from: "array", input, path, chunkBytes: chunkBytes(spec), transform };
}

const COPY: Transform = { kind: "copy", suffix: "" };

function values(
  column: SupportedColumn,
  input: number,
  dtype: NumericType | "string",
  missing: FillValue,
): AppendSource {
  switch (column.kind) {
    case "plain":
      return fromArray(
        input,
        column.path,
        column.spec,
        dtype === "string" && column.dtype !== "string" ? { kind: "text", suffix: "" } : COPY,
      );
    case "nullable": {
      const transform: Transform = dtype === "string" && column.dtype !== "string"
        ? { kind: "text", suffix: "" }
        : COPY;
      return fromArray(input, `${column.path}/values`, column.values, transform);
    }
    case "categorical": {
      const values = dtype === "string"
        ? column.categories.values.map((value) => categoryText(value, column.categories.dtype))
        : column.categories.values;
      return fromArray(input, `${column.path}/codes`, column.codes, { kind: "lookup", values, missing });
    }
  }
}

function mask(column: SupportedColumn, input: number): AppendSource {
  switch (column.kind) {
    case "plain":
      return { from: "value", value: false };
    case "nullable":
      return fromArray(input, `${column.path}/mask`, column.mask, COPY);
    case "categorical":
      return fromArray(input, `${column.path}/codes`, column.codes, { kind: "is-missing" });
  }
}

function codes(
  column: SupportedColumn,
  input: number,
  position: ReadonlyMap<string | number | boolean, number>,
): AppendSource {
  if (column.kind !== "categorical") throw new TypeError(`Unexpected column kind "${column.kind}"`);
  const map = column.categories.values.map((value) => position.get(value) ?? -1);
  const isIdentity = map.every((to, from) => to === from);
  return fromArray(input, `${column.path}/codes`, column.codes, isIdentity ? COPY : { kind: "codes", map });
}

function categoryText(value: string | number | boolean, dtype: DType): string {
  return typeof value === "number" && String(dtype).startsWith("float") ? pythonFloat(value) : pythonText(value);
}

function valuesSpec(column: SupportedColumn): ArraySpec | undefined {
  return column.kind === "plain" ? column.spec : column.kind === "nullable" ? column.values : undefined;
}

function codesSpec(column: SupportedColumn | undefined): ArraySpec | undefined {
  return column?.kind === "categorical" ? column.codes : undefined;
}

function categorySpec(column: SupportedColumn | undefined): ArraySpec | undefined {
  return column?.kind === "categorical" ? column.categories.spec : undefined;
}

function categoricalGroup(draft: Draft, path: string, ordered: boolean): void {
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
  plan: FramePlan,
  column: Extract<ColumnHeader, { kind: "unsupported" }>,
): boolean {
  const element = `${plan.path}/${column.name}`;
  if (draft.options.onConflict === "drop") {
    draft.note("dropped", element, `it has ${column.what}, which anncat does not carry`);
    return false;
  }
  const frame = plan.frames.findIndex((frame) => frame?.columns.includes(column) === true);
  throw new UnsupportedError(
    `Cannot carry ${plan.path} column "${column.name}" of ${draft.inputName(frame)}: it has ${column.what}; ` +
      `leave it out with --skip ${element}`,
    { element },
  );
}

function conflict(
  draft: Draft,
  plan: FramePlan,
  name: string,
  columns: readonly (ColumnHeader | undefined)[],
): IncompatibleInputsError {
  const element = `${plan.path}/${name}`;
  return new IncompatibleInputsError(
    `Cannot concatenate as ${plan.path} column "${name}" is ${describeMixture(draft, columns)}; ` +
      `use --on-conflict drop, --on-conflict string, or --skip ${element}`,
    { element },
  );
}

/** Columns whose plan depends on whether some row has no category: those that are categorical only in part, or ordered. */
export function needsGaps(frames: readonly FrameHeader[]): ReadonlySet<string> {
  const kinds = new Map<string, Set<string>>();
  for (const column of frames.flatMap((frame) => frame.columns)) {
    const kind = column.kind === "categorical"
      ? `categorical${column.ordered ? describeList(column.categories) : ""}`
      : "other";
    kinds.set(column.name, (kinds.get(column.name) ?? new Set()).add(kind));
  }
  return new Set([...kinds].filter(([, found]) => found.size > 1).map(([name]) => name));
}

function describeList(categories: Categories): string {
  return JSON.stringify(categories.values);
}
