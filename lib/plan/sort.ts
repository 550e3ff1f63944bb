/**
 * How a sparse part that lies in another order than the output's is sorted through scratch files.
 *
 * @module
 */
import { itemBytes, type NumericType } from "../base/dtype.ts";
import type { SparseSort } from "./element.ts";

/** Entries that one scatter task reads, about. */
const SLICE_ENTRIES = 2 ** 23;

/** Entries that one bucket should hold: what a gather task has in memory. */
const BUCKET_ENTRIES = 2 ** 18;

/** More buckets than this make the scatter's buffers small and its writes many. */
const MOST_BUCKETS = 256;

/** Cut a part of `entries` entries over `rows` major positions, which it has once `reindex` (by number) is applied. */
export function sortOf(entries: number, rows: number, reindex: number | null = null): SparseSort {
  const wanted = Math.max(1, Math.min(MOST_BUCKETS, Math.ceil(entries / BUCKET_ENTRIES)));
  const perBucket = Math.max(1, Math.ceil(rows / wanted));
  return {
    slices: Math.max(1, Math.min(64, Math.ceil(entries / SLICE_ENTRIES))),
    rows: perBucket,
    buckets: Math.max(1, Math.ceil(rows / perBucket)),
    reindex,
  };
}

/** Entries of all buckets that a scatter task keeps in memory before they are written. */
export const SCATTERED = 2 ** 17;

/** Entries of one bucket that a gather task brings into order at once. */
export const GATHERED = 2 ** 19;

/** Bytes of one entry in a scratch file: major, minor, value. */
export function entryBytes(dtype: NumericType): number {
  return 8 + itemBytes(dtype);
}
