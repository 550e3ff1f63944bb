/**
 * What an AnnData is read from: a store, or a concatenation that is nowhere yet.
 *
 * @module
 */
import type { BufferPool } from "../base/pool.ts";
import type { SparseHeader } from "../anndata/header.ts";
import type { Group } from "../storage/node.ts";
import type { SparseView } from "../stream/sparse_view.ts";

/** A tree of groups and arrays, with its sparse matrices by rows. */
export interface Content {
  readonly root: Group;
  /** Where memory that is used again comes from. */
  readonly pool: BufferPool;
  /** The rows of a sparse matrix in the tree, for one pass. */
  rows(header: SparseHeader, signal: AbortSignal | undefined): Promise<SparseView>;
  /** Stored entries of a sparse matrix in the tree; undefined where only a pass can tell. */
  entries(header: SparseHeader): number | undefined;
  /** Free what the content holds. */
  close(): Promise<void>;
}
