/**
 * What a store holds, as a tree of plain JSON.
 *
 * @module
 */
import { dtypeName, itemBytes } from "../base/dtype.ts";
import { BufferPool } from "../base/pool.ts";
import { product } from "../base/range.ts";
import type { ArrayNode, CodecSpec, FillValue, Group, JsonValue, Node } from "../storage/node.ts";
import { openStore } from "../anndata/open.ts";
import { type DiskUse, diskUse } from "./disk.ts";
import { previewFrame, type TablePreview } from "./preview.ts";

/** A store: plain JSON. */
export interface StoreInfo {
  /** The path or URL. */
  readonly source: string;
  /** The zarr format; null for another one. */
  readonly zarrFormat: 2 | 3 | null;
  /** The root's `encoding-type`. */
  readonly encoding: string | null;
  /** Cells and genes, where the store is an AnnData. */
  readonly shape: readonly [obs: number, vars: number] | null;
  /** Bytes of all its files; null where they cannot be counted (over the network). */
  readonly bytesOnDisk: number | null;
  /** Bytes of all its elements, decoded; text counts as nothing. */
  readonly bytesInMemory: number;
  /** Groups and arrays. */
  readonly root: NodeInfo;
  /** The first rows of the cells' table. */
  readonly obs: TablePreview | null;
  /** The first rows of the genes' table. */
  readonly var: TablePreview | null;
}

/** A group or an array. */
export interface NodeInfo {
  /** The last segment of its path; `"/"` for the root. */
  readonly name: string;
  /** The discriminant. */
  readonly kind: "group" | "array";
  /** Its `encoding-type`. */
  readonly encoding: string | null;
  /** Its `encoding-version`. */
  readonly encodingVersion: string | null;
  /** The shape of an array, a sparse matrix or a dataframe (rows, columns). */
  readonly shape: readonly number[] | null;
  /** The type of the elements of an array, or of a sparse matrix' entries. */
  readonly dtype: string | null;
  /** Stored entries of a sparse matrix. */
  readonly nnz: number | null;
  /** The shape of a chunk. */
  readonly chunks: readonly number[] | null;
  /** The shape of a shard, where there are any. */
  readonly shards: readonly number[] | null;
  /** How chunks are encoded. */
  readonly codecs: readonly CodecSpec[] | null;
  /** The value of elements that no chunk holds. */
  readonly fill: FillValue;
  /** Bytes of its files and of all below; null where they cannot be counted. */
  readonly bytesOnDisk: number | null;
  /** Bytes of its elements and of all below, decoded; text counts as nothing. */
  readonly bytesInMemory: number;
  /** What is below. */
  readonly children: readonly NodeInfo[];
}

/**
 * Describe the store at `location`: headers, sizes and the first rows of its tables. `signal` stops waiting for a server;
 * `s3Endpoint` is that of `s3://` locations.
 *
 * @example
 * ```ts
 * import { describeStore } from "@anncat/anncat";
 *
 * const { root } = await describeStore("testdata/cases/dtype_i4_f4_csr/inputs/0.zarr");
 * for (const { name, shape, dtype } of root.children) console.log(name, shape, dtype);
 * ```
 *
 * @throws {FormatError} where there is no store, or a broken one.
 */
export async function describeStore(
  location: string,
  options: { readonly signal?: AbortSignal; readonly s3Endpoint?: string } = {},
): Promise<StoreInfo> {
  const pool = new BufferPool();
  const root = await openStore(location, { pool, ...options });
  const disk = diskUse(location);
  const info = await describe(root, "/", disk);
  const obs = await previewFrame(await root.child("obs")), vars = await previewFrame(await root.child("var"));
  pool.clear();
  return {
    source: location,
    zarrFormat: root.format.kind === "zarr" ? root.format.version : null,
    encoding: info.encoding,
    shape: obs === null || vars === null ? null : [obs.rows, vars.rows],
    bytesOnDisk: disk?.total ?? null,
    bytesInMemory: info.bytesInMemory,
    root: info,
    obs,
    var: vars,
  };
}

async function describe(node: Node, name: string, disk: DiskUse | undefined): Promise<NodeInfo> {
  const common = {
    name,
    encoding: text(node.attrs["encoding-type"]),
    encodingVersion: text(node.attrs["encoding-version"]),
    bytesOnDisk: disk?.below(node.path) ?? null,
  };
  return node.kind === "array" ? { ...common, ...arrayInfo(node) } : { ...common, ...await groupInfo(node, disk) };
}

type Own = Omit<NodeInfo, "name" | "encoding" | "encodingVersion" | "bytesOnDisk">;

function arrayInfo({ spec }: ArrayNode): Own {
  return {
    kind: "array",
    shape: spec.shape,
    dtype: dtypeName(spec.dtype),
    nnz: null,
    chunks: spec.chunks,
    shards: spec.shards,
    codecs: spec.codecs,
    fill: spec.fill,
    bytesInMemory: spec.dtype === "string" ? 0 : product(spec.shape) * itemBytes(spec.dtype),
    children: [],
  };
}

async function groupInfo(group: Group, disk: DiskUse | undefined): Promise<Own> {
  const children: NodeInfo[] = [];
  for (const name of await group.names()) {
    const child = await group.child(name);
    if (child !== undefined) children.push(await describe(child, name, disk));
  }
  return {
    kind: "group",
    ...shapeOf(group, children),
    chunks: null,
    shards: null,
    codecs: null,
    fill: null,
    bytesInMemory: children.reduce((sum, child) => sum + child.bytesInMemory, 0),
    children,
  };
}

/** What the encodings of groups say of shape, type and entries. */
function shapeOf(group: Group, children: readonly NodeInfo[]): Pick<NodeInfo, "shape" | "dtype" | "nnz"> {
  const child = (name: string) => children.find((each) => each.name === name);
  switch (group.attrs["encoding-type"]) {
    case "csr_matrix":
    case "csc_matrix": {
      const data = child("data");
      return { shape: lengths(group.attrs["shape"]), dtype: data?.dtype ?? null, nnz: data?.shape?.[0] ?? null };
    }
    case "dataframe": {
      const index = child(text(group.attrs["_index"]) ?? "_index"), order = group.attrs["column-order"];
      const rows = (index?.shape ?? index?.children.find((each) => each.name === "values")?.shape)?.[0];
      const isKnown = rows !== undefined && Array.isArray(order);
      return { shape: isKnown ? [rows, order.length] : null, dtype: null, nnz: null };
    }
    case "categorical":
      return { shape: child("codes")?.shape ?? null, dtype: child("categories")?.dtype ?? null, nnz: null };
    default: {
      const values = child("values");
      return { shape: values?.shape ?? null, dtype: values?.dtype ?? null, nnz: null };
    }
  }
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function lengths(value: JsonValue | undefined): readonly number[] | null {
  return Array.isArray(value) ? value.map(Number) : null;
}
