/**
 * B-trees of version 1: the names of a group, and the chunks of a dataset.
 *
 * Source: HDF5 File Format Specification 3.0, section III.A.1.
 *
 * @module
 */
import { Fields } from "./fields.ts";
import type { H5File } from "./file.ts";

/** A node: keys stand between and around its children. */
export interface BTreeNode {
  /** 0 for a leaf. */
  readonly level: number;
  /** The keys and addresses, one after the other: key, address, key, …, key. */
  readonly body: Uint8Array;
  /** How many children it has. */
  readonly count: number;
}

/** More levels than any tree has. */
const MOST_LEVELS = 32;

/** Read the node at `address`, whose keys have `keyBytes` bytes; `level` is what its parent says. */
export function readNode(
  file: H5File,
  address: number,
  type: 0 | 1,
  keyBytes: number,
  level: number | undefined,
): BTreeNode {
  const fields = new Fields(file.read(address, 24));
  fields.signature("TREE");
  const found = { type: fields.u8(), level: fields.u8(), count: fields.u16() };
  // Levels that go down by one at each step are what makes a walk end.
  if (found.type !== type || found.level > MOST_LEVELS || found.level !== (level ?? found.level)) {
    throw new RangeError("a node of a B-tree is not what its parent says");
  }
  const body = file.read(address + 24, found.count * (keyBytes + 8) + keyBytes);
  return { level: found.level, count: found.count, body };
}

/** The addresses of the children of all leaves, in their order, of the tree of names at `address`. */
export function* leafChildren(file: H5File, address: number, level?: number): Generator<number> {
  const node = readNode(file, address, 0, 8, level), fields = new Fields(node.body);
  for (let i = 0; i < node.count; i++) {
    fields.skip(8);
    const child = fields.length();
    if (node.level === 0) yield child;
    else yield* leafChildren(file, child, node.level - 1);
  }
}
