/**
 * The one inner form of an array's metadata. Version 2 and 3 are lifted into it in `metadata_v2.ts` and
 * `metadata_v3.ts`; no other code asks which version a store has.
 *
 * @module
 */
import { type DType, dtypeName, itemBytes } from "../../base/dtype.ts";
import { product } from "../../base/range.ts";
import { canonicalFill } from "../fill.ts";
import type { ArraySpec, Attributes, CodecSpec, FillValue, JsonValue } from "../node.ts";
import type { Place } from "../place.ts";
import type { Swap } from "../swap.ts";
import { isArray, isObject, type JsonObject } from "./json.ts";

/** How the elements of a chunk become bytes. */
export type Body =
  | { readonly kind: "bytes"; readonly swaps: readonly Swap[] }
  | { readonly kind: "vlen-utf8" }
  | { readonly kind: "shards"; readonly shards: Shards };

/** What is in a shard. */
export interface Shards {
  /** The shape of an inner chunk. */
  readonly chunks: readonly number[];
  /** How an inner chunk is encoded. */
  readonly chain: Chain;
  /** Where the index is. */
  readonly indexAt: "start" | "end";
  /** Whether the index's numbers are big-endian. */
  readonly indexBigEndian: boolean;
  /** Whether the index ends in a checksum. */
  readonly indexChecked: boolean;
}

/** How a chunk is encoded, in the order of writing. */
export interface Chain {
  /** Axis `i` of what is stored is axis `order[i]` of the array. */
  readonly order: readonly number[];
  /** The filters that work on elements. */
  readonly filters: readonly CodecSpec[];
  /** Elements to bytes. */
  readonly body: Body;
  /** The codecs that work on bytes. */
  readonly codecs: readonly CodecSpec[];
}

/** How the position of a chunk becomes a key. */
export interface KeyEncoding {
  /** What stands before the numbers; the whole key of a scalar's one chunk. */
  readonly prefix: "" | "c";
  /** What stands between the numbers. */
  readonly separator: "." | "/";
}

/** An array's metadata. */
export interface ArrayMetadata {
  /** The attributes. */
  readonly attrs: Attributes;
  /** The part that the port shows. */
  readonly spec: ArraySpec;
  /** How a stored object is encoded. */
  readonly chain: Chain;
  /** How stored objects are named. */
  readonly keys: KeyEncoding;
}

/** `value` as a shape: whole numbers, none below `least`. */
export function parseShape(value: JsonValue | undefined, least: number, what: string, place: Place): number[] {
  if (!isArray(value)) throw place.broken(`${what} is ${show(value)} instead of a list of numbers`);
  if (value.length > 64) throw place.broken(`${what} has ${value.length} axes`);
  for (const length of value) {
    if (typeof length !== "number" || !Number.isSafeInteger(length) || length < least) {
      throw place.broken(`${what} has the length ${show(length)}`);
    }
  }
  return value as number[];
}

/** The chunk shape of an array of `shape`. Old writers give an axis of length 0 chunks of 0. */
export function parseChunks(
  value: JsonValue | undefined,
  shape: readonly number[],
  what: string,
  place: Place,
): number[] {
  const chunks = parseShape(value, 0, what, place).map((length, axis) =>
    length === 0 && shape[axis] === 0 ? 1 : length
  );
  if (chunks.includes(0)) throw place.broken(`${what} has the length 0`);
  if (chunks.length !== shape.length) {
    throw place.broken(`${what} has ${chunks.length} axes, the array ${shape.length}`);
  }
  if (!Number.isSafeInteger(product(chunks) * 16)) throw place.broken(`${what} is too large: ${show(value)}`);
  return chunks;
}

/** `fill` in its canonical form, or an error that names the place. */
export function parseFill(dtype: DType, fill: FillValue, place: Place): FillValue {
  try {
    return canonicalFill(dtype, fill);
  } catch (error) {
    throw place.broken(error instanceof Error ? error.message : String(error));
  }
}

/** `value` as attributes. */
export function parseAttributes(value: JsonValue | undefined, place: Place): Attributes {
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw place.broken(`attributes are ${show(value)} instead of an object`);
  return value;
}

/** `value` as a named configuration: `{ name, configuration }`, or the name alone. */
export function parseNamed(value: JsonValue | undefined, what: string, place: Place): CodecSpec {
  if (typeof value === "string") return { name: value, configuration: {} };
  if (!isObject(value) || typeof value["name"] !== "string") throw place.broken(`${what} is ${show(value)}`);
  const { name, configuration = {} } = value;
  if (configuration !== null && !isObject(configuration)) {
    throw place.broken(`the configuration of ${what} is no object`);
  }
  return { name: String(name), configuration: configuration ?? {} };
}

/** An object, or an error that names the place. */
export function parseObject(value: JsonValue | undefined, what: string, place: Place): JsonObject {
  if (!isObject(value)) throw place.broken(`${what} is ${show(value)} instead of an object`);
  return value;
}

/** JSON for a message. */
export function show(value: JsonValue | undefined): string {
  const text = value === undefined ? "missing" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** How plain arrays of `dtype` become bytes in what anncat writes. */
export function plainBody(dtype: DType): Body {
  return dtype === "string" ? { kind: "vlen-utf8" } : { kind: "bytes", swaps: [] };
}

/** The axes in their own order. */
export function identity(axes: number): number[] {
  return Array.from({ length: axes }, (_, axis) => axis);
}

/** The chain by which anncat writes the chunks (not the shards) of `spec`. */
export function writtenChain(spec: ArraySpec): Chain {
  return { order: identity(spec.shape.length), filters: [], body: plainBody(spec.dtype), codecs: writtenCodecs(spec) };
}

/** The codecs that `spec` is written with: Blosc is told the size of an item, without which it would shuffle nothing. */
export function writtenCodecs({ codecs, dtype }: ArraySpec): readonly CodecSpec[] {
  return codecs.map(({ name, configuration }) => {
    const isUntold = name === "blosc" && configuration["typesize"] === undefined;
    return isUntold
      ? { name, configuration: { typesize: codecItemBytes(dtype), ...configuration } }
      : { name, configuration };
  });
}

/** The key of everything that shapes encoded bytes; undefined where a chunk may lie in more than one piece. */
export function encodingKey(dtype: DType, chain: Chain): string | undefined {
  const { order, filters, body, codecs } = chain;
  if (body.kind === "shards") return undefined;
  const turned = order.some((axis, i) => axis !== i) ? order : [];
  const swaps = body.kind === "bytes" ? body.swaps : [];
  return JSON.stringify([dtypeName(dtype), turned, filters, swaps, codecs], (_key, value) => {
    return isObject(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1)) : value;
  });
}

/** The length of the array's item as far as codecs see it: 1 for text of any length. */
export function codecItemBytes(dtype: DType): number {
  return dtype === "string" ? 1 : itemBytes(dtype);
}
