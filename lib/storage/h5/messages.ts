/**
 * The messages of a dataset: its shape, fill value, layout and filters.
 *
 * Source: HDF5 File Format Specification 3.0, sections IV.A.2.b, e, f, i, l.
 *
 * @module
 */
import { fromUtf8 } from "../../base/strings.ts";
import { Fields, NotSupported, UNDEFINED } from "./fields.ts";

/** The shape of a dataset or an attribute; null where it holds nothing at all. */
export function parseDataspace(fields: Fields): readonly number[] | null {
  const version = fields.version("a dataspace", 1, 2), rank = fields.u8();
  fields.skip(1);
  const kind = version === 2 ? fields.u8() : 1;
  if (version === 1) fields.skip(5);
  if (rank > 32) throw new RangeError(`it has ${rank} axes`);
  return kind === 2 ? null : Array.from({ length: rank }, () => fields.length());
}

/** The bytes of the fill value; undefined where the default is meant, or none. */
export function parseFill(data: Uint8Array): Uint8Array | undefined {
  const fields = new Fields(data), version = fields.version("a fill value", 1, 2, 3);
  if (version === 3) {
    if ((fields.u8() & 0x20) === 0) return undefined;
  } else {
    fields.skip(2);
    if (fields.u8() === 0) return undefined;
  }
  const length = fields.u32();
  return length === 0 || length === 0xffffffff ? undefined : fields.take(length);
}

/** The bytes of a fill value as old files have it. */
export function parseOldFill(data: Uint8Array): Uint8Array | undefined {
  const fields = new Fields(data), length = fields.u32();
  return length === 0 ? undefined : fields.take(length);
}

/** Where the elements of a dataset are. */
export type Layout =
  | { readonly kind: "compact"; readonly data: Uint8Array }
  | { readonly kind: "contiguous"; readonly address: number }
  | {
    readonly kind: "chunked";
    readonly chunks: readonly number[];
    readonly index: ChunkIndex;
    /** Whether chunks that jut out over the edge are stored without filters. */
    readonly hasPlainEdges: boolean;
  };

/** How a dataset finds its chunks; `address` may be undefined where none is stored. */
export type ChunkIndex =
  | { readonly kind: "btree1" | "btree2" | "implicit" | "fixed-array" | "extensible-array"; readonly address: number }
  | {
    readonly kind: "single";
    readonly address: number;
    /** Bytes as stored, and which filters were left out; null where there are no filters. */
    readonly filtered: { readonly bytes: number; readonly mask: number } | null;
  };

/** Read a layout message. */
export function parseLayout(data: Uint8Array): Layout {
  const fields = new Fields(data), version = fields.version("a layout", 1, 2, 3, 4, 5);
  if (version < 3) return parseOldLayout(fields);
  const kind = fields.u8();
  if (kind === 0) return { kind: "compact", data: fields.take(fields.u16()) };
  if (kind === 1) return { kind: "contiguous", address: fields.u64() };
  if (kind === 3) throw new NotSupported("virtual datasets, made of parts of other files");
  if (kind !== 2) throw new RangeError(`its layout is ${kind}`);
  if (version === 3) {
    const rank = fields.u8(), address = fields.u64();
    return chunked(Array.from({ length: rank }, () => fields.u32()), { kind: "btree1", address }, false);
  }
  const flags = fields.u8(), rank = fields.u8(), width = fields.u8();
  if (width < 1 || width > 8) throw new RangeError("its chunks' lengths have no width");
  const lengths = Array.from({ length: rank }, () => fields.uint(width));
  return chunked(lengths, parseIndex(fields, flags), (flags & 1) !== 0);
}

function parseIndex(fields: Fields, flags: number): ChunkIndex {
  const kind = fields.u8();
  switch (kind) {
    case 1: {
      const filtered = flags & 2 ? { bytes: fields.length(), mask: fields.u32() } : null;
      return { kind: "single", address: fields.u64(), filtered };
    }
    case 2:
      return { kind: "implicit", address: fields.u64() };
    case 3:
      fields.skip(1);
      return { kind: "fixed-array", address: fields.u64() };
    case 4:
      fields.skip(5);
      return { kind: "extensible-array", address: fields.u64() };
    case 5:
      fields.skip(6);
      return { kind: "btree2", address: fields.u64() };
    default:
      throw new NotSupported(`kind ${kind} of chunk indexes`);
  }
}

function parseOldLayout(fields: Fields): Layout {
  const rank = fields.u8(), kind = fields.u8();
  fields.skip(5);
  const address = kind === 0 ? UNDEFINED : fields.u64(), lengths = Array.from({ length: rank }, () => fields.u32());
  if (kind === 0) return { kind: "compact", data: fields.take(fields.u32()) };
  if (kind === 1) return { kind: "contiguous", address };
  if (kind !== 2) throw new RangeError(`its layout is ${kind}`);
  return chunked(lengths, { kind: "btree1", address }, false);
}

/** The last of `lengths` is the size of an element. */
function chunked(lengths: readonly number[], index: ChunkIndex, hasPlainEdges: boolean): Layout {
  const chunks = lengths.slice(0, -1);
  if (lengths.length === 0 || chunks.some((length) => !(length >= 1))) {
    throw new RangeError(`its chunks have the shape [${chunks}]`);
  }
  return { kind: "chunked", chunks, index, hasPlainEdges };
}

/** A filter with its parameters. */
export interface FilterSpec {
  /** Its number in HDF5's registry. */
  readonly id: number;
  /** The name that the writer gave it. */
  readonly name: string;
  /** Its parameters. */
  readonly values: readonly number[];
}

/** The filters, in the order of writing. */
export function parseFilters(data: Uint8Array): readonly FilterSpec[] {
  const fields = new Fields(data), version = fields.version("a filter pipeline", 1, 2), count = fields.u8();
  if (count > 32) throw new RangeError(`it has ${count} filters`);
  if (version === 1) fields.skip(6);
  return Array.from({ length: count }, () => {
    const id = fields.u16(), hasName = version === 1 || id >= 256, nameBytes = hasName ? fields.u16() : 0;
    fields.skip(2);
    const valueCount = fields.u16(), name = fromUtf8(fields.take(nameBytes)).replace(/\0.*$/s, "");
    if (version === 1) fields.skip(-nameBytes & 7);
    const values = Array.from({ length: valueCount }, () => fields.u32());
    if (version === 1 && valueCount % 2 === 1) fields.skip(4);
    return { id, name, values };
  });
}
