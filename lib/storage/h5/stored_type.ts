/**
 * The port's types as HDF5 stores them: as anndata and h5py do.
 *
 * Source: HDF5 File Format Specification 3.0, section IV.A.2.d; h5py's conventions for bool, complex and text.
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
} from "../../base/dtype.ts";
import { utf8 } from "../../base/strings.ts";
import { REFERENCE_BYTES } from "./global_heap.ts";
import { Printer } from "./printer.ts";

/** How an item of the port lies in the file. */
export interface StoredType {
  /** Its datatype message. */
  readonly message: Uint8Array;
  /** Its bytes there. */
  readonly bytes: number;
  /** The pieces of an item that holds text of any length; undefined where an item is stored as it is. */
  readonly pieces: readonly StoredPiece[] | undefined;
}

/** A piece of an item: bytes as they are, or UTF-32 that becomes text in a heap. */
export interface StoredPiece {
  /** Where it starts in the port's item, and its bytes there. */
  readonly from: number;
  readonly bytes: number;
  /** Where it goes in the stored item. */
  readonly to: number;
  readonly isText: boolean;
}

/** How items of `dtype` are stored. */
export function storedType(dtype: DType): StoredType {
  if (dtype === "string") return { message: vlenText(), bytes: REFERENCE_BYTES, pieces: undefined };
  if (isNumeric(dtype)) return { message: numeric(dtype), bytes: itemBytes(dtype), pieces: undefined };
  if (dtype.kind === "bytes") return { message: fixedText(dtype.length), bytes: dtype.length, pieces: undefined };
  return dtype.kind === "struct" ? records(dtype.fields) : vlenItem(itemBytes(dtype));
}

/** Text of a fixed number of code points: h5py has no such type, and anndata writes text of any length. */
function vlenItem(bytes: number): StoredType {
  return { message: vlenText(), bytes: REFERENCE_BYTES, pieces: [{ from: 0, bytes, to: 0, isText: true }] };
}

function records(fields: readonly StructField[]): StoredType {
  const pieces: StoredPiece[] = [], members: { name: string; offset: number; message: Uint8Array }[] = [];
  let from = 0, to = 0;
  for (const field of fields) {
    const bytes = fieldBytes(field), one = itemBytes(field.dtype), count = bytes / Math.max(1, one);
    const isText = typeof field.dtype === "object" && field.dtype.kind === "unicode";
    const own = isText ? REFERENCE_BYTES : one, type = fieldType(field.dtype);
    members.push({
      name: field.name,
      offset: to,
      message: field.shape === undefined ? type : array(type, field.shape, own * count),
    });
    if (isText) {
      for (let i = 0; i < count; i++) pieces.push({ from: from + i * one, bytes: one, to: to + i * own, isText });
    } else pieces.push({ from, bytes, to, isText });
    from += bytes;
    to += own * count;
  }
  const hasText = pieces.some((piece) => piece.isText);
  return { message: compound(members, to), bytes: to, pieces: hasText ? pieces : undefined };
}

function fieldType(dtype: NumericType | FixedText): Uint8Array {
  if (isNumeric(dtype)) return numeric(dtype);
  return dtype.kind === "bytes" ? fixedText(dtype.length) : vlenText();
}

/** The message of a number type. */
export function numeric(dtype: NumericType): Uint8Array {
  const bytes = itemBytes(dtype);
  if (dtype === "bool") {
    return new Printer().u8(0x18, 2, 0, 0).u32(1).put(numeric("int8")).letters("FALSE\0\0\0TRUE\0\0\0\0").u8(0, 1)
      .finish();
  }
  if (dtype.startsWith("complex")) {
    const part = numeric(bytes === 8 ? "float32" : "float64");
    return compound([{ name: "r", offset: 0, message: part }, { name: "i", offset: bytes / 2, message: part }], bytes);
  }
  if (dtype.startsWith("float")) {
    const [exponent, mantissa] = ({ 2: [5, 10], 4: [8, 23], 8: [11, 52] } as const)[bytes as 2 | 4 | 8];
    return new Printer().u8(0x11, 0x20, bytes * 8 - 1, 0).u32(bytes).u16(0).u16(bytes * 8)
      .u8(mantissa, exponent, 0, mantissa).u32(2 ** (exponent - 1) - 1).finish();
  }
  return new Printer().u8(0x10, dtype.startsWith("int") ? 8 : 0, 0, 0).u32(bytes).u16(0).u16(bytes * 8).finish();
}

/** The message of text of any length: UTF-8, in a heap. */
export function vlenText(): Uint8Array {
  return new Printer().u8(0x19, 1, 1, 0).u32(REFERENCE_BYTES).put(numeric("uint8")).finish();
}

function fixedText(length: number): Uint8Array {
  return new Printer().u8(0x13, 1, 0, 0).u32(Math.max(1, length)).finish();
}

function compound(
  members: readonly { readonly name: string; readonly offset: number; readonly message: Uint8Array }[],
  bytes: number,
): Uint8Array {
  const printer = new Printer().u8(0x36, members.length & 255, members.length >> 8, 0).u32(bytes);
  const width = bytes < 256 ? 1 : bytes < 65536 ? 2 : bytes < 2 ** 24 ? 3 : 4;
  for (const { name, offset, message } of members) {
    printer.put(utf8(name)).u8(0);
    for (let i = 0; i < width; i++) printer.u8(Math.floor(offset / 256 ** i) & 255);
    printer.put(message);
  }
  return printer.finish();
}

function array(base: Uint8Array, shape: readonly number[], bytes: number): Uint8Array {
  const printer = new Printer().u8(0x3a, 0, 0, 0).u32(bytes).u8(shape.length);
  for (const length of shape) printer.u32(length);
  return printer.put(base).finish();
}
