/**
 * Digests of arrays and sparse matrices, once their axes are brought to other names.
 *
 * Source of what is equal: anndata `equal` and pandas' `equals`: shapes and types count, NaN equals NaN; of sparse
 * matrices neither format nor type counts.
 *
 * @module
 */
import { type DType, dtypeName, family, isNumeric, itemBytes, type NumericType, viewAs } from "../base/dtype.ts";
import type { BufferPool } from "../base/pool.ts";
import { product, type Range, size, strides, whole } from "../base/range.ts";
import { rowBytes, utf8 } from "../base/strings.ts";
import { fixedText } from "../anndata/read.ts";
import type { ArrayNode, Block, Placed } from "../storage/node.ts";
import { Digest } from "./digest.ts";
import { type StoredMatrix, StoredRows, WindowBuffer, windows } from "./rows.ts";
import { RowShaper } from "./shape.ts";

/** Where the positions of an axis go; null where nothing changes. */
export type AxisMap = { readonly map: Int32Array; readonly length: number } | null;

/**
 * Add every element of `box` (a range an axis; by default all of `node`) at its place in C order of the mapped box; NaN,
 * and what goes nowhere, is left out.
 */
export async function addArray(
  digest: Digest,
  node: ArrayNode,
  maps: readonly AxisMap[],
  box: readonly Range[] = node.spec.shape.map(whole),
): Promise<void> {
  const { dtype } = node.spec, lengths = box.map(size), steps = strides(mappedShape(lengths, maps));
  const axes = box.map(({ start }, axis): Axis => ({ start, step: steps[axis] ?? 0, map: maps[axis]?.map }));
  if (product(lengths) === 0) return;
  if (dtype === "string") {
    for await (const block of node.stringBlocks(box)) {
      each(block, axes, (from, place) => digest.text(place, rowBytes(block.strings, from)));
    }
    return;
  }
  for await (const block of node.blocks(box)) each(block, axes, adder(digest, block, dtype));
}

/** The shape once its axes are mapped. */
export function mappedShape(shape: readonly number[], maps: readonly AxisMap[]): number[] {
  return shape.map((length, axis) => maps[axis]?.length ?? length);
}

/** Adds one element of a block at a place. */
function adder(digest: Digest, block: Block, dtype: DType): (from: number, place: number) => void {
  if (isNumeric(dtype)) return numberAdder(digest, block, dtype);
  const item = itemBytes(dtype);
  if (dtype === "string") throw new TypeError("Cannot read text from bytes");
  if (dtype.kind !== "struct") {
    const { kind } = dtype;
    return (from, place) =>
      digest.text(place, utf8(fixedText(kind, block.bytes.subarray(from * item, (from + 1) * item))));
  }
  // The fields of a record stand side by side; each is a column of its own.
  const { fields } = dtype;
  return (from, place) => {
    let at = from * item;
    for (const [number, field] of fields.entries()) {
      const bytes = block.bytes.slice(at, at + itemBytes(field.dtype));
      adder(digest, { ...block, bytes }, field.dtype)(0, place * fields.length + number);
      at += bytes.length;
    }
  };
}

function numberAdder(digest: Digest, block: Block, dtype: NumericType): (from: number, place: number) => void {
  const parts = family(dtype) === "complex" ? 2 : 1;
  const values = viewAs(dtype, block.bytes.subarray(0, block.bytes.length - block.bytes.length % itemBytes(dtype)));
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    return (from, place) => digest.whole(place, values[from] as bigint);
  }
  return (from, place) => {
    for (let part = 0; part < parts; part++) {
      const value = values[from * parts + part] as number;
      if (!Number.isNaN(value)) digest.number(place * parts + part, value);
    }
  };
}

/** How positions of an axis become places: through `map`, or from `start` on. */
interface Axis {
  readonly start: number;
  readonly step: number;
  readonly map: Int32Array | undefined;
}

/** Tell of every element of a block that has a place. */
function each(block: Placed, axes: readonly Axis[], tell: (from: number, place: number) => void): void {
  const walk = (axis: number, from: number, place: number): void => {
    const range = block.ranges[axis], along = axes[axis];
    if (range === undefined || along === undefined) return tell(from, place);
    const { map, start, step } = along, stride = block.strides[axis] ?? 0;
    for (let at = range.start, own = from; at < range.end; at++, own += stride) {
      const to = map === undefined ? at - start : map[at] as number;
      if (to >= 0) walk(axis + 1, own, place + to * step);
    }
  };
  walk(0, block.offset, 0);
}

/** How a type counts in a comparison: text is text however it is stored. */
export function typeText(dtype: DType): string {
  if (typeof dtype === "string") return dtype;
  if (dtype.kind !== "struct") return "string";
  return `[${dtype.fields.map((field) => `${JSON.stringify(field.name)}:${typeText(field.dtype)}`).join(",")}]`;
}

/** A stored sparse matrix that is to be digested. */
export interface SparseToDigest {
  readonly matrix: StoredMatrix;
  readonly layout: "csr" | "csc";
  readonly shape: readonly [number, number];
  readonly dtype: NumericType;
  /** Where rows and columns go. */
  readonly maps: readonly [AxisMap, AxisMap];
  /** What messages call it. */
  readonly name: string;
}

/** Entries in memory at once. */
const WINDOW = 2 ** 16;

/** The digest of a sparse matrix: its shape, and its entries that are not zero once repeated ones are summed. */
export async function digestSparse(pool: BufferPool, sparse: SparseToDigest): Promise<string> {
  const { matrix, layout, shape, dtype, maps, name } = sparse, digest = new Digest();
  const [rows = 0, columns = 0] = mappedShape(shape, maps);
  const majorMap = maps[layout === "csr" ? 0 : 1], minorMap = maps[layout === "csr" ? 1 : 0];
  const minor = layout === "csr" ? shape[1] : shape[0], newMinor = minorMap?.length ?? minor;
  const source = new StoredRows(matrix, dtype), buffer = new WindowBuffer(pool, itemBytes(dtype));
  const shaper = new RowShaper(pool, newMinor, dtype);
  const parts = family(dtype) === "complex" ? 2 : 1;
  const reshape = { map: minorMap?.map ?? null, minor, missing: null, name };
  try {
    for await (const window of windows(source, whole(source.rows), WINDOW, buffer, "all")) {
      const pointers = shaper.shape(reshape, window.pointers, window.indices, window.data);
      const values = viewAs(dtype, shaper.data.subarray(0, (pointers.at(-1) ?? 0) * itemBytes(dtype)));
      addRows(digest, { rows: window.rows, pointers, indices: shaper.indices, values, parts }, (row, other) => {
        const major = majorMap === null || majorMap === undefined ? row : majorMap.map[row] as number;
        if (major < 0) return -1;
        return layout === "csr" ? major * columns + other : other * columns + major;
      });
    }
  } finally {
    buffer.release();
    shaper.release();
    await source.close();
  }
  return `${rows}×${columns} ${digest}`;
}

/** Sparse rows whose values have `parts` numbers each. */
interface Rows {
  readonly rows: Range;
  readonly pointers: Float64Array;
  readonly indices: Int32Array;
  readonly values: ArrayLike<number | bigint>;
  readonly parts: number;
}

function addRows(
  digest: Digest,
  { rows, pointers, indices, values, parts }: Rows,
  placeOf: (row: number, other: number) => number,
): void {
  for (let row = 0; row < size(rows); row++) {
    for (let k = pointers[row] as number; k < (pointers[row + 1] as number); k++) {
      const place = placeOf(rows.start + row, indices[k] as number);
      if (place < 0) continue;
      for (let part = 0; part < parts; part++) addEntry(digest, place * parts + part, values[k * parts + part] ?? 0);
    }
  }
}

/** A zero that is stored is no different from one that is not. */
function addEntry(digest: Digest, place: number, value: number | bigint): void {
  if (typeof value === "bigint") {
    if (value !== 0n) digest.whole(place, value);
  } else if (value !== 0) digest.number(place, value);
}

/** The digest of an array whose holes, where there are any, make it of type `dtype`. */
export async function digestArray(node: ArrayNode, maps: readonly AxisMap[], dtype: DType): Promise<string> {
  const digest = new Digest();
  await addArray(digest, node, maps);
  return `${mappedShape(node.spec.shape, maps).join("×")} ${
    isNumeric(dtype) ? dtypeName(dtype) : typeText(dtype)
  } ${digest}`;
}
