/**
 * From a path, a URL or a store to the group at its root: with `create.ts` the only place that asks which format.
 *
 * @module
 */
import { FormatError, UnsupportedError } from "../base/errors.ts";
import type { BufferPool } from "../base/pool.ts";
import type { Group } from "./node.ts";
import { DenoStore, type ReadableStore } from "./store.ts";
import { openZarr } from "./zarr/reader.ts";

/** Where a store is: a path, or anything with zarrita's `get`. */
export type Location = string | ReadableStore;

/** How a store is opened. */
export interface OpenOptions {
  /** Where memory for chunks comes from. */
  readonly pool: BufferPool;
}

/** Open the group at the root of a store. */
export async function openGroup(location: Location, options: OpenOptions): Promise<Group> {
  const source = nameOf(location);
  const store = typeof location === "string" ? openPath(location) : location;
  const root = await openZarr({ store, source, pool: options.pool });
  if (root === undefined) {
    const what = `no zarr.json and no .zgroup is in it; give the folder that holds one`;
    throw new FormatError(`Cannot open "${source}" as a zarr store: ${what}`, { source });
  }
  if (root.kind === "array") {
    const what = "it is a single zarr array; give the store (the group) around it";
    throw new FormatError(`Cannot open "${source}" as AnnData: ${what}`, { source });
  }
  return root;
}

/** What messages call the store. */
function nameOf(location: Location): string {
  if (typeof location === "string") return location;
  // zarrita's FetchStore has a URL, our own store a folder.
  const { url, folder } = location as { readonly url?: unknown; readonly folder?: unknown };
  if (typeof folder === "string") return folder;
  return typeof url === "string" || url instanceof URL ? String(url) : "store";
}

function openPath(path: string): ReadableStore {
  const source = path;
  if (/^https?:\/\//.test(path)) {
    throw new UnsupportedError(`Cannot open "${path}": URLs are not supported yet; download the store first`, {
      source,
    });
  }
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch (error) {
    const absent = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
    if (!absent) throw error;
    throw new FormatError(`Cannot open "${path}": no such file or directory; check the path`, { source, cause: error });
  }
  if (info.isDirectory) return new DenoStore(path.length > 1 ? path.replace(/\/+$/, "") : path);
  const way = "convert it first (anndata.read_h5ad(…).write_zarr(…) in Python)";
  if (/\.h5(ad)?$/i.test(path)) {
    throw new UnsupportedError(`Cannot open "${path}": HDF5 files are not supported yet; ${way}`, { source });
  }
  if (/\.zip$/i.test(path)) {
    throw new UnsupportedError(`Cannot open "${path}": zip files are not supported yet; unpack it first`, { source });
  }
  throw new FormatError(`Cannot open "${path}": it is a file; a zarr store is a folder`, { source });
}
