/**
 * Arrays of a zarr store: chunks as they are stored, and what they hold.
 *
 * @module
 */
import { isPromise, type MaybePromise } from "../../base/async.ts";
import { product, type Range } from "../../base/range.ts";
import { fromTexts, type Strings } from "../../base/strings.ts";
import { chunksUnder, placedIn } from "../chunks.ts";
import { fillBytes, fillText } from "../fill.ts";
import { Lease } from "../lease.ts";
import type { ArrayNode, ArraySpec, Attributes, Block, StringBlock } from "../node.ts";
import { ensuring, explaining, succeeds, then } from "../steps.ts";
import { decodeElements, decodeStrings, type OpenChain, openChain } from "./chain.ts";
import { checkFrame, decodedBytes } from "../codec/pipeline.ts";
import { needsNoWords, Place } from "../place.ts";
import { type ArrayMetadata, encodingKey } from "./metadata.ts";
import { piecewise } from "./metadata_v3.ts";
import { Objects } from "./objects.ts";
import type { ZarrSource } from "./reader.ts";
import { vlenTextBytes } from "./vlen.ts";

/** The array at `path`, ready to read. */
export function openArray(from: ZarrSource, path: string, metadata: ArrayMetadata): MaybePromise<ArrayNode> {
  const { chain, spec } = metadata;
  const place = new Place(from.source, path);
  const inner = piecewise(chain)?.chain ?? chain;
  return then(openChain(inner, spec.dtype, spec.chunks, spec.fill, place), (open) => {
    return new ZarrArray(from, place, metadata, open, encodingKey(spec.dtype, inner));
  });
}

/** Bytes a row of text in a chunk whose head is not believed without a look: it may be broken. */
const LONG_ROW = 1024;

class ZarrArray implements ArrayNode {
  readonly kind = "array";
  readonly source: string;
  readonly path: string;
  readonly attrs: Attributes;
  readonly spec: ArraySpec;
  readonly encoding: string | undefined;
  readonly #place: Place;
  readonly #chain: OpenChain;
  readonly #objects: Objects;
  readonly #lease: Lease;

  constructor(
    from: ZarrSource,
    place: Place,
    metadata: ArrayMetadata,
    chain: OpenChain,
    encoding: string | undefined,
  ) {
    this.source = from.source;
    this.path = place.element;
    this.attrs = metadata.attrs;
    this.spec = metadata.spec;
    this.encoding = encoding;
    this.#place = place;
    this.#chain = chain;
    this.#objects = new Objects(from.store, place, metadata);
    this.#lease = new Lease(from.pool);
  }

  async *blocks(selection: readonly Range[]): AsyncGenerator<Block> {
    const { spec: { dtype, fill } } = this;
    if (dtype === "string") throw new TypeError(`Cannot read ${this.path} as blocks: it holds strings`);
    const missing = fillBytes(dtype, fill);
    const decode = (encoded: Uint8Array, lease: Lease) => decodeElements(this.#chain, encoded, lease);
    for await (const { chunk, ranges, held, lease } of this.#chunks(selection, decode)) {
      if (held === undefined) yield { ranges, offset: 0, strides: ranges.map(() => 0), bytes: missing };
      else yield { ...this.#placed(chunk, ranges), bytes: held, keep: () => lease.leave(held) };
    }
  }

  async *stringBlocks(selection: readonly Range[]): AsyncGenerator<StringBlock> {
    if (this.spec.dtype !== "string") throw new TypeError(`Cannot read ${this.path} as strings: it holds none`);
    const missing = fromTexts([fillText(this.spec.fill)]);
    const decode = (encoded: Uint8Array, lease: Lease): MaybePromise<Strings> => {
      return decodeStrings(this.#chain, encoded, lease);
    };
    for await (const { chunk, ranges, held } of this.#chunks(selection, decode)) {
      if (held === undefined) yield { ranges, offset: 0, strides: ranges.map(() => 0), strings: missing };
      else yield { ...this.#placed(chunk, ranges), strings: held };
    }
  }

  textBytes(): MaybePromise<number | undefined> {
    const { shape, chunks } = this.spec, chunk = shape.map(() => 0), rows = product(chunks);
    if (this.spec.dtype !== "string" || product(shape) === 0) return undefined;
    const lease = this.#lease.another();
    const count = (encoded: Uint8Array): MaybePromise<number> => {
      const bytes = this.#chain.shards === undefined ? decodedBytes(this.#chain.codecs, encoded) : undefined;
      if (bytes !== undefined && bytes < LONG_ROW * rows) return vlenTextBytes(bytes, rows);
      return then(decodeStrings(this.#chain, encoded, lease), ({ offsets }) => offsets[rows] ?? 0);
    };
    return ensuring(() => this.#decoded(chunk, lease, count), () => lease.end());
  }

  encoded(
    chunk: readonly number[],
    lease: Lease,
    hasDecoded = false,
  ): MaybePromise<Uint8Array | "missing" | undefined> {
    if (this.encoding === undefined) return undefined;
    return then(this.#objects.read(chunk, lease), (bytes) => {
      if (bytes === undefined) return "missing";
      if (hasDecoded) return bytes;
      // What is not right is left to who reads it, and is told why.
      return then(this.#isWhole(bytes), (whole) => whole ? bytes : undefined);
    });
  }

  /** Whether `encoded` decodes: far cheaper than encoding, and a broken chunk must not be handed on. */
  #isWhole(encoded: Uint8Array): MaybePromise<boolean> {
    if (checkFrame(this.#chain.codecs, encoded, this.#chain.bytes) === false) return false;
    const lease = this.#lease.another(), isText = this.spec.dtype === "string";
    const decode = (): MaybePromise<unknown> => (isText ? decodeStrings : decodeElements)(this.#chain, encoded, lease);
    return ensuring(() => succeeds(decode), () => lease.end());
  }

  /** The chunks under `selection`, each read and decoded when it is asked for; undefined for one that is missing. */
  async *#chunks<T>(
    selection: readonly Range[],
    decode: (encoded: Uint8Array, lease: Lease) => MaybePromise<T>,
  ): AsyncGenerator<{ chunk: readonly number[]; ranges: readonly Range[]; held: T | undefined; lease: Lease }> {
    const lease = this.#lease.another();
    try {
      for (const { chunk, ranges } of chunksUnder(selection, this.spec, this.path)) {
        const found = this.#decoded(chunk, lease, decode);
        yield { chunk, ranges, held: isPromise(found) ? await found : found, lease };
        lease.end();
      }
    } finally {
      lease.end();
    }
  }

  #decoded<T>(
    chunk: readonly number[],
    lease: Lease,
    decode: (encoded: Uint8Array, lease: Lease) => MaybePromise<T>,
  ): MaybePromise<T | undefined> {
    return explaining<T | undefined>(
      () =>
        then(this.#objects.read(chunk, lease), (encoded): MaybePromise<T | undefined> => {
          return encoded === undefined ? undefined : decode(encoded, lease);
        }),
      (cause) => {
        if (needsNoWords(cause)) throw cause;
        throw this.#place.undecodable(this.#objects.name(chunk), cause);
      },
    );
  }

  #placed(chunk: readonly number[], ranges: readonly Range[]) {
    return placedIn(chunk, ranges, this.spec.chunks, this.#chain.strides);
  }
}
