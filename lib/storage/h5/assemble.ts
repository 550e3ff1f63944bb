/**
 * Putting an HDF5 file together: the chunks of every array in the order of the plan, then trees, heaps and headers. The
 * bytes depend on what is written alone, never on who wrote it when.
 *
 * Source: HDF5 File Format Specification 3.0, section II.A (superblock of version 0).
 *
 * @module
 */
import { type DType, itemBytes } from "../../base/dtype.ts";
import { product, strides } from "../../base/range.ts";
import type { BufferPool } from "../../base/pool.ts";
import { rowBytes, type Strings, utf8 } from "../../base/strings.ts";
import { fillBytes } from "../fill.ts";
import { Lease } from "../lease.ts";
import type { ArraySpec, NodeSpec } from "../node.ts";
import { encodeStored, isHeaped, storedCodecs } from "./encode.ts";
import { HeapWriter } from "./heap_writer.ts";
import { Message } from "./object_header.ts";
import {
  attributeMessages,
  chunkedLayout,
  compactLayout,
  contiguousLayout,
  dataspace,
  fillValue,
  filterPipeline,
  MOST_MESSAGE_BYTES,
  objectHeader,
  objectHeader2,
  type PrintedMessage,
} from "./print_messages.ts";
import { writeDenseAttributes } from "./print_dense.ts";
import { type PlacedChunk, writeChunkTree, writeGroup } from "./print_trees.ts";
import { NOWHERE, Printer } from "./printer.ts";
import { segmentFolder } from "./segment_folder.ts";
import { readSegments, type SegmentChunk, SegmentReader } from "./segments.ts";
import { Sink } from "./sink.ts";
import { numeric, type StoredType, storedType } from "./stored_type.ts";
import { SIGNATURE } from "./signature.ts";

const SUPERBLOCK = 96;

/** What fits into an object header. */
const MOST_COMPACT = 8192;

/** Write the file at `path` with `nodes`, from its segments, which are used up. */
export function assemble(path: string, nodes: readonly NodeSpec[], pool: BufferPool): void {
  const segments = readSegments(segmentFolder(path)), sink = new Sink(path);
  const reader = new SegmentReader([...segments.values()].flat());
  try {
    sink.keep(SUPERBLOCK);
    const assembly = new Assembly(path, sink, reader, pool), layouts = new Map<string, readonly PrintedMessage[]>();
    for (const node of nodes) {
      if (node.kind === "group") continue;
      layouts.set(
        node.path,
        isNull(node) ? nothing() : assembly.array(node.spec, segments.get(node.path) ?? []),
      );
    }
    const root = assembly.tree(nodes, layouts);
    assembly.finish();
    sink.write(0, superblock(root, sink.length));
    sink.close();
  } catch (error) {
    sink.abandon();
    throw error;
  } finally {
    reader.close();
  }
  if (segments.size > 0) Deno.removeSync(segmentFolder(path), { recursive: true });
}

function superblock(root: number, end: number): Uint8Array {
  const printer = new Printer().put(Uint8Array.from(SIGNATURE)).u8(0, 0, 0, 0, 0, 8, 8, 0);
  // Names in a symbol table and children of a node: half of what print_trees.ts puts into them.
  printer.u16(4).u16(16).u32(0).u64(0).u64(NOWHERE).u64(end).u64(NOWHERE);
  return printer.u64(0).u64(root).zeros(24).finish();
}

class Assembly {
  readonly #source: string;
  readonly #sink: Sink;
  readonly #reader: SegmentReader;
  readonly #heap: HeapWriter;
  readonly #lease: Lease;

  constructor(source: string, sink: Sink, reader: SegmentReader, pool: BufferPool) {
    this.#source = source;
    this.#sink = sink;
    this.#reader = reader;
    this.#heap = new HeapWriter(sink);
    this.#lease = new Lease(pool);
  }

  /** Write the elements of an array; the messages of its header, without attributes. */
  array(spec: ArraySpec, chunks: readonly SegmentChunk[]): readonly PrintedMessage[] {
    const type = storedType(spec.dtype), { shape } = spec;
    if (shape.length === 0) return this.#scalar(spec, type, chunks);
    const codecs = storedCodecs(spec, type), placed: PlacedChunk[] = [];
    const steps = strides(shape.map((length, axis) => Math.ceil(length / (spec.chunks[axis] as number))));
    for (const chunk of chunks) {
      const at = steps.map((step, axis) => Math.floor(chunk.number / step) % ((steps[axis - 1] ?? Infinity) / step));
      placed.push({ chunk: at, ...this.#chunk(spec, type, chunk) });
      this.#lease.end();
    }
    const tree = writeChunkTree(this.#sink, placed, spec.chunks, type.bytes), fill = fillOf(spec);
    return [
      { type: Message.dataspace, data: dataspace(shape, true) },
      { type: Message.datatype, data: type.message },
      { type: Message.fill, data: fillValue(fill, 3) },
      { type: Message.layout, data: chunkedLayout(tree, spec.chunks, type.bytes) },
      ...(codecs.length === 0
        ? []
        : [{ type: Message.filters, data: filterPipeline(codecs, product(spec.chunks) * type.bytes) }]),
    ];
  }

  /** Write the groups and headers of `nodes`, the deepest first; the address of the root's. */
  tree(nodes: readonly NodeSpec[], layouts: ReadonlyMap<string, readonly PrintedMessage[]>): number {
    const members = new Map<string, Map<string, number>>(), depth = (path: string) => path.split("/").length;
    let root = NOWHERE;
    for (const node of [...nodes].sort((a, b) => depth(b.path) - depth(a.path))) {
      if (node.path === "") continue;
      add(members, node.path, this.#header(node, layouts, members.get(node.path)));
    }
    const top = nodes.find((node) => node.path === "");
    if (top?.kind !== "group") throw new TypeError("Cannot write a store whose root is no group");
    root = this.#header(top, layouts, members.get(""));
    return root;
  }

  /** Write what is left. */
  finish(): void {
    this.#heap.flush();
  }

  #header(
    node: NodeSpec,
    layouts: ReadonlyMap<string, readonly PrintedMessage[]>,
    members: ReadonlyMap<string, number> | undefined,
  ): number {
    const attributes = attributeMessages(node.attrs, this.#heap, { source: this.#source, element: node.path });
    const own = node.kind === "array"
      ? layouts.get(node.path) ?? []
      : [{ type: Message.symbolTable, data: writeGroup(this.#sink, members ?? new Map()) }];
    if (attributes.every(({ data }) => data.length <= MOST_MESSAGE_BYTES)) {
      return this.#sink.append(objectHeader([...own, ...attributes]));
    }
    return this.#sink.append(objectHeader2([...own, writeDenseAttributes(this.#sink, attributes)]));
  }

  /** Put one chunk into its place. */
  #chunk(spec: ArraySpec, type: StoredType, chunk: SegmentChunk): Omit<PlacedChunk, "chunk"> {
    const found = this.#lease.take(chunk.bytes);
    this.#reader.read(chunk, found);
    if (!isHeaped(spec.dtype)) return { address: this.#sink.append(found), bytes: found.length, mask: chunk.mask };
    const stored = this.#heaped(spec, type, found, product(spec.chunks));
    const { bytes, mask } = encodeStored(storedCodecs(spec, type), stored, this.#lease);
    return { address: this.#sink.append(bytes), bytes: bytes.length, mask };
  }

  /** One value: in the header, or beside it where it is long. */
  #scalar(spec: ArraySpec, type: StoredType, [chunk]: readonly SegmentChunk[]): readonly PrintedMessage[] {
    let stored: Uint8Array;
    if (spec.dtype !== "string" && chunk === undefined) {
      stored = this.#stored(spec, type, fillBytes(spec.dtype, spec.fill));
    } else {
      const found = this.#lease.take(chunk?.bytes ?? 4);
      if (chunk === undefined) found.fill(0);
      else this.#reader.read(chunk, found);
      stored = this.#stored(spec, type, found).slice();
      this.#lease.end();
    }
    const isCompact = stored.length <= MOST_COMPACT;
    const layout = isCompact ? compactLayout(stored) : contiguousLayout(this.#sink.append(stored), stored.length);
    return [
      { type: Message.dataspace, data: dataspace([], false) },
      { type: Message.datatype, data: type.message },
      { type: Message.fill, data: fillValue(new Uint8Array(), isCompact ? 1 : 2) },
      { type: Message.layout, data: layout },
    ];
  }

  #stored(spec: ArraySpec, type: StoredType, items: Uint8Array<ArrayBuffer>): Uint8Array {
    return isHeaped(spec.dtype) ? this.#heaped(spec, type, items, 1) : items;
  }

  /** Items whose texts lie in the heap, from what a segment holds. */
  #heaped(spec: ArraySpec, type: StoredType, found: Uint8Array<ArrayBuffer>, count: number): Uint8Array {
    const stored = this.#lease.take(count * type.bytes), view = new DataView(stored.buffer, stored.byteOffset);
    stored.fill(0);
    if (spec.dtype === "string") {
      const strings = textOf(found, count);
      for (let row = 0; row < count; row++) this.#refer(view, row * type.bytes, rowBytes(strings, row));
      return stored;
    }
    const item = itemBytes(spec.dtype);
    for (let row = 0; row < count; row++) {
      for (const { from, bytes, to, isText } of type.pieces ?? []) {
        const source = found.subarray(row * item + from, row * item + from + bytes), target = row * type.bytes + to;
        if (isText) this.#refer(view, target, utf8Of(source));
        else stored.set(source, target);
      }
    }
    return stored;
  }

  #refer(view: DataView, at: number, text: Uint8Array): void {
    if (text.length === 0) return;
    const { address, index } = this.#heap.add(text);
    view.setUint32(at, text.length, true);
    view.setUint32(at + 4, address % 2 ** 32, true);
    view.setUint32(at + 8, Math.floor(address / 2 ** 32), true);
    view.setUint32(at + 12, index, true);
  }
}

/** Whether `node` is None, which anndata writes as a dataset of nothing at all. */
function isNull({ attrs, spec }: Extract<NodeSpec, { kind: "array" }>): boolean {
  return attrs["encoding-type"] === "null" && spec.shape.length === 0;
}

/** The messages of a dataset that holds nothing at all; h5py gives it a type all the same. */
function nothing(): readonly PrintedMessage[] {
  return [
    { type: Message.dataspace, data: dataspace(null, false) },
    { type: Message.datatype, data: numeric("float32") },
    { type: Message.fill, data: fillValue(new Uint8Array(), 2) },
    { type: Message.layout, data: contiguousLayout(NOWHERE, 0) },
  ];
}

function add(members: Map<string, Map<string, number>>, path: string, address: number): void {
  const slash = path.lastIndexOf("/"), parent = path.slice(0, Math.max(0, slash)), known = members.get(parent);
  if (known === undefined) members.set(parent, new Map([[path.slice(slash + 1), address]]));
  else known.set(path.slice(slash + 1), address);
}

/** The rows of a chunk of text as a segment holds them: where each ends, then the bytes of all. */
function textOf(found: Uint8Array<ArrayBuffer>, count: number): Strings {
  const offsets = new Uint32Array(count + 1);
  offsets.set(new Uint32Array(found.buffer, found.byteOffset, count), 1);
  return { offsets, bytes: found.subarray(4 * count) };
}

/** UTF-32 up to the zeros at its end, as UTF-8. */
function utf8Of(points: Uint8Array): Uint8Array {
  const view = new DataView(points.buffer, points.byteOffset, points.byteLength), found: string[] = [];
  let end = points.length;
  while (end >= 4 && view.getUint32(end - 4, true) === 0) end -= 4;
  for (let at = 0; at < end; at += 4) found.push(String.fromCodePoint(view.getUint32(at, true)));
  return utf8(found.join(""));
}

/** The bytes of the fill value; none for the default one, and for text, which is always stored where it is not that. */
function fillOf({ dtype, fill }: { readonly dtype: DType; readonly fill: ArraySpec["fill"] }): Uint8Array {
  if (isHeaped(dtype)) return new Uint8Array();
  const bytes = fillBytes(dtype, fill);
  return bytes.every((byte) => byte === 0) ? new Uint8Array() : bytes;
}
