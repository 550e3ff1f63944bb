/**
 * Planning arrays of text and of records: values that nothing stands for where they are missing.
 *
 * Source: anndata `concat_arrays`: numpy joins such arrays; where values are missing it makes objects, which cannot be
 * written.
 *
 * @module
 */
import { type DType, dtypeName, sameDType } from "../base/dtype.ts";
import { IncompatibleInputsError } from "../base/errors.ts";
import { type Range, size } from "../base/range.ts";
import type { ElementHeader, ExactHeader } from "../anndata/header.ts";
import type { ArraySpec } from "../storage/node.ts";
import { namesOf } from "./column_source.ts";
import type { Draft } from "./draft.ts";
import type { AppendPart, DensePart } from "./element.ts";
import { chunkBytes } from "./grid.ts";
import { positional } from "./matrix.ts";

/** The type in the result: text is written as text of any length. */
export function exactType(dtype: DType): DType {
  return typeof dtype === "object" && dtype.kind !== "struct" ? "string" : dtype;
}

/** Plan the arrays `elements` (null where an input has none), one after the other. */
export function planExact(
  draft: Draft,
  path: string,
  spans: readonly Range[],
  elements: readonly (ElementHeader | null)[],
): void {
  const length = spans.at(-1)?.end ?? 0, spanOf = (input: number): Range => spans[input] ?? { start: 0, end: 0 };
  const refuse = (why: string): IncompatibleInputsError =>
    new IncompatibleInputsError(`Cannot concatenate "${path}": ${why}; leave it out with --skip ${path}`, {
      element: path,
    });
  const own = elements.map((element, input): ExactHeader | null => {
    if (element === null || element.kind === "exact") return element;
    throw refuse(`it has text or records in some inputs and none in ${draft.inputName(input)}`);
  });
  const present = own.filter((one) => one !== null), [first] = present;
  if (first === undefined) return;
  const [, , ...rest] = first.spec.shape, like = first.spec, dtype = exactType(first.spec.dtype);
  const odd = present.find((one) => !sameDType(exactType(one.spec.dtype), dtype));
  if (odd !== undefined) throw refuse(`it has ${dtypeName(first.spec.dtype)} and ${dtypeName(odd.spec.dtype)}`);
  const shapes = present.map((one) => one.spec.shape), widths = shapes.map((shape) => shape[1] ?? 1);
  if (shapes.some((shape) => shape.length !== like.shape.length || rest.some((one, at) => shape[at + 2] !== one))) {
    throw refuse(`its shapes are ${shapes.map((shape) => shape.join(" × ")).join(" and ")}`);
  }
  const isOuter = draft.options.join === "outer", width = (isOuter ? Math.max : Math.min)(...widths);
  // numpy joins nothing with records but records, and widens none, not even what has no rows.
  const needsRows = (input: number): boolean => dtype !== "string" || size(spanOf(input)) > 0;
  const lacks = own.some((one, input) => one === null && needsRows(input));
  const isShort = own.some((one, input) => one !== null && (one.spec.shape[1] ?? 1) < width && needsRows(input));
  if (isOuter && (lacks || isShort)) {
    throw refuse("some inputs lack values that the result would have, which cannot be written");
  }
  if (widths.some((one) => one > width)) {
    draft.note("dropped", path, `its widths are ${widths.join(", ")}: ${width} stay`);
  }
  if (like.shape.length < 2 && dtype === "string") {
    const parts = own.map((one, input): AppendPart => {
      return { at: spanOf(input), source: one === null ? NOTHING : namesOf(input, one.path, one.spec, "") };
    });
    return draft.append(path, "string", like, parts);
  }
  const parts = own.flatMap((one, input): DensePart[] => {
    if (one === null) return [];
    const columns = one.spec.shape[1] ?? 1, map = columns === width ? null : positional(columns, width);
    const reindex = draft.reindex(map), bytes = chunkBytes(one.spec);
    return [{ input, path: one.path, at: spanOf(input), reindex, isSquare: false, chunkBytes: bytes }];
  });
  const shape = [length, ...like.shape.slice(1, 2).map(() => width), ...rest];
  const longest = present.map((one) => one.spec).reduce((a, b) => (b.rowBytes ?? 0) > (a.rowBytes ?? 0) ? b : a);
  const { rowBytes = 0 } = longest; // memory is planned for the longest of the inputs' texts
  exactElement(draft, { path, shape, dtype, like: rowBytes > 0 ? { ...like, rowBytes } : like, axis: 0, parts });
}

const NOTHING = { from: "value", value: "" } as const;

/** Add an array of text or records that has no holes. */
export function exactElement(
  draft: Draft,
  { path, shape, dtype, like, axis, parts }: {
    readonly path: string;
    readonly shape: readonly number[];
    readonly dtype: DType;
    readonly like: ArraySpec;
    readonly axis: 0 | 1;
    readonly parts: readonly DensePart[];
  },
): void {
  const fill = dtype === "string" ? "" : null, { rowBytes } = like;
  const spec = draft.spec({ shape, dtype, like, fill, isMatrix: true, rowBytes });
  const encoding = dtype === "string" ? "string-array" : "rec-array";
  draft.array(path, spec, { "encoding-type": encoding, "encoding-version": "0.2.0" });
  draft.element({ kind: "dense", path, spec, axis, fill, hasHoles: false, parts });
}
