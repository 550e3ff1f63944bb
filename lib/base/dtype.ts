/**
 * The types of array elements, by numpy's names, and numpy's rules of promotion.
 *
 * @module
 */

/** The types that arrays of numbers have, by numpy's names. */
export type NumericType =
  | "bool"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "float16"
  | "float32"
  | "float64"
  | "complex64"
  | "complex128";

/** Text of a fixed number of code points (numpy `U`, 4 bytes each) or bytes (numpy `S`), padded with zeros. */
export interface FixedText {
  /** `unicode`: UTF-32 little-endian; `bytes`: plain bytes. */
  readonly kind: "unicode" | "bytes";
  /** Code points or bytes. */
  readonly length: number;
}

/** A field of records. */
export interface StructField {
  /** The name. */
  readonly name: string;
  /** The type of its values. */
  readonly dtype: NumericType | FixedText;
  /** The lengths of the axes of an array that every record holds, in C order; absent where it holds one value. */
  readonly shape?: readonly number[];
}

/** Records with named fields, packed one after the other. */
export interface StructType {
  /** The discriminant. */
  readonly kind: "struct";
  /** The fields in their order. */
  readonly fields: readonly StructField[];
}

/** The type of an array's elements; `string` is text of any length. */
export type DType = NumericType | "string" | FixedText | StructType;

const ITEM_BYTES: Readonly<Record<NumericType, number>> = {
  bool: 1,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  float16: 2,
  float32: 4,
  float64: 8,
  complex64: 8,
  complex128: 16,
};

/** Whether `dtype` is a number type (bool included). */
export function isNumeric(dtype: DType): dtype is NumericType {
  return typeof dtype === "string" && dtype !== "string";
}

/** Bytes of one element; a `TypeError` for `string`, which has no fixed size. */
export function itemBytes(dtype: DType): number {
  if (typeof dtype === "string") {
    if (dtype === "string") throw new TypeError("Cannot tell the item size of strings");
    return ITEM_BYTES[dtype];
  }
  if (dtype.kind === "struct") return dtype.fields.reduce((sum, field) => sum + fieldBytes(field), 0);
  return dtype.kind === "unicode" ? dtype.length * 4 : dtype.length;
}

/** Bytes that a field takes in each record. */
export function fieldBytes({ dtype, shape = [] }: StructField): number {
  return shape.reduce((bytes, length) => bytes * length, itemBytes(dtype));
}

/** Whether two types are the same. */
export function sameDType(a: DType, b: DType): boolean {
  return dtypeName(a) === dtypeName(b);
}

/** A name for people and keys: `int32`, `string`, `<U5`, `[('a', int32)]`. */
export function dtypeName(dtype: DType): string {
  if (typeof dtype === "string") return dtype;
  if (dtype.kind === "struct") {
    return `[${dtype.fields.map(fieldName).join(", ")}]`;
  }
  return dtype.kind === "unicode" ? `<U${dtype.length}` : `|S${dtype.length}`;
}

function fieldName({ name, dtype, shape }: StructField): string {
  return `('${name}', ${dtypeName(dtype)}${shape === undefined ? "" : `, (${shape.join(", ")})`})`;
}

type Family = "bool" | "int" | "uint" | "float" | "complex";

/** The family of a number type: how it behaves in promotion. */
export function family(dtype: NumericType): Family {
  const match = /^(bool|int|uint|float|complex)/.exec(dtype);
  return match?.[1] as Family;
}

/**
 * numpy's `result_type` of two number types.
 *
 * Source: numpy, "Data type promotion in NumPy": integers of mixed sign go to the next wider signed type, 64-bit ones
 * to float64; an integer with a float needs a float whose mantissa holds it.
 */
export function promote(a: NumericType, b: NumericType): NumericType {
  if (a === b) return a;
  const [fa, fb] = [family(a), family(b)];
  if (fa === "bool") return b;
  if (fb === "bool") return a;
  if (fa === fb) return ITEM_BYTES[a] > ITEM_BYTES[b] ? a : b;
  if (fa === "complex" || fb === "complex") {
    const needed = Math.max(floatBytes(a), floatBytes(b));
    return needed > 4 ? "complex128" : "complex64";
  }
  if (fa === "float" || fb === "float") {
    const needed = Math.max(floatBytes(a), floatBytes(b));
    return needed > 4 ? "float64" : needed > 2 ? "float32" : "float16";
  }
  const [signed, unsigned] = fa === "int" ? [a, b] : [b, a];
  if (ITEM_BYTES[signed] > ITEM_BYTES[unsigned]) return signed;
  if (ITEM_BYTES[unsigned] === 8) return "float64";
  return `int${ITEM_BYTES[unsigned] * 16}` as NumericType;
}

/** Bytes of the smallest float that holds every value of `dtype`, as numpy counts it (8 at most). */
function floatBytes(dtype: NumericType): number {
  const bytes = ITEM_BYTES[dtype];
  switch (family(dtype)) {
    case "complex":
      return bytes / 2;
    case "float":
      return bytes;
    case "bool":
      return 2;
    default:
      return bytes === 1 ? 2 : bytes === 2 ? 4 : 8;
  }
}

const RANK: Readonly<Record<Family, number>> = { bool: 0, int: 1, uint: 1, float: 2, complex: 3 };

/**
 * numpy's `result_type` of one or more number types. The highest family goes first, as in numpy: int8, uint8 and float16
 * make float16, although int8 and uint8 alone make int16, which with float16 makes float32.
 */
export function resultType(dtypes: readonly NumericType[]): NumericType {
  const [first, ...rest] = [...dtypes].sort((a, b) => RANK[family(b)] - RANK[family(a)]);
  if (first === undefined) throw new TypeError("Cannot promote no types");
  return rest.reduce(promote, first);
}

/** A view of numbers; 64-bit integers are bigint. */
export type NumberArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Float16Array
  | Float32Array
  | Float64Array;

/** Any typed array that holds elements of a {@linkcode NumericType}. */
export type TypedArray = NumberArray | BigInt64Array | BigUint64Array;

/**
 * The elements in `bytes` as a typed array over the same memory (no copy): bool as Uint8Array, complex as pairs of
 * floats. `bytes` must start at a multiple of the item size.
 */
export function viewAs(dtype: NumericType, bytes: Uint8Array): TypedArray {
  const { buffer, byteOffset, byteLength } = bytes;
  switch (dtype) {
    case "bool":
    case "uint8":
      return bytes;
    case "int8":
      return new Int8Array(buffer, byteOffset, byteLength);
    case "int16":
      return new Int16Array(buffer, byteOffset, byteLength / 2);
    case "uint16":
      return new Uint16Array(buffer, byteOffset, byteLength / 2);
    case "float16":
      return new Float16Array(buffer, byteOffset, byteLength / 2);
    case "int32":
      return new Int32Array(buffer, byteOffset, byteLength / 4);
    case "uint32":
      return new Uint32Array(buffer, byteOffset, byteLength / 4);
    case "float32":
    case "complex64":
      return new Float32Array(buffer, byteOffset, byteLength / 4);
    case "float64":
    case "complex128":
      return new Float64Array(buffer, byteOffset, byteLength / 8);
    case "int64":
      return new BigInt64Array(buffer, byteOffset, byteLength / 8);
    case "uint64":
      return new BigUint64Array(buffer, byteOffset, byteLength / 8);
  }
}

/** The bytes of typed `values`, over the same memory. */
export function bytesOf(values: Float64Array | Int32Array | Uint32Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
}

/**
 * Whether the element at place `at` of `values` (see {@linkcode viewAs}), which has `parts` numbers (two where it is
 * complex), is not zero. The sign of a zero does not count, and NaN is none.
 */
export function isNonzero(values: TypedArray, at: number, parts: number): boolean {
  return !isNaught(values[at]) || (parts === 2 && !isNaught(values[at + 1]));
}

function isNaught(value: number | bigint | undefined): boolean {
  return value === 0 || value === 0n;
}

/** Convert elements: `from` read as `fromType` into `into` as `toType`; both hold the same number of elements. */
export function cast(from: Uint8Array, fromType: NumericType, into: Uint8Array, toType: NumericType): void {
  if (fromType === toType) return into.set(from);
  const source = viewAs(fromType, from), target = viewAs(toType, into);
  const [fromComplex, toComplex] = [family(fromType) === "complex", family(toType) === "complex"];
  if (toComplex && !fromComplex) {
    const floats = target as Float64Array | Float32Array;
    for (let i = 0; i < source.length; i++) {
      floats[2 * i] = Number(source[i]);
      floats[2 * i + 1] = 0;
    }
  } else if (target instanceof BigInt64Array || target instanceof BigUint64Array) {
    for (let i = 0; i < source.length; i++) target[i] = BigInt(source[i] as number | bigint);
  } else if (source instanceof BigInt64Array || source instanceof BigUint64Array) {
    for (let i = 0; i < source.length; i++) target[i] = Number(source[i]);
  } else target.set(source);
}
