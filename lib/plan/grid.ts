/**
 * How output arrays are cut and encoded: as the first input's, unless the user says otherwise.
 *
 * @module
 */
import { type DType, itemBytes } from "../base/dtype.ts";
import { product } from "../base/range.ts";
import type { ResolvedOptions } from "../options.ts";
import type { ArraySpec, CodecSpec, FillValue } from "../storage/node.ts";

/** What a chunk of an array that nobody has chunked should hold, decoded. */
const CHUNK_BYTES = 2 ** 20;

/** What a row of text is taken to need. */
const TEXT_BYTES = 16;

/** What an output array is to be like. */
export interface Wanted {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** The first input's array of the same kind, where there is one. */
  readonly like: ArraySpec | undefined;
  readonly fill: FillValue;
  /** Whether the user's `chunks` and `shards` are meant for this array. */
  readonly isMatrix: boolean;
}

/** Cut and encode an output array. */
export function arraySpec(wanted: Wanted, options: ResolvedOptions, zarrVersion: 2 | 3): ArraySpec {
  const { shape, dtype, fill } = wanted;
  const chunks = chunkShape(wanted, options);
  return {
    shape,
    dtype,
    chunks,
    shards: shardShape(wanted, options, zarrVersion, chunks),
    codecs: codecs(wanted, options),
    fill,
  };
}

function chunkShape(wanted: Wanted, options: ResolvedOptions): number[] {
  const { shape, like } = wanted;
  const asked = wanted.isMatrix ? options.chunks : null;
  const item = wanted.dtype === "string" ? TEXT_BYTES : itemBytes(wanted.dtype);
  if (asked !== null) return shape.map((length, axis) => clip(asked[axis] ?? asked[0] ?? 1, length));
  if (like === undefined || like.chunks.length !== shape.length) return guess(shape, item);
  const chunks = like.chunks.map((chunk, axis) => clip(chunk, shape[axis] ?? 1));
  // A chunk that holds the whole of the first input was never chosen for length: let it grow to a usual size.
  return chunks.map((chunk, axis) => {
    if ((like.chunks[axis] ?? 1) < (like.shape[axis] ?? 0)) return chunk;
    const others = item * product(chunks) / chunk;
    return clip(Math.max(chunk, Math.floor(CHUNK_BYTES / others)), shape[axis] ?? 1);
  });
}

/** Halve the longest axis until a chunk is small enough. */
function guess(shape: readonly number[], item: number): number[] {
  const chunks = shape.map((length) => Math.max(1, length));
  while (product(chunks) * item > CHUNK_BYTES) {
    const longest = chunks.indexOf(Math.max(...chunks));
    if (chunks[longest] === 1) break;
    chunks[longest] = Math.ceil((chunks[longest] as number) / 2);
  }
  return chunks;
}

function clip(chunk: number, length: number): number {
  return Math.max(1, Math.min(chunk, length));
}

function shardShape(
  wanted: Wanted,
  options: ResolvedOptions,
  zarrVersion: 2 | 3,
  chunks: readonly number[],
): readonly number[] | null {
  if (zarrVersion === 2) return null;
  const asked = wanted.isMatrix ? options.shards : options.shards === null ? null : "keep";
  const shards = asked === "keep" ? wanted.like?.shards ?? null : asked;
  if (shards === null) return null;
  return chunks.map((chunk, axis) => {
    const whole = Math.ceil((wanted.shape[axis] ?? 1) / chunk) * chunk;
    return Math.max(chunk, Math.min(whole, Math.ceil((shards[axis] ?? shards[0] ?? 1) / chunk) * chunk));
  });
}

/** Codecs that every output can have; an input's other codecs are not kept. */
const WRITABLE = new Set(["blosc", "zstd", "gzip", "zlib", "lz4", "crc32c"]);

function codecs(wanted: Wanted, options: ResolvedOptions): readonly CodecSpec[] {
  if (options.codecs !== "keep") return options.codecs;
  const like = wanted.like?.codecs;
  if (like === undefined) return [{ name: "zstd", configuration: { level: 3, checksum: false } }];
  return like.filter((codec) => WRITABLE.has(codec.name)).map(({ name, configuration }) => {
    const { typesize: _, ...rest } = configuration; // the writer sets it by the array's own type
    return { name, configuration: rest };
  });
}

/** The shape of what is stored as one object: a shard, or a chunk. */
export function unitShape(spec: ArraySpec): readonly number[] {
  return spec.shards ?? spec.chunks;
}

/** How many stored objects an array has on each axis. */
export function unitCounts(spec: ArraySpec): number[] {
  const unit = unitShape(spec);
  return spec.shape.map((length, axis) => Math.ceil(length / (unit[axis] ?? 1)));
}

/** Decoded bytes of one chunk. */
export function chunkBytes(spec: ArraySpec): number {
  return product(spec.chunks) * (spec.dtype === "string" ? TEXT_BYTES : itemBytes(spec.dtype));
}
