/**
 * How output arrays are cut and encoded: as the first input's, unless the user says otherwise.
 *
 * @module
 */
import { type DType, itemBytes } from "../base/dtype.ts";
import { product } from "../base/range.ts";
import type { ResolvedOptions } from "../options.ts";
import type { ArraySpec, CodecSpec, FillValue, StoreFormat } from "../storage/node.ts";
import { hdf5Codecs } from "./hdf5.ts";

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
  /** Bytes of a row of text, where somebody looked. */
  readonly rowBytes?: number | undefined;
}

/** The formats on both sides. */
export interface Formats {
  /** The first input's. */
  readonly first: StoreFormat["kind"];
  readonly output: StoreFormat;
}

/** Cut and encode an output array. */
export function arraySpec(wanted: Wanted, options: ResolvedOptions, formats: Formats): ArraySpec {
  const { shape, dtype, fill, rowBytes } = wanted;
  const chunks = chunkShape(wanted, options, formats);
  return {
    shape,
    dtype,
    chunks,
    shards: shardShape(wanted, options, formats.output, chunks),
    codecs: codecs(wanted, options, formats),
    fill,
    ...(rowBytes === undefined ? {} : { rowBytes }),
  };
}

function chunkShape(wanted: Wanted, options: ResolvedOptions, { first }: Formats): number[] {
  const { shape, like } = wanted;
  const asked = wanted.isMatrix ? options.chunks : null;
  const item = rowBytes(wanted);
  if (asked !== null) return shape.map((length, axis) => clip(asked[axis] ?? asked[0] ?? 1, length));
  if (like === undefined || like.chunks.length !== shape.length) return guess(shape, item);
  const chunks = like.chunks.map((chunk, axis) => clip(chunk, shape[axis] ?? 1));
  const isChosen = (axis: number): boolean => (like.chunks[axis] ?? 1) < (like.shape[axis] ?? 0);
  if (first === "h5ad") {
    // h5py's own chunks are far smaller than what is fast to read and write today: several become one.
    const cut = chunks.map((chunk, axis) => isChosen(axis) ? chunk : evenly(chunk, shape[axis] ?? 1));
    return grown(cut, shape, item);
  }
  // A chunk that holds the whole of the first input was never chosen for length: let it grow to a usual size.
  return chunks.map((chunk, axis) => {
    if (isChosen(axis)) return chunk;
    const others = item * product(chunks) / chunk;
    return clip(Math.max(chunk, Math.floor(CHUNK_BYTES / others)), shape[axis] ?? 1);
  });
}

/** As many chunks of a longer axis, without one at its end that is mostly empty: HDF5 stores that whole. */
function evenly(chunk: number, length: number): number {
  return Math.max(1, Math.ceil(length / Math.max(1, Math.ceil(length / chunk))));
}

/** As many of `chunks` as make a usual size, along the last axis first. */
function grown(chunks: readonly number[], shape: readonly number[], item: number): number[] {
  const result = [...chunks];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const chunk = chunks[axis] ?? 1, times = Math.floor(CHUNK_BYTES / (product(result) * item));
    if (times > 1) result[axis] = clip(chunk * times, shape[axis] ?? 1);
  }
  return result;
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
  output: StoreFormat,
  chunks: readonly number[],
): readonly number[] | null {
  if (output.kind !== "zarr" || output.version === 2) return null;
  // zarr-python 3.1 cannot read records in shards: it hashes their fill value, which has no hash.
  if (typeof wanted.dtype === "object" && wanted.dtype.kind === "struct") return null;
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

function codecs(wanted: Wanted, options: ResolvedOptions, { first, output }: Formats): readonly CodecSpec[] {
  if (output.kind === "h5ad") return hdf5Codecs(wanted, options.codecs, first);
  if (options.codecs !== "keep") return options.codecs;
  const like = first === "h5ad" ? undefined : wanted.like?.codecs;
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

/** Bytes of one element, about where it is text. */
export function elementBytes(dtype: DType): number {
  return dtype === "string" ? TEXT_BYTES : itemBytes(dtype);
}

/** Bytes of one element, about what was found where it is text. */
export function rowBytes({ dtype, rowBytes }: { dtype: DType; rowBytes?: number | undefined }): number {
  return Math.max(elementBytes(dtype), rowBytes ?? 0);
}

/** Decoded bytes of one chunk. */
export function chunkBytes(spec: ArraySpec): number {
  return product(spec.chunks) * rowBytes(spec);
}
