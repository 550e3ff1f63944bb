/**
 * B-trees of version 1, made bottom up from what they hold: the chunks of a dataset, the names of a group.
 *
 * Source: HDF5 File Format Specification 3.0, sections III.A.1, III.B to III.D.
 *
 * @module
 */
import { utf8 } from "../../base/strings.ts";
import { NOWHERE, Printer } from "./printer.ts";
import type { Sink } from "./sink.ts";

/** Children of a node of chunks, of one of names, and names in a symbol table: HDF5's defaults, twice their "K". */
const CHUNKS = 64, TABLES = 32, NAMES = 8;

/** A child of a node: where it is, and the key before it. */
interface Child {
  readonly address: number;
  readonly key: Uint8Array;
}

/** Write a tree of `children`; `last` is the key behind all of them. Its address. */
function writeTree(sink: Sink, type: 0 | 1, width: number, children: readonly Child[], last: Uint8Array): number {
  let level = 0, nodes = writeLevel(sink, type, level, width, children, last);
  while (nodes.length > 1) nodes = writeLevel(sink, type, ++level, width, nodes, last);
  return nodes[0]?.address ?? NOWHERE;
}

/** Write the nodes of one level. An empty tree is one empty node. */
function writeLevel(
  sink: Sink,
  type: 0 | 1,
  level: number,
  width: number,
  children: readonly Child[],
  last: Uint8Array,
): Child[] {
  const nodeBytes = 24 + width * 8 + (width + 1) * last.length, count = Math.max(1, Math.ceil(children.length / width));
  const addresses = Array.from({ length: count }, () => sink.keep(nodeBytes));
  return addresses.map((address, i) => {
    const own = children.slice(i * width, (i + 1) * width), end = children[(i + 1) * width]?.key ?? last;
    const node = new Printer().letters("TREE").u8(type, level).u16(own.length);
    node.u64(addresses[i - 1] ?? NOWHERE).u64(addresses[i + 1] ?? NOWHERE);
    for (const child of own) node.put(child.key).u64(child.address);
    sink.write(address, node.put(end).zeros(nodeBytes - node.length).finish());
    return { address, key: own[0]?.key ?? last };
  });
}

/** A chunk that has its place. */
export interface PlacedChunk {
  /** Its position in the grid. */
  readonly chunk: readonly number[];
  readonly address: number;
  readonly bytes: number;
  /** The filters that were left out. */
  readonly mask: number;
}

/** Write the tree of `chunks`, in the order of the grid; its address, or none where there are no chunks. */
export function writeChunkTree(
  sink: Sink,
  chunks: readonly PlacedChunk[],
  shape: readonly number[],
  itemBytes: number,
): number {
  const key = (at: readonly number[], bytes: number, mask: number, step: number): Uint8Array => {
    const printer = new Printer().u32(bytes).u32(mask);
    for (const [axis, index] of at.entries()) printer.u64((index + step) * (shape[axis] as number));
    return printer.u64(step * itemBytes).finish();
  };
  const last = chunks.at(-1);
  if (last === undefined) return NOWHERE;
  const children = chunks.map(({ chunk, address, bytes, mask }) => ({ address, key: key(chunk, bytes, mask, 0) }));
  return writeTree(sink, 1, CHUNKS, children, key(last.chunk, 0, 0, 1));
}

/** Write the symbol tables of a group's `members`; the data of its message: the addresses of tree and heap. */
export function writeGroup(sink: Sink, members: ReadonlyMap<string, number>): Uint8Array {
  const entries = Array.from(members, ([name, address]) => ({ name: utf8(name), address })).sort(byName);
  // The empty name, of which the first key speaks, comes first.
  const names = new Printer().zeros(8), offsets: number[] = [];
  for (const { name } of entries) {
    offsets.push(names.length);
    names.put(name).u8(0).align(8);
  }
  const data = names.finish(), dataAddress = sink.append(data);
  const heap = sink.append(new Printer().letters("HEAP").zeros(4).u64(data.length).u64(1).u64(dataAddress).finish());
  const key = (offset: number): Uint8Array => new Printer().u64(offset).finish();
  const tables: Child[] = [];
  for (let start = 0; start < entries.length; start += NAMES) {
    const own = entries.slice(start, start + NAMES), table = new Printer().letters("SNOD").u8(1, 0).u16(own.length);
    for (const [i, { address }] of own.entries()) table.u64(offsets[start + i] as number).u64(address).zeros(24);
    const address = sink.append(table.zeros(8 + NAMES * 40 - table.length).finish());
    // A key is the last name of the table before it.
    tables.push({ address, key: key(offsets[start - 1] ?? 0) });
  }
  const tree = writeTree(sink, 0, TABLES, tables, key(offsets.at(-1) ?? 0));
  return new Printer().u64(tree).u64(heap).finish();
}

/** The order of names in HDF5's trees. */
export function byName(a: { readonly name: Uint8Array }, b: { readonly name: Uint8Array }): number {
  const length = Math.min(a.name.length, b.name.length);
  for (let i = 0; i < length; i++) {
    const order = (a.name[i] as number) - (b.name[i] as number);
    if (order !== 0) return order;
  }
  return a.name.length - b.name.length;
}
