/**
 * Dataframes: what their groups say of index and columns.
 *
 * Source: anndata's on-disk format, "Dataframes", "Categorical arrays", "Nullable integers and booleans".
 *
 * @module
 */
import { type DType, isNumeric, type NumericType } from "../base/dtype.ts";
import { FormatError, UnsupportedError } from "../base/errors.ts";
import type { ArrayNode, Group, JsonValue } from "../storage/node.ts";
import type { Categories, ColumnHeader, FrameHeader, IndexHeader } from "./header.ts";
import { arrayAt, nodeAt, readNumbers, readStrings, textSpec } from "./read.ts";

/**
 * Read what `group`, a dataframe, says of itself. Categories are read only for `wanted: "columns"`; with `"index"` the
 * frame is described without its columns.
 */
export async function readFrame(group: Group, wanted: "columns" | "index"): Promise<FrameHeader> {
  const name = group.attrs["_index"];
  if (typeof name !== "string") throw broken(group, 'it has no attribute "_index"');
  const index = await readIndex(group, name), names = columnOrder(group);
  const rows = index.spec.shape[0] ?? 0;
  const columns: ColumnHeader[] = [];
  if (wanted === "columns") {
    for (const column of names) columns.push(await readColumn(group, column, rows));
  }
  return { path: group.path, rows, index, names, columns };
}

/** The names of a dataframe's columns, in their order. */
export function columnOrder(group: Group): readonly string[] {
  const order: JsonValue = group.attrs["column-order"] ?? [];
  if (!Array.isArray(order) || !order.every((name) => typeof name === "string")) {
    throw broken(group, '"column-order" is not a list of names');
  }
  return order;
}

async function readIndex(group: Group, stored: string): Promise<IndexHeader> {
  const node = await nodeAt(group, stored);
  if (node === undefined) throw broken(group, `its index "${stored}" is not there`);
  // An index of nullable strings is a group of values and mask; the names are its values.
  const array = node.kind === "array" ? node : await arrayAt(node, "values");
  if (array.spec.shape.length !== 1) throw broken(group, `its index "${stored}" is not one-dimensional`);
  return { path: array.path, name: stored === "_index" ? null : stored, spec: await textSpec(array) };
}

async function readColumn(group: Group, name: string, rows: number): Promise<ColumnHeader> {
  const node = await nodeAt(group, name);
  if (node === undefined) throw broken(group, `its column "${name}" is not there`);
  const path = node.path;
  if (node.kind === "array") {
    const dtype = valueType(node.spec.dtype);
    if (node.spec.shape.length !== 1) return unsupported(name, path, `${node.spec.shape.length}-dimensional values`);
    checkRows(group, name, node, rows);
    if (dtype === undefined) return unsupported(name, path, "records");
    return { kind: "plain", name, path, dtype, spec: await textSpec(node) };
  }
  const encoding = node.attrs["encoding-type"];
  switch (encoding) {
    case "categorical": {
      const codes = await arrayAt(node, "codes"), categories = await readCategories(node);
      checkRows(group, name, codes, rows);
      return {
        kind: "categorical",
        name,
        path,
        codes: codes.spec,
        ordered: node.attrs["ordered"] === true,
        categories,
      };
    }
    case "nullable-integer":
    case "nullable-boolean":
    case "nullable-string-array": {
      const values = await arrayAt(node, "values"), mask = await arrayAt(node, "mask");
      checkRows(group, name, values, rows);
      checkRows(group, name, mask, rows);
      const dtype = valueType(values.spec.dtype);
      if (dtype === undefined) return unsupported(name, path, "records");
      return { kind: "nullable", name, path, dtype, values: await textSpec(values), mask: mask.spec };
    }
    default:
      return unsupported(name, path, `encoding "${String(encoding)}"`);
  }
}

/** Numbers, or text whether its length is fixed or not; undefined for what is neither. */
function valueType(dtype: DType): NumericType | "string" | undefined {
  if (isNumeric(dtype)) return dtype;
  return dtype === "string" || dtype.kind !== "struct" ? "string" : undefined;
}

function checkRows(group: Group, name: string, node: ArrayNode, rows: number): void {
  if (node.spec.shape.length === 1 && node.spec.shape[0] === rows) return;
  throw broken(group, `its column "${name}" has ${node.spec.shape[0] ?? 0} rows and the index has ${rows}`);
}

function unsupported(name: string, path: string, what: string): ColumnHeader {
  return { kind: "unsupported", name, path, what };
}

/** The categories of `categorical`. */
export async function readCategories(categorical: Group): Promise<Categories> {
  const stored = await categorical.child("categories");
  // Categories of a nullable string type are a group of values and mask; none of them is missing.
  const node = await (stored?.kind === "group" ? arrayAt(stored, "values") : arrayAt(categorical, "categories"));
  const { dtype } = node.spec;
  if (!isNumeric(dtype)) return { dtype: "string", values: await readStrings(node), spec: node.spec };
  const values: (number | boolean)[] = [];
  for (const value of await readNumbers(node)) {
    const number = Number(value);
    if (typeof value === "bigint" && !Number.isSafeInteger(number)) {
      throw new UnsupportedError(`Cannot read categories beyond 2^53 in "${node.path}" of "${node.source}"`, {
        source: node.source,
        element: node.path,
      });
    }
    values.push(dtype === "bool" ? number !== 0 : number);
  }
  return { dtype: dtype as NumericType, values, spec: node.spec };
}

function broken(group: Group, why: string): FormatError {
  return new FormatError(`Cannot read the dataframe "${group.path}" of "${group.source}": ${why}`, {
    source: group.source,
    element: group.path,
  });
}
