/**
 * A few values of arrays and columns, as text for people.
 *
 * @module
 */
import { fixedText } from "../anndata/read.ts";
import { isNumeric, itemBytes, type NumericType, viewAs } from "../base/dtype.ts";
import { type Range, size } from "../base/range.ts";
import { rowText } from "../base/strings.ts";
import type { ArrayNode, Group, Node } from "../storage/node.ts";
import { cut } from "./text.ts";

/** Characters of a text that are shown at most. */
const MOST_CHARACTERS = 200;

/** The first `count` values of a column, or of an array of one dimension; null where a value is missing or not known. */
export async function firstValues(node: Node | undefined, count: number): Promise<(string | null)[]> {
  const unknown = new Array<null>(count).fill(null), first = { start: 0, end: count };
  if (node === undefined || count === 0) return unknown;
  if (node.kind === "array") {
    return node.spec.shape.length === 1 ? filled(await textsOf(node, [first]), count) : unknown;
  }
  const child = async (name: string) => await arrayIn(node, name);
  if (node.attrs["encoding-type"] === "categorical") {
    const codes = await child("codes"), categories = await categoriesArray(node);
    if (codes === undefined || categories === undefined) return unknown;
    const known = new Map<number, string | null>(), found: (string | null)[] = [];
    for (const code of (await textsOf(codes, [first])).map(Number)) {
      const isThere = code >= 0 && code < (categories.spec.shape[0] ?? 0);
      if (!isThere) known.set(code, null);
      else if (!known.has(code)) {
        known.set(code, (await textsOf(categories, [{ start: code, end: code + 1 }]))[0] ?? null);
      }
      found.push(known.get(code) ?? null);
    }
    return filled(found, count);
  }
  const values = await child("values"), mask = await child("mask");
  if (values === undefined) return unknown;
  const isMissing = mask === undefined ? [] : await textsOf(mask, [first]);
  return filled(await textsOf(values, [first]), count).map((text, row) => isMissing[row] === "true" ? null : text);
}

function filled(texts: readonly (string | null)[], count: number): (string | null)[] {
  return Array.from({ length: count }, (_, at) => texts[at] ?? null);
}

/** The array of a categorical's categories: those of a nullable string type are a group of values and mask. */
export async function categoriesArray(categorical: Group): Promise<ArrayNode | undefined> {
  const node = await categorical.child("categories");
  return node?.kind === "group" ? await arrayIn(node, "values") : node;
}

/** The array `name` in `group`. */
export async function arrayIn(group: Group, name: string): Promise<ArrayNode | undefined> {
  const node = await group.child(name);
  return node?.kind === "array" ? node : undefined;
}

/** What `selection` of an array without or with one dimension holds, as text; empty where its type has none. */
export async function textsOf(node: ArrayNode, selection: readonly Range[]): Promise<string[]> {
  const found: string[] = [];
  for await (const text of eachText(node, selection)) found.push(cut(text, MOST_CHARACTERS));
  return found;
}

/** The same one by one, and whole. */
export async function* eachText(node: ArrayNode, selection: readonly Range[]): AsyncGenerator<string> {
  const { dtype } = node.spec;
  if (dtype === "string") {
    for await (const { strings, offset, strides, ranges } of node.stringBlocks(selection)) {
      const length = ranges[0] === undefined ? 1 : size(ranges[0]), step = strides[0] ?? 0;
      for (let row = 0; row < length; row++) yield rowText(strings, offset + row * step);
    }
    return;
  }
  if (typeof dtype === "object" && dtype.kind === "struct") return;
  const item = itemBytes(dtype);
  for await (const { bytes, offset, strides, ranges } of node.blocks(selection)) {
    const length = ranges[0] === undefined ? 1 : size(ranges[0]), step = strides[0] ?? 0;
    for (let row = 0; row < length; row++) {
      const from = (offset + row * step) * item, one = bytes.slice(from, from + item);
      yield isNumeric(dtype) ? numberText(dtype, one) : fixedText(dtype.kind, one);
    }
  }
}

function numberText(dtype: NumericType, bytes: Uint8Array): string {
  const [value = 0, imaginary] = viewAs(dtype, bytes);
  if (dtype === "bool") return value === 0 ? "false" : "true";
  if (imaginary !== undefined) return `${value}${Number(imaginary) < 0 ? "" : "+"}${imaginary}j`;
  return typeof value === "bigint" || Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}
