/**
 * Shards: objects that hold several chunks, and an index that says where.
 *
 * Source: "Sharding codec (version 1.0)" of the zarr v3 specification.
 *
 * @module
 */
import type { MaybePromise } from "../../base/async.ts";
import { positions, product, type Range, strides, whole } from "../../base/range.ts";
import type { Lease } from "../lease.ts";
import { ensuring, inTurn, then } from "../steps.ts";
import { decodeElements, type OpenChain } from "./chain.ts";
import { crc32c } from "../codec/crc32c.ts";
import type { Shards } from "./metadata.ts";
import { copyBox } from "../swap.ts";

/** Shards whose codecs are open. */
export interface OpenShards extends Shards {
  /** How an inner chunk is decoded. */
  readonly inner: OpenChain;
  /** The shape of a shard, by its stored axes. */
  readonly outer: readonly number[];
  /** The bytes of an element that no chunk holds; undefined for strings. */
  readonly fill: Uint8Array<ArrayBuffer> | undefined;
}

/** Where the inner chunks of a shard lie: offset and length of each, in C order; an offset of -1 where it is missing. */
export type ShardIndex = Float64Array;

const MISSING = 2n ** 64n - 1n;

/** How many chunks a shard has along each axis. */
export function shardGrid(shard: readonly number[], chunks: readonly number[]): number[] {
  return shard.map((length, axis) => length / (chunks[axis] as number));
}

/** The length of a shard's index. */
export function indexBytes(shards: Shards, count: number): number {
  return 16 * count + (shards.indexChecked ? 4 : 0);
}

/** Read the index of a shard. A plain error where it is corrupt. */
export function parseIndex(bytes: Uint8Array, shards: Shards, count: number): ShardIndex {
  if (bytes.length !== indexBytes(shards, count)) {
    throw new RangeError(`its shard index has ${bytes.length} bytes instead of ${indexBytes(shards, count)}`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (shards.indexChecked && crc32c(bytes.subarray(0, 16 * count)) !== view.getUint32(16 * count, true)) {
    throw new RangeError("the checksum of its shard index is wrong");
  }
  const index = new Float64Array(2 * count);
  for (let i = 0; i < count; i++) {
    const offset = view.getBigUint64(16 * i, !shards.indexBigEndian);
    const length = view.getBigUint64(16 * i + 8, !shards.indexBigEndian);
    const missing = offset === MISSING && length === MISSING;
    if (!missing && (offset + length > 2n ** 53n)) throw new RangeError("its shard index points outside of the shard");
    index[2 * i] = missing ? -1 : Number(offset);
    index[2 * i + 1] = missing ? 0 : Number(length);
  }
  return index;
}

/** Write the index of a shard: little-endian, with a checksum. */
export function printIndex(index: ShardIndex): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8 * index.length + 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < index.length; i += 2) {
    const offset = index[i] as number;
    view.setBigUint64(8 * i, offset < 0 ? MISSING : BigInt(offset), true);
    view.setBigUint64(8 * i + 8, offset < 0 ? MISSING : BigInt(index[i + 1] as number), true);
  }
  view.setUint32(8 * index.length, crc32c(bytes.subarray(0, 8 * index.length)), true);
  return bytes;
}

/** The part of a whole shard `object` in which chunk `at` of its index lies, or undefined where it is missing. */
function piece(object: Uint8Array, index: ShardIndex, at: number): Uint8Array | undefined {
  const start = index[2 * at] as number, length = index[2 * at + 1] as number;
  if (start < 0) return undefined;
  if (start + length > object.length) throw new RangeError("its shard index points outside of the shard");
  return object.subarray(start, start + length);
}

/** Decode all of a shard into C order: for shards inside shards, and such as have other codecs around them. */
export function decodeWholeShard(
  shards: OpenShards,
  itemBytes: number,
  object: Uint8Array,
  lease: Lease,
): MaybePromise<Uint8Array<ArrayBuffer>> {
  const { inner, outer, chunks } = shards;
  const grid = shardGrid(outer, chunks);
  const count = product(grid), length = indexBytes(shards, count);
  if (object.length < length) throw new RangeError(`it has ${object.length} bytes, too few for its shard index`);
  const indexPart = shards.indexAt === "end" ? object.subarray(-length) : object.subarray(0, length);
  const index = parseIndex(indexPart, shards, count);
  const bytes = lease.take(product(outer) * itemBytes);
  const far = strides(outer), steps = strides(grid);
  const own = lease.another();
  const decodeOne = (at: readonly number[]): MaybePromise<void> => {
    const offset = at.reduce((sum, cell, axis) => {
      return sum + cell * (chunks[axis] as number) * (far[axis] as number);
    }, 0);
    const into = { bytes, offset, strides: far };
    const encoded = piece(object, index, at.reduce((sum, cell, axis) => sum + cell * (steps[axis] as number), 0));
    if (encoded === undefined) {
      const fill = shards.fill ?? new Uint8Array(itemBytes);
      return copyBox({ bytes: fill, offset: 0, strides: chunks.map(() => 0) }, into, chunks, itemBytes);
    }
    return then(decodeElements(inner, encoded, own), (elements) => {
      copyBox({ bytes: elements, offset: 0, strides: inner.strides }, into, chunks, itemBytes);
      own.end();
    });
  };
  const boxes: readonly Range[] = grid.map(whole);
  return then(ensuring(() => inTurn(positions(boxes), decodeOne), () => own.end()), () => bytes);
}
