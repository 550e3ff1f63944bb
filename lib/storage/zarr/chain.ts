/**
 * A chunk's way from stored bytes to elements and back: what the metadata says, with its codecs opened.
 *
 * @module
 */
import type { MaybePromise } from "../../base/async.ts";
import { type DType, isNumeric, itemBytes } from "../../base/dtype.ts";
import { product } from "../../base/range.ts";
import type { Strings } from "../../base/strings.ts";
import { fillBytes } from "../fill.ts";
import type { Lease } from "../lease.ts";
import type { CodecSpec, FillValue } from "../node.ts";
import { then } from "../steps.ts";
import { openByteCodec } from "../codec/codecs.ts";
import { type ByteCodec, decodeBytes, encodeBytes, MOST_BYTES } from "../codec/pipeline.ts";
import { type Filter, openFilter } from "./filters.ts";
import type { Chain } from "./metadata.ts";
import type { Place } from "../place.ts";
import { decodeWholeShard, type OpenShards } from "./shard.ts";
import { bigEndian, storedStrides, type Swap, swapBytes } from "../swap.ts";
import { decodeVlen, encodeVlen } from "./vlen.ts";
import { registeredCodec } from "./registered.ts";

/** A chain that is ready to decode and encode. */
export interface OpenChain {
  /** The type of the elements. */
  readonly dtype: DType;
  /** The shape of what is encoded in one piece, by the array's axes. */
  readonly shape: readonly number[];
  /** How far apart these axes lie in what is decoded. */
  readonly strides: readonly number[];
  /** The length of what is stored before the codecs work on it, or undefined for text and shards. */
  readonly bytes: number | undefined;
  /** The codecs on bytes, in the order of writing. */
  readonly codecs: readonly ByteCodec[];
  /** The filters on elements, in the order of writing. */
  readonly filters: readonly Filter[];
  /** Which words of an item are stored big-endian. */
  readonly swaps: readonly Swap[];
  /** What is in the shards, where the elements are stored as one. */
  readonly shards: OpenShards | undefined;
}

/** Open `chain` for chunks of `shape`; names of codecs that are not known are looked up in zarrita's registry. */
export function openChain(
  chain: Chain,
  dtype: DType,
  shape: readonly number[],
  fill: FillValue,
  place: Place,
): MaybePromise<OpenChain> {
  const filters: Filter[] = [];
  for (const spec of chain.filters) {
    const filter = openFilter(spec, filters.at(-1)?.encoded ?? dtype, place);
    if (filter === undefined) throw place.unsupported(`codec ${JSON.stringify(spec.name)} is not supported`);
    filters.push(filter);
  }
  const last = filters.at(-1);
  const { body } = chain;
  if (
    filters.slice(0, -1).some((filter) => filter.swaps.length > 0) || (body.kind === "shards" && last !== undefined)
  ) {
    throw place.unsupported("this order of filters is not supported");
  }
  const stored = body.kind === "bytes" ? body.swaps : [];
  const swaps = last === undefined ? stored : stored.length > 0 ? bigEndian(last.encoded) : last.swaps;
  const bytes = body.kind === "bytes" ? product(shape) * itemBytes(last?.encoded ?? dtype) : undefined;
  const strides = storedStrides(shape, chain.order);
  return then(openCodecs(chain.codecs, place), (codecs) => {
    const open = { dtype, shape, strides, bytes, codecs, filters, swaps };
    if (body.kind !== "shards") return { ...open, shards: undefined };
    const outer = chain.order.map((axis) => shape[axis] as number);
    return then(openChain(body.shards.chain, dtype, body.shards.chunks, fill, place), (inner): OpenChain => {
      const empty = dtype === "string" ? undefined : fillBytes(dtype, fill);
      return { ...open, shards: { ...body.shards, inner, outer, fill: empty } };
    });
  });
}

function openCodecs(specs: readonly CodecSpec[], place: Place): MaybePromise<ByteCodec[]> {
  return specs.reduce<MaybePromise<ByteCodec[]>>((opened, spec) => {
    return then(opened, (codecs) => then(openCodec(spec, place), (codec) => [...codecs, codec]));
  }, []);
}

function openCodec(spec: CodecSpec, place: Place): MaybePromise<ByteCodec> {
  let codec: ByteCodec | undefined;
  try {
    codec = openByteCodec(spec);
  } catch (error) {
    throw place.unsupported(`codec ${spec.name}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (codec !== undefined) return codec;
  return then(registeredCodec(spec), (found) => {
    if (found === undefined) throw place.unsupported(`codec ${JSON.stringify(spec.name)} is not supported`);
    return found;
  });
}

/**
 * The elements of one chunk, little-endian, laid out by the chain's strides, in memory of `lease`; of every type but
 * `string`. Errors are plain ones.
 */
export function decodeElements(
  open: OpenChain,
  encoded: Uint8Array,
  lease: Lease,
): MaybePromise<Uint8Array<ArrayBuffer>> {
  checkSize(open);
  const { dtype, shards, bytes, codecs } = open;
  if (dtype === "string") throw new TypeError("Cannot decode strings as elements of a fixed size");
  return then(decodeBytes(codecs, encoded, bytes, lease), (decoded) => {
    if (shards !== undefined) return decodeWholeShard(shards, itemBytes(dtype), decoded, lease);
    // What belongs to the store may not be changed, and may lie at any address.
    let elements = lease.own(decoded);
    swapBytes(elements, itemBytes(open.filters.at(-1)?.encoded ?? dtype), open.swaps);
    for (const filter of open.filters.toReversed()) elements = filter.decode(elements, lease);
    return elements;
  });
}

/** The rows of one chunk of strings, in memory of `lease`. Errors are plain ones. */
export function decodeStrings(open: OpenChain, encoded: Uint8Array, lease: Lease): MaybePromise<Strings> {
  if (open.shards !== undefined) throw new RangeError("strings in shards within shards are not supported");
  return then(decodeBytes(open.codecs, encoded, undefined, lease), (decoded) => {
    return decodeVlen(lease.own(decoded), product(open.shape), lease);
  });
}

/** Encode a chunk's elements (C order, little-endian) or rows, in memory of `lease` or `elements` itself. */
export function encodeChunk(
  open: OpenChain,
  elements: Uint8Array | Strings,
  lease: Lease,
): MaybePromise<Uint8Array> {
  const { codecs, dtype } = open;
  if (!(elements instanceof Uint8Array)) return encodeBytes(codecs, encodeVlen(elements, lease), lease);
  return encodeBytes(codecs, elements, lease, isNumeric(dtype) ? itemBytes(dtype) : undefined);
}

function checkSize(open: OpenChain): void {
  const bytes = product(open.shape) * (open.dtype === "string" ? 1 : itemBytes(open.dtype));
  if (bytes > MOST_BYTES) throw new RangeError(`chunks of ${bytes} bytes are too large to decode`);
}
