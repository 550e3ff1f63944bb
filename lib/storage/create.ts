/**
 * From a path and a format to a writer: the twin of `open.ts`.
 *
 * @module
 */
import { assertNever } from "../base/errors.ts";
import { isS3 } from "../base/location.ts";
import type { BufferPool } from "../base/pool.ts";
import { segmentFolder } from "./h5/segment_folder.ts";
import type { StoreFormat, StoreWriter } from "./node.ts";
import { DenoStoreWriter } from "./store.ts";
import type { WriteLog } from "./written.ts";
import { type WritableStore, ZarrWriter } from "./zarr/writer.ts";

/** How a store is written. */
export interface WriterOptions {
  /** Where files that are whole are noted. */
  readonly log?: WriteLog | undefined;
  /**
   * The folder in which objects grow until they are whole; it has to be given for shards in a bucket, and where other
   * processes may write the same objects.
   */
  readonly partial?: string | undefined;
  /** The server of `s3://` locations. */
  readonly s3Endpoint?: string | null | undefined;
  /** Stops waiting for a server. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A writer of the store at `path`, a folder that is made when something is written, or a place in a bucket. What writes
 * HDF5 or into buckets is loaded for such stores only: its code takes memory in every thread.
 */
export async function openStoreWriter(
  path: string,
  format: StoreFormat,
  pool: BufferPool,
  options: WriterOptions = {},
): Promise<StoreWriter> {
  switch (format.kind) {
    case "zarr":
      return new ZarrWriter(await openWritable(path, options), format.version, pool, path);
    case "h5ad": {
      const { H5Writer } = await import("./h5/writer.ts");
      return new H5Writer(path, pool, options.log);
    }
    default:
      return assertNever(format);
  }
}

async function openWritable(
  path: string,
  { log, partial, s3Endpoint, signal }: WriterOptions,
): Promise<WritableStore> {
  if (!isS3(path)) return new DenoStoreWriter(path, log, partial);
  const { S3StoreWriter } = await import("./s3/writer.ts");
  return new S3StoreWriter(path, { endpoint: s3Endpoint, partial, signal });
}

/** The folder that holds what tasks write of the store at `path`: the store itself, or what a file is put together from. */
export function folderOfTasks(path: string, format: StoreFormat): string {
  return format.kind === "zarr" ? path : segmentFolder(path);
}
