/**
 * Attributes that are too long for an object header, as HDF5 1.8 and later store them: in a fractal heap, found through
 * B-trees of version 2. All of them are the heap's "huge" objects, which lie anywhere in the file, so it has no blocks.
 *
 * Source: HDF5 File Format Specification 3.0, sections III.A.2, III.G, IV.A.2.v.
 *
 * @module
 */
import { utf8 } from "../../base/strings.ts";
import { lookup3 } from "./checksum.ts";
import { Message } from "./object_header.ts";
import type { PrintedAttribute, PrintedMessage } from "./print_messages.ts";
import { byName } from "./print_trees.ts";
import { NOWHERE, Printer, withChecksum } from "./printer.ts";
import type { Sink } from "./sink.ts";

/** What HDF5 itself gives heaps of attributes; without blocks it says nothing. */
const HEAP = { idBytes: 8, mostManaged: 4096, width: 4, start: 1024, mostDirect: 65536, bits: 40, startRows: 1 };

/** The types of trees: huge objects by their numbers, attributes by their names. */
const HUGE = 1, NAMES = 8;

/** Bytes of a tree's node beside its records. */
const FRAME = 10;

/** Write `attributes` beside an object header of version 2; the message there that leads to them. */
export function writeDenseAttributes(sink: Sink, attributes: readonly PrintedAttribute[]): PrintedMessage {
  const objects = attributes.map(({ data }, i) => ({ address: sink.append(data), bytes: data.length, id: i + 1 }));
  const huge = writeTree(
    sink,
    HUGE,
    objects.map(({ address, bytes, id }) => new Printer().u64(address).u64(bytes).u64(id).finish()),
  );
  const heap = sink.append(heapHeader(huge, objects));
  const named = attributes.map(({ name }, i) => ({ name: utf8(name), hash: lookup3(utf8(name)), id: i + 1 }));
  named.sort((a, b) => a.hash - b.hash || byName(a, b));
  const names = writeTree(
    sink,
    NAMES,
    // A place in the heap: of a huge object, and its number in seven bytes. No order of creation is kept.
    named.map(({ hash, id }) => new Printer().u8(0x10).u32(id).zeros(3).u8(0).u32(0xffff).u32(hash).finish()),
  );
  return { type: Message.attributeInfo, data: new Printer().u8(0, 0).u64(heap).u64(names).finish() };
}

function heapHeader(huge: number, objects: readonly { readonly bytes: number }[]): Uint8Array {
  const { idBytes, mostManaged, width, start, mostDirect, bits, startRows } = HEAP;
  const bytes = objects.reduce((sum, object) => sum + object.bytes, 0);
  const header = new Printer().letters("FRHP").u8(0).u16(idBytes).u16(0).u8(2).u32(mostManaged);
  header.u64(objects.length + 1).u64(huge);
  // No free space, no blocks, nothing in them; then huge objects, and tiny ones.
  header.u64(0).u64(NOWHERE).u64(0).u64(0).u64(0).u64(0).u64(bytes).u64(objects.length).u64(0).u64(0);
  header.u16(width).u64(start).u64(mostDirect).u16(bits).u16(startRows).u64(NOWHERE).u16(0);
  return withChecksum(header);
}

/** Write a tree that is one leaf of `records`, which are in order; its address. */
function writeTree(sink: Sink, type: number, records: readonly Uint8Array[]): number {
  const leaf = new Printer().letters("BTLF").u8(0, type);
  for (const record of records) leaf.put(record);
  const bytes = withChecksum(leaf), recordBytes = records[0]?.length ?? 1;
  const nodeBytes = Math.max(512, FRAME + records.length * recordBytes), root = sink.keep(nodeBytes);
  sink.write(root, new Printer().put(bytes).zeros(nodeBytes - bytes.length).finish());
  const header = new Printer().letters("BTHD").u8(0, type).u32(nodeBytes).u16(recordBytes).u16(0).u8(100, 40);
  return sink.append(withChecksum(header.u64(root).u16(records.length).u64(records.length)));
}
