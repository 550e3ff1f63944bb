/**
 * From HDF5's datatypes to the types of the port, and from stored items to the port's items.
 *
 * @module
 */
import {
  type DType,
  fieldBytes,
  type FixedText,
  isNumeric,
  itemBytes,
  type NumericType,
  type StructField,
  type StructType,
} from "../../base/dtype.ts";
import { fromUtf8 } from "../../base/strings.ts";
import type { Lease } from "../lease.ts";
import { bigEndian, type Swap, swapBytes } from "../swap.ts";
import type { H5Type } from "./datatype.ts";
import { NotSupported } from "./fields.ts";
import type { GlobalHeap } from "./global_heap.ts";

/** How the elements of a dataset become the port's. */
export interface Elements {
  /** The port's type. */
  readonly dtype: DType;
  /** The axes that an array type adds to the dataset's own. */
  readonly axes: readonly number[];
  /** Bytes of an item as it is stored. */
  readonly storedBytes: number;
  /** Which of its words are big-endian; before pieces move. */
  readonly swaps: readonly Swap[];
  /** How the item is put together anew; undefined where it stays as it is. */
  readonly pieces: readonly Piece[] | undefined;
}

/** A piece of an item: some bytes, or text in a global heap. */
export interface Piece {
  /** Where it starts in the stored item. */
  readonly from: number;
  /** Where it goes in the port's. */
  readonly to: number;
  /** Its bytes there. */
  readonly bytes: number;
  /** `text`: in a global heap, to UTF-32; `spaced`: padded with spaces; `bytes`: as it is. */
  readonly kind: "bytes" | "text" | "spaced";
}

/** How elements of `type` are presented; `longest` gives the code points of the longest text at a place in the items. */
export function liftType(type: H5Type, longest: (offset: number) => number): Elements {
  if (type.kind === "array") {
    const base = liftType(type.base, longest);
    return { ...base, axes: [...type.shape, ...base.axes] };
  }
  if (type.kind === "vlen-text") {
    return { dtype: "string", axes: [], storedBytes: type.bytes, swaps: [], pieces: undefined };
  }
  const simple = simpleType(type);
  if (simple !== undefined) {
    const isSpaced = type.kind === "text" && type.isSpaced;
    return {
      dtype: simple.dtype,
      axes: [],
      storedBytes: type.bytes,
      swaps: simple.isBig ? bigEndian(simple.dtype) : [],
      pieces: isSpaced ? [{ from: 0, to: 0, bytes: type.bytes, kind: "spaced" }] : undefined,
    };
  }
  if (type.kind !== "compound") throw new NotSupported(`values of this type (${nameOf(type)}) are not supported`);
  return liftCompound(type, longest);
}

function liftCompound(type: Extract<H5Type, { kind: "compound" }>, longest: (offset: number) => number): Elements {
  const fields: StructField[] = [], pieces: Piece[] = [], swaps: Swap[] = [];
  let to = 0;
  for (const { name, offset, type: own } of type.members) {
    const text: FixedText | undefined = own.kind === "vlen-text"
      ? { kind: "unicode", length: Math.max(1, longest(offset)) }
      : undefined;
    const simple = text === undefined ? simpleType(itemOf(own)) : { dtype: text, isBig: false }, axes = axesOf(own);
    if (simple === undefined) throw new NotSupported(`records with "${name}", a ${nameOf(own)}, are not supported`);
    const field: StructField = { name, dtype: simple.dtype, ...(axes.length === 0 ? {} : { shape: axes }) };
    const bytes = fieldBytes(field), isSpaced = own.kind === "text" && own.isSpaced;
    if (simple.isBig) {
      const one: StructType = { kind: "struct", fields: [field] };
      swaps.push(...bigEndian(one).map((swap) => ({ ...swap, offset: swap.offset + offset })));
    }
    pieces.push({ from: offset, to, bytes, kind: text !== undefined ? "text" : isSpaced ? "spaced" : "bytes" });
    fields.push(field);
    to += bytes;
  }
  const dtype: StructType = { kind: "struct", fields };
  const stays = to === type.bytes && pieces.every((piece) => piece.kind === "bytes" && piece.from === piece.to);
  return { dtype, axes: [], storedBytes: type.bytes, swaps, pieces: stays ? undefined : pieces };
}

/** The axes that array types add, the outer ones first. */
export function axesOf(type: H5Type): readonly number[] {
  return type.kind === "array" ? [...type.shape, ...axesOf(type.base)] : [];
}

/** What stands in array types. */
function itemOf(type: H5Type): H5Type {
  return type.kind === "array" ? itemOf(type.base) : type;
}

/** The port's type of numbers and text of a fixed size; undefined for others. */
function simpleType(type: H5Type): { readonly dtype: NumericType | FixedText; readonly isBig: boolean } | undefined {
  switch (type.kind) {
    case "integer":
      return { dtype: `${type.isSigned ? "int" : "uint"}${type.bytes * 8}` as NumericType, isBig: type.isBig };
    case "float":
      return { dtype: `float${type.bytes * 8}` as NumericType, isBig: type.isBig };
    case "text":
      return { dtype: { kind: "bytes", length: type.bytes }, isBig: false };
    case "enum":
      return isBool(type) ? { dtype: "bool", isBig: false } : simpleType(type.base);
    case "complex":
      return complexOf(type.base, type.bytes);
    case "compound":
      return isComplex(type) ? complexOf(type.members[0]?.type, type.bytes) : undefined;
    default:
      return undefined;
  }
}

function complexOf(part: H5Type | undefined, bytes: number) {
  if (part?.kind !== "float" || (bytes !== 8 && bytes !== 16) || part.bytes * 2 !== bytes) return undefined;
  return { dtype: bytes === 8 ? "complex64" : "complex128", isBig: part.isBig } as const;
}

/** Whether `type` is h5py's complex number: two floats r and i. */
export function isComplex(type: H5Type): boolean {
  if (type.kind !== "compound" || type.members.length !== 2) return false;
  const [r, i] = type.members;
  return r?.name === "r" && i?.name === "i" && r.offset === 0 && r.type.kind === "float" && i.type.kind === "float" &&
    i.offset === r.type.bytes && i.type.bytes === r.type.bytes;
}

/** Whether `type` is h5py's bool: an enumeration of FALSE and TRUE. */
export function isBool(type: H5Type): boolean {
  if (type.kind !== "enum" || type.bytes !== 1 || type.members.length !== 2) return false;
  return type.members.every(({ name, value }) => value[0] === (name === "TRUE" ? 1 : name === "FALSE" ? 0 : -1));
}

/** Where texts of any length lie in an item of records. */
export function textOffsets(type: H5Type): readonly number[] {
  if (type.kind !== "compound") return [];
  return type.members.filter((member) => member.type.kind === "vlen-text").map((member) => member.offset);
}

function nameOf(type: H5Type): string {
  return type.kind === "other" ? type.name : type.kind;
}

/** The port's items from stored ones; memory of `lease`, `stored` itself where nothing moves. */
export function liftItems(
  elements: Elements,
  stored: Uint8Array<ArrayBuffer>,
  heap: GlobalHeap,
  lease: Lease,
): Uint8Array<ArrayBuffer> {
  const { swaps, pieces, storedBytes, dtype } = elements;
  swapBytes(stored, storedBytes, swaps);
  if (pieces === undefined) return stored;
  const count = stored.length / storedBytes, item = itemBytes(dtype), into = lease.take(count * item);
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength);
  for (let i = 0; i < count; i++) {
    for (const { from, to, bytes, kind } of pieces) {
      const source = i * storedBytes + from, target = into.subarray(i * item + to, i * item + to + bytes);
      if (kind === "text") setPoints(target, fromUtf8(heap.referred(view, source)));
      else {
        target.set(stored.subarray(source, source + bytes));
        if (kind === "spaced") unspace(target);
      }
    }
  }
  return into;
}

function setPoints(into: Uint8Array, text: string): void {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  into.fill(0);
  let at = 0;
  for (const point of text) {
    if (at + 4 > into.length) return;
    view.setUint32(at, point.codePointAt(0) ?? 0, true);
    at += 4;
  }
}

function unspace(text: Uint8Array): void {
  for (let at = text.length - 1; at >= 0 && text[at] === 32; at--) text[at] = 0;
}

/** Whether `dtype` is one whose items have their place in encoded chunks as in memory. */
export function isPlain({ dtype, swaps, pieces }: Elements): boolean {
  return isNumeric(dtype) && swaps.length === 0 && pieces === undefined;
}
