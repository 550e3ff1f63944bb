/**
 * What an output in HDF5 takes of the user's options, and of the first input's encoding.
 *
 * @module
 */
import { type DType, isNumeric, itemBytes } from "../base/dtype.ts";
import { UnsupportedError } from "../base/errors.ts";
import { isS3 } from "../base/location.ts";
import { most } from "../base/most.ts";
import { product } from "../base/range.ts";
import type { ResolvedOptions } from "../options.ts";
import type { ArraySpec, CodecSpec, NodeSpec, StoreFormat } from "../storage/node.ts";

/** The codecs that every HDF5 library with h5py reads. */
const WRITABLE = new Set(["shuffle", "gzip", "lzf"]);

/** What HDF5 stores of a text: its length, and where it lies. */
const REFERENCE_BYTES = 16;

/** A `TypeError` where `options` ask for what the format of the output does not have. */
export function checkFormat(options: ResolvedOptions, output: StoreFormat, location: string): void {
  const asked = options.codecs === "keep" ? [] : options.codecs;
  if (output.kind === "zarr") {
    if (!asked.some((codec) => codec.name === "lzf")) return;
    throw new TypeError(`Cannot write "${location}" with lzf: only h5ad has it; give --codec blosc-lz4, or zstd`);
  }
  if (isS3(location)) {
    const way = "write it to a path and upload it, or give the output a name that ends in .zarr";
    throw new UnsupportedError(`Cannot write "${location}": h5ad files are not written into buckets; ${way}`, {
      source: location,
    });
  }
  if (options.zarrFormat !== null) {
    throw new TypeError(`Cannot write "${location}" in zarr format ${options.zarrFormat}: its name says h5ad`);
  }
  if (options.shards !== "keep" && options.shards !== null) {
    throw new TypeError(`Cannot write "${location}" with shards: h5ad has none; leave out --shards`);
  }
  const other = asked.find((codec) => !WRITABLE.has(codec.name));
  if (other === undefined) return;
  throw new TypeError(`Cannot write "${location}" with ${other.name}: h5ad takes gzip[:L], lzf or none as --codec`);
}

/** What a chunk that is known by its place takes as a JavaScript object. */
const KNOWN_BYTES = 256;

/** Memory for putting the file together when all tasks are done: where every chunk lies, and one chunk on its way. */
export function assemblyMemory(nodes: readonly NodeSpec[]): number {
  const specs = nodes.flatMap((node) => node.kind === "array" ? [node.spec] : []);
  const count = specs.reduce((sum, { shape, chunks }) => {
    return sum + shape.reduce((all, length, axis) => all * Math.ceil(length / (chunks[axis] ?? 1)), 1);
  }, 0);
  // Text is read, referred to, shuffled and compressed.
  const largest = most(specs, (spec) => {
    return product(spec.chunks) * (isNumeric(spec.dtype) ? itemBytes(spec.dtype) : 5 * REFERENCE_BYTES);
  });
  return count * KNOWN_BYTES + largest + 4 * 2 ** 20;
}

/** The codecs of an array in HDF5: the user's, those of a first input in HDF5 that has any, or gzip:4 with shuffle. */
export function hdf5Codecs(
  { dtype, shape, like }: {
    readonly dtype: DType;
    readonly shape: readonly number[];
    readonly like: ArraySpec | undefined;
  },
  asked: readonly CodecSpec[] | "keep",
  first: StoreFormat["kind"],
): readonly CodecSpec[] {
  // What holds one value is stored in its header.
  if (shape.length === 0) return [];
  const item = dtype === "string" ? REFERENCE_BYTES : itemBytes(dtype);
  const shuffle: CodecSpec = { name: "shuffle", configuration: { elementsize: item } };
  const shuffled = (codec: CodecSpec): CodecSpec[] => item > 1 ? [shuffle, codec] : [codec];
  if (asked !== "keep") return asked.flatMap(shuffled);
  const known = first === "h5ad" ? like?.codecs.filter((codec) => WRITABLE.has(codec.name)) ?? [] : [];
  if (!known.some((codec) => codec.name !== "shuffle")) return shuffled({ name: "gzip", configuration: { level: 4 } });
  return known.flatMap((codec) => codec.name !== "shuffle" ? [codec] : item > 1 ? [shuffle] : []);
}
