/**
 * What an output in HDF5 takes of the user's options, and of the first input's encoding.
 *
 * @module
 */
import { type DType, itemBytes } from "../base/dtype.ts";
import type { ResolvedOptions } from "../options.ts";
import type { ArraySpec, CodecSpec, StoreFormat } from "../storage/node.ts";

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
