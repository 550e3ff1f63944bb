/**
 * Where the chunks of an array are stored: each as one object, or several in a shard.
 *
 * @module
 */
import type { MaybePromise } from "../../base/async.ts";
import { product, strides } from "../../base/range.ts";
import type { Lease } from "../lease.ts";
import { type ReadableStore, readObject, type StoreKey } from "../store.ts";
import { then } from "../steps.ts";
import { keyOf } from "./hierarchy.ts";
import type { Place } from "../place.ts";
import type { ArrayMetadata, KeyEncoding, Shards } from "./metadata.ts";
import { piecewise } from "./metadata_v3.ts";
import { indexBytes, parseIndex, shardGrid, type ShardIndex } from "./shard.ts";

/** Indexes that are kept, in bytes: enough for the shards along a row of most arrays. */
const CACHE_BYTES = 2 ** 20;

/** The name of the object at grid position `at`, without the array's path. */
export function objectName(keys: KeyEncoding, at: readonly number[]): string {
  if (at.length === 0) return keys.prefix === "c" ? "c" : "0";
  return (keys.prefix === "c" ? `c${keys.separator}` : "") + at.join(keys.separator);
}

/** The grid position of the shard in which chunk `chunk` lies, and the chunk's place in its index. */
export function shardOf(chunk: readonly number[], grid: readonly number[]): { shard: number[]; slot: number } {
  const steps = strides(grid);
  const shard = chunk.map((index, axis) => Math.floor(index / (grid[axis] as number)));
  const slot = chunk.reduce((sum, index, axis) => sum + index % (grid[axis] as number) * (steps[axis] as number), 0);
  return { shard, slot };
}

/** Reads chunks as they are stored. */
export class Objects {
  readonly #store: ReadableStore;
  readonly #place: Place;
  readonly #keys: KeyEncoding;
  readonly #shards: Shards | undefined;
  readonly #grid: readonly number[];
  /** By the shard's name; the one used last is at the end. */
  readonly #indexes = new Map<string, ShardIndex | undefined>();

  /** Read the chunks of the array at `place`. */
  constructor(store: ReadableStore, place: Place, { chain, spec, keys }: ArrayMetadata) {
    this.#store = store;
    this.#place = place;
    this.#keys = keys;
    this.#shards = piecewise(chain);
    this.#grid = spec.shards === null ? [] : shardGrid(spec.shards, spec.chunks);
  }

  /** A name of the chunk for messages. */
  name(chunk: readonly number[]): string {
    if (this.#shards === undefined) return objectName(this.#keys, chunk);
    const { shard, slot } = shardOf(chunk, this.#grid);
    return `${objectName(this.#keys, shard)} (part ${slot})`;
  }

  /** The chunk at grid position `chunk`, in memory of `lease` or of the store; undefined where it is not stored. */
  read(chunk: readonly number[], lease: Lease): MaybePromise<Uint8Array | undefined> {
    const allocate = (bytes: number) => lease.take(bytes);
    const shards = this.#shards;
    if (shards === undefined) return readObject(this.#store, this.#key(chunk), undefined, allocate);
    const { shard, slot } = shardOf(chunk, this.#grid);
    return then(this.#index(shard, shards), (index) => {
      const offset = index?.[2 * slot] ?? -1, length = index?.[2 * slot + 1] ?? 0;
      if (offset < 0) return undefined;
      return then(readObject(this.#store, this.#key(shard), { offset, length }, allocate), (bytes) => {
        if (bytes?.length === length) return bytes;
        throw new RangeError("its shard is cut off, or the shard's index points outside of it");
      });
    });
  }

  #index(shard: readonly number[], shards: Shards): MaybePromise<ShardIndex | undefined> {
    const name = objectName(this.#keys, shard);
    if (this.#indexes.has(name)) {
      const index = this.#indexes.get(name);
      this.#indexes.delete(name);
      this.#indexes.set(name, index);
      return index;
    }
    const count = product(this.#grid), length = indexBytes(shards, count);
    const range = shards.indexAt === "end" ? { suffixLength: length } : { offset: 0, length };
    const bytes = readObject(this.#store, this.#key(shard), range, (size) => new Uint8Array(size));
    return then(bytes, (found) => {
      const index = found === undefined ? undefined : parseIndex(found, shards, count);
      const most = Math.max(2, Math.floor(CACHE_BYTES / length));
      for (const [oldest] of this.#indexes) {
        if (this.#indexes.size < most) break;
        this.#indexes.delete(oldest);
      }
      this.#indexes.set(name, index);
      return index;
    });
  }

  #key(at: readonly number[]): StoreKey {
    return keyOf(this.#place.element, objectName(this.#keys, at));
  }
}
