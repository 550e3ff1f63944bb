/**
 * Dataframes, column by column.
 *
 * @module
 */
import { isNumeric } from "../base/dtype.ts";
import { assertNever, UnsupportedError } from "../base/errors.ts";
import { listOf } from "../base/values.ts";
import { type ColumnHeader, columnOf, type FrameHeader } from "../anndata/header.ts";
import { arrayAt } from "../anndata/read.ts";
import {
  categoricalColumn,
  type Column,
  type ColumnOrigin,
  nullableColumn,
  type NumberColumn,
  numberColumn,
  type StringColumn,
  stringColumn,
} from "./column.ts";
import type { Content } from "./content.ts";

/** A dataframe: an index, and columns of the same length. */
export interface DataFrame {
  /** The discriminant. */
  readonly kind: "dataframe";
  /** Rows. */
  readonly length: number;
  /** The names of its columns, in their order. */
  readonly columns: readonly string[];
  /** The names of its rows. */
  readonly index: NumberColumn | StringColumn;
  /**
   * The column of that name.
   *
   * @throws {RangeError} where there is none, {@linkcode UnsupportedError} where it holds what anncat cannot read.
   */
  column(name: string): Column;
}

/** The dataframe that `frame` describes. */
export function dataFrame(content: Content, frame: FrameHeader): DataFrame {
  const columns = frame.columns.map((column) => column.name);
  return {
    kind: "dataframe",
    length: frame.rows,
    columns,
    index: indexOf(content, frame),
    column(name) {
      const header = columnOf(frame, name);
      if (header !== undefined) return openColumn(content, frame, header);
      const known = columns.length === 0 ? "it has none" : `it has ${columns.map((one) => `"${one}"`).join(", ")}`;
      throw new RangeError(`Cannot find the column "${name}" in ${label(content, frame.path)}: ${known}`);
    },
  };
}

function label(content: Content, path: string): string {
  return `"${path}" of "${content.root.source}"`;
}

function originOf(content: Content, frame: FrameHeader, name: string, path: string): ColumnOrigin {
  return {
    name,
    label: label(content, path),
    length: frame.rows,
    pool: content.pool,
    array: (part) => arrayAt(content.root, part === "" ? path : `${path}/${part}`),
  };
}

function indexOf(content: Content, frame: FrameHeader): NumberColumn | StringColumn {
  const { path, name, spec } = frame.index, origin = originOf(content, frame, name ?? "_index", path);
  return isNumeric(spec.dtype) ? numberColumn(origin, spec.dtype, spec) : stringColumn(origin, spec);
}

function openColumn(content: Content, frame: FrameHeader, header: ColumnHeader): Column {
  const origin = originOf(content, frame, header.name, header.path);
  switch (header.kind) {
    case "plain":
      return header.dtype === "string"
        ? stringColumn(origin, header.spec)
        : numberColumn(origin, header.dtype, header.spec);
    case "categorical": {
      const { categories, ordered, codes } = header;
      return categoricalColumn(origin, { categories: () => listOf(categories.values), ordered, spec: codes });
    }
    case "nullable":
      return nullableColumn(origin, header.dtype, header.values);
    case "unsupported":
      throw new UnsupportedError(`Cannot read the column ${origin.label}: it has ${header.what}`, {
        source: content.root.source,
        element: header.path,
      });
    default:
      return assertNever(header);
  }
}
