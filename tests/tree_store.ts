/** Stores of any content for the tests, told as a tree and written through the storage port. */
import { type DType, isNumeric, itemBytes, type NumericType, viewAs } from "../lib/base/dtype.ts";
import { BufferPool } from "../lib/base/pool.ts";
import { cell, cells, positions, product, size, strides, whole } from "../lib/base/range.ts";
import { fromTexts } from "../lib/base/strings.ts";
import { openStoreWriter } from "../lib/storage/create.ts";
import type { ArraySpec, Attributes, CodecSpec, NodeSpec } from "../lib/storage/node.ts";

/** A group. */
export interface Branch {
  readonly attrs: Attributes;
  readonly children: Readonly<Record<string, Branch | Leaf>>;
}

/** An array: numbers (complex ones as pairs), or text. */
export interface Leaf {
  readonly attrs: Attributes;
  readonly dtype: NumericType | "string";
  readonly shape: readonly number[];
  readonly values: readonly (number | bigint | string)[];
}

/** How the arrays are stored. */
export interface Storage {
  /** @default {3} */
  readonly version?: 2 | 3;
  /** The most a chunk is long on any axis; by default one chunk holds all. */
  readonly chunk?: number;
  /** Chunks of a shard on each axis. */
  readonly shard?: number;
  /** @default none */
  readonly codecs?: readonly CodecSpec[];
}

/** A group with an encoding. */
export function group(type: string, children: Branch["children"], attrs: Attributes = {}): Branch {
  const version = type === "dataframe" || type === "categorical" ? "0.2.0" : "0.1.0";
  return { attrs: { "encoding-type": type, "encoding-version": version, ...attrs }, children };
}

/** An array of numbers; by default of one axis. */
export function numbers(
  dtype: NumericType,
  values: readonly (number | bigint)[],
  shape: readonly number[] = [values.length],
): Leaf {
  const type = shape.length === 0 ? "numeric-scalar" : "array";
  return { attrs: { "encoding-type": type, "encoding-version": "0.2.0" }, dtype, shape, values };
}

/** An array of text; by default of one axis. */
export function texts(values: readonly string[], shape: readonly number[] = [values.length]): Leaf {
  const type = shape.length === 0 ? "string" : "string-array";
  return { attrs: { "encoding-type": type, "encoding-version": "0.2.0" }, dtype: "string", shape, values };
}

/** A sparse matrix; `rows` holds the entries of each row (column, for csc), a position and a value each. */
export function sparse(
  layout: "csr" | "csc",
  shape: readonly [number, number],
  rows: readonly (readonly (readonly [number, number])[])[],
  types: { readonly data?: NumericType; readonly index?: NumericType } = {},
): Branch {
  const { data = "float32", index = "int32" } = types, entries = rows.flat();
  const pointers = rows.reduce((sums, row) => [...sums, (sums.at(-1) ?? 0) + row.length], [0]);
  const fit = (values: readonly number[]) => /int64/.test(index) ? values.map(BigInt) : values;
  return group(`${layout}_matrix`, {
    data: { ...numbers(data, entries.map(([, value]) => value)), attrs: {} },
    indices: { ...numbers(index, fit(entries.map(([place]) => place))), attrs: {} },
    indptr: { ...numbers(index, fit(pointers)), attrs: {} },
  }, { shape });
}

/** A dataframe with the index `index` and these columns, in their order. */
export function frame(index: readonly string[], columns: Branch["children"] = {}, name = "_index"): Branch {
  const attrs = { "_index": name, "column-order": Object.keys(columns) };
  return group("dataframe", { [name]: texts(index), ...columns }, attrs);
}

/** A categorical column. */
export function categorical(codes: readonly number[], categories: readonly string[], ordered = false): Branch {
  return group("categorical", { codes: numbers("int8", codes), categories: texts(categories) }, { ordered });
}

/** Write `root` at `path`; returns the path. */
export async function writeTree(path: string, root: Branch, storage: Storage = {}): Promise<string> {
  const writer = await openStoreWriter(path, { kind: "zarr", version: storage.version ?? 3 }, new BufferPool());
  const nodes: NodeSpec[] = [];
  const add = async (at: string, node: Branch | Leaf): Promise<void> => {
    if ("children" in node) {
      nodes.push({ kind: "group", path: at, attrs: node.attrs });
      for (const [name, child] of Object.entries(node.children)) await add(at === "" ? name : `${at}/${name}`, child);
      return;
    }
    const spec = specOf(node, storage), array = writer.array(at, spec);
    nodes.push({ kind: "array", path: at, attrs: node.attrs, spec });
    const grid = spec.shape.map((length, axis) => cells(whole(length), spec.chunks[axis] ?? 1));
    for (const chunk of positions(grid)) await array.write(chunk.slice(), elementsOf(node, spec, chunk));
    await array.close();
  };
  await add("", root);
  await writer.finish(nodes);
  return path;
}

function specOf({ shape, dtype }: Leaf, { chunk = Infinity, shard, codecs = [] }: Storage): ArraySpec {
  const chunks = shape.map((length) => Math.max(1, Math.min(chunk, length)));
  const shards = shard === undefined || shape.length === 0 ? null : chunks.map((length) => length * shard);
  return { shape, dtype: dtype as DType, chunks, shards, codecs, fill: dtype === "string" ? "" : 0 };
}

/** A chunk's elements; where it juts out, empty ones. */
function elementsOf({ dtype, values }: Leaf, { shape, chunks }: ArraySpec, chunk: readonly number[]) {
  const steps = strides(shape), into = strides(chunks), count = product(chunks);
  const box = chunk.map((index, axis) => cell(index, chunks[axis] ?? 1, shape[axis] ?? 1));
  const rows = new Array<string>(count).fill("");
  const bytes = isNumeric(dtype) ? new Uint8Array(count * itemBytes(dtype)) : new Uint8Array();
  const parts = dtype.startsWith("complex") ? 2 : 1, view = isNumeric(dtype) ? viewAs(dtype, bytes) : undefined;
  if (box.length > 0 && box.some((range) => size(range) === 0)) return view === undefined ? fromTexts(rows) : bytes;
  for (const at of positions(box)) {
    const from = at.reduce((sum, position, axis) => sum + position * (steps[axis] ?? 1), 0);
    const to = at.reduce((sum, position, axis) => sum + (position - (box[axis]?.start ?? 0)) * (into[axis] ?? 1), 0);
    if (view === undefined) rows[to] = String(values[from]);
    else for (let part = 0; part < parts; part++) view[to * parts + part] = values[from * parts + part] as number;
  }
  return view === undefined ? fromTexts(rows) : bytes;
}
