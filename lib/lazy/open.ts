/**
 * Opening a store to stream what is in it.
 *
 * @module
 */
import { BufferPool } from "../base/pool.ts";
import { UnsupportedError } from "../base/errors.ts";
import { whole } from "../base/range.ts";
import type { SparseHeader } from "../anndata/header.ts";
import { openStore } from "../anndata/open.ts";
import { arrayAt } from "../anndata/read.ts";
import { ObjectCache } from "../storage/cache.ts";
import type { Group } from "../storage/node.ts";
import { StoredRows } from "../stream/rows.ts";
import type { SparseView } from "../stream/sparse_view.ts";
import { type AnnData, annData } from "./anndata.ts";
import type { Content } from "./content.ts";
import { type InputSource, locationOfSource } from "./source.ts";

/**
 * Open an AnnData store: headers and names are read, no values.
 *
 * @example Sum a matrix in bounded memory
 * ```ts
 * import { openAnnData } from "@anncat/anncat";
 *
 * const a = await openAnnData("testdata/cases/dtype_i4_f4_csr/inputs/0.zarr");
 * let sum = 0;
 * for await (using chunk of a.X?.chunks() ?? []) {
 *   for (const value of chunk.data) sum += Number(value);
 * }
 * ```
 *
 * @param source A path, a URL, or a store in memory.
 * @throws {FormatError} where it is no AnnData or broken, {@linkcode UnsupportedError} where it holds what anncat cannot
 * read, {@linkcode NetworkError} where a server does not give it.
 */
export async function openAnnData(source: InputSource, options: OpenAnnDataOptions = {}): Promise<AnnData> {
  const pool = new BufferPool(), cache = new ObjectCache();
  const root = await openStore(locationOfSource(source), { pool, cache, ...options });
  return { source, ...await annData(storedContent(root, pool, cache)) };
}

/** How an AnnData is opened. */
export interface OpenAnnDataOptions {
  /** Stops waiting for a server, now and whenever values are read. */
  readonly signal?: AbortSignal;
  /** The server of `s3://` locations; by default what the environment of AWS says, or Amazon's. */
  readonly s3Endpoint?: string;
}

/** What lies in the store at `root`, which was opened with `pool` and `cache`. */
export function storedContent(root: Group, pool: BufferPool, cache: ObjectCache): Content {
  return {
    root,
    pool,
    rows: (header) => storedRows(root, pool, header),
    entries: (header) => header.nnz,
    // deno-lint-ignore require-await -- others have to wait
    async close() {
      pool.clear();
      cache.clear();
    },
  };
}

/** A sparse matrix as it is stored, as a view of one part. */
export async function storedRows(
  root: Group,
  pool: BufferPool,
  { path, layout, shape, dtype }: SparseHeader,
): Promise<SparseView> {
  const name = `"${path}" of "${root.source}"`;
  const [major, minor] = layout === "csr" ? shape : [shape[1], shape[0]];
  if (minor >= 2 ** 31) {
    throw new UnsupportedError(`Cannot read ${name}: its minor axis has ${minor} positions`, {
      source: root.source,
      element: path,
    });
  }
  const source = new StoredRows(
    {
      indptr: await arrayAt(root, `${path}/indptr`),
      indices: await arrayAt(root, `${path}/indices`),
      data: await arrayAt(root, `${path}/data`),
    },
    dtype,
    true,
  );
  const part = { name, at: whole(major), map: null, isSorted: false, offset: 0, minor, dtype, source };
  return { pool, major, minor, dtype, along: "major", fill: null, keepsChunks: true, parts: [part] };
}
