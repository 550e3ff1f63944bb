/**
 * B-trees of version 2: names by their hashes, and the chunks of datasets that can grow along several axes.
 *
 * Source: HDF5 File Format Specification 3.0, section III.A.2.
 *
 * @module
 */
import { checked } from "./checksum.ts";
import { Fields } from "./fields.ts";
import type { H5File } from "./file.ts";

/** A tree whose header has been read. */
export interface BTree2 {
  /** What its records are. */
  readonly type: number;
  /** Bytes of one record. */
  readonly recordBytes: number;
  /** The widths of numbers in the nodes of each depth. */
  readonly levels: readonly Level[];
  /** Bytes of a node. */
  readonly nodeBytes: number;
  /** The root. */
  readonly root: Pointer;
}

/** What is known of the nodes of one depth; 0 are the leaves. */
interface Level {
  /** Bytes of the number of all records below a pointer to such a node. */
  readonly totalBytes: number;
  /** Bytes of the number of records in a node. */
  readonly countBytes: number;
}

/** A node, by its address. */
interface Pointer {
  readonly address: number;
  readonly records: number;
  readonly depth: number;
}

/** A node with its records and, above the leaves, its children. */
interface Node {
  readonly records: Uint8Array;
  readonly children: readonly Pointer[];
}

/** Bytes of a node beside its records and pointers: signature, version, type, checksum. */
const FRAME = 10;

/** Read the header of the tree at `address`. */
export function openBTree2(file: H5File, address: number): BTree2 {
  const fields = new Fields(checked(file.read(address, 38)));
  fields.signature("BTHD");
  fields.version("a B-tree", 0);
  const type = fields.u8(), nodeBytes = fields.u32(), recordBytes = fields.u16(), depth = fields.u16();
  fields.skip(2);
  const root = { address: fields.u64(), records: fields.u16(), depth };
  if (depth > 32 || recordBytes === 0 || nodeBytes > 2 ** 26) throw new RangeError("the header of a B-tree is broken");
  return { type, recordBytes, nodeBytes, root, levels: levelsOf(nodeBytes, recordBytes, depth) };
}

function levelsOf(nodeBytes: number, recordBytes: number, depth: number): Level[] {
  let most = Math.floor((nodeBytes - FRAME) / recordBytes), total = most;
  const countBytes = widthOf(most), levels: Level[] = [{ totalBytes: 0, countBytes }];
  for (let level = 1; level <= depth; level++) {
    const pointer = 8 + countBytes + (levels[level - 1] as Level).totalBytes;
    most = Math.floor((nodeBytes - FRAME - pointer) / (recordBytes + pointer));
    total = (most + 1) * total + most;
    levels.push({ totalBytes: widthOf(total), countBytes });
  }
  return levels;
}

/** The bytes that hold every number up to `most`. */
function widthOf(most: number): number {
  return Math.floor(Math.log2(Math.max(1, most)) / 8) + 1;
}

function readNode(file: H5File, tree: BTree2, { address, records, depth }: Pointer): Node {
  const { recordBytes } = tree, isLeaf = depth === 0;
  const below = tree.levels[depth - 1] ?? { totalBytes: 0, countBytes: 0 };
  const pointer = isLeaf ? 0 : 8 + below.countBytes + below.totalBytes;
  const length = FRAME + records * recordBytes + (isLeaf ? 0 : (records + 1) * pointer);
  const fields = new Fields(checked(file.read(address, length)));
  fields.signature(isLeaf ? "BTLF" : "BTIN");
  fields.version("a B-tree's node", 0);
  if (fields.u8() !== tree.type) throw new RangeError("a node of a B-tree is not what its header says");
  const own = fields.take(records * recordBytes), children: Pointer[] = [];
  for (let i = 0; !isLeaf && i <= records; i++) {
    const child = { address: fields.length(), records: fields.uint(below.countBytes), depth: depth - 1 };
    fields.skip(below.totalBytes);
    children.push(child);
  }
  return { records: own, children };
}

/** All records in their order. */
export function* recordsOf(file: H5File, tree: BTree2, from: Pointer = tree.root): Generator<Uint8Array> {
  if (from.records === 0) return;
  const { records, children } = readNode(file, tree, from), count = records.length / tree.recordBytes;
  for (let i = 0; i < count; i++) {
    const child = children[i];
    if (child !== undefined) yield* recordsOf(file, tree, child);
    yield records.subarray(i * tree.recordBytes, (i + 1) * tree.recordBytes);
  }
  const last = children[count];
  if (last !== undefined) yield* recordsOf(file, tree, last);
}

/** Finds records of one tree; the nodes on the way to the last one are kept. */
export class BTree2Search {
  readonly #file: H5File;
  readonly #tree: BTree2;
  readonly #kept = new Map<number, Node>();

  /** Search `tree`. */
  constructor(file: H5File, tree: BTree2) {
    this.#file = file;
    this.#tree = tree;
  }

  /** The record for which `compare` gives 0; it gives a negative number for records that come before it. */
  find(compare: (record: Uint8Array) => number): Uint8Array | undefined {
    const { recordBytes, root } = this.#tree;
    for (let at: Pointer | undefined = root; at !== undefined && at.records > 0;) {
      const { records, children } = this.#node(at);
      let low = 0, high = at.records;
      while (low < high) {
        const middle = (low + high) >> 1, record = records.subarray(middle * recordBytes, (middle + 1) * recordBytes);
        const order = compare(record);
        if (order === 0) return record;
        if (order < 0) low = middle + 1;
        else high = middle;
      }
      at = children[low];
    }
    return undefined;
  }

  #node(pointer: Pointer): Node {
    const known = this.#kept.get(pointer.depth * 2 ** 45 + pointer.address);
    if (known !== undefined) return known;
    const node = readNode(this.#file, this.#tree, pointer);
    if (this.#kept.size > 8) this.#kept.clear();
    this.#kept.set(pointer.depth * 2 ** 45 + pointer.address, node);
    return node;
  }
}
