/**
 * From a path and a format to a writer: the twin of `open.ts`.
 *
 * @module
 */
import { assertNever, UnsupportedError } from "../base/errors.ts";
import type { BufferPool } from "../base/pool.ts";
import type { StoreFormat, StoreWriter } from "./node.ts";
import { DenoStoreWriter } from "./store.ts";
import type { WriteLog } from "./written.ts";
import { ZarrWriter } from "./zarr/writer.ts";

/** A writer of the store at `path`; the folder is made when something is written, and whole files are noted in `log`. */
export function openStoreWriter(path: string, format: StoreFormat, pool: BufferPool, log?: WriteLog): StoreWriter {
  switch (format.kind) {
    case "zarr":
      return new ZarrWriter(new DenoStoreWriter(path, log), format.version, pool, path);
    case "h5ad":
      throw new UnsupportedError(`Cannot write "${path}": h5ad is not supported yet; write zarr`, { source: path });
    default:
      return assertNever(format);
  }
}
