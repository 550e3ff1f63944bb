/**
 * Comparing two AnnData stores by content: what anndata would read from them, not how it is stored. Format, chunks,
 * codecs, byte order and the types of sparse indices do not count; element types, orders and encodings do.
 *
 * @module
 */
import { dtypeName, isNumeric } from "../lib/base/dtype.ts";
import { strides } from "../lib/base/range.ts";
import { columnOrder } from "../lib/anndata/frame.ts";
import { nodeAt } from "../lib/anndata/read.ts";
import type { ArrayNode, Group, Node } from "../lib/storage/node.ts";
import { readSparse, readValues, sameValue, type Values } from "./compare_values.ts";

/** One thing that differs. */
export interface Difference {
  /** The element, such as `obs/age`. */
  readonly element: string;
  /** What was found and what was expected, without a full stop. */
  readonly message: string;
}

/** What is compared. */
export interface CompareOptions {
  /**
   * The elements at the root that count.
   * @default X, obs, var, layers, obsm, varm, obsp, varp, uns, raw
   */
  readonly slots?: readonly string[];
}

const SLOTS = ["X", "obs", "var", "layers", "obsm", "varm", "obsp", "varp", "uns", "raw"];

/** Compare `got` with `expected`; nothing is found where they are the same. */
export async function compareStores(
  got: Group,
  expected: Group,
  { slots = SLOTS }: CompareOptions = {},
): Promise<Difference[]> {
  const found = encodings("", got, expected);
  for (const slot of slots) {
    found.push(...await compareElements(slot, await present(got, slot), await present(expected, slot)));
  }
  return found;
}

/** The element `name`; anndata reads an empty mapping, and None, as if nothing was stored. */
async function present(root: Group, name: string): Promise<Node | undefined> {
  const node = await root.child(name);
  if (node?.attrs["encoding-type"] === "null") return undefined;
  const isMapping = node?.kind === "group" && (node.attrs["encoding-type"] ?? "dict") === "dict";
  return isMapping && (await node.names()).length === 0 ? undefined : node;
}

/** A line for each difference, for people. */
export function differenceText({ element, message }: Difference): string {
  return element === "" ? message : `${element}: ${message}`;
}

function differs(element: string, got: string, expected: string): Difference[] {
  return got === expected ? [] : [{ element, message: `got ${got}, expected ${expected}` }];
}

/** Compare any two elements, such as the node at `obs/age` of both stores. */
export async function compareElements(
  element: string,
  got: Node | undefined,
  expected: Node | undefined,
): Promise<Difference[]> {
  if (got === undefined || expected === undefined) return differs(element, kindOf(got), kindOf(expected));
  const found = encodings(element, got, expected);
  if (found.length > 0) return found;
  if (got.kind === "array" && expected.kind === "array") return await compareArrays(element, got, expected);
  if (got.kind !== "group" || expected.kind !== "group") return differs(element, kindOf(got), kindOf(expected));
  switch (expected.attrs["encoding-type"]) {
    case "csr_matrix":
    case "csc_matrix":
      return await compareSparse(element, got, expected);
    case "dataframe":
      return await compareFrames(element, got, expected);
    case "categorical":
      return await compareCategoricals(element, got, expected);
    case "nullable-integer":
    case "nullable-boolean":
    case "nullable-string-array":
      return await compareNullables(element, got, expected);
    default:
      return await compareMappings(element, got, expected);
  }
}

function kindOf(node: Node | undefined): string {
  if (node === undefined) return "nothing";
  const encoding = node.attrs["encoding-type"];
  return typeof encoding === "string" && encoding !== "" ? encoding : node.kind;
}

function encodings(element: string, got: Node, expected: Node): Difference[] {
  return ["encoding-type", "encoding-version"].flatMap((name) => {
    const [a, b] = [got.attrs[name], expected.attrs[name]].map((value) => `${name} ${JSON.stringify(value)}`);
    return differs(element, a ?? "", b ?? "");
  });
}

async function compareMappings(element: string, got: Group, expected: Group): Promise<Difference[]> {
  const [a, b] = [await got.names(), await expected.names()];
  const found = differs(element, `keys ${list(a)}`, `keys ${list(b)}`);
  for (const name of b.filter((name) => a.includes(name))) {
    found.push(...await compareElements(join(element, name), await got.child(name), await expected.child(name)));
  }
  return found;
}

async function compareArrays(element: string, got: ArrayNode, expected: ArrayNode): Promise<Difference[]> {
  const found = [
    ...differs(element, `shape ${shapeText(got.spec.shape)}`, `shape ${shapeText(expected.spec.shape)}`),
    ...differs(element, `dtype ${typeText(got)}`, `dtype ${typeText(expected)}`),
  ];
  if (found.length > 0) return found;
  return compareValues(element, await readValues(got), await readValues(expected), expected.spec.shape);
}

/** anndata reads text of a fixed length as it reads other text. */
function typeText({ spec: { dtype } }: ArrayNode): string {
  return typeof dtype === "object" && dtype.kind !== "struct" ? "string" : dtypeName(dtype);
}

/** The first of two lists' differences, and how many there are; `counts` says which positions count. */
function compareValues(
  element: string,
  got: Values,
  expected: Values,
  shape: readonly number[],
  counts: (at: number) => boolean = () => true,
): Difference[] {
  let first = -1, count = 0;
  for (let at = 0; at < expected.length; at++) {
    if (!counts(at) || sameValue(got[at], expected[at])) continue;
    if (count++ === 0) first = at;
  }
  if (count === 0) return [];
  const place = strides(shape).map((step, axis) => Math.floor(first / step) % (shape[axis] ?? 1));
  const [a, b] = [shown(got[first]), shown(expected[first])];
  return [{
    element,
    message: `at [${place.join(", ")}] got ${a}, expected ${b} (${count} of ${expected.length} differ)`,
  }];
}

function shown(value: number | bigint | string | undefined): string {
  return typeof value === "string" ? JSON.stringify(value) : Object.is(value, -0) ? "-0" : String(value);
}

async function compareSparse(element: string, got: Group, expected: Group): Promise<Difference[]> {
  const [shape, wanted] = [got, expected].map((group) => JSON.stringify(group.attrs["shape"]));
  const [data, wantedData] = [await got.child("data"), await expected.child("data")];
  const found = [
    ...differs(element, `shape ${shape}`, `shape ${wanted}`),
    ...differs(element, `dtype ${entryType(data)}`, `dtype ${entryType(wantedData)}`),
  ];
  if (found.length > 0) return found;
  const [rows = 0, columns = 0] = (expected.attrs["shape"] as readonly unknown[]).map(Number);
  const [major, minor] = expected.attrs["encoding-type"] === "csr_matrix" ? [rows, columns] : [columns, rows];
  const [a, b] = [await readSparse(got, major, minor), await readSparse(expected, major, minor)];
  if (typeof a === "string") return [{ element, message: `it is no valid matrix: ${a}` }];
  if (typeof b === "string") return [{ element, message: `the expected one is no valid matrix: ${b}` }];
  const stored = [
    ...differs(element, `${a.nnz} stored entries`, `${b.nnz} stored entries`),
    ...compareValues(`${element}/indptr`, a.pointers, b.pointers, [b.pointers.length]),
  ];
  if (stored.length > 0) return stored;
  const places = compareValues(`${element}/indices`, a.indices, b.indices, [b.nnz]);
  return places.length > 0 ? places : compareValues(`${element}/data`, a.data, b.data, [b.nnz]);
}

function entryType(node: Node | undefined): string {
  return node?.kind === "array" ? typeText(node) : kindOf(node);
}

async function compareFrames(element: string, got: Group, expected: Group): Promise<Difference[]> {
  const [name, wantedName] = [String(got.attrs["_index"]), String(expected.attrs["_index"])];
  const [columns, wanted] = [columnOrder(got), columnOrder(expected)];
  const found = [
    ...differs(element, `index name ${indexText(name)}`, `index name ${indexText(wantedName)}`),
    ...differs(element, `columns ${list(columns)}`, `columns ${list(wanted)}`),
    ...await compareElements(join(element, wantedName), await nodeAt(got, name), await nodeAt(expected, wantedName)),
  ];
  for (const column of wanted.filter((column) => columns.includes(column))) {
    const [a, b] = [await nodeAt(got, column), await nodeAt(expected, column)];
    found.push(...await compareElements(join(element, column), a, b));
  }
  return found;
}

function indexText(name: string): string {
  return name === "_index" ? "none" : JSON.stringify(name);
}

async function compareCategoricals(element: string, got: Group, expected: Group): Promise<Difference[]> {
  const found = differs(element, `ordered ${got.attrs["ordered"]}`, `ordered ${expected.attrs["ordered"]}`);
  for (const part of ["categories", "codes"]) {
    found.push(...await compareElements(`${element}/${part}`, await got.child(part), await expected.child(part)));
    if (found.length > 0) return found; // codes of other categories mean nothing
  }
  return found;
}

/** By mask, and by the values that it lets through: what lies under a missing one has no meaning. */
async function compareNullables(element: string, got: Group, expected: Group): Promise<Difference[]> {
  const at = async (part: string) => [await got.child(part), await expected.child(part)] as const;
  const [mask, wantedMask] = await at("mask"), [values, wanted] = await at("values");
  const found = await compareElements(`${element}/mask`, mask, wantedMask);
  if (found.length > 0 || wantedMask?.kind !== "array") return found;
  if (values?.kind !== "array" || wanted?.kind !== "array") {
    return differs(`${element}/values`, kindOf(values), kindOf(wanted));
  }
  const form = [
    ...encodings(`${element}/values`, values, wanted),
    ...differs(`${element}/values`, `dtype ${typeText(values)}`, `dtype ${typeText(wanted)}`),
    ...differs(`${element}/values`, `shape ${shapeText(values.spec.shape)}`, `shape ${shapeText(wanted.spec.shape)}`),
  ];
  if (form.length > 0) return form;
  const isMissing = await readValues(wantedMask), { shape } = wanted.spec;
  const [a, b] = [await readValues(values), await readValues(wanted)];
  const isPresent = (at: number): boolean => isNumeric(wantedMask.spec.dtype) && Number(isMissing[at]) === 0;
  return compareValues(`${element}/values`, a, b, shape, isPresent);
}

function join(element: string, name: string): string {
  return element === "" ? name : `${element}/${name}`;
}

function list(names: readonly string[]): string {
  return JSON.stringify(names);
}

function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? "of a scalar" : shape.join(" × ");
}
