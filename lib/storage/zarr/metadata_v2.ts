/**
 * Zarr version 2: `.zarray`, lifted and lowered.
 *
 * Source: "Zarr storage specification version 2", and what zarr-python 3.1.6 and numcodecs write.
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
import { UnsupportedError } from "../../base/errors.ts";
import { encodeBase64 } from "../base64.ts";
import { fillBytes } from "../fill.ts";
import type { ArraySpec, CodecSpec, FillValue, JsonValue } from "../node.ts";
import { lowerFill } from "./fill_json.ts";
import { isArray, type JsonObject, type Writable } from "./json.ts";
import { isByteCodec } from "../codec/codecs.ts";
import {
  type ArrayMetadata,
  type Body,
  codecItemBytes,
  identity,
  parseAttributes,
  parseChunks,
  parseFill,
  parseObject,
  parseShape,
  show,
} from "./metadata.ts";
import type { Place } from "../place.ts";
import { bigEndian, type Swap, swapBytes } from "../swap.ts";

const NUMERIC: Readonly<Record<string, NumericType>> = {
  b1: "bool",
  i1: "int8",
  i2: "int16",
  i4: "int32",
  i8: "int64",
  u1: "uint8",
  u2: "uint16",
  u4: "uint32",
  u8: "uint64",
  f2: "float16",
  f4: "float32",
  f8: "float64",
  c8: "complex64",
  c16: "complex128",
};

const CODES = Object.fromEntries(Object.entries(NUMERIC).map(([code, dtype]) => [dtype, code]));

/** A type, and which of its words are stored big-endian. */
interface Stored {
  readonly dtype: DType;
  readonly swaps: readonly Swap[];
}

/** Lift what `.zarray` and `.zattrs` hold. */
export function liftV2(array: JsonValue, attributes: JsonValue | undefined, place: Place): ArrayMetadata {
  const json = parseObject(array, ".zarray", place);
  const shape = parseShape(json["shape"], 0, "shape", place);
  const chunks = parseChunks(json["chunks"], shape, "chunks", place);
  const separator = json["dimension_separator"] ?? ".";
  if (separator !== "." && separator !== "/") throw place.broken(`dimension_separator is ${show(separator)}`);
  const order = json["order"] ?? "C";
  if (order !== "C" && order !== "F") throw place.broken(`order is ${show(order)}`);

  const filters = json["filters"] ?? [];
  if (!isArray(filters)) throw place.broken(`filters is ${show(filters)}`);
  const specs = filters.map((filter) => parseObject(filter, "a filter", place));
  const isText = json["dtype"] === "|O";
  const text = specs.findIndex((filter) => filter["id"] === "vlen-utf8");
  if (isText && text !== 0) {
    throw place.unsupported(
      `objects encoded with ${show(specs[0]?.["id"] ?? null)}; only vlen-utf8 (text) is supported`,
    );
  }
  const { dtype, swaps }: Stored = isText ? { dtype: "string", swaps: [] } : parseDtype(json["dtype"], place);
  const lifted = specs.slice(isText ? 1 : 0).map((filter) => liftCodec(filter, dtype, place));
  const firstBytes = lifted.findIndex((codec) => isByteCodec(codec.name));
  const elementFilters = firstBytes < 0 ? lifted : lifted.slice(0, firstBytes);
  const compressor = json["compressor"] ?? null;
  const codecs = [
    ...lifted.slice(elementFilters.length),
    ...(compressor === null ? [] : [liftCodec(parseObject(compressor, "compressor", place), dtype, place)]),
  ];

  const axes = identity(shape.length);
  // A filter that names its type makes elements in that type's byte order, not in the array's.
  const named = elementFilters.at(-1)?.configuration ?? {};
  const ownOrder = ["astype", "dtype", "encode_dtype"].every((key) => named[key] === undefined);
  const body: Body = isText ? { kind: "vlen-utf8" } : { kind: "bytes", swaps: ownOrder ? swaps : [] };
  const fill = swapped(dtype, swaps, parseFill(dtype, liftFill(dtype, json["fill_value"] ?? null), place));
  return {
    attrs: parseAttributes(attributes, place),
    spec: { shape, dtype, chunks, shards: null, codecs, fill },
    chain: { order: order === "F" ? axes.reverse() : axes, filters: elementFilters, body, codecs },
    keys: { prefix: "", separator },
  };
}

/** Writers of version 2 were lax about fill values: 0 stands for the empty value of every type. */
function liftFill(dtype: DType, fill: FillValue): FillValue {
  if (fill === 0 || fill === "0") return isNumeric(dtype) ? Number(fill) : null;
  if (fill === "" && dtype !== "string") return null;
  return fill;
}

/** The fill value of records is written as the bytes of one, and these are in the array's byte order. */
function swapped(dtype: DType, swaps: readonly Swap[], fill: FillValue): FillValue {
  if (fill === null || typeof dtype === "string" || dtype.kind !== "struct") return fill;
  const bytes = fillBytes(dtype, fill);
  swapBytes(bytes, itemBytes(dtype), swaps);
  return encodeBase64(bytes);
}

/** Read a version 2 type: `<f8`, `|S5`, or a list of fields. */
export function parseDtype(value: JsonValue | undefined, place: Place): Stored {
  if (isArray(value)) return parseFields(value, place);
  const match = typeof value === "string" ? /^([<>|=]?)([a-zA-Z])(\d*)(.*)$/.exec(value) : null;
  if (match === null) throw place.broken(`data type is ${show(value)}`);
  const [, order, letter, digits, rest] = match;
  const length = Number(digits);
  let dtype: NumericType | FixedText | undefined = rest === "" ? NUMERIC[`${letter}${digits}`] : undefined;
  if (rest === "" && digits !== "" && Number.isSafeInteger(length * 4)) {
    if (letter === "U") dtype = { kind: "unicode", length };
    if (letter === "S") dtype = { kind: "bytes", length };
  }
  if (dtype === undefined) throw place.unsupported(`data type ${show(value)} is not supported`);
  return { dtype, swaps: order === ">" ? bigEndian(dtype) : [] };
}

function parseFields(list: readonly JsonValue[], place: Place): Stored {
  const fields: StructField[] = [], swaps: Swap[] = [];
  let offset = 0;
  for (const one of list) {
    const [name, type, shape] = isArray(one) ? one : [];
    if (typeof name !== "string") throw place.broken(`a field of the data type is ${show(one)}`);
    if (isArray(type)) throw place.unsupported(`field ${show(name)} is a record, which is not supported`);
    const { dtype, swaps: inner } = parseDtype(type, place);
    const lengths = shape === undefined
      ? {}
      : { shape: parseShape(shape, 0, `the shape of field ${show(name)}`, place) };
    const field: StructField = { name, dtype: dtype as NumericType | FixedText, ...lengths };
    const bytes = fieldBytes(field), values = bytes / Math.max(1, itemBytes(dtype));
    fields.push(field);
    swaps.push(...inner.map((swap) => ({ ...swap, offset: swap.offset + offset, count: swap.count * values })));
    offset += bytes;
  }
  if (fields.length === 0) throw place.broken("the data type has no fields");
  return { dtype: { kind: "struct", fields }, swaps };
}

const SHUFFLES = ["noshuffle", "shuffle", "bitshuffle"];

/** A numcodecs configuration as zarr v3 names it. */
function liftCodec(json: JsonObject, dtype: DType, place: Place): CodecSpec {
  const { id, ...configuration } = json;
  if (typeof id !== "string") throw place.broken(`a codec is ${show(json)}`);
  switch (id) {
    case "blosc": {
      const { shuffle = 1, cname = "lz4", clevel = 5, blocksize = 0 } = configuration;
      const typesize = codecItemBytes(dtype);
      // -1 is numcodecs' automatic choice.
      const mode = shuffle === -1 ? (typesize === 1 ? 2 : 1) : Number(shuffle);
      return {
        name: id,
        configuration: { typesize, cname, clevel, shuffle: SHUFFLES[mode] ?? String(shuffle), blocksize },
      };
    }
    case "zstd":
      return {
        name: id,
        configuration: { level: configuration["level"] ?? 0, checksum: configuration["checksum"] ?? false },
      };
    case "gzip":
      return { name: id, configuration: { level: configuration["level"] ?? 1 } };
    case "crc32c":
      if ((configuration["location"] ?? "end") !== "end") throw place.unsupported("a crc32c checksum at the start");
      return { name: id, configuration: {} };
    default:
      return { name: `numcodecs.${id}`, configuration };
  }
}

/** What `.zarray` holds for `spec`. */
export function lowerV2(spec: ArraySpec, path: string): { readonly [key: string]: Writable } {
  if (spec.shards !== null) throw new UnsupportedError(`Cannot write ${path} with shards: zarr version 2 has none`);
  const codecs = spec.codecs.map((codec) => lowerCodec(codec, path));
  const filters = codecs.slice(0, -1);
  if (spec.dtype === "string") filters.unshift({ id: "vlen-utf8" });
  return {
    shape: spec.shape,
    chunks: spec.chunks,
    dtype: lowerDtype(spec.dtype),
    fill_value: lowerFill(spec.dtype, spec.fill),
    order: "C",
    filters: filters.length === 0 ? null : filters,
    dimension_separator: ".",
    compressor: codecs.at(-1) ?? null,
    zarr_format: 2,
  };
}

function lowerDtype(dtype: DType): Writable {
  if (dtype === "string") return "|O";
  if (isNumeric(dtype)) return `${itemBytes(dtype) === 1 ? "|" : "<"}${CODES[dtype]}`;
  if (dtype.kind === "struct") {
    return dtype.fields.map((
      { name, dtype, shape },
    ) => [name, lowerDtype(dtype), ...(shape === undefined ? [] : [shape])]);
  }
  return dtype.kind === "unicode" ? `<U${dtype.length}` : `|S${dtype.length}`;
}

function lowerCodec({ name, configuration }: CodecSpec, path: string): JsonObject {
  switch (name) {
    case "blosc": {
      const { cname = "lz4", clevel = 5, shuffle = "shuffle", blocksize = 0 } = configuration;
      return { id: name, cname, clevel, shuffle: SHUFFLES.indexOf(String(shuffle)), blocksize };
    }
    case "zstd":
      return { id: name, level: configuration["level"] ?? 0, ...(configuration["checksum"] ? { checksum: true } : {}) };
    case "gzip":
      return { id: name, level: configuration["level"] ?? 1 };
    case "crc32c":
      return { id: name };
    case "numcodecs.zlib":
      return { id: "zlib", level: configuration["level"] ?? 1 };
    case "numcodecs.lz4":
      return { id: "lz4", acceleration: configuration["acceleration"] ?? 1 };
    default:
      throw new UnsupportedError(`Cannot write ${path}: codec ${name} is not supported for writing`);
  }
}
