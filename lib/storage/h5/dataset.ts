/**
 * The datasets of an HDF5 file as arrays: chunks as they are stored, and what they hold.
 *
 * @module
 */
import type { MaybePromise } from "../../base/async.ts";
import { dtypeName, itemBytes } from "../../base/dtype.ts";
import { positions, product, type Range, size, strides, whole } from "../../base/range.ts";
import { fromUtf8, StringsBuilder, utf8 } from "../../base/strings.ts";
import { chunksUnder, placedIn, type Selected } from "../chunks.ts";
import { type ByteCodec, checkFrame, decodeBytes, MOST_BYTES } from "../codec/pipeline.ts";
import { fillBytes, fillOf, fillText } from "../fill.ts";
import { Lease } from "../lease.ts";
import type { ArrayNode, ArraySpec, Attributes, Block, CodecSpec, StringBlock } from "../node.ts";
import { needsNoWords, Place } from "../place.ts";
import { isPromise } from "../../base/async.ts";
import { type FindChunk, openChunkIndex } from "./chunk_index.ts";
import { type H5Type, parseDatatype } from "./datatype.ts";
import { axesOf, type Elements, isPlain, liftItems, liftType, textOffsets } from "./elements.ts";
import { Fields, NotSupported, UNDEFINED } from "./fields.ts";
import type { H5File } from "./file.ts";
import { REFERENCE_BYTES } from "./global_heap.ts";
import { filterCodec, openFilter } from "./filters.ts";
import { type Layout, parseDataspace, parseFill, parseFilters, parseLayout, parseOldFill } from "./messages.ts";
import { findMessage, type HeaderMessage, Message } from "./object_header.ts";

/** What a chunk of a dataset that is stored in one piece holds, decoded. */
const CHUNK_BYTES = 2 ** 20;

/** Chunks whose sizes are summed up for people. */
const MOST_COUNTED = 100_000;

/** A value that is longer is a mistake. */
const MOST_ITEM_BYTES = 2 ** 26;

/** h5py's bool. */
const NOTHING: H5Type = {
  kind: "enum",
  bytes: 1,
  base: { kind: "integer", bytes: 1, isSigned: true, isBig: false },
  members: [{ name: "FALSE", value: Uint8Array.of(0) }, { name: "TRUE", value: Uint8Array.of(1) }],
};

/** A dataset as its messages describe it. */
interface Description {
  readonly type: H5Type;
  /** The shape; null where it holds nothing at all. */
  readonly shape: readonly number[] | null;
  readonly layout: Layout;
  readonly filters: readonly CodecSpec[];
  readonly fill: Uint8Array | undefined;
}

function describe(file: H5File, messages: readonly HeaderMessage[]): Description {
  const message = (type: number): Uint8Array => {
    const found = findMessage(file, messages, type);
    if (found === undefined) throw new RangeError(`it has no message of type ${type}`);
    return found;
  };
  if (messages.some(({ type }) => type === Message.externalFiles)) {
    throw new NotSupported("datasets in external files are not supported");
  }
  const shape = parseDataspace(new Fields(message(Message.dataspace)));
  // What holds nothing has a type that says nothing; anndata gives such a thing the type bool in zarr.
  const type = shape === null ? NOTHING : parseDatatype(new Fields(message(Message.datatype)));
  const fill = findMessage(file, messages, Message.fill), oldFill = findMessage(file, messages, Message.oldFill);
  const filters = findMessage(file, messages, Message.filters);
  return {
    type,
    shape,
    layout: parseLayout(message(Message.layout)),
    filters: filters === undefined ? [] : parseFilters(filters).map((filter) => filterCodec(filter, type.bytes)),
    fill: fill !== undefined ? parseFill(fill) : oldFill === undefined ? undefined : parseOldFill(oldFill),
  };
}

/** Whether an object with `messages` is a dataset. */
export function isDataset(messages: readonly HeaderMessage[]): boolean {
  return [Message.dataspace, Message.datatype, Message.layout].every((wanted) => {
    return messages.some(({ type }) => type === wanted);
  });
}

/** The dataset with `messages` at `path`. */
export function openDataset(
  file: H5File,
  path: string,
  messages: readonly HeaderMessage[],
  attrs: () => Attributes,
): ArrayNode {
  const described = describe(file, messages), { type } = described, texts = textOffsets(type);
  const raw = new Stored(file, described, [...(described.shape ?? []), ...axesOf(type)]);
  const longest = (offset: number): number => texts.includes(offset) ? longestText(file, raw, offset) : 0;
  const elements = liftType(type, longest), fill = fillOfDataset(file, described, elements);
  return new H5Array(file, new Place(file.source, path), attrs, raw, elements, fill);
}

function fillOfDataset(file: H5File, { fill }: Description, elements: Elements): ArraySpec["fill"] {
  if (fill === undefined || fill.length !== elements.storedBytes) {
    return elements.dtype === "string" ? "" : fillOf(elements.dtype, new Uint8Array(itemBytes(elements.dtype)));
  }
  if (elements.dtype === "string") {
    return fromUtf8(file.heap.referred(new DataView(fill.buffer, fill.byteOffset, fill.byteLength), 0));
  }
  const lease = new Lease(file.pool);
  try {
    return fillOf(elements.dtype, liftItems(elements, lease.copy(fill), file.heap, lease).slice());
  } finally {
    lease.end();
  }
}

/** Code points of the longest text that records hold at `offset`. */
function longestText(file: H5File, raw: Stored, offset: number): number {
  using _open = file.hold();
  const lease = new Lease(file.pool), all = raw.shape.map(whole);
  let longest = 0;
  for (const { chunk } of chunksUnder(all, { ...raw, dtype: "bool", shards: null, codecs: [], fill: null }, "")) {
    const bytes = raw.decoded(chunk, lease);
    if (bytes === undefined) continue;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = offset; at + 16 <= bytes.length; at += raw.itemBytes) {
      longest = Math.max(longest, Array.from(fromUtf8(file.heap.referred(view, at))).length);
    }
    lease.end();
  }
  return longest;
}

/** The chunks of a dataset as they are stored, and decoded up to its own items. */
class Stored {
  readonly shape: readonly number[];
  /** The shape of a chunk; one of about a mebibyte where the dataset is stored in one piece. */
  readonly chunks: readonly number[];
  /** Bytes of an item. */
  readonly itemBytes: number;
  readonly filters: readonly CodecSpec[];
  readonly isChunked: boolean;
  readonly #file: H5File;
  readonly #layout: Layout;
  readonly #codecs: readonly ByteCodec[];
  readonly #find: FindChunk | undefined;

  constructor(file: H5File, { type, shape: own, layout, filters }: Description, shape: readonly number[]) {
    const isNothing = own === null, axes = axesOf(type);
    this.shape = shape;
    this.itemBytes = type.bytes / product(axes);
    if (this.itemBytes > MOST_ITEM_BYTES) throw new NotSupported(`values of ${this.itemBytes} bytes each`);
    this.filters = filters;
    this.isChunked = layout.kind === "chunked" && !isNothing;
    this.#file = file;
    this.#layout = isNothing ? { kind: "contiguous", address: UNDEFINED } : layout;
    this.#codecs = filters.map(openFilter);
    if (layout.kind === "chunked" && !isNothing) {
      if (layout.chunks.length !== own.length) throw new RangeError("its chunks have other axes than its shape");
      this.chunks = [...layout.chunks, ...axes];
      const chunkBytes = product(layout.chunks) * type.bytes, hasFilters = filters.length > 0;
      if (chunkBytes > MOST_BYTES) throw new NotSupported(`chunks of ${chunkBytes} bytes are too large to decode`);
      const dataset = { shape: own, chunks: layout.chunks, chunkBytes, hasFilters };
      this.#find = openChunkIndex(file, layout.index, dataset);
    } else this.chunks = bands(shape, this.itemBytes);
  }

  get chunkBytes(): number {
    return product(this.chunks) * this.itemBytes;
  }

  /** The chunk as it is stored; undefined where it is not. */
  encoded(chunk: readonly number[], lease: Lease): { bytes: Uint8Array<ArrayBuffer>; mask: number } | undefined {
    // Axes that come from an array type are not cut.
    const found = this.#find?.(chunk.slice(0, this.shape.length - this.#ownAxes));
    if (found === undefined) return undefined;
    // No filter makes a chunk much longer, so more is a lie: find out before memory is taken for it.
    this.#file.check(found.address, found.bytes);
    if (found.bytes > this.chunkBytes * 2 + 65536) throw new RangeError(`its index says it has ${found.bytes} bytes`);
    const bytes = lease.take(found.bytes), last = this.#codecs.length;
    this.#file.readInto(found.address, bytes);
    return { bytes, mask: this.#isPlainEdge(chunk) ? 2 ** last - 1 : found.mask };
  }

  /** The items of a chunk, or of `part` of it (from item to item in C order); undefined where it is not stored. */
  decoded(chunk: readonly number[], lease: Lease, part?: Range): Uint8Array<ArrayBuffer> | undefined {
    if (!this.isChunked || this.#layout.kind !== "chunked") return this.#piece(chunk, lease, part);
    const stored = this.encoded(chunk, lease);
    if (stored === undefined) return undefined;
    const codecs = this.#codecs.filter((_, i) => (stored.mask & 1 << i) === 0);
    const decoded = decodeBytes(codecs, stored.bytes, this.chunkBytes, lease);
    if (isPromise(decoded)) throw new TypeError("Cannot wait for a filter");
    const own = lease.own(decoded), item = this.itemBytes;
    return part === undefined ? own : own.subarray(part.start * item, part.end * item);
  }

  /** Bytes of all chunks as they are stored; undefined where there are too many to look each up. */
  storedBytes(): number | undefined {
    if (this.#layout.kind === "compact") return this.#layout.data.length;
    if (this.#layout.kind === "contiguous") {
      return this.#layout.address === UNDEFINED ? 0 : product(this.shape) * this.itemBytes;
    }
    const grid = this.shape.map((length, axis) => Math.ceil(length / (this.chunks[axis] as number)));
    if (product(grid) > MOST_COUNTED) return undefined;
    using _open = this.#file.hold();
    let sum = 0;
    for (const chunk of positions(grid.map(whole))) {
      sum += this.#find?.(chunk.slice(0, grid.length - this.#ownAxes))?.bytes ?? 0;
    }
    return sum;
  }

  /** Whether what is stored can be handed on, as far as that shows without decoding. */
  isWhole(encoded: Uint8Array): boolean | undefined {
    return checkFrame(this.#codecs, encoded, this.chunkBytes);
  }

  get #ownAxes(): number {
    return this.#layout.kind === "chunked" ? this.shape.length - this.#layout.chunks.length : 0;
  }

  #isPlainEdge(chunk: readonly number[]): boolean {
    if (this.#layout.kind !== "chunked" || !this.#layout.hasPlainEdges) return false;
    return chunk.some((at, axis) => (at + 1) * (this.chunks[axis] as number) > (this.shape[axis] as number));
  }

  /** A piece of what is stored in one piece. */
  #piece(chunk: readonly number[], lease: Lease, part?: Range): Uint8Array<ArrayBuffer> | undefined {
    const steps = strides(this.shape), item = this.itemBytes, layout = this.#layout;
    const lengths = this.chunks.map((length, axis) => {
      return Math.min(length, (this.shape[axis] as number) - (chunk[axis] as number) * length);
    });
    const first = chunk.reduce(
      (sum, at, axis) => sum + at * (this.chunks[axis] as number) * (steps[axis] as number),
      0,
    );
    const { start, end } = part ?? { start: 0, end: product(lengths) };
    if (layout.kind === "compact") {
      const bytes = layout.data.subarray((first + start) * item, (first + end) * item);
      if (bytes.length !== (end - start) * item) throw new RangeError("its header holds less than its shape says");
      return lease.copy(bytes);
    }
    if (layout.kind !== "contiguous" || layout.address === UNDEFINED) return undefined;
    this.#file.check(layout.address + (first + start) * item, (end - start) * item);
    const into = lease.take((end - start) * item);
    this.#file.readInto(layout.address + (first + start) * item, into);
    return into;
  }
}

/** Bands of whole rows of about a mebibyte: pieces that lie in one piece. */
function bands(shape: readonly number[], itemBytes: number): number[] {
  const chunks = shape.map(() => 1);
  let room = Math.max(1, Math.floor(CHUNK_BYTES / itemBytes));
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = Math.max(1, shape[axis] as number);
    chunks[axis] = Math.min(length, room);
    if (length > room) break;
    room = Math.max(1, Math.floor(room / length));
  }
  return chunks;
}

class H5Array implements ArrayNode {
  readonly kind = "array";
  readonly source: string;
  readonly path: string;
  readonly spec: ArraySpec;
  readonly encoding: string | undefined;
  readonly #file: H5File;
  readonly #place: Place;
  readonly #stored: Stored;
  readonly #elements: Elements;
  readonly #lease: Lease;
  readonly #attrs: () => Attributes;

  constructor(
    file: H5File,
    place: Place,
    attrs: () => Attributes,
    stored: Stored,
    elements: Elements,
    fill: ArraySpec["fill"],
  ) {
    const { shape, chunks, filters: codecs } = stored, { dtype } = elements;
    this.source = file.source;
    this.path = place.element;
    this.spec = { shape, dtype, chunks, shards: null, codecs, fill };
    this.encoding = stored.isChunked && isPlain(elements) ? encodingKey(this.spec) : undefined;
    this.#file = file;
    this.#place = place;
    this.#stored = stored;
    this.#elements = elements;
    this.#attrs = attrs;
    this.#lease = new Lease(file.pool);
  }

  get attrs(): Attributes {
    return this.#attrs();
  }

  async *blocks(selection: readonly Range[]): AsyncGenerator<Block> {
    const { dtype, fill } = this.spec;
    if (dtype === "string") throw new TypeError(`Cannot read ${this.path} as blocks: it holds strings`);
    const missing = fillBytes(dtype, fill), lease = this.#lease.another();
    try {
      for (const selected of chunksUnder(selection, this.spec, this.path)) {
        const { ranges } = selected, box = this.#box(selected);
        const bytes = this.#explained(selected.chunk, () => {
          const stored = this.#stored.decoded(selected.chunk, lease, box.part);
          return stored === undefined ? undefined : liftItems(this.#elements, stored, this.#file.heap, lease);
        });
        if (bytes === undefined) yield { ranges, offset: 0, strides: ranges.map(() => 0), bytes: missing };
        else yield { ranges, offset: box.offset, strides: box.strides, bytes, keep: () => lease.leave(bytes) };
        lease.end();
      }
    } finally {
      lease.end();
    }
  }

  async *stringBlocks(selection: readonly Range[]): AsyncGenerator<StringBlock> {
    if (this.spec.dtype !== "string") throw new TypeError(`Cannot read ${this.path} as strings: it holds none`);
    const lease = this.#lease.another(), rows = new StringsBuilder();
    try {
      for (const selected of chunksUnder(selection, this.spec, this.path)) {
        const { ranges } = selected;
        rows.clear();
        this.#explained(selected.chunk, () => this.#texts(selected, lease, rows));
        lease.end();
        yield { ranges, offset: 0, strides: strides(ranges.map(size)), strings: rows.view() };
      }
    } finally {
      lease.end();
    }
  }

  textBytes(): number | undefined {
    const { shape, chunks } = this.spec, chunk = shape.map(() => 0);
    if (this.spec.dtype !== "string" || product(shape) === 0) return undefined;
    const rows = Math.min(product(chunks), product(shape), SAMPLE), lease = this.#lease.another();
    try {
      return this.#explained(chunk, () => {
        using _open = this.#file.hold();
        const part = this.#stored.isChunked ? undefined : { start: 0, end: rows };
        const bytes = this.#stored.decoded(chunk, lease, part);
        if (bytes === undefined) return undefined;
        // Of the first rows: a reference begins with the length of what it refers to.
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        let sum = 0;
        for (let row = 0; row < rows; row++) sum += view.getUint32(row * REFERENCE_BYTES, true);
        // More than the file has is a lie, which reading will find out.
        return Math.min(sum, this.#file.bytes) * product(chunks) / rows;
      });
    } finally {
      lease.end();
    }
  }

  encoded(
    chunk: readonly number[],
    lease: Lease,
    hasDecoded = false,
  ): MaybePromise<Uint8Array | "missing" | undefined> {
    if (this.encoding === undefined) return undefined;
    const found = this.#explained(chunk, () => this.#stored.encoded(chunk, lease));
    if (found === undefined) return "missing";
    const isRight = found.mask === 0 && (hasDecoded || this.#stored.isWhole(found.bytes) === true);
    return isRight ? found.bytes : undefined;
  }

  storedBytes(): number | undefined {
    // The dataset of text holds only where the text is.
    return this.spec.dtype === "string" ? undefined : this.#explained([], () => this.#stored.storedBytes());
  }

  /** The selected rows of a chunk of text. */
  #texts(selected: Selected, lease: Lease, into: StringsBuilder): void {
    using _open = this.#file.hold();
    const { offset, strides: steps, part } = this.#box(selected);
    const bytes = this.#stored.decoded(selected.chunk, lease, part);
    if (bytes === undefined) {
      const text = utf8(fillText(this.spec.fill));
      for (let row = 0; row < product(selected.ranges.map(size)); row++) into.push(text);
      return;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), { heap } = this.#file;
    const push = (row: number): void => into.push(heap.referred(view, row * REFERENCE_BYTES));
    const walk = (axis: number, row: number): void => {
      const range = selected.ranges[axis], step = steps[axis] ?? 0;
      if (range === undefined) return push(row);
      for (let at = 0; at < size(range); at++) walk(axis + 1, row + at * step);
    };
    walk(0, offset);
  }

  /** Where the selected elements lie in their chunk, and which part of it holds them all. */
  #box({ chunk, ranges }: Selected): { part: Range | undefined; offset: number; strides: readonly number[] } {
    const { chunks, shape } = this.spec;
    if (this.#stored.isChunked) {
      const placed = placedIn(chunk, ranges, chunks, strides(chunks));
      return { part: undefined, offset: placed.offset, strides: placed.strides };
    }
    // Only the part that is asked for is read of what is stored in one piece.
    const lengths = chunks.map((length, axis) => Math.min(length, (shape[axis] ?? 0) - (chunk[axis] ?? 0) * length));
    const placed = placedIn(chunk, ranges, chunks, strides(lengths)), start = placed.offset;
    const last = ranges.reduce((sum, range, axis) => sum + (size(range) - 1) * (placed.strides[axis] as number), start);
    return { part: { start, end: last + 1 }, offset: 0, strides: placed.strides };
  }

  #explained<T>(chunk: readonly number[], step: () => T): T {
    try {
      return step();
    } catch (cause) {
      if (needsNoWords(cause)) throw cause;
      if (cause instanceof NotSupported) throw this.#place.unsupported(cause.message);
      throw this.#place.undecodable(this.#stored.isChunked ? chunk.join(".") : "data", cause);
    }
  }
}

/** Rows of text that are looked at to tell how long they are. */
const SAMPLE = 2 ** 16;

/** The key of everything that shapes the encoded bytes of chunks of plain little-endian items. */
export function encodingKey({ dtype, codecs }: ArraySpec): string {
  return JSON.stringify(["hdf5", dtypeName(dtype), codecs]);
}
