/**
 * How a sparse part that lies in another order than the output's is sorted through scratch files.
 *
 * @module
 */
import { itemBytes, type NumericType } from "../base/dtype.ts";
import type { SparseSort } from "./element.ts";

/** Entries that one scatter task reads, about. */
const SLICE_ENTRIES = 2 ** 23;

/** Entries that one bucket should hold: what a gather task brings into order, into files of its own. */
const BUCKET_ENTRIES = 2 ** 21;

/** Entries that one bin should hold: what a gather task has in memory. */
const BIN_ENTRIES = 2 ** 18;

/** More bins than this make the scatter's buffers small and its writes many. */
const MOST_BINS = 256;

/** Cut a part of `entries` entries over `rows` major positions, which it has once `reindex` (by number) is applied. */
export function sortOf(entries: number, rows: number, reindex: number | null = null): SparseSort {
  const wanted = Math.min(MOST_BINS, piecesOf(entries, BIN_ENTRIES)), perBin = piecesOf(rows, wanted);
  const bins = Math.ceil(wanted / piecesOf(entries, BUCKET_ENTRIES));
  return {
    slices: piecesOf(entries, SLICE_ENTRIES),
    rows: perBin,
    bins,
    buckets: piecesOf(rows, perBin * bins),
    reindex,
  };
}

function piecesOf(count: number, size: number): number {
  return Math.max(1, Math.ceil(count / size));
}

/** Entries of all bins that a scatter task keeps in memory before they are written. */
export const SCATTERED = 2 ** 17;

/** Entries of one bin that a gather task brings into order at once. */
export const GATHERED = 2 ** 19;

/** Bytes of one entry in a scratch file: major, minor, value. */
export function entryBytes(dtype: NumericType): number {
  return 8 + itemBytes(dtype);
}
