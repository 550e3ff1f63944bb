/**
 * Where the chunks of a dataset lie, by each of HDF5's indexes.
 *
 * Source: HDF5 File Format Specification 3.0, sections III.A and VII.
 *
 * @module
 */
import { product, strides } from "../../base/range.ts";
import { readNode } from "./btree1.ts";
import { BTree2Search, openBTree2 } from "./btree2.ts";
import { openExtensibleArray } from "./extensible_array.ts";
import { Fields, UNDEFINED } from "./fields.ts";
import type { H5File } from "./file.ts";
import { openFixedArray } from "./fixed_array.ts";
import type { ChunkIndex } from "./messages.ts";

/** A chunk as it is stored. */
export interface StoredChunk {
  readonly address: number;
  readonly bytes: number;
  /** The filters that were left out: bit `i` for the `i`-th. */
  readonly mask: number;
}

/** Finds the chunk at a position of the grid; undefined where it is not stored. */
export type FindChunk = (chunk: readonly number[]) => StoredChunk | undefined;

/** What is known of a dataset whose chunks are looked for. */
export interface ChunkedDataset {
  readonly shape: readonly number[];
  readonly chunks: readonly number[];
  /** Bytes of a whole chunk before filters. */
  readonly chunkBytes: number;
  readonly hasFilters: boolean;
}

/** Open the index of a chunked dataset. */
export function openChunkIndex(file: H5File, index: ChunkIndex, dataset: ChunkedDataset): FindChunk {
  const { address } = index, { shape, chunks, chunkBytes, hasFilters } = dataset;
  if (address === UNDEFINED) return () => undefined;
  const grid = shape.map((length, axis) => Math.ceil(length / (chunks[axis] as number)));
  const steps = strides(grid),
    number = (chunk: readonly number[]) => chunk.reduce((sum, at, i) => sum + at * (steps[i] ?? 0), 0);
  switch (index.kind) {
    case "single": {
      const { bytes, mask } = index.filtered ?? { bytes: chunkBytes, mask: 0 };
      return () => ({ address, bytes, mask });
    }
    case "implicit":
      return (chunk) => ({ address: address + number(chunk) * chunkBytes, bytes: chunkBytes, mask: 0 });
    case "btree1":
      return searchBTree1(file, address, chunks);
    case "btree2":
      return searchBTree2(file, address, dataset);
    case "fixed-array": {
      const find = openFixedArray(file, address, product(grid));
      return (chunk) => parseElement(find(number(chunk)), hasFilters, chunkBytes);
    }
    case "extensible-array": {
      const find = openExtensibleArray(file, address);
      return (chunk) => parseElement(find(number(chunk)), hasFilters, chunkBytes);
    }
  }
}

/** An element of an array of chunks: an address and, with filters, a length and a mask. */
function parseElement(
  element: Uint8Array | undefined,
  hasFilters: boolean,
  chunkBytes: number,
): StoredChunk | undefined {
  if (element === undefined) return undefined;
  const fields = new Fields(element), address = fields.u64();
  if (address === UNDEFINED) return undefined;
  if (!hasFilters) return { address, bytes: chunkBytes, mask: 0 };
  return { address, bytes: fields.uint(element.length - 12), mask: fields.u32() };
}

/** Leaves that are kept: the last one, and its neighbours on the way. */
const KEPT = 4;

/** A leaf or an inner node: where each child starts, and where it lies. */
interface Branch {
  readonly level: number;
  /** The first element of each child, `rank` numbers each. */
  readonly starts: Float64Array;
  readonly addresses: Float64Array;
  readonly sizes: Uint32Array;
  readonly masks: Uint32Array;
}

function searchBTree1(file: H5File, root: number, chunks: readonly number[]): FindChunk {
  const rank = chunks.length, kept = new Map<number, Branch>();
  const branch = (address: number, level: number | undefined): Branch => {
    const known = kept.get(address);
    if (known !== undefined && known.level === (level ?? known.level)) return known;
    const found = readBranch(file, address, chunks, level), [oldest] = kept.keys();
    if (kept.size >= KEPT * 4 && oldest !== undefined) kept.delete(oldest);
    kept.set(address, found);
    return found;
  };
  return (chunk) => {
    const wanted = chunk.map((at, axis) => at * (chunks[axis] as number));
    for (let node = branch(root, undefined);;) {
      const at = lastAtMost(node.starts, wanted);
      if (at < 0) return undefined;
      const address = node.addresses[at] as number;
      if (node.level > 0) {
        node = branch(address, node.level - 1);
        continue;
      }
      const isIt = wanted.every((start, axis) => node.starts[at * rank + axis] === start);
      return isIt ? { address, bytes: node.sizes[at] as number, mask: node.masks[at] as number } : undefined;
    }
  };
}

function readBranch(file: H5File, address: number, chunks: readonly number[], level: number | undefined): Branch {
  const rank = chunks.length, node = readNode(file, address, 1, 8 + 8 * (rank + 1), level), { count } = node;
  const fields = new Fields(node.body);
  const starts = new Float64Array(count * rank), addresses = new Float64Array(count);
  const sizes = new Uint32Array(count), masks = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    sizes[i] = fields.u32();
    masks[i] = fields.u32();
    for (let axis = 0; axis < rank; axis++) starts[i * rank + axis] = fields.u64();
    // The start inside of an element; HDF5 takes a chunk with another one for missing.
    if (fields.u64() !== 0) throw new RangeError("the index of its chunks is broken");
    addresses[i] = fields.length();
  }
  checkStarts(starts, chunks);
  return { level: node.level, starts, addresses, sizes, masks };
}

/** Starts that are no chunk's, or out of order, would make chunks that are there look like missing ones. */
function checkStarts(starts: Float64Array, chunks: readonly number[]): void {
  const rank = chunks.length;
  for (let at = 0; at < starts.length; at += rank) {
    let order = at === 0 ? 1 : 0;
    for (let axis = 0; axis < rank; axis++) {
      const start = starts[at + axis] as number;
      if (order === 0) order = start - (starts[at + axis - rank] as number);
      if (start % (chunks[axis] as number) !== 0) order = -1;
      if (order < 0) break;
    }
    if (order <= 0) throw new RangeError("the index of its chunks is out of order");
  }
}

/** The last child that starts at or before `wanted`; -1 for none. */
function lastAtMost(starts: Float64Array, wanted: readonly number[]): number {
  const rank = wanted.length;
  let low = 0, high = starts.length / Math.max(1, rank);
  while (low < high) {
    const middle = (low + high) >> 1;
    let order = 0;
    for (let axis = 0; axis < rank && order === 0; axis++) {
      order = (starts[middle * rank + axis] as number) - (wanted[axis] as number);
    }
    if (order <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function searchBTree2(file: H5File, address: number, dataset: ChunkedDataset): FindChunk {
  const tree = openBTree2(file, address), search = new BTree2Search(file, tree), rank = dataset.chunks.length;
  const isFiltered = tree.type === 11, head = tree.recordBytes - 8 * rank;
  if ((tree.type !== 10 && !isFiltered) || head < (isFiltered ? 13 : 8)) {
    throw new RangeError("the index of its chunks is another kind of tree");
  }
  return (chunk) => {
    const record = search.find((candidate) => {
      const fields = new Fields(candidate, head);
      for (const at of chunk) {
        const order = fields.length() - at;
        if (order !== 0) return order;
      }
      return 0;
    });
    return parseElement(record?.subarray(0, head), isFiltered, dataset.chunkBytes);
  };
}
