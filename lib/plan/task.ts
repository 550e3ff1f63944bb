/**
 * Tasks: pieces of work that fill disjoint parts of the output. They share nothing but what those of an
 * element's earlier stages make, so any order within a stage, any number at once, and running one twice, all give the
 * same bytes.
 *
 * @module
 */
import type { Range } from "../base/range.ts";

/** A piece of work. */
export type Task = TaskBase & TaskWork;

/** What every task has. */
export interface TaskBase {
  /** Its number in the plan. */
  readonly id: number;
  /** All tasks of a lower stage that work on its element must be done before it starts. */
  readonly stage: number;
  /** The number of the element that it works on. */
  readonly element: number;
  /** Decoded bytes that it reads, about: for progress and balance. */
  readonly bytes: number;
  /** Bytes of memory that it holds at most. */
  readonly memory: number;
}

/** What a task does. */
export type TaskWork =
  /** Fill the stored objects (chunks or shards) `units` of a one-dimensional array. */
  | { readonly kind: "append"; readonly units: Range }
  /** Fill the stored objects `units` (a range an axis) of a dense array, in tiles of `tile` chunks an axis. */
  | { readonly kind: "dense"; readonly units: readonly Range[]; readonly tile: readonly number[] }
  /** Carry the stored objects `units` (a range an axis) of an array as they are. */
  | { readonly kind: "copy"; readonly units: readonly Range[] }
  /** Sort slice `slice` of a sparse part's entries into bins, in a scratch file. */
  | { readonly kind: "scatter"; readonly part: number; readonly slice: number }
  /** Bring bucket `bucket` of a sparse part, which is some of its bins, into order. */
  | { readonly kind: "gather"; readonly part: number; readonly bucket: number; readonly entries: number }
  /** Count the entries of each major position in `rows`; the `slot`-th such task. */
  | { readonly kind: "count"; readonly slot: number; readonly rows: Range; readonly entries: number }
  /** Fill share `share` of `shares` of the entries (indices and data), `entries` in memory at once. */
  | { readonly kind: "entries"; readonly share: number; readonly shares: number; readonly entries: number }
  /** Fill the stored objects `units` of indptr. */
  | { readonly kind: "indptr"; readonly units: Range };
