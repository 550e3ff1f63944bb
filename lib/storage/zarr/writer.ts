/**
 * Writes a zarr store of version 2 or 3.
 *
 * @module
 */
import type { MaybePromise } from "../../base/async.ts";
import { UnsupportedError } from "../../base/errors.ts";
import type { BufferPool } from "../../base/pool.ts";
import { product } from "../../base/range.ts";
import { rowCount, type Strings } from "../../base/strings.ts";
import { fillCheck } from "../fill_check.ts";
import { Lease } from "../lease.ts";
import type { ArraySpec, ArrayWriter, NodeSpec, StoreWriter } from "../node.ts";
import type { StoreKey } from "../store.ts";
import { ensuring, inTurn, then } from "../steps.ts";
import { encodeChunk, type OpenChain, openChain } from "./chain.ts";
import { isWritable } from "../codec/codecs.ts";
import { documents } from "./documents.ts";
import { keyOf } from "./hierarchy.ts";
import { printJson } from "./json.ts";
import { Place } from "../place.ts";
import { encodingKey, type KeyEncoding, writtenChain } from "./metadata.ts";
import { objectName } from "./objects.ts";
import { ShardWriter } from "./shard_writer.ts";

/** Where a zarr store is written to. */
export interface WritableStore {
  /** Store `bytes` under `key`; their memory may be used again when it returns, or its promise is there. */
  write(key: StoreKey, bytes: Uint8Array): MaybePromise<void>;
  /** Start an object that grows piece by piece, and appears under `key` when it is finished. */
  append(key: StoreKey): GrowingObject;
  /** Wait until everything is stored, where `write` does not. */
  settle?(): MaybePromise<void>;
  /** Drop what is on its way. */
  close?(): MaybePromise<void>;
}

/** An object that is not finished. */
export interface GrowingObject {
  /** The bytes so far. */
  readonly length: number;
  /** Append `bytes`. */
  write(bytes: Uint8Array): void;
  /** Let the object appear. */
  finish(): MaybePromise<void>;
}

/** Writes one zarr store. */
export class ZarrWriter implements StoreWriter {
  readonly #store: WritableStore;
  readonly #version: 2 | 3;
  readonly #pool: BufferPool;
  readonly #source: string;

  /** Write into `store`, which messages call `source`. */
  constructor(store: WritableStore, version: 2 | 3, pool: BufferPool, source: string) {
    this.#store = store;
    this.#version = version;
    this.#pool = pool;
    this.#source = source;
  }

  /** A writer for the chunks of the array at `path`. */
  array(path: string, spec: ArraySpec): ArrayWriter {
    const place = { source: this.#source, element: path };
    for (const { name } of spec.codecs) {
      if (isWritable(name)) continue;
      throw new UnsupportedError(`Cannot write ${path}: codec ${name} is not supported for writing`, place);
    }
    if (spec.shards !== null && this.#version === 2) {
      throw new UnsupportedError(`Cannot write ${path} with shards: zarr version 2 has none`, place);
    }
    const chain = writtenChain(spec);
    const opened = openChain(chain, spec.dtype, spec.chunks, spec.fill, new Place(this.#source, path));
    // Codecs that can write are all our own, and those open at once.
    if (opened instanceof Promise) throw new TypeError("Cannot wait for a codec here");
    const keys: KeyEncoding = this.#version === 2 ? { prefix: "", separator: "." } : { prefix: "c", separator: "/" };
    const key = (at: readonly number[]) => keyOf(path, objectName(keys, at));
    return new ZarrArrayWriter(this.#store, key, spec, opened, encodingKey(spec.dtype, chain), this.#pool);
  }

  /** Write the metadata of `nodes`: that of the root last, document by document, when all else is stored. */
  finish(nodes: readonly NodeSpec[]): MaybePromise<void> {
    const written = inTurn(documents(nodes, this.#version), ({ path, name, json, indent }) => {
      const before = path === "" ? this.#store.settle?.() : undefined;
      return then(before, () => this.#store.write(keyOf(path, name), printJson(json, indent)));
    });
    return then(written, () => this.#store.settle?.());
  }

  /** Drop what is on its way. */
  close(): MaybePromise<void> {
    return this.#store.close?.();
  }
}

class ZarrArrayWriter implements ArrayWriter {
  readonly spec: ArraySpec;
  readonly encoding: string | undefined;
  readonly #store: WritableStore;
  readonly #key: (at: readonly number[]) => StoreKey;
  readonly #chain: OpenChain;
  readonly #shards: ShardWriter | undefined;
  readonly #lease: Lease;
  readonly #isFill: (elements: Uint8Array | Strings) => boolean;

  constructor(
    store: WritableStore,
    key: (at: readonly number[]) => StoreKey,
    spec: ArraySpec,
    chain: OpenChain,
    encoding: string | undefined,
    pool: BufferPool,
  ) {
    this.spec = spec;
    this.encoding = encoding;
    this.#store = store;
    this.#key = key;
    this.#chain = chain;
    this.#lease = new Lease(pool);
    this.#isFill = fillCheck(spec);
    this.#shards = spec.shards === null
      ? undefined
      : new ShardWriter(spec, spec.shards, (shard) => store.append(key(shard)));
  }

  write(chunk: readonly number[], elements: Uint8Array | Strings): MaybePromise<void> {
    this.#check(elements);
    if (this.#isFill(elements)) return this.#shards?.skip(chunk);
    const lease = this.#lease.another();
    return ensuring(
      () => then(encodeChunk(this.#chain, elements, lease), (encoded) => this.writeEncoded(chunk, encoded)),
      () => lease.end(),
    );
  }

  writeEncoded(chunk: readonly number[], encoded: Uint8Array): MaybePromise<void> {
    if (this.#shards === undefined) return this.#store.write(this.#key(chunk), encoded);
    return this.#shards.write(chunk, encoded);
  }

  close(): MaybePromise<void> {
    return then(this.#shards?.close(), () => this.#store.settle?.());
  }

  #check(elements: Uint8Array | Strings): void {
    const count = product(this.spec.chunks);
    const [given, needed] = elements instanceof Uint8Array
      ? [elements.length, this.#chain.bytes]
      : [rowCount(elements), this.spec.dtype === "string" ? count : undefined];
    if (given === needed) return;
    throw new RangeError(`Cannot write a chunk of ${given} where ${needed ?? "the other kind"} is expected`);
  }
}
