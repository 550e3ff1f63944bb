/**
 * Zarr version 3: `zarr.json` of an array, lifted and lowered.
 *
 * Source: "Zarr core specification version 3", and what zarr-python 3.1.6 writes.
 *
 * @module
 */
import { type DType, type FixedText, isNumeric, itemBytes, type NumericType } from "../../base/dtype.ts";
import { UnsupportedError } from "../../base/errors.ts";
import type { ArraySpec, CodecSpec, JsonValue } from "../node.ts";
import { isByteCodec, isWritable } from "../codec/codecs.ts";
import { lowerFill } from "./fill_json.ts";
import { isArray, isObject, type JsonObject, type Writable } from "./json.ts";
import {
  type ArrayMetadata,
  type Body,
  type Chain,
  codecItemBytes,
  identity,
  type KeyEncoding,
  parseAttributes,
  parseChunks,
  parseFill,
  parseNamed,
  parseShape,
  type Shards,
  show,
  writtenCodecs,
} from "./metadata.ts";
import type { Place } from "../place.ts";
import { bigEndian } from "../swap.ts";

const NUMERIC = new Set<string>(
  [
    ...["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"],
    ...["float16", "float32", "float64", "complex64", "complex128"],
  ],
);

const KNOWN = new Set([
  ...["shape", "data_type", "chunk_grid", "chunk_key_encoding", "fill_value", "codecs", "attributes", "zarr_format"],
  ...["node_type", "storage_transformers", "dimension_names", "consolidated_metadata"],
]);

/** Lift an array's `zarr.json`. */
export function liftV3(json: JsonObject, place: Place): ArrayMetadata {
  for (const [key, value] of Object.entries(json)) {
    if (KNOWN.has(key) || (isObject(value) && value["must_understand"] === false)) continue;
    throw place.unsupported(`its metadata has the unknown field ${show(key)}`);
  }
  const shape = parseShape(json["shape"], 0, "shape", place);
  const grid = parseNamed(json["chunk_grid"], "chunk_grid", place);
  if (grid.name !== "regular") throw place.unsupported(`chunk grid ${show(grid.name)} is not supported`);
  const transformers = json["storage_transformers"] ?? [];
  if (!isArray(transformers) || transformers.length > 0) {
    throw place.unsupported("storage transformers are not supported");
  }

  const dtype = parseDtype(json["data_type"], place);
  const outer = parseChunks(grid.configuration["chunk_shape"], shape, "chunk_shape", place);
  const chain = parseChain(json["codecs"], dtype, outer, place);
  const sharded = piecewise(chain);
  const fill = dtype !== "string" && !isNumeric(dtype) && json["fill_value"] === "" ? null : json["fill_value"] ?? null;
  return {
    attrs: parseAttributes(json["attributes"], place),
    spec: {
      shape,
      dtype,
      chunks: sharded?.chunks ?? outer,
      shards: sharded === undefined ? null : outer,
      codecs: (sharded?.chain ?? chain).codecs,
      fill: parseFill(dtype, fill, place),
    },
    chain,
    keys: parseKeys(json["chunk_key_encoding"], place),
  };
}

/** The shards of `chain` where their chunks can be read one by one: nothing is wrapped around them. */
export function piecewise(chain: Chain): Shards | undefined {
  const plain = chain.codecs.length === 0 && chain.filters.length === 0 && chain.order.every((axis, i) => axis === i);
  return plain && chain.body.kind === "shards" ? chain.body.shards : undefined;
}

function parseKeys(value: JsonValue | undefined, place: Place): KeyEncoding {
  const { name, configuration } = parseNamed(value, "chunk_key_encoding", place);
  if (name !== "default" && name !== "v2") throw place.unsupported(`chunk key encoding ${show(name)} is not supported`);
  const separator = configuration["separator"] ?? (name === "default" ? "/" : ".");
  if (separator !== "." && separator !== "/") throw place.broken(`the separator of chunk keys is ${show(separator)}`);
  return { prefix: name === "default" ? "c" : "", separator };
}

function parseDtype(value: JsonValue | undefined, place: Place): DType {
  const { name, configuration } = parseNamed(value, "data_type", place);
  if (name === "string" || name === "variable_length_utf8") return "string";
  if (name === "structured" || name === "struct") {
    const fields = configuration["fields"];
    if (!isArray(fields) || fields.length === 0) throw place.broken(`the fields of the data type are ${show(fields)}`);
    return { kind: "struct", fields: fields.map((field) => parseField(field, place)) };
  }
  return parseFixed(name, configuration, place);
}

/** A field is written as `[name, type]` by zarr-python 3.1, as `{ name, data_type }` by the extension's text. */
function parseField(field: JsonValue, place: Place): { name: string; dtype: NumericType | FixedText } {
  const [name, type] = isArray(field) ? field : isObject(field) ? [field["name"], field["data_type"]] : [];
  if (typeof name !== "string") throw place.broken(`a field of the data type is ${show(field)}`);
  const named = parseNamed(type, `field ${show(name)}`, place);
  return { name, dtype: parseFixed(named.name, named.configuration, place) };
}

function parseFixed(name: string, configuration: JsonObject, place: Place): NumericType | FixedText {
  if (NUMERIC.has(name)) return name as NumericType;
  const unit = name === "fixed_length_utf32" ? 4 : name === "null_terminated_bytes" ? 1 : 0;
  if (unit === 0) throw place.unsupported(`data type ${show(name)} is not supported`);
  const bytes = configuration["length_bytes"];
  if (typeof bytes !== "number" || !Number.isSafeInteger(bytes) || bytes < 0 || bytes % unit !== 0) {
    throw place.broken(`the length of data type ${name} is ${show(bytes)}`);
  }
  return { kind: unit === 4 ? "unicode" : "bytes", length: bytes / unit };
}

/** Lift a list of codecs: what works on elements, the one that makes bytes of them, what works on bytes. */
function parseChain(value: JsonValue | undefined, dtype: DType, shape: readonly number[], place: Place): Chain {
  if (!isArray(value)) throw place.broken(`codecs is ${show(value)}`);
  const specs = value.map((codec) => parseNamed(codec, "a codec", place));
  let order = identity(shape.length), at = 0;
  const filters: CodecSpec[] = [];
  let body: Body | undefined;
  for (; at < specs.length && body === undefined; at++) {
    const codec = specs[at] as CodecSpec;
    if (codec.name === "transpose") {
      if (filters.length > 0) throw place.unsupported("a transpose after other filters is not supported");
      order = transposed(order, codec.configuration["order"], place);
    } else {
      const stored = order.map((axis) => shape[axis] as number);
      body = parseBody(codec, dtype, stored, place);
      if (body === undefined) filters.push(codec);
    }
  }
  if (body === undefined) throw place.broken("its codecs have none that makes bytes of elements");
  const codecs = specs.slice(at).map((codec) => completed(codec, dtype));
  for (const { name } of codecs) {
    if (name === "bytes" || name === "transpose" || name === "vlen-utf8" || name === "sharding_indexed") {
      throw place.broken(`codec ${name} is out of place`);
    }
  }
  return { order, filters, body, codecs };
}

function transposed(order: readonly number[], value: JsonValue | undefined, place: Place): number[] {
  const axes = value === "C" ? identity(order.length) : value === "F" ? identity(order.length).reverse() : value;
  const seen = new Set(isArray(axes) ? axes : []);
  if (!isArray(axes) || axes.length !== order.length || order.some((_, axis) => !seen.has(axis))) {
    throw place.broken(`the order of a transpose is ${show(value)}`);
  }
  return axes.map((axis) => order[axis as number] as number);
}

function parseBody(codec: CodecSpec, dtype: DType, shape: readonly number[], place: Place): Body | undefined {
  const { name, configuration } = codec;
  switch (name) {
    case "bytes": {
      if (dtype === "string") throw place.broken("codec bytes cannot hold strings");
      const endian = configuration["endian"] ?? "little";
      if (endian !== "little" && endian !== "big") throw place.broken(`the endian of codec bytes is ${show(endian)}`);
      return { kind: "bytes", swaps: endian === "big" ? bigEndian(dtype) : [] };
    }
    case "vlen-utf8":
    case "numcodecs.vlen-utf8":
      if (dtype !== "string") throw place.broken("codec vlen-utf8 can hold nothing but strings");
      return { kind: "vlen-utf8" };
    case "sharding_indexed":
      return { kind: "shards", shards: parseShards(configuration, dtype, shape, place) };
    default:
      // A codec on bytes cannot come before there are any.
      if (isByteCodec(name)) throw place.broken(`codec ${name} comes before one that makes bytes of elements`);
      return undefined;
  }
}

function parseShards(json: JsonObject, dtype: DType, shape: readonly number[], place: Place): Shards {
  const chunks = parseChunks(json["chunk_shape"], shape, "the shards' chunk_shape", place);
  if (chunks.some((length, axis) => (shape[axis] as number) % length !== 0)) {
    throw place.broken(`shards of ${show(shape)} cannot be divided into chunks of ${show(chunks)}`);
  }
  const indexAt = json["index_location"] ?? "end";
  if (indexAt !== "start" && indexAt !== "end") throw place.broken(`index_location is ${show(indexAt)}`);
  const index = json["index_codecs"];
  if (!isArray(index)) throw place.broken(`index_codecs is ${show(index)}`);
  const [first, second, ...more] = index.map((codec) => parseNamed(codec, "an index codec", place));
  const known = first?.name === "bytes" && (second === undefined || second.name === "crc32c") && more.length === 0;
  if (!known) throw place.unsupported(`index codecs ${show(index)} are not supported`);
  return {
    chunks,
    chain: parseChain(json["codecs"], dtype, chunks, place),
    indexAt,
    indexBigEndian: first.configuration["endian"] === "big",
    indexChecked: second !== undefined,
  };
}

/** A codec with the parameters that its writer left to be understood, so that equal encodings have equal keys. */
function completed({ name, configuration }: CodecSpec, dtype: DType): CodecSpec {
  switch (name) {
    case "blosc": {
      const { typesize = codecItemBytes(dtype), cname = "lz4", clevel = 5, shuffle = "shuffle", blocksize = 0 } =
        configuration;
      return { name, configuration: { typesize, cname, clevel, shuffle, blocksize } };
    }
    case "zstd":
      return {
        name,
        configuration: { level: configuration["level"] ?? 0, checksum: configuration["checksum"] ?? false },
      };
    case "numcodecs.zstd":
      return completed({ name: "zstd", configuration }, dtype);
    case "numcodecs.gzip":
      return { name: "gzip", configuration: { level: configuration["level"] ?? 1 } };
    case "numcodecs.crc32c":
      return { name: "crc32c", configuration: {} };
    default:
      return { name, configuration };
  }
}

/** What an array's `zarr.json` holds for `spec`. */
export function lowerV3(spec: ArraySpec, attributes: JsonObject, path: string): { readonly [key: string]: Writable } {
  const { shape, dtype, chunks, shards } = spec;
  for (const { name } of spec.codecs) {
    if (!isWritable(name)) {
      throw new UnsupportedError(`Cannot write ${path}: codec ${name} is not supported for writing`);
    }
  }
  const inner: Writable[] = [lowerBody(dtype), ...writtenCodecs(spec).map(lowerCodec)];
  const little = { name: "bytes", configuration: { endian: "little" } };
  const configuration = { chunk_shape: chunks, codecs: inner, index_codecs: [little, { name: "crc32c" }] };
  return {
    shape,
    data_type: lowerDtype(dtype),
    chunk_grid: { name: "regular", configuration: { chunk_shape: shards ?? chunks } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: lowerFill(dtype, spec.fill),
    codecs: shards === null
      ? inner
      : [{ name: "sharding_indexed", configuration: { ...configuration, index_location: "end" } }],
    attributes,
    zarr_format: 3,
    node_type: "array",
    storage_transformers: [],
  };
}

function lowerBody(dtype: DType): JsonObject {
  if (dtype === "string") return { name: "vlen-utf8", configuration: {} };
  const ordered = isNumeric(dtype) ? itemBytes(dtype) > 1 : dtype.kind === "unicode";
  return ordered ? { name: "bytes", configuration: { endian: "little" } } : { name: "bytes" };
}

function lowerCodec({ name, configuration }: CodecSpec): JsonObject {
  return Object.keys(configuration).length === 0 && name === "crc32c" ? { name } : { name, configuration };
}

function lowerDtype(dtype: DType): Writable {
  if (typeof dtype === "string") return dtype;
  if (dtype.kind === "struct") {
    const odd = dtype.fields.find((field) => field.shape !== undefined);
    if (odd !== undefined) {
      throw new UnsupportedError(`Cannot write records with the array "${odd.name}" in them: zarr version 3 has none`);
    }
    const fields = dtype.fields.map((field) => [field.name, lowerDtype(field.dtype)]);
    return { name: "structured", configuration: { fields } };
  }
  const name = dtype.kind === "unicode" ? "fixed_length_utf32" : "null_terminated_bytes";
  return { name, configuration: { length_bytes: itemBytes(dtype) } };
}
