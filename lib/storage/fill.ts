/**
 * Fill values: from JSON to the bytes of one element, and into the one JSON form that the port speaks.
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "./base64.ts";
import { type DType, family, isNumeric, itemBytes, type NumericType, type TypedArray, viewAs } from "../base/dtype.ts";
import type { FillValue, JsonValue } from "./node.ts";

/**
 * The bytes of one element that is `fill`, little-endian, in memory that starts at a multiple of 8. For every type but
 * `string`. A `RangeError` where `fill` is no value of the type.
 */
export function fillBytes(dtype: DType, fill: FillValue): Uint8Array<ArrayBuffer> {
  if (dtype === "string") throw new TypeError("Cannot make bytes of a fill value of strings");
  const bytes = new Uint8Array(itemBytes(dtype));
  if (fill === null) return bytes;
  if (isNumeric(dtype)) {
    const view = viewAs(dtype, bytes);
    if (family(dtype) === "complex") {
      const [real, imaginary, ...rest] = Array.isArray(fill) ? fill as readonly JsonValue[] : [fill, 0];
      if (rest.length > 0) throw invalid(dtype, fill);
      setNumber(view, 0, dtype, real ?? 0);
      setNumber(view, 1, dtype, imaginary ?? 0);
    } else setNumber(view, 0, dtype, fill);
  } else {
    if (typeof fill !== "string") throw invalid(dtype, fill);
    const raw = dtype.kind === "unicode" ? utf32(fill) : decodeBase64(fill);
    if (raw === undefined || raw.length > bytes.length) throw invalid(dtype, fill);
    bytes.set(raw);
  }
  return bytes;
}

/** The text of elements of strings that no chunk holds. A `RangeError` where `fill` is no text. */
export function fillText(fill: FillValue): string {
  if (fill === null) return "";
  if (typeof fill !== "string") throw invalid("string", fill);
  return fill;
}

/** The one JSON form of `fill`, so that equal values are equal text. A `RangeError` where it is no value of the type. */
export function canonicalFill(dtype: DType, fill: FillValue): FillValue {
  if (fill === null) return null;
  if (dtype === "string") return fillText(fill);
  const bytes = fillBytes(dtype, fill);
  if (!isNumeric(dtype)) return dtype.kind === "unicode" ? fill : encodeBase64(bytes);
  return fillOf(dtype, bytes);
}

/** The one JSON form of the fill value whose little-endian bytes are `bytes`, which start at a multiple of 8. */
export function fillOf(dtype: DType, bytes: Uint8Array<ArrayBuffer>): FillValue {
  if (dtype === "string") throw new TypeError("Cannot make strings of bytes");
  if (!isNumeric(dtype)) return bytes.every((byte) => byte === 0) ? null : encodeBase64(bytes);
  const view = viewAs(dtype, bytes);
  if (dtype === "bool") return view[0] !== 0;
  if (family(dtype) === "complex") return [jsonNumber(view, 0), jsonNumber(view, 1)];
  return jsonNumber(view, 0);
}

function setNumber(view: TypedArray, at: number, dtype: NumericType, value: JsonValue): void {
  const fail = () => invalid(dtype, value);
  const kind = family(dtype);
  if (view instanceof BigInt64Array || view instanceof BigUint64Array) {
    const whole = typeof value === "number" ? Number.isInteger(value) : /^-?\d+$/.test(String(value));
    if (!whole || typeof value === "boolean") throw fail();
    view[at] = BigInt(value as number | string);
    if (view[at] !== BigInt(value as number | string)) throw fail();
  } else if (kind === "float" || kind === "complex") {
    if (typeof value === "string" && /^0x[0-9a-fA-F]+$/.test(value)) setBits(view, at, value, fail);
    else if (typeof value === "number") view[at] = value;
    else if (typeof value === "string" && isNumberText(value)) view[at] = Number(value);
    else throw fail();
  } else if (kind === "bool") {
    if (value !== true && value !== false && value !== 0 && value !== 1) throw fail();
    view[at] = Number(value);
  } else {
    if (typeof value !== "number") throw fail();
    view[at] = value;
    if (view[at] !== value) throw fail();
  }
}

/** Zarr v3 writes floats that no number stands for by their bits: the big-endian hexadecimal number of the item. */
function setBits(view: Exclude<TypedArray, BigInt64Array>, at: number, text: string, fail: () => Error): void {
  const width = view.BYTES_PER_ELEMENT;
  if (text.length !== 2 + 2 * width) throw fail();
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at * width, width);
  for (let i = 0; i < width; i++) bytes[width - 1 - i] = parseInt(text.slice(2 + 2 * i, 4 + 2 * i), 16);
}

function isNumberText(text: string): boolean {
  return text === "NaN" || text === "Infinity" || text === "-Infinity" || /^-?\d+$/.test(text);
}

function jsonNumber(view: TypedArray, at: number): JsonValue {
  const value = view[at] as number | bigint;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  return Number.isNaN(value) || value === 0 ? bitsText(view as Float32Array, at) : String(value);
}

/** Usual NaN (quiet, positive, no payload) by its name, any other, and -0, which JSON writers take for 0, by its bits. */
function bitsText(view: Float16Array | Float32Array | Float64Array, at: number): string {
  const width = view.BYTES_PER_ELEMENT;
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at * width, width);
  const text = `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).reverse().join("")}`;
  return ["0x7e00", "0x7fc00000", "0x7ff8000000000000"].includes(text) ? "NaN" : text;
}

function utf32(text: string): Uint8Array {
  const points = Uint32Array.from(text, (one) => one.codePointAt(0) ?? 0);
  return new Uint8Array(points.buffer);
}

function invalid(dtype: DType, fill: JsonValue): RangeError {
  const type = typeof dtype === "string" ? dtype : dtype.kind;
  return new RangeError(`fill value ${JSON.stringify(fill)} is no value of type ${type}`);
}
