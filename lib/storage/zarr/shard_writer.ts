/**
 * Writes shards: inner chunks in any order as they come, then the index.
 *
 * @module
 */
import type { MaybePromise } from "../../base/async.ts";
import { product } from "../../base/range.ts";
import type { ArraySpec } from "../node.ts";
import { inTurn } from "../steps.ts";
import { shardOf } from "./objects.ts";
import { printIndex, shardGrid, type ShardIndex } from "./shard.ts";
import type { GrowingObject } from "./writer.ts";

interface OpenShard {
  /** Made when the first chunk comes that has to be stored. */
  object: GrowingObject | undefined;
  readonly index: ShardIndex;
  /** Chunks that have not come yet. */
  readonly awaited: Set<number>;
  readonly position: readonly number[];
}

/** The shards of one array. A shard is finished when all of its chunks have come, or at the end. */
export class ShardWriter {
  readonly #spec: ArraySpec;
  readonly #shards: readonly number[];
  readonly #grid: readonly number[];
  readonly #create: (shard: readonly number[]) => GrowingObject;
  readonly #open = new Map<string, OpenShard>();
  readonly #finished = new Set<string>();

  /** Write shards of shape `shards`; `create` starts the object of one. */
  constructor(spec: ArraySpec, shards: readonly number[], create: (shard: readonly number[]) => GrowingObject) {
    this.#spec = spec;
    this.#shards = shards;
    this.#grid = shardGrid(shards, spec.chunks);
    if (this.#grid.some((count) => !Number.isInteger(count) || count < 1)) {
      throw new RangeError(`Cannot divide shards of [${shards}] into chunks of [${spec.chunks}]`);
    }
    this.#create = create;
  }

  /** Store one chunk. */
  write(chunk: readonly number[], encoded: Uint8Array): MaybePromise<void> {
    const { shard, slot } = this.#shard(chunk);
    shard.object ??= this.#create(shard.position);
    shard.index[2 * slot] = shard.object.length;
    shard.index[2 * slot + 1] = encoded.length;
    shard.object.write(encoded);
    return this.#came(shard, slot);
  }

  /** Note that a chunk holds nothing but the fill value. */
  skip(chunk: readonly number[]): MaybePromise<void> {
    const { shard, slot } = this.#shard(chunk);
    return this.#came(shard, slot);
  }

  /** Finish the shards that are open. */
  close(): MaybePromise<void> {
    return inTurn([...this.#open.values()], (shard) => this.#finish(shard));
  }

  #shard(chunk: readonly number[]): { shard: OpenShard; slot: number } {
    const { shard: position, slot } = shardOf(chunk, this.#grid);
    const name = position.join();
    if (this.#finished.has(name)) throw new RangeError(`Cannot write chunk [${chunk}]: its shard is finished`);
    let shard = this.#open.get(name);
    if (shard === undefined) {
      const count = product(this.#grid);
      const index = new Float64Array(2 * count);
      for (let i = 0; i < count; i++) index[2 * i] = -1;
      shard = { object: undefined, index, awaited: new Set(this.#slots(position)), position };
      this.#open.set(name, shard);
    }
    return { shard, slot };
  }

  /** The places in the index of the chunks that touch the array: a shard at its edge has others. */
  #slots(position: readonly number[]): number[] {
    let slots = [0];
    for (const [axis, count] of this.#grid.entries()) {
      const left = (this.#spec.shape[axis] as number) - (position[axis] as number) * (this.#shards[axis] as number);
      const used = Math.min(count, Math.ceil(left / (this.#spec.chunks[axis] as number)));
      slots = slots.flatMap((slot) => Array.from({ length: used }, (_, i) => slot * count + i));
    }
    return slots;
  }

  #came(shard: OpenShard, slot: number): MaybePromise<void> {
    shard.awaited.delete(slot);
    if (shard.awaited.size === 0) return this.#finish(shard);
  }

  #finish(shard: OpenShard): MaybePromise<void> {
    const name = shard.position.join();
    this.#open.delete(name);
    this.#finished.add(name);
    shard.object?.write(printIndex(shard.index));
    return shard.object?.finish();
  }
}
