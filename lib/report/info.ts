/**
 * What a store holds, as a tree of plain JSON.
 *
 * @module
 */
import { lift } from "../anndata/legacy.ts";
import { isRemote } from "../base/location.ts";
import { BufferPool } from "../base/pool.ts";
import type { Group } from "../storage/node.ts";
import { openGroup } from "../storage/open.ts";
import { diskUse } from "./disk.ts";
import { type Hint, hintsOf } from "./hints.ts";
import { describeNode, type NodeInfo } from "./info_node.ts";
import { previewFrame, type TablePreview } from "./preview.ts";

/** A store: plain JSON. */
export interface StoreInfo {
  /** The path or URL. */
  readonly source: string;
  /** The zarr format; null for another one. */
  readonly zarrFormat: 2 | 3 | null;
  /** Whether one document holds all its metadata, as zarr over a network needs it; null for another format. */
  readonly consolidated: boolean | null;
  /** Whether a version of anndata before 0.8 wrote it; it is shown in today's form. */
  readonly legacy: boolean;
  /** The root's `encoding-type`. */
  readonly encoding: string | null;
  /** Cells and genes, where the store is an AnnData. */
  readonly shape: readonly [obs: number, vars: number] | null;
  /** Bytes of all its files; null where they cannot be counted (over the network). */
  readonly bytesOnDisk: number | null;
  /** Its files (of a zip file the entries); null where they cannot be counted. */
  readonly files: number | null;
  /** Bytes of all its elements, decoded; text counts as nothing. */
  readonly bytesInMemory: number;
  /** Groups and arrays. */
  readonly root: NodeInfo;
  /** The first rows of the cells' table. */
  readonly obs: TablePreview | null;
  /** The first rows of the genes' table. */
  readonly var: TablePreview | null;
  /** What could be better. */
  readonly hints: readonly Hint[];
}

/** How much is read. */
export interface DescribeOptions {
  /** Rows of the tables. @default {5} */
  readonly rows?: number | undefined;
  /** Stops waiting for a server. */
  readonly signal?: AbortSignal | undefined;
  /** The server of `s3://` locations. */
  readonly s3Endpoint?: string | undefined;
}

/** Names of an index that are compared: on this machine, and over a network. */
const MOST_NAMES = { local: 5_000_000, remote: 100_000 } as const;

/**
 * Describe the store at `location`: headers, sizes and the first rows of its tables.
 *
 * @example
 * ```ts
 * import { describeStore } from "@anncat/anncat";
 *
 * const { root } = await describeStore("testdata/cases/dtype_i4_f4_csr/inputs/0.zarr");
 * for (const { name, shape, dtype } of root.children) console.log(name, shape, dtype);
 * ```
 *
 * @throws {FormatError} where there is no store, or a broken one.
 */
export async function describeStore(location: string, options: DescribeOptions = {}): Promise<StoreInfo> {
  const pool = new BufferPool(), { signal, s3Endpoint } = options;
  const stored = await openGroup(location, { pool, signal, s3Endpoint }), root = await lift(stored);
  const disk = diskUse(location), tree = await describeNode(root, "/", disk);
  const limits = { rows: options.rows ?? 5, names: isRemote(location) ? MOST_NAMES.remote : MOST_NAMES.local };
  const preview = async (name: "obs" | "var") => {
    const isBroken = tree.children.some((child) => child.name === name && child.kind === "unreadable");
    return isBroken ? null : await previewFrame(await root.child(name), limits);
  };
  const obs = await preview("obs"), vars = await preview("var");
  const info = {
    source: location,
    zarrFormat: root.format.kind === "zarr" ? root.format.version : null,
    consolidated: stored.isConsolidated ?? null,
    legacy: tree.encoding === "anndata" && isOld(stored),
    encoding: tree.encoding,
    shape: obs === null || vars === null ? null : [obs.rows, vars.rows] as const,
    bytesOnDisk: disk?.total ?? null,
    files: disk?.files ?? null,
    bytesInMemory: tree.bytesInMemory,
    root: tree,
    obs,
    var: vars,
  };
  const hints = await hintsOf(info, root, isRemote(location));
  pool.clear();
  return { ...info, hints };
}

function isOld({ attrs }: Group): boolean {
  return (attrs["encoding-type"] ?? "") === "";
}
