/**
 * The datatypes of HDF5 as their messages say them.
 *
 * Source: HDF5 File Format Specification 3.0, section IV.A.2.d.
 *
 * @module
 */
import { fromUtf8 } from "../../base/strings.ts";
import { Fields, NotSupported } from "./fields.ts";

/** A datatype. `bytes` is the size of one element as it is stored. */
export type H5Type =
  | { readonly kind: "integer"; readonly bytes: number; readonly isSigned: boolean; readonly isBig: boolean }
  | { readonly kind: "float"; readonly bytes: number; readonly isBig: boolean }
  | { readonly kind: "complex"; readonly bytes: number; readonly base: H5Type }
  /** Text of a fixed number of bytes, padded with zeros or, where `isSpaced`, with spaces. */
  | { readonly kind: "text"; readonly bytes: number; readonly isSpaced: boolean }
  /** Text of any length, in a global heap. */
  | { readonly kind: "vlen-text"; readonly bytes: number }
  | {
    readonly kind: "enum";
    readonly bytes: number;
    readonly base: H5Type;
    readonly members: readonly { readonly name: string; readonly value: Uint8Array }[];
  }
  | {
    readonly kind: "compound";
    readonly bytes: number;
    readonly members: readonly { readonly name: string; readonly offset: number; readonly type: H5Type }[];
  }
  | { readonly kind: "array"; readonly bytes: number; readonly base: H5Type; readonly shape: readonly number[] }
  /** The address of an object's header. */
  | { readonly kind: "reference"; readonly bytes: number }
  | { readonly kind: "opaque"; readonly bytes: number }
  /** Something that anncat does not read. */
  | { readonly kind: "other"; readonly bytes: number; readonly name: string };

/** Types within types within types: more is a mistake. */
const DEEPEST = 16;

/** Read a datatype message. */
export function parseDatatype(fields: Fields, depth = 0): H5Type {
  if (depth > DEEPEST) throw new NotSupported("datatypes that deep");
  const first = fields.u8(), version = first >> 4, bits = [fields.u8(), fields.u8(), fields.u8()] as const;
  const bytes = fields.u32(), isBig = (bits[0] & 1) !== 0;
  if (version < 1 || version > 5) throw new NotSupported(`version ${version} of a datatype`);
  switch (first & 15) {
    case 0:
      return integer(fields, bytes, isBig, (bits[0] & 8) !== 0);
    case 1:
      return float(fields, bytes, bits[0]);
    case 2:
      fields.skip(2);
      return { kind: "other", bytes, name: "time" };
    case 3:
      return { kind: "text", bytes, isSpaced: (bits[0] & 15) === 2 };
    case 4:
      return integer(fields, bytes, isBig, false);
    case 5:
      fields.skip(bits[0]);
      return { kind: "opaque", bytes };
    case 6:
      return compound(fields, version, bytes, bits[0] | bits[1] << 8, depth);
    case 7:
      if ((bits[0] & 15) === 0 && bytes === 8) return { kind: "reference", bytes };
      return { kind: "other", bytes, name: "references to regions or attributes" };
    case 8:
      return enumeration(fields, version, bytes, bits[0] | bits[1] << 8, depth);
    case 9: {
      const base = parseDatatype(fields, depth + 1);
      if ((bits[0] & 15) === 1 && bytes === 16) return { kind: "vlen-text", bytes };
      return { kind: "other", bytes, name: `sequences of any length (of ${base.kind})` };
    }
    case 10:
      return array(fields, version, bytes, depth);
    case 11:
      return { kind: "complex", bytes, base: parseDatatype(fields, depth + 1) };
    default:
      throw new NotSupported(`class ${first & 15} of datatypes`);
  }
}

function integer(fields: Fields, bytes: number, isBig: boolean, isSigned: boolean): H5Type {
  const offset = fields.u16(), precision = fields.u16();
  if (offset === 0 && precision === bytes * 8 && [1, 2, 4, 8].includes(bytes)) {
    return { kind: "integer", bytes, isSigned, isBig };
  }
  return { kind: "other", bytes, name: `integers of ${precision} bits` };
}

/** Where IEEE 754 has the exponent of numbers of 2, 4 and 8 bytes, how many bits, and the bits of the mantissa. */
const IEEE: Readonly<Record<number, string>> = { 2: "10 5 10", 4: "23 8 23", 8: "52 11 52" };

function float(fields: Fields, bytes: number, bits: number): H5Type {
  const offset = fields.u16(), precision = fields.u16(), [at, size, mantissaAt, mantissa] = fields.take(4);
  fields.skip(4);
  const isIeee = offset === 0 && precision === 8 * bytes && mantissaAt === 0 && (bits & 0x40) === 0 &&
    IEEE[bytes] === `${at} ${size} ${mantissa}`;
  if (isIeee) return { kind: "float", bytes, isBig: (bits & 1) !== 0 };
  return { kind: "other", bytes, name: `floats of ${precision} bits, ${size} of them for the exponent` };
}

function compound(fields: Fields, version: number, bytes: number, count: number, depth: number): H5Type {
  const members: { name: string; offset: number; type: H5Type }[] = [];
  const offsetBytes = version < 3 ? 4 : bytes < 256 ? 1 : bytes < 65536 ? 2 : bytes < 2 ** 24 ? 3 : 4;
  for (let i = 0; i < count; i++) {
    const start = fields.at, name = fromUtf8(fields.terminated());
    if (version < 3) fields.align(8, start);
    const offset = fields.take(offsetBytes).reduceRight((sum, byte) => sum * 256 + byte, 0);
    const shape: number[] = [];
    if (version === 1) {
      const rank = fields.u8();
      fields.skip(11);
      for (let axis = 0; axis < 4; axis++) shape.push(fields.u32());
      shape.length = Math.min(4, rank);
    }
    const base = parseDatatype(fields, depth + 1), type = shape.length === 0 ? base : arrayOf(base, shape);
    if (offset + type.bytes > bytes) throw new RangeError(`member "${name}" of a compound type reaches past its end`);
    members.push({ name, offset, type });
  }
  return { kind: "compound", bytes, members };
}

function arrayOf(base: H5Type, shape: readonly number[]): H5Type {
  return { kind: "array", bytes: shape.reduce((a, b) => a * b, base.bytes), base, shape };
}

function enumeration(fields: Fields, version: number, bytes: number, count: number, depth: number): H5Type {
  const base = parseDatatype(fields, depth + 1), names: string[] = [];
  if (base.bytes !== bytes) throw new RangeError("an enumeration has another size than its numbers");
  for (let i = 0; i < count; i++) {
    const start = fields.at;
    names.push(fromUtf8(fields.terminated()));
    if (version < 3) fields.align(8, start);
  }
  return { kind: "enum", bytes, base, members: names.map((name) => ({ name, value: fields.take(bytes) })) };
}

function array(fields: Fields, version: number, bytes: number, depth: number): H5Type {
  const rank = fields.u8();
  if (rank > 32) throw new RangeError(`an array type has ${rank} axes`);
  if (version < 3) fields.skip(3);
  const shape = Array.from({ length: rank }, () => fields.u32());
  if (version < 3) fields.skip(4 * rank);
  const type = arrayOf(parseDatatype(fields, depth + 1), shape);
  if (type.bytes !== bytes) throw new RangeError("an array type has another size than its elements");
  return type;
}
