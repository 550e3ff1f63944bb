/**
 * Groups and arrays of a store, described as plain JSON.
 *
 * @module
 */
import { AnncatError } from "../base/errors.ts";
import { dtypeName, itemBytes } from "../base/dtype.ts";
import { product } from "../base/range.ts";
import type { ArrayNode, CodecSpec, FillValue, Group, JsonValue, Node } from "../storage/node.ts";
import type { DiskUse } from "./disk.ts";
import { categoriesArray, textsOf } from "./values.ts";

/** A group or an array. */
export interface NodeInfo {
  /** The last segment of its path; `"/"` for the root. */
  readonly name: string;
  /** The discriminant; what is broken, or of a kind that anncat does not know, is unreadable. */
  readonly kind: "group" | "array" | "unreadable";
  /** Why it is unreadable. */
  readonly problem: string | null;
  /** Its `encoding-type`. */
  readonly encoding: string | null;
  /** Its `encoding-version`. */
  readonly encodingVersion: string | null;
  /** The shape of an array, a sparse matrix or a dataframe (rows, columns). */
  readonly shape: readonly number[] | null;
  /** The type of the elements of an array, of a sparse matrix' entries, or of categories. */
  readonly dtype: string | null;
  /** Stored entries of a sparse matrix. */
  readonly nnz: number | null;
  /** Their share of all its cells. */
  readonly density: number | null;
  /** The categories of a categorical column. */
  readonly categories: CategoriesInfo | null;
  /** The value of a scalar, or the first values of a list in `uns`, as text. */
  readonly values: readonly string[] | null;
  /** The shape of a chunk; of a sparse matrix that of its entries' array, of a column that of its values. */
  readonly chunks: readonly number[] | null;
  /** The shape of a shard, where there are any. */
  readonly shards: readonly number[] | null;
  /** How chunks are encoded. */
  readonly codecs: readonly CodecSpec[] | null;
  /** The value of elements that no chunk holds. */
  readonly fill: FillValue;
  /** Bytes of its files and of all below (inside one file: of its chunks); null where they cannot be counted. */
  readonly bytesOnDisk: number | null;
  /** Bytes of its elements and of all below, decoded; text counts as nothing. */
  readonly bytesInMemory: number;
  /** Decoded bytes for each stored one; null where the stored ones are not known, or text is among them. */
  readonly ratio: number | null;
  /** What is below; of a dataframe the index and the columns in their order. */
  readonly children: readonly NodeInfo[];
}

/** Categories. */
export interface CategoriesInfo {
  /** How many there are. */
  readonly count: number;
  /** The first of them, as text. */
  readonly first: readonly string[];
  /** Whether their order means something. */
  readonly ordered: boolean;
}

/** Values and categories that are shown. */
const SHOWN = 5;

/** Describe `node`, which is called `name`, and all below it. */
export async function describeNode(node: Node, name: string, disk: DiskUse | undefined): Promise<NodeInfo> {
  const common = {
    name,
    problem: null,
    encoding: text(node.attrs["encoding-type"]),
    encodingVersion: text(node.attrs["encoding-version"]),
  };
  const own = node.kind === "array" ? await arrayInfo(node) : await groupInfo(node, disk);
  const { children } = own, counted = children.map((child) => child.bytesOnDisk);
  // A file tells no parts but those of its arrays.
  const inFile = node.kind === "array"
    ? node.storedBytes?.() ?? null
    : counted.includes(null)
    ? null
    : counted.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0);
  const bytesOnDisk = disk?.below(node.path) ?? inFile;
  return { ...common, ...own, bytesOnDisk, ratio: ratioOf(own, bytesOnDisk) };
}

type Own = Omit<NodeInfo, "name" | "problem" | "encoding" | "encodingVersion" | "bytesOnDisk" | "ratio">;

const NOTHING = { shape: null, dtype: null, nnz: null, density: null, categories: null, values: null } as const;
const NO_LAYOUT = { chunks: null, shards: null, codecs: null, fill: null } as const;

async function arrayInfo(node: ArrayNode): Promise<Own> {
  const { spec } = node;
  return {
    ...NOTHING,
    kind: "array",
    shape: spec.shape,
    dtype: dtypeName(spec.dtype),
    values: await valuesOf(node),
    ...layoutOf(spec),
    bytesInMemory: isText(spec) ? 0 : product(spec.shape) * itemBytes(spec.dtype),
    children: [],
  };
}

function isText({ dtype }: ArrayNode["spec"]): boolean {
  return dtype === "string";
}

function layoutOf({ chunks, shards, codecs, fill }: Pick<NodeInfo, "chunks" | "shards" | "codecs" | "fill">) {
  return { chunks, shards, codecs, fill };
}

/** A scalar's value, and the first ones of a list in uns. */
async function valuesOf(node: ArrayNode): Promise<readonly string[] | null> {
  const { shape: [length, ...more], dtype } = node.spec;
  if (more.length > 0 || typeof dtype === "object" && dtype.kind === "struct") return null;
  if (length === undefined) return await textsOf(node, []);
  return /^uns\//.test(node.path) ? await textsOf(node, [{ start: 0, end: Math.min(length, SHOWN) }]) : null;
}

async function groupInfo(group: Group, disk: DiskUse | undefined): Promise<Own> {
  const children: NodeInfo[] = [];
  for (const name of inOrder(group, await group.names())) {
    const child = await describeChild(group, name, disk);
    if (child !== undefined) children.push(child);
  }
  return {
    kind: "group",
    ...NOTHING,
    ...NO_LAYOUT,
    ...meaningOf(group, children),
    categories: await categoriesOf(group),
    bytesInMemory: children.reduce((sum, child) => sum + child.bytesInMemory, 0),
    children,
  };
}

/** The child of that name; what is wrong with it is said in its place. */
async function describeChild(group: Group, name: string, disk: DiskUse | undefined): Promise<NodeInfo | undefined> {
  try {
    const child = await group.child(name);
    return child === undefined ? undefined : await describeNode(child, name, disk);
  } catch (error) {
    if (!(error instanceof AnncatError)) throw error;
    const unknown = { encoding: null, encodingVersion: null, bytesOnDisk: null, bytesInMemory: 0, ratio: null };
    return { name, kind: "unreadable", problem: error.message, ...NOTHING, ...NO_LAYOUT, ...unknown, children: [] };
  }
}

/** A dataframe's index first, then its columns in their order. */
function inOrder(group: Group, names: readonly string[]): readonly string[] {
  if (group.attrs["encoding-type"] !== "dataframe") return names;
  const order = group.attrs["column-order"], first = [group.attrs["_index"], ...(Array.isArray(order) ? order : [])];
  const there = new Set(names), ordered = new Set(first.map(String).filter((name) => there.has(name)));
  return [...ordered, ...names.filter((name) => !ordered.has(name))];
}

/** What the encodings of groups say of shape, type, entries and layout. */
function meaningOf(group: Group, children: readonly NodeInfo[]): Partial<Own> {
  const child = (name: string) => children.find((each) => each.name === name);
  const column = (values: NodeInfo | undefined, types = values): Partial<Own> => ({
    shape: values?.shape ?? null,
    dtype: types?.dtype ?? null,
    ...(values === undefined ? {} : layoutOf(values)),
  });
  switch (group.attrs["encoding-type"]) {
    case "csr_matrix":
    case "csc_matrix": {
      const data = child("data"), shape = lengths(group.attrs["shape"]), nnz = data?.shape?.[0] ?? null;
      const cells = product(shape ?? []), density = nnz === null || shape === null || cells === 0 ? null : nnz / cells;
      return { ...column(data), shape, nnz, density };
    }
    case "dataframe": {
      const index = child(text(group.attrs["_index"]) ?? "_index"), order = group.attrs["column-order"];
      const rows = (index?.shape ?? index?.children.find((each) => each.name === "values")?.shape)?.[0];
      const isKnown = rows !== undefined && Array.isArray(order);
      return { shape: isKnown ? [rows, order.length] : null };
    }
    case "categorical":
      return column(child("codes"), child("categories"));
    default:
      return column(child("values"));
  }
}

async function categoriesOf(group: Group): Promise<CategoriesInfo | null> {
  if (group.attrs["encoding-type"] !== "categorical") return null;
  const array = await categoriesArray(group), count = array?.spec.shape[0];
  if (array === undefined || count === undefined || array.spec.shape.length > 1) return null;
  const first = await textsOf(array, [{ start: 0, end: Math.min(count, SHOWN) }]);
  return { count, first, ordered: group.attrs["ordered"] === true };
}

function ratioOf({ bytesInMemory, children, dtype, kind }: Own, bytesOnDisk: number | null): number | null {
  const hasText = kind === "array" ? dtype === "string" : !children.every((child) => child.ratio !== null);
  return bytesOnDisk === null || bytesOnDisk === 0 || hasText ? null : bytesInMemory / bytesOnDisk;
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function lengths(value: JsonValue | undefined): readonly number[] | null {
  return Array.isArray(value) ? value.map(Number) : null;
}
