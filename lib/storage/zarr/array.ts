/**
 * Arrays of a zarr store: chunks as they are stored, and what they hold.
 *
 * @module
 */
import { isPromise, type MaybePromise } from "../../base/async.ts";
import { AnncatError } from "../../base/errors.ts";
import { cell, cells, intersect, positions, type Range, whole } from "../../base/range.ts";
import { fromTexts, type Strings } from "../../base/strings.ts";
import { fillBytes, fillText } from "../fill.ts";
import { Lease } from "../lease.ts";
import type { ArrayNode, ArraySpec, Attributes, Block, StringBlock } from "../node.ts";
import { explaining, then } from "../steps.ts";
import { decodeElements, decodeStrings, type OpenChain, openChain } from "./chain.ts";
import { checkFrame } from "./pipeline.ts";
import { type ArrayMetadata, encodingKey, Place } from "./metadata.ts";
import { piecewise } from "./metadata_v3.ts";
import { Objects } from "./objects.ts";
import type { ZarrSource } from "./reader.ts";

/** The array at `path`, ready to read. */
export function openArray(from: ZarrSource, path: string, metadata: ArrayMetadata): MaybePromise<ArrayNode> {
  const { chain, spec } = metadata;
  const place = new Place(from.source, path);
  const inner = piecewise(chain)?.chain ?? chain;
  return then(openChain(inner, spec.dtype, spec.chunks, spec.fill, place), (open) => {
    return new ZarrArray(from, place, metadata, open, encodingKey(spec.dtype, inner));
  });
}

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
  /** Holds what `encoded` has lent. */
  readonly #lent: Lease;

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
    this.#lent = this.#lease.another();
  }

  async *blocks(selection: readonly Range[]): AsyncGenerator<Block> {
    const { spec: { dtype, fill } } = this;
    if (dtype === "string") throw new TypeError(`Cannot read ${this.path} as blocks: it holds strings`);
    const missing = fillBytes(dtype, fill);
    const decode = (encoded: Uint8Array, lease: Lease) => decodeElements(this.#chain, encoded, lease);
    for await (const { chunk, ranges, held } of this.#chunks(selection, decode)) {
      if (held === undefined) yield { ranges, offset: 0, strides: ranges.map(() => 0), bytes: missing };
      else yield { ...this.#placed(chunk, ranges), bytes: held };
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

  encoded(chunk: readonly number[]): MaybePromise<Uint8Array | "missing" | undefined> {
    this.#lent.end();
    if (this.encoding === undefined) return undefined;
    return then(this.#objects.read(chunk, this.#lent), (bytes) => {
      if (bytes === undefined) return "missing";
      const whole = checkFrame(this.#chain.codecs, bytes, this.#chain.bytes);
      if (whole === true) return bytes;
      // What is not right is left to decoding, which knows why.
      this.#lent.end();
      return undefined;
    });
  }

  /** The chunks under `selection`, each read and decoded when it is asked for; undefined for one that is missing. */
  async *#chunks<T>(
    selection: readonly Range[],
    decode: (encoded: Uint8Array, lease: Lease) => MaybePromise<T>,
  ): AsyncGenerator<{ chunk: readonly number[]; ranges: readonly Range[]; held: T | undefined }> {
    this.#lent.end();
    const { shape, chunks } = this.spec;
    checkSelection(selection, shape, this.path);
    const grid = selection.map((range, axis) => cells(range, chunks[axis] as number));
    const lease = this.#lease.another();
    try {
      for (const at of positions(grid)) {
        const chunk = at.slice();
        const ranges = chunk.map((index, axis) => {
          const covered = cell(index, chunks[axis] as number, shape[axis] as number);
          return intersect(covered, selection[axis] ?? whole(0));
        });
        const found = this.#decoded(chunk, lease, decode);
        yield { chunk, ranges, held: isPromise(found) ? await found : found };
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
        // What the system says of reading a file, and our own errors, need no other words.
        if (cause instanceof AnncatError || isSystemError(cause)) throw cause;
        throw this.#place.undecodable(this.#objects.name(chunk), cause);
      },
    );
  }

  #placed(chunk: readonly number[], ranges: readonly Range[]) {
    const { strides } = this.#chain;
    const offset = ranges.reduce((sum, range, axis) => {
      const start = (chunk[axis] as number) * (this.spec.chunks[axis] as number);
      return sum + (range.start - start) * (strides[axis] as number);
    }, 0);
    return { ranges, offset, strides };
  }
}

function isSystemError(cause: unknown): boolean {
  return Object.values(Deno.errors).some((kind) => kind !== Deno.errors.InvalidData && cause instanceof kind);
}

function checkSelection(selection: readonly Range[], shape: readonly number[], path: string): void {
  const fits = selection.length === shape.length && selection.every(({ start, end }, axis) => {
    return start >= 0 && start <= end && end <= (shape[axis] as number);
  });
  if (fits) return;
  const shown = selection.map(({ start, end }) => `${start}:${end}`).join(", ");
  throw new RangeError(`Cannot read [${shown}] of ${path}: its shape is [${shape.join(", ")}]`);
}
