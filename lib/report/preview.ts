/**
 * The first rows of a dataframe, as text.
 *
 * @module
 */
import { fixedText } from "../anndata/read.ts";
import { isNumeric, itemBytes, type NumericType, viewAs } from "../base/dtype.ts";
import { size } from "../base/range.ts";
import { rowText } from "../base/strings.ts";
import type { ArrayNode, Group, Node } from "../storage/node.ts";

/** The first rows of a table: plain JSON. */
export interface TablePreview {
  /** Rows of the whole table. */
  readonly rows: number;
  /** The columns' names in their order, the index not among them. */
  readonly columns: readonly string[];
  /** The index of the first rows. */
  readonly index: readonly string[];
  /** The first rows, a text for each column; null where a value is missing or its kind is not known. */
  readonly values: readonly (readonly (string | null)[])[];
}

const ROWS = 5;

/** The first rows of `node`, or null where it is not a dataframe that can be read. */
export async function previewFrame(node: Node | undefined): Promise<TablePreview | null> {
  if (node?.kind !== "group") return null;
  const name = node.attrs["_index"], order = node.attrs["column-order"];
  if (typeof name !== "string" || !Array.isArray(order)) return null;
  const index = await node.child(name), rows = await lengthOf(index);
  if (rows === null) return null;
  const count = Math.min(rows, ROWS), columns = order.map(String);
  const texts: (string | null)[][] = [];
  for (const column of columns) texts.push(await firstValues(await node.child(column), count));
  return {
    rows,
    columns,
    index: (await firstValues(index, count)).map((text) => text ?? ""),
    values: Array.from({ length: count }, (_, row) => texts.map((column) => column[row] ?? null)),
  };
}

async function lengthOf(node: Node | undefined): Promise<number | null> {
  const array = node?.kind === "group" ? await node.child("values") ?? await node.child("codes") : node;
  return array?.kind === "array" ? array.spec.shape[0] ?? null : null;
}

/** The first `count` values of a column as text; null where there is none. */
async function firstValues(node: Node | undefined, count: number): Promise<(string | null)[]> {
  const unknown = new Array<null>(count).fill(null);
  if (node === undefined || count === 0) return unknown;
  if (node.kind === "array") return node.spec.shape.length === 1 ? await texts(node, 0, count) : unknown;
  const child = async (name: string) => await arrayIn(node, name);
  if (node.attrs["encoding-type"] === "categorical") {
    const codes = await child("codes"), categories = await child("categories");
    if (codes === undefined || categories === undefined) return unknown;
    const found: (string | null)[] = [];
    for (const code of (await texts(codes, 0, count)).map(Number)) {
      const isThere = code >= 0 && code < (categories.spec.shape[0] ?? 0);
      found.push(isThere ? (await texts(categories, code, code + 1))[0] ?? null : null);
    }
    return found;
  }
  const values = await child("values"), mask = await child("mask");
  if (values === undefined) return unknown;
  const isMissing = mask === undefined ? [] : await texts(mask, 0, count);
  return (await texts(values, 0, count)).map((text, row) => isMissing[row] === "true" ? null : text);
}

async function arrayIn(group: Group, name: string): Promise<ArrayNode | undefined> {
  const node = await group.child(name);
  return node?.kind === "array" ? node : undefined;
}

/** Elements `[start, end)` of a one-dimensional array as text; empty where their type has none. */
async function texts(node: ArrayNode, start: number, end: number): Promise<string[]> {
  const { dtype } = node.spec, found: string[] = [];
  if (dtype === "string") {
    for await (const { strings, offset, strides, ranges } of node.stringBlocks([{ start, end }])) {
      const length = ranges[0] === undefined ? 0 : size(ranges[0]), step = strides[0] ?? 0;
      for (let row = 0; row < length; row++) found.push(rowText(strings, offset + row * step));
    }
    return found;
  }
  if (typeof dtype === "object" && dtype.kind === "struct") return found;
  const item = itemBytes(dtype);
  for await (const { bytes, offset, strides, ranges } of node.blocks([{ start, end }])) {
    const length = ranges[0] === undefined ? 0 : size(ranges[0]), step = strides[0] ?? 0;
    for (let row = 0; row < length; row++) {
      const from = (offset + row * step) * item, one = bytes.slice(from, from + item);
      found.push(isNumeric(dtype) ? numberText(dtype, one) : fixedText(dtype.kind, one));
    }
  }
  return found;
}

function numberText(dtype: NumericType, bytes: Uint8Array): string {
  const [value = 0, imaginary] = viewAs(dtype, bytes);
  if (dtype === "bool") return value === 0 ? "false" : "true";
  if (imaginary !== undefined) return `${value}${Number(imaginary) < 0 ? "" : "+"}${imaginary}j`;
  return typeof value === "bigint" || Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}
