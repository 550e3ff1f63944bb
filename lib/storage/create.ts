/**
 * From a path and a format to a writer: the twin of `open.ts`.
 *
 * @module
 */
import { assertNever } from "../base/errors.ts";
import type { BufferPool } from "../base/pool.ts";
import { segmentFolder } from "./h5/segments.ts";
import { H5Writer } from "./h5/writer.ts";
import type { StoreFormat, StoreWriter } from "./node.ts";
import { DenoStoreWriter } from "./store.ts";
import type { WriteLog } from "./written.ts";
import { ZarrWriter } from "./zarr/writer.ts";

/**
 * A writer of the store at `path`; the folder is made when something is written, and whole files are noted in `log`.
 * Where other processes may write the same objects, they grow in the folder `partial` until they are whole.
 */
export function openStoreWriter(
  path: string,
  format: StoreFormat,
  pool: BufferPool,
  log?: WriteLog,
  partial?: string,
): StoreWriter {
  switch (format.kind) {
    case "zarr":
      return new ZarrWriter(new DenoStoreWriter(path, log, partial), format.version, pool, path);
    case "h5ad":
      return new H5Writer(path, pool, log);
    default:
      return assertNever(format);
  }
}

/** The folder that holds what tasks write of the store at `path`: the store itself, or what a file is put together from. */
export function folderOfTasks(path: string, format: StoreFormat): string {
  return format.kind === "zarr" ? path : segmentFolder(path);
}
