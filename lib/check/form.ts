/**
 * What nodes are, apart from their values: kinds, types and shapes, in words.
 *
 * @module
 */
import { dtypeName, isNumeric } from "../base/dtype.ts";
import type { ArrayNode, Node } from "../storage/node.ts";

/** Encodings of arrays that say no more than the array's own type and shape do. */
const PLAIN = ["", "array", "string-array", "string", "numeric-scalar", "rec-array", "bytes"];

/** What a node is, in a word. */
export function kindOf(node: Node | undefined): string {
  if (node === undefined) return "nothing";
  const encoding = node.attrs["encoding-type"];
  return typeof encoding === "string" && encoding !== "" ? encoding : node.kind;
}

/** A node's encoding with its version where `exact` says that it counts. */
export function encodingOf(node: Node, exact: boolean): string {
  return exact ? `${kindOf(node)} ${node.attrs["encoding-version"] ?? "without a version"}` : meaningOf(node);
}

/** Whether the encodings of two nodes say the same. */
export function sameMeaning(a: Node, b: Node): boolean {
  return a.kind === b.kind && meaningOf(a) === meaningOf(b);
}

function meaningOf(node: Node): string {
  const encoding = String(node.attrs["encoding-type"] ?? "");
  if (node.kind === "group") return encoding === "" ? "dict" : encoding;
  if (!PLAIN.includes(encoding)) return encoding;
  const { dtype, shape } = node.spec, isScalar = shape.length === 0;
  if (isNumeric(dtype)) return isScalar ? "numeric-scalar" : "array";
  if (typeof dtype === "object" && dtype.kind === "struct") return "rec-array";
  return isScalar ? "string" : "string-array";
}

/** The type of an array's elements; text is text, whether its length is fixed or not, in records too. */
export function typeText({ spec: { dtype } }: ArrayNode): string {
  if (typeof dtype !== "object") return dtypeName(dtype);
  if (dtype.kind !== "struct") return "string";
  const fields = dtype.fields.map((field) => {
    return `${JSON.stringify(field.name)}: ${isNumeric(field.dtype) ? field.dtype : "string"}`;
  });
  return `{ ${fields.join(", ")} }`;
}

/** A shape, as numpy writes it. */
export function shapeText(shape: readonly number[]): string {
  return `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
}

/** Lists of names with more than these are told from where they differ. */
const SHORT_LIST = 12;

/** Two lists of names that differ, as text: all of them where they are short, else what stands where they part. */
export function lists(a: readonly string[], b: readonly string[]): readonly [a: string, b: string] {
  if (Math.max(a.length, b.length) <= SHORT_LIST) return [JSON.stringify(a), JSON.stringify(b)];
  const first = a.findIndex((name, at) => name !== b[at]), from = first < 0 ? a.length : first;
  const shown = (names: readonly string[]) => {
    const part = JSON.stringify(names.slice(from, from + 3)), rest = names.length - from - 3;
    return `${names.length} names, from ${from} on ${rest > 0 ? part.replace(/\]$/, ",…]") : part}`;
  };
  return [shown(a), shown(b)];
}
