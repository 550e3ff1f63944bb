/**
 * From a path, a URL or a store to the group at its root: with `create.ts` the only place that asks which format.
 *
 * @module
 */
import { FormatError, UnsupportedError } from "../base/errors.ts";
import { isRemote, isS3, isUrl } from "../base/location.ts";
import type { BufferPool } from "../base/pool.ts";
import type { ObjectCache } from "./cache.ts";
import type { HttpStore } from "./http.ts";
import type { Group, Node } from "./node.ts";
import { DenoStore, isFile, type ReadableStore } from "./store.ts";
import { openZarr } from "./zarr/reader.ts";

/** Where a store is: a path, a URL as text, or anything with zarrita's `get`. */
export type Location = string | ReadableStore;

/** How a store is opened. */
export interface OpenOptions {
  /** Where memory for chunks comes from. */
  readonly pool: BufferPool;
  /** Keeps what has come over the network. */
  readonly cache?: ObjectCache | undefined;
  /** Stops waiting for the network. */
  readonly signal?: AbortSignal | undefined;
  /** The server of `s3://` locations; null or undefined for what the environment says, or Amazon's. */
  readonly s3Endpoint?: string | null | undefined;
  /** What messages call a store that has no name of its own. @default {"store"} */
  readonly name?: string | undefined;
  /**
   * Whether nothing is to be held of the store's metadata: of a folder every node's own is read when it is opened.
   * @default {false}
   */
  readonly holdsNothing?: boolean | undefined;
}

/** Open the group at the root of a store. */
export async function openGroup(location: Location, options: OpenOptions): Promise<Group> {
  const root = await openHdf5(location, options.pool) ?? await openStored(location, options);
  if (root.kind === "group") return root;
  const { source } = root, what = "it is a single array; give the store (the group) around it";
  throw new FormatError(`Cannot open "${source}" as AnnData: ${what}`, { source });
}

/**
 * The root of the HDF5 file at `location`; undefined where there is another thing. What reads HDF5 is loaded for such
 * files only: its code takes memory in every thread.
 */
async function openHdf5(location: Location, pool: BufferPool): Promise<Node | undefined> {
  if (typeof location !== "string" || isRemote(location) || !isFile(location)) return undefined;
  const { openH5 } = await import("./h5/reader.ts");
  return openH5(location, pool);
}

/** The root of the zarr store at `location`. */
async function openStored(location: Location, options: OpenOptions): Promise<Node> {
  const source = nameOf(location, options.name);
  const store = typeof location === "string" ? await openLocation(location, options) : location;
  const isDirect = options.holdsNothing === true && store instanceof DenoStore;
  const root = await openZarr({ store, source, pool: options.pool, isDirect });
  if (root === undefined) throw noStore(store, source);
  return root;
}

/** What messages call the store. */
function nameOf(location: Location, name = "store"): string {
  if (typeof location === "string") return location;
  // zarrita's FetchStore has a URL, our own store a folder.
  const { url, folder } = location as { readonly url?: unknown; readonly folder?: unknown };
  if (typeof folder === "string") return folder;
  return typeof url === "string" || url instanceof URL ? String(url) : name;
}

function noStore(store: ReadableStore, source: string): Error {
  if (isRemote(source)) {
    const { denied } = store as Partial<HttpStore>;
    if (denied !== undefined) return denied;
    const what = `the server has no zarr.json, .zmetadata or .zgroup there (404); check the ${
      isS3(source) ? "bucket and the key" : "URL"
    }`;
    return new FormatError(`Cannot open "${source}" as a zarr store: ${what}`, { source });
  }
  const what = "no zarr.json and no .zgroup is in it; give the folder that holds one";
  return new FormatError(`Cannot open "${source}" as a zarr store: ${what}`, { source });
}

async function openLocation(location: string, options: RemoteOptions): Promise<ReadableStore> {
  const source = location;
  if (isRemote(location)) return await openRemote(location, options);
  if (isUrl(location)) {
    throw new UnsupportedError(`Cannot open "${location}": URLs are http, https or s3; download the store first`, {
      source,
    });
  }
  return await openPath(location);
}

/** How a store over the network is opened. */
export type RemoteOptions = Pick<OpenOptions, "cache" | "signal" | "s3Endpoint">;

/** The store at `location`, which is over the network. */
export async function openRemote(
  location: string,
  { cache, signal, s3Endpoint }: RemoteOptions,
): Promise<HttpStore> {
  if (/\.(zip|h5|h5ad)(\?.*)?$/i.test(location)) {
    const what = "over the network only zarr stores are read; download it first";
    throw new UnsupportedError(`Cannot open "${location}": ${what}`, { source: location });
  }
  if (isS3(location)) {
    const { S3Store } = await import("./s3/store.ts");
    return new S3Store(location, { cache, signal, endpoint: s3Endpoint });
  }
  const { HttpStore } = await import("./http.ts");
  return new HttpStore(location, { cache, signal });
}

async function openPath(path: string): Promise<ReadableStore> {
  const source = path;
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
  } catch (error) {
    const absent = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
    if (!absent) throw error;
    throw new FormatError(`Cannot open "${path}": no such file or directory; check the path`, { source, cause: error });
  }
  if (info.isDirectory) return new DenoStore(path.length > 1 ? path.replace(/\/+$/, "") : path);
  if (/\.zip$/i.test(path)) {
    const { ZipStore } = await import("./zip.ts");
    return new ZipStore(path);
  }
  const what = "it is a file, but no HDF5 file; a zarr store is a folder or a .zarr.zip file";
  throw new FormatError(`Cannot open "${path}": ${what}`, { source });
}
